"""One look at the world for a plan: repositories, placements, suspensions, the clock."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from reconciler.execution.hands import Hands
from reconciler.execution.observe import Look, look
from reconciler.observed.entries import Entry, PlacementWanted
from reconciler.operations.desk import Desk
from reconciler.plan.guards.clock import TOLERANCE
from reconciler.policy.resolved import ResolvedPolicy

_TOGETHER = 4
_CLOCK = "clock"
_NOTED_EVERY = timedelta(hours=1)


def repositories_of(policy: ResolvedPolicy, host: str) -> tuple[str, ...]:
    """The repositories that this host uses or keeps."""
    found = {name for name, spec in policy.repositories.items() if spec.keeper == host}
    for asset in policy.assets.values():
        if len(found) == len(policy.repositories):
            break  # most of many assets need not be looked at
        if asset.host == host:
            found.update(place.repository for place in asset.placements)
    return tuple(name for name in policy.repositories if name in found)


def look_at_all(hands: Hands, names: Iterable[str], *, thorough: bool = False) -> dict[str, Look]:
    """Look at these repositories side by side; one that does not answer keeps none of the others waiting."""
    wanted = tuple(names)
    if not wanted:
        return {}
    with ThreadPoolExecutor(_TOGETHER, "look") as pool:
        looks = pool.map(lambda name: look(hands, name, thorough=thorough), wanted)
        return dict(zip(wanted, looks, strict=True))


def want_placements(desk: Desk, policy: ResolvedPolicy) -> None:
    """Journal since when the policy asks for each asset in each repository; asked once of each policy."""
    if desk.wanted is policy:
        return
    places = desk.catalog.standings.unwanted(policy)
    new: list[Entry] = [PlacementWanted(asset=asset, repository=repository) for asset, repository in places]
    if new:
        desk.catalog.record(new, desk.clock.now())
    desk.wanted = policy


def clock_jump(desk: Desk) -> timedelta:
    """By how much wall clock and boot clock parted since both were noted; nothing after a reboot, nor when it is
    no more than clocks that are kept right drift."""
    found = _parted(desk)
    return timedelta(0) if found is None or abs(found) <= TOLERANCE else found


def note_clock(desk: Desk) -> None:
    """Keep both clocks for later passes, now and then. A jump stays noted until somebody accepts the clock."""
    boot, known = desk.clock.boot(), desk.catalog.recall(_CLOCK)
    if boot is None or (known and abs(_parted(desk) or timedelta(0)) > TOLERANCE):
        return
    noted = float(known.split(" ")[1]) if known else None
    if noted is None or not noted <= boot < noted + _NOTED_EVERY.total_seconds():
        remember_clock(desk)


def remember_clock(desk: Desk) -> None:
    """Both clocks are right as they are now."""
    boot = desk.clock.boot()
    if boot is not None:
        desk.catalog.remember(_CLOCK, f"{desk.clock.now().isoformat()} {boot:.1f}")


def _parted(desk: Desk) -> timedelta | None:
    """Wall clock less boot clock since they were noted; None when they were not, or before this boot."""
    boot, known = desk.clock.boot(), desk.catalog.recall(_CLOCK)
    if boot is None or not known:
        return None
    wall_before, boot_before = known.split(" ")
    if boot < float(boot_before):
        return None
    wall = (desk.clock.now() - datetime.fromisoformat(wall_before)).total_seconds()
    return timedelta(seconds=wall - (boot - float(boot_before)))
