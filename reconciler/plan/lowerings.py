"""What of the policy waits for approval, as the plan shows it: each line with the backups that it lets go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.observed.facts import Observed, PendingFacts
from reconciler.plan.plan import Companion, LetGo, PendingLowering
from reconciler.policy.approval import short
from reconciler.policy.compare import Lowering


def pending_lowerings(pending: Iterable[PendingFacts], observed: Observed) -> Iterator[PendingLowering]:
    """One for each line of the policy; a backup stands under the lines of its own repository, else under the first."""
    for block in pending:
        lines, named = parted(block.lines)
        backups = let_go(named, observed)
        lift = f'reconciler approve {short(block.checksum)} --reason "…"'
        for line, own in _shared(lines, backups):
            yield PendingLowering(line.path, line.before, line.after, lift, block.checksum, own)


def companions(pending: Iterable[PendingFacts]) -> Iterator[Companion]:
    """The blocks that lower nothing themselves: there is nothing in them to approve or to mend."""
    return (Companion(block.block, block.why) for block in pending if not block.checksum)


def parted(lines: Iterable[str]) -> tuple[list[Lowering], list[tuple[str, str]]]:
    """Lines of an approval: those of the policy (``path from to``), and the (repository, backup) of the others."""
    rows, named = [], []
    for line in lines:
        words = line.split(" ")
        if len(words) == 2:
            named.append((words[0], words[1]))
        else:
            rows.append(Lowering(words[0], " ".join(words[1:2]), " ".join(words[2:])))
    return rows, named


def let_go(named: Iterable[tuple[str, str]], observed: Observed) -> tuple[LetGo, ...]:
    """These backups with what is known of them, newest first; unknown ones last."""
    known = {
        (backup.repository, backup.id): LetGo(backup.id, facts.asset, backup.repository, backup.time)
        for facts in observed.placements.values()
        for backup in facts.backups
    }
    known |= {
        (backup.repository, backup.id): LetGo(
            backup.id, orphan.identity.rpartition("/")[2], backup.repository, backup.time
        )
        for orphan in observed.orphans
        for backup in orphan.backups
    }
    found = (known.get(place) or LetGo(place[1], "", place[0], None) for place in named)
    return tuple(sorted(found, key=lambda one: (-one.time.timestamp() if one.time else 1, one.repository, one.id)))


def _shared(lines: list[Lowering], backups: tuple[LetGo, ...]) -> Iterator[tuple[Lowering, tuple[LetGo, ...]]]:
    """Every line with its backups. Each backup is under one line at least."""
    under = {
        line: tuple(one for one in backups if f".repositories[{one.repository}].retention" in line.path)
        for line in lines
    }
    rest = tuple(one for one in backups if not any(one in own for own in under.values()))
    for number, line in enumerate(lines):
        yield line, (*under[line], *(rest if number == 0 else ()))
