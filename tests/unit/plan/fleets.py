"""Simulated fleets for the tests, and what must hold of every one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from reconciler.obligations.actions import BackUp, Copy
from reconciler.obligations.limits import Limits
from reconciler.observed.attempts import Verb
from reconciler.observed.backup import Backup
from reconciler.plan.simulate import Conduct, Fleet
from reconciler.plan.simulated import Result
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.policy.schedule import Slots, slots_of
from reconciler.retention.decide import Floor, Terms, decide
from tests.unit.obligations.policies import HOST, HOUR, MADRID

START = datetime(2026, 9, 1, 8, 3, tzinfo=UTC)
QUICK = Limits(HOST, grace=2 * HOUR, floor=Floor(minimum_age=3 * HOUR))
"""A short grace keeps the simulated histories short; what is decided is the same."""


def sound(_action: BackUp | Copy, _now: datetime) -> Result:
    """Everything works, within five minutes."""
    return Result()


def fleet(policy: ResolvedPolicy, conduct: Conduct = sound, start: datetime = START, limits: Limits = QUICK) -> Fleet:
    """A new fleet under that policy."""
    return Fleet(policy, limits, start, conduct, lambda asset: asset.name)


def run(simulated: Fleet, to: datetime, step: timedelta = timedelta(hours=6)) -> None:
    """Run it, and look at it every few hours: the newest counted backup is never marked."""
    while simulated.now < to:
        simulated.run(min(simulated.now + step, to))
        for facts in simulated.placements.values():
            newest = facts.newest_counted(simulated.now)
            assert newest is None or newest.id not in facts.marks


def slots(simulated: Fleet, asset: str, repository: str = "local") -> Slots:
    """The slots of an asset in a repository."""
    found = simulated.policy.assets[asset]
    return slots_of(found, found.placement(repository), MADRID, simulated.policy.name)


def between(row: Slots, start: datetime, end: datetime) -> Iterator[datetime]:
    """The slots after start and before end."""
    slot = row.next(start)
    while slot < end:
        yield slot
        slot = row.next(slot)


def made(simulated: Fleet, asset: str, repository: str = "local", verb: Verb = Verb.BACKUP) -> list[datetime]:
    """When each successful backup (or copy) began."""
    return [
        done.run.began
        for done in simulated.done
        if done.run is not None
        and not done.run.result.error
        and done.action.verb is verb
        and isinstance(done.action, BackUp | Copy)
        and (done.action.asset, done.action.repository) == (asset, repository)
    ]


def assert_one_backup_a_slot(simulated: Fleet, asset: str, up: Callable[[datetime], bool] = lambda _: True) -> None:
    """Exactly one in each slot that came while the host was up, none twice; the last may be under way."""
    row = slots(simulated, asset)
    began = made(simulated, asset)
    taken = Counter(row.latest(instant) for instant in began)
    doubled = {slot: number for slot, number in taken.items() if number > 1}
    # The first backup of all does not wait for a slot.
    assert not doubled
    missed = [slot for slot in between(row, began[0], simulated.now - HOUR) if up(slot) and slot not in taken]
    assert not missed


def assert_kept_as_decided(simulated: Fleet) -> None:
    """What is there and not marked is what retention keeps, no more and no less."""
    for asset in simulated.policy.assets.values():
        for placed in asset.placements:
            facts = simulated.placements[asset.name, placed.repository]
            terms = Terms(placed.retention, MADRID, simulated.limits.floor)
            kept = {one.backup.id for one in decide(facts.backups, terms, simulated.now).kept}
            assert {backup.id for backup in facts.backups if backup.id not in facts.marks} == kept


def unmarked(simulated: Fleet, asset: str, repository: str = "local") -> list[Backup]:
    """What is there and not on its way out."""
    facts = simulated.placements[asset, repository]
    return [backup for backup in facts.backups if backup.id not in facts.marks]


def count(simulated: Fleet, verb: Verb) -> int:
    """How many actions of that verb were carried out."""
    return sum(done.action.verb is verb for done in simulated.done)
