"""What waits for approval, for people: the lines that lower protection, the backups that go, what to type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from reconciler.plan.plan import LetGo, PendingLowering, Plan
from reconciler.policy.compare import Lowering
from reconciler.views.plurals import counted
from reconciler.views.sentences import Reader
from reconciler.views.times import show_age, show_instant

SHOWN = 10
SHORT_ID = 8


def waiting_lines(plan: Plan, reader: Reader, *, whole: bool = False) -> list[str]:
    """A paragraph for each thing that one approval covers, then the blocks that come with them."""
    lines: list[str] = []
    if plan.lowerings:
        lines += ["", "Waits for approval, because it lowers protection:"]
    for lift, rows in approvals_of(plan.lowerings):
        # Several rules of one repository let the same backups go: they are listed once, below those rules.
        for backups, alike in groupby(rows, key=lambda row: row.backups):
            lines += [f"  {_row(row)}" for row in alike]
            lines += let_go_lines(backups, reader, "    ", whole=whole)
        lines.append(f"    approve: {lift}")
    if plan.companions:
        lines += ["", "Waits with it, because the policy does not fit together without it:"]
        lines += [f"  {one.block}: {one.why}" for one in plan.companions]
    return lines


def approvals_of(rows: Iterable[PendingLowering]) -> list[tuple[str, list[PendingLowering]]]:
    """What to type, and the lines that it covers."""
    found: dict[str, list[PendingLowering]] = {}
    for row in rows:
        found.setdefault(row.lift, []).append(row)
    return list(found.items())


def approved_lines(lines: Iterable[Lowering], backups: Sequence[LetGo], reader: Reader) -> list[str]:
    """Everything that an approval covers, in the words of the plan that showed it."""
    return [*(_row(line) for line in lines), *let_go_lines(backups, reader, "", rest="")]


def let_go_lines(
    backups: Sequence[LetGo], reader: Reader, indent: str, *, whole: bool = False, rest: str = " (--whole lists them)"
) -> list[str]:
    """``lets go 2 backups:`` and a line each; the first ten unless ``whole``."""
    if not backups:
        return []
    shown = backups if whole else backups[:SHOWN]
    lines = [f"{indent}lets go {counted(len(backups), 'backup')}:"]
    lines += [f"{indent}  {let_go(one, reader)}" for one in shown]
    if len(shown) < len(backups):
        lines.append(f"{indent}  … and {len(backups) - len(shown)} more{rest}")
    return lines


def _row(row: Lowering | PendingLowering) -> str:
    if row.before == "rewind":
        return f"the policy source goes from {row.after.replace(' ', ' to ')}"
    return f"{row.path}: {row.before} → {row.after}"


def let_go(one: LetGo, reader: Reader) -> str:
    """``1a2b3c4d  etc in local  2026-11-16 13:00 CET, 8d old``."""
    if one.time is None:
        return f"{one.id[:SHORT_ID]}  in {one.repository}, not known any more"
    taken = f"{show_instant(one.time, reader.zone)}, {show_age(one.time, reader.now)} old"
    return f"{one.id[:SHORT_ID]}  {one.asset} in {one.repository}  {taken}"
