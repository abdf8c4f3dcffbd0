"""One look at the world for a plan: repositories, and which placements the policy wants."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from reconciler.execution.hands import Hands
from reconciler.execution.observe import Look, look
from reconciler.observed.entries import Entry, PlacementWanted
from reconciler.operations.desk import Desk
from reconciler.policy.resolved import ResolvedPolicy

_TOGETHER = 4


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
