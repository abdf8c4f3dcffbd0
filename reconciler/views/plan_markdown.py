"""The plan as a comment on a pull request: what would happen, what is lowered, what waits."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.obligations.parts import parts_of
from reconciler.plan.plan import LetGo, Plan, PlannedAction
from reconciler.views.escaping import code, code_cell, markdown
from reconciler.views.plan_text import estimate_line, summary, target_of
from reconciler.views.plan_waiting import SHORT_ID, SHOWN, approvals_of
from reconciler.views.plurals import counted
from reconciler.views.sentences import Reader
from reconciler.views.times import show_age, show_instant


def plan_markdown(plan: Plan, reader: Reader) -> str:
    """A heading with the summary, a table of actions, the deletions with reasons, the lowerings."""
    lines = [f"### {markdown(summary(plan))}", ""]
    lines.append(f"Policy {code(plan.policy)} at {code(plan.revision[:12])}, {show_instant(plan.at, reader.zone)}")
    lines += waiting_markdown(plan, reader)
    lines += _table(plan.actions, reader)
    if plan.following:
        lines += ["", "Then, in the same pass:"]
    lines += _table([PlannedAction(action) for action in plan.following], reader)
    if plan.estimate:
        lines += ["", markdown(" ".join(estimate_line(plan.estimate).split()))]
    lines += _deletions(plan, reader)
    return "\n".join(lines) + "\n"


def _table(actions: Sequence[PlannedAction], reader: Reader) -> list[str]:
    lines = ["", "| action | what | why | |", "| --- | --- | --- | --- |"] if actions else []
    for planned in actions:
        state = f"blocked: {reader.sentence(planned.blocked.why)}" if planned.blocked else ""
        state = state or (f"suspended by {planned.suspended}" if planned.suspended else "")
        why = markdown(reader.sentence(planned.action.why))
        lines.append(f"| {planned.action.verb} | {markdown(target_of(planned))} | {why} | {markdown(state)} |")
    return lines


def waiting_markdown(plan: Plan, reader: Reader) -> list[str]:
    """What lowers protection: a table for each thing that one approval covers, and the backups that it lets go."""
    lines: list[str] = []
    if plan.lowerings:
        lines += ["", "**This lowers protection.** It is enforced only after somebody approves it on the host:"]
    for lift, rows in approvals_of(plan.lowerings):
        lines += ["", "| what | from | to |", "| --- | --- | --- |"]
        lines += [f"| {code_cell(row.path)} | {markdown(row.before)} | {markdown(row.after)} |" for row in rows]
        lines += ["", f"    {lift}"]
        lines += _let_go(list(dict.fromkeys(one for row in rows for one in row.backups)), reader)
    if plan.companions:
        lines += ["", "Waits with it, because the policy does not fit together without it:", ""]
        lines += [f"- {code(one.block)}: {markdown(one.why)}" for one in plan.companions]
    return lines


def _let_go(backups: list[LetGo], reader: Reader) -> list[str]:
    if not backups:
        return []
    lines = ["", f"<details><summary>It lets go {counted(len(backups), 'backup')}</summary>", ""]
    for one in backups[: SHOWN * 10]:
        taken = (
            f"{show_instant(one.time, reader.zone)}, {show_age(one.time, reader.now)} old" if one.time else "unknown"
        )
        lines.append(f"- {code(one.id[:SHORT_ID])} {markdown(one.asset)} in {markdown(one.repository)}, {taken}")
    if len(backups) > SHOWN * 10:
        lines.append(f"- and {len(backups) - SHOWN * 10} more")
    return [*lines, "", "</details>"]


def _deletions(plan: Plan, reader: Reader) -> list[str]:
    lines: list[str] = []
    for planned in plan.actions:
        backups = parts_of(planned.action)[3]
        if not backups:
            continue
        lines += ["", f"<details><summary>{planned.action.verb} {markdown(target_of(planned))}</summary>", ""]
        lines += [
            f"- {code(backup.id[:SHORT_ID])} {show_instant(backup.time, reader.zone)}: {markdown(backup.why)}"
            for backup in backups[: SHOWN * 10]
        ]
        if len(backups) > SHOWN * 10:
            lines.append(f"- and {len(backups) - SHOWN * 10} more")
        lines += ["", "</details>"]
    return lines
