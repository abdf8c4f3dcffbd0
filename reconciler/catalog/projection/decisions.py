"""What people's decisions add up to: the enforced policy, what it wants and accepts, lines of approvals."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from operator import attrgetter

from reconciler.catalog.projection.books import Books
from reconciler.catalog.projection.rows import AcceptedRow, AlertedRow, LineRow, PinRow
from reconciler.catalog.values import Recorded
from reconciler.obligations.builtin import state_asset
from reconciler.observed.backup import Verdict
from reconciler.observed.entries import (
    Approved,
    Consumed,
    CreditSet,
    Notified,
    PlacementWanted,
    PolicyEnforced,
    RepositoryPinned,
)
from reconciler.observed.judge import Baseline, CaptureResult, Expectations, judge
from reconciler.observed.messages import after_message
from reconciler.policy.blocks import differ
from reconciler.policy.models.asset import Expect
from reconciler.policy.models.repository import RepositorySpec
from reconciler.policy.resolved import ResolvedAsset, ResolvedPolicy


def pin(books: Books, recorded: Recorded[RepositoryPinned]) -> None:
    """A repository's id; a later pin replaces an earlier one."""
    entry = recorded.entry
    books.pins.put(PinRow(entry.repository, entry.engine_id, recorded.at, entry.how))


def set_credit(books: Books, recorded: Recorded[CreditSet]) -> None:
    """The deletion budget."""
    entry = recorded.entry
    books.placements.put(replace(books.placement(entry.asset, entry.repository), credit=entry.balance))


def want(books: Books, recorded: Recorded[PlacementWanted]) -> None:
    """The policy asks for an asset in a repository; it has done so since the first of these entries."""
    entry = recorded.entry
    placement = books.placement(entry.asset, entry.repository)
    books.placements.put(replace(placement, wanted_since=placement.wanted_since or recorded.at))


def enforce(books: Books, recorded: Recorded[PolicyEnforced]) -> None:
    """A policy comes into force: what it wants no longer is forgotten as wanted, what it accepts is remembered.

    Only what is another than in the policy before is looked at.
    """
    before = books.whole.policy_seq
    known = books.policies.at(before) if before is not None else None
    policy = books.policies.after(known, recorded).policy
    revision = recorded.entry.revision
    whole = replace(books.whole, policy_seq=recorded.seq, policy_revision=revision, policy_at=recorded.at)
    books.journal.put(whole)
    old = known.policy if known else None
    changed = _changed_assets(old, policy)
    wanted = _places(policy.assets[name] for name in changed if name in policy.assets) | _state_places(policy)
    for name, repository in _wanted_before(books, old, changed) - wanted:
        books.placements.put(replace(books.placement(name, repository), wanted_since=None, block=None))
    for asset in (policy.assets[name] for name in changed if name in policy.assets):
        said = asset.model_dump_json()
        for place in asset.placements:
            block = _digest(said, policy.repositories.get(place.repository))
            placement = books.placement(asset.name, place.repository)
            if placement.block != block:
                books.placements.put(replace(placement, block=block, changed_at=recorded.at))
        _accept(books, asset, recorded.at)


def _changed_assets(old: ResolvedPolicy | None, new: ResolvedPolicy) -> list[str]:
    """The assets that are new, gone or another, or land in a repository that is; all when there was no policy."""
    if old is None:
        return list(new.assets)
    moved = {name for name, spec in new.repositories.items() if old.repositories.get(name) != spec}
    moved |= old.repositories.keys() - new.repositories.keys()
    changed = [name for name in old.assets if name not in new.assets]
    for name, asset in new.assets.items():
        before = old.assets.get(name)
        if differ(before, asset) or any(place.repository in moved for place in asset.placements):
            changed.append(name)
    return changed


def _wanted_before(books: Books, old: ResolvedPolicy | None, changed: Iterable[str]) -> set[tuple[str, str]]:
    """The places of these assets, and of the built-in one, that the policy before wanted; without one, all known."""
    if old is None:
        return {(row.asset, row.repository) for row in books.placements.matching()}
    return _places(old.assets[name] for name in changed if name in old.assets) | _state_places(old)


def _places(assets: Iterable[ResolvedAsset]) -> set[tuple[str, str]]:
    return {(asset.name, place.repository) for asset in assets for place in asset.placements}


def approve(books: Books, recorded: Recorded[Approved]) -> None:
    """Lines that may be used once from now on, also those that were used before."""
    entry = recorded.entry
    for line in entry.lines:
        row = books.lines.get(line) or LineRow(line, "", approved_at=None, consumed_at=None)
        books.lines.put(replace(row, checksum=entry.checksum, approved_at=recorded.at))


def consume(books: Books, recorded: Recorded[Consumed]) -> None:
    """Lines used up. Should the clock have gone back meanwhile, an approval is not good for a second use."""
    for line in recorded.entry.lines:
        row = books.lines.get(line) or LineRow(line, "", approved_at=None, consumed_at=None)
        books.lines.put(replace(row, consumed_at=max(recorded.at, row.approved_at or recorded.at)))


def alert(books: Books, recorded: Recorded[Notified]) -> None:
    """The last message about a key, until one that it is over has arrived."""
    entry = recorded.entry
    before = books.alerted.get(entry.alert, entry.key)
    after = after_message(before.said if before else None, entry, recorded.at)
    if after is None:
        books.alerted.drop(entry.alert, entry.key)
    else:
        books.alerted.put(AlertedRow.of(entry.alert, entry.key, after))


def _state_places(policy: ResolvedPolicy) -> set[tuple[str, str]]:
    """Where the built-in assets land, which every policy has without naming them."""
    names = {host: state_asset(policy, host) for host in {asset.host for asset in policy.assets.values()}}
    return {(names[asset.host], place.repository) for asset in policy.assets.values() for place in asset.placements}


def _accept(books: Books, asset: ResolvedAsset, at: datetime) -> None:
    lineage = asset.expect.accept
    if lineage is not None and books.accepted.get(asset.name, lineage) is None:
        books.accepted.put(AcceptedRow(asset.name, lineage, at))
        _judge_again(books, asset.name, lineage, asset.expect)


def _judge_again(books: Books, asset: str, lineage: str, expect: Expect) -> None:
    """The accepted backup becomes the baseline: what came after it and fits it is suspicious no longer."""
    accepted = books.verdicts.get(lineage)
    if accepted is None or accepted.asset != asset:
        return
    expected = Expectations(expect.minimum_size or 0, expect.maximum_shrink)
    baseline = Baseline(accepted.files or 0, accepted.size or 0)
    later = (row for row in books.verdicts.matching(asset=asset) if row.seq > accepted.seq)
    for row in sorted(later, key=attrgetter("seq")):
        if row.suspicious:
            result = CaptureResult(partial=False, files=row.files or 0, size=row.size or 0)
            row = replace(row, suspicious=judge(result, expected, baseline).suspicious)
            books.verdicts.put(row)
        if row.verdict is Verdict.COMPLETE and not row.suspicious:
            baseline = Baseline(row.files or 0, row.size or 0)


def _digest(asset: str, repository: RepositorySpec | None) -> str:
    """What the policy says of an asset and of the place where it lands, so that a change is seen."""
    said = asset + (repository.model_dump_json() if repository else "")
    return hashlib.sha256(said.encode()).hexdigest()
