"""One look at the world for a plan: repositories, placements, suspensions, the clock."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

from reconciler.execution.hands import Hands
from reconciler.execution.observe import Look, look
from reconciler.observed.entries import Entry, PlacementWanted
from reconciler.observed.facts import Observed, PolicyFacts, SuspensionFacts
from reconciler.operations.desk import Desk
from reconciler.policy.resolved import ResolvedPolicy

_TOGETHER = 4


def repositories_of(policy: ResolvedPolicy, host: str) -> tuple[str, ...]:
    """The repositories that this host uses or keeps."""
    used = {place.repository for asset in policy.assets.values() if asset.host == host for place in asset.placements}
    kept = {name for name, spec in policy.repositories.items() if spec.keeper == host}
    return tuple(name for name in policy.repositories if name in used | kept)


def look_at_all(hands: Hands, names: Iterable[str], *, thorough: bool = False) -> dict[str, Look]:
    """Look at these repositories side by side; one that does not answer keeps none of the others waiting."""
    wanted = tuple(names)
    if not wanted:
        return {}
    with ThreadPoolExecutor(_TOGETHER, "look") as pool:
        looks = pool.map(lambda name: look(hands, name, thorough=thorough), wanted)
        return dict(zip(wanted, looks, strict=True))


def want_placements(desk: Desk, policy: ResolvedPolicy, observed: Observed) -> None:
    """Journal since when the policy asks for each asset in each repository."""
    new: list[Entry] = [
        PlacementWanted(asset=asset.name, repository=place.repository)
        for asset in policy.assets.values()
        for place in asset.placements
        if observed.placement(asset.name, place.repository).wanted_since is None
    ]
    if new:
        desk.catalog.record(new, desk.clock.now())


def observe(desk: Desk, policy: ResolvedPolicy, facts: PolicyFacts, now: datetime) -> Observed:
    """The observed world for a plan at ``now``."""
    observed = desk.catalog.facts(policy, now)
    clock = replace(observed.clock, jumped=clock_jump(desk))
    return replace(observed, policy=facts, clock=clock, suspensions=_suspensions(desk, now))


def _suspensions(desk: Desk, now: datetime) -> tuple[SuspensionFacts, ...]:
    entries = (found.entry for found in desk.catalog.suspensions(now))
    return tuple(
        SuspensionFacts(one.name, one.verbs, one.expires, one.reason, one.by, one.asset, one.repository)
        for one in entries
    )


def clock_jump(desk: Desk) -> timedelta:
    """By how much wall clock and boot clock parted since the last pass; nothing after a reboot."""
    boot, known = desk.clock.boot(), desk.catalog.recall("clock")
    if boot is None or not known:
        return timedelta(0)
    wall_before, boot_before = known.split(" ")
    if boot < float(boot_before):
        return timedelta(0)
    wall = (desk.clock.now() - datetime.fromisoformat(wall_before)).total_seconds()
    return timedelta(seconds=wall - (boot - float(boot_before)))


def remember_clock(desk: Desk) -> None:
    """Keep both clocks for the next pass's comparison."""
    boot = desk.clock.boot()
    if boot is not None:
        desk.catalog.remember("clock", f"{desk.clock.now().isoformat()} {boot:.1f}")
