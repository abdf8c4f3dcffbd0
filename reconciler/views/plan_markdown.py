"""The plan as a comment on a pull request: what would happen, what is lowered, what waits."""

from __future__ import annotations

from reconciler.plan.plan import Plan
from reconciler.views.escaping import code, code_cell, markdown
from reconciler.views.plan_json import parts_of
from reconciler.views.plan_text import SHOWN, summary, target_of
from reconciler.views.sentences import Reader
from reconciler.views.times import show_instant


def plan_markdown(plan: Plan, reader: Reader) -> str:
    """A heading with the summary, a table of actions, the deletions with reasons, the lowerings."""
    lines = [f"### {markdown(summary(plan))}", ""]
    lines.append(f"Policy {code(plan.policy)} at {code(plan.revision[:12])}, {show_instant(plan.at, reader.zone)}")
    if plan.lowerings:
        lines += ["", "**This lowers protection.** It is enforced only after somebody approves it on the host:", ""]
        lines += ["| what | from | to |", "| --- | --- | --- |"]
        lines += [
            f"| {code_cell(row.path)} | {markdown(row.before)} | {markdown(row.after)} |" for row in plan.lowerings
        ]
        lines += ["", *(f"    {lift}" for lift in dict.fromkeys(row.lift for row in plan.lowerings))]
    if plan.actions:
        lines += ["", "| action | what | why | |", "| --- | --- | --- | --- |"]
    for planned in plan.actions:
        state = f"blocked: {reader.sentence(planned.blocked.why)}" if planned.blocked else ""
        state = state or (f"suspended by {planned.suspended}" if planned.suspended else "")
        why = markdown(reader.sentence(planned.action.why))
        lines.append(f"| {planned.action.verb} | {markdown(target_of(planned))} | {why} | {markdown(state)} |")
    lines += _deletions(plan, reader)
    return "\n".join(lines) + "\n"


def _deletions(plan: Plan, reader: Reader) -> list[str]:
    lines: list[str] = []
    for planned in plan.actions:
        backups = parts_of(planned.action)[3]
        if not backups:
            continue
        lines += ["", f"<details><summary>{planned.action.verb} {markdown(target_of(planned))}</summary>", ""]
        lines += [
            f"- {code(backup.id[:12])} {show_instant(backup.time, reader.zone)}: {markdown(backup.why)}"
            for backup in backups[: SHOWN * 10]
        ]
        if len(backups) > SHOWN * 10:
            lines.append(f"- and {len(backups) - SHOWN * 10} more")
        lines += ["", "</details>"]
    return lines
