"""A change of the policy for people: on a terminal, and as a comment on a pull request."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from reconciler.plan.plan import Plan
from reconciler.policy.directions import Effect
from reconciler.views.change import (
    NOT_LOOKED,
    SIGNS,
    WORDS,
    Change,
    Part,
    assets_of,
    change_summary,
    parts_of_change,
    protection_of,
    untouched,
)
from reconciler.views.escaping import code, markdown
from reconciler.views.plan_markdown import waiting_markdown
from reconciler.views.plurals import counted
from reconciler.views.sentences import Reader

_WIDTH = 80
_NAMED = 5
_WARNINGS = 10


def change_text(change: Change) -> str:
    """Every block with what changes in it, whether it waits, and how an asset would be protected."""
    lines = [_head(change), *textwrap.wrap(NOT_LOOKED, _WIDTH), ""]
    blocks = len(lines)
    if change.before is None:
        for asset in assets_of(change):
            lines += [f"  {asset.name}", *(f"      {line}" for line in protection_of(asset, change.after))]
    for part in parts_of_change(change):
        lines.append(f"  {SIGNS[part.kind]} {_names(part)}{_when(part)}")
        lines += [f"      {line}" for line in part.about]
        lines += [f"      {WORDS[row.effect]:<8} {row.path}: {row.before} → {row.after}" for row in part.rows]
    if len(lines) > blocks and _rest(change):
        lines.append("")
    lines += [f"  {line}" for line in _rest(change)]
    return "\n".join((*lines, "", change_summary(change)))


def change_markdown(change: Change, plan: Plan, reader: Reader) -> str:
    """A heading with the summary, what is lowered first, then every block."""
    lines = [f"### {markdown(change_summary(change))}", "", markdown(_head(change)), "", NOT_LOOKED]
    lines += waiting_markdown(plan, reader)
    if change.before is None:
        for asset in assets_of(change):
            lines += ["", f"**{markdown(asset.name)}**", "", *_items(protection_of(asset, change.after))]
    for part in parts_of_change(change):
        lines += ["", f"**{SIGNS[part.kind]} {markdown(_names(part))}**{markdown(_when(part))}", ""]
        lines += _items(part.about)
        lines += [
            f"- {WORDS[row.effect]} {code(row.path)}: {markdown(row.before)} → {markdown(row.after)}"
            for row in part.rows
        ]
    lines += ["", *_items(_rest(change))]
    return "\n".join(lines).rstrip() + "\n"


def _head(change: Change) -> str:
    against = f", against {change.base}" if change.base else ""
    place = "this folder" if change.place == "." else change.place
    return f"Policy {change.after.name} in {place}{against}: valid."


def _items(lines: Iterable[str]) -> list[str]:
    return [f"- {markdown(line)}" for line in lines]


def _names(part: Part) -> str:
    """The first few names; a change of a tier shows in every asset of it."""
    shown = ", ".join(part.blocks[:_NAMED])
    return shown + (f" and {len(part.blocks) - _NAMED} more" if len(part.blocks) > _NAMED else "")


def _when(part: Part) -> str:
    """A block that waits stays wholly as it was, so what it raises waits too."""
    if not part.waits:
        return ""
    if not any(row.effect is Effect.LOWERED for row in part.rows):
        return ": waits with the blocks that it needs"
    mixed = any(row.effect is not Effect.LOWERED for row in part.rows)
    return ": waits for approval" + (", the rest of it too" if mixed else "")


def _rest(change: Change) -> list[str]:
    lines = []
    if change.before is not None and (same := untouched(change)):
        lines.append(f"{counted(same, 'asset')} {'stays as it is' if same == 1 else 'stay as they are'}")
    lines += [str(problem) for problem in change.warnings[:_WARNINGS]]
    if len(change.warnings) > _WARNINGS:
        lines.append(f"{len(change.warnings) - _WARNINGS} more warnings: reconciler validate")
    return lines
