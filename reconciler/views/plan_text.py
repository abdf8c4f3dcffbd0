"""The plan for people: one line an action, its reasons below, and a summary like Terraform's."""

from __future__ import annotations

from collections import Counter

from reconciler.obligations.actions import Chosen
from reconciler.obligations.parts import parts_of
from reconciler.observed.attempts import Verb
from reconciler.plan.estimate import Estimate
from reconciler.plan.plan import Plan, PlannedAction
from reconciler.units.sizes import show_size
from reconciler.views.plan_waiting import SHORT_ID, SHOWN, waiting_lines
from reconciler.views.plurals import counted
from reconciler.views.sentences import Reader
from reconciler.views.times import show_instant, show_span

SIGNS = {
    Verb.INITIALISE: "*",
    Verb.BACKUP: "+",
    Verb.COPY: ">",
    Verb.MARK: "~",
    Verb.FORGET: "-",
    Verb.PRUNE: "-",
    Verb.CHECK: "?",
    Verb.RENDER: "=",
    Verb.RESTORE: "<",
}
_DONE = {
    Verb.INITIALISE: "to initialise",
    Verb.BACKUP: "to back up",
    Verb.COPY: "to copy",
    Verb.MARK: "to mark as expired",
    Verb.FORGET: "to forget",
    Verb.PRUNE: "to prune",
    Verb.CHECK: "to check",
}


def plan_text(plan: Plan, reader: Reader, *, whole: bool = False) -> str:
    """Lines for a terminal or a log; ``whole`` lists every backup of a deletion, else the first ten."""
    lines = [f"Policy {plan.policy} at {plan.revision[:12] or 'no revision'}, host {plan.host}"]
    lines[0] += f", {show_instant(plan.at, reader.zone)}"
    for planned in plan.actions:
        lines += ["", *_action(planned, reader, whole)] if planned.blocked else _action(planned, reader, whole)
    if plan.following:
        lines += ["", "Then, in the same pass:"]
        lines += [line for action in plan.following for line in _action(PlannedAction(action), reader, whole)]
    if plan.estimate:
        lines += ["", estimate_line(plan.estimate)]
    lines += waiting_lines(plan, reader, whole=whole)
    return "\n".join((*lines, "", summary(plan)))


def summary(plan: Plan) -> str:
    """``Plan: 3 to back up, 1 to copy, 2 to forget, 1 blocked.``: the whole pass where it was looked ahead."""
    parts = summary_parts(plan)
    return f"Plan: {', '.join(parts)}." if parts else "Plan: nothing to do."


def summary_parts(plan: Plan) -> list[str]:
    """``3 to back up``, ``1 blocked``."""
    count: Counter[Verb] = Counter()
    for action in (*plan.runnable, *plan.following):
        many = action.verb in (Verb.MARK, Verb.FORGET)
        count[action.verb] += len(parts_of(action)[3]) if many else 1
    parts = [f"{count[verb]} {words}" for verb, words in _DONE.items() if count[verb]]
    if pages := count[Verb.RENDER]:
        parts.append(f"{counted(pages, 'page')} to write")
    suspended = sum(1 for planned in plan.actions if planned.suspended)
    for number, word in ((len(plan.blocked), "blocked"), (suspended, "suspended")):
        if number:
            parts.append(f"{number} {word}")
    if plan.lowerings:
        waiting = len(plan.lowerings)
        parts.append(f"{counted(waiting, 'line')} {'waits' if waiting == 1 else 'wait'} for approval")
    return parts


def estimate_line(found: Estimate) -> str:
    """``Estimate: 5 first backups read about 20.0 GiB, which takes about 6m at 50.0 MiB/s (assumed: …).``"""
    about = "about" if found.whole else "at least"
    line = f"Estimate: {counted(found.backups, 'first backup')} {'reads' if found.backups == 1 else 'read'}"
    line += f" {about} {show_size(found.size)}"
    if found.unknown:
        line += f" (the size of {found.unknown} is unknown)"
    basis = f"as {counted(found.measured, 'first backup')} did here" if found.measured else "assumed, not measured"
    return f"{line},\n{about} {show_span(found.duration)} at {show_size(found.speed)}/s ({basis})."


def target_of(planned: PlannedAction) -> str:
    """``etc → local``, ``nas``, ``etc``."""
    asset, repository, origin, _backups = parts_of(planned.action)
    verb = planned.action.verb
    if verb is Verb.COPY:
        return f"{asset}: {origin} → {repository}"
    if asset and repository:
        return f"{asset} {'→' if verb is Verb.BACKUP else 'in'} {repository}"
    return asset or repository


def _action(planned: PlannedAction, reader: Reader, whole: bool) -> list[str]:
    action = planned.action
    head = f"  {SIGNS[action.verb]} {action.verb:<10} {target_of(planned):<32} {reader.sentence(action.why)}".rstrip()
    lines = [head]
    backups = parts_of(action)[3]
    shown = backups if whole else backups[:SHOWN]
    lines += [_backup(backup, reader) for backup in shown]
    if len(shown) < len(backups):
        lines.append(f"      … and {len(backups) - len(shown)} more (--whole lists them)")
    if planned.suspended:
        lines.append(f"      suspended by {planned.suspended}")
    if planned.blocked:
        lines.append(f"      blocked ({planned.blocked.guard}): {reader.sentence(planned.blocked.why)}")
        lines.append(f"      to lift: {planned.blocked.lift}")
    return lines


def _backup(backup: Chosen, reader: Reader) -> str:
    return f"      {backup.id[:SHORT_ID]}  {show_instant(backup.time, reader.zone)}  {backup.why}"
