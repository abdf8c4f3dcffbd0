"""Makes one backup: checks before, the engine, proof after, verdict at birth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from reconciler.engines.protocol import BackupOrder, BackupReport, OnProgress
from reconciler.errors import EngineInterrupted, EngineStalled, RepositoryFull
from reconciler.execution.attempts import Intent, attempt
from reconciler.execution.budget import counts, new_balance
from reconciler.execution.confirm import Confirmer
from reconciler.execution.hands import Hands
from reconciler.execution.observe import look, store_made
from reconciler.execution.proving import prove_backup
from reconciler.kit.lanes import Mode
from reconciler.kit.trails import Said
from reconciler.obligations.actions import BackUp
from reconciler.obligations.capacity import fits
from reconciler.observed.attempts import Outcome, Verb
from reconciler.observed.backup import Verdict
from reconciler.observed.entries import AttemptEnded
from reconciler.observed.identify import tags_for
from reconciler.observed.judge import Baseline, CaptureResult, Expectations, judge
from reconciler.policy.resolved import ResolvedAsset
from reconciler.sources.registry import source_of
from reconciler.units.sizes import show_size
from reconciler.views.plurals import counted


@dataclass(frozen=True, slots=True)
class Manual:
    """What a person who asks for a backup may add: its date (made history), how long to keep it, why."""

    at: datetime | None = None
    keep_until: date | None = None
    reason: str = ""


AUTOMATIC = Manual()


def back_up(
    hands: Hands, action: BackUp, confirmer: Confirmer, on_progress: OnProgress, manual: Manual = AUTOMATIC
) -> str:
    """Do it; gives one line for the board.

    Raises a ReconcilerError that names the asset; the attempt is in the journal either way.
    """
    intent = Intent(
        Verb.BACKUP,
        action.repository,
        action.asset,
        action.slot,
        action.request,
        time=manual.at or hands.dated(),
        keep_until=manual.keep_until or _keep_until(hands, action.request),
        reason=manual.reason,
        read_all=action.read_all or action.initial,
    )
    at = manual.at or hands.dated()
    with hands.lanes.lease(action.repository, Mode.SHARED, verb=f"backup {action.asset}", stop=hands.stop):
        ended = attempt(
            hands,
            intent,
            lambda mark: _act(hands, action, mark, confirmer, on_progress, at),
            lambda ended: new_balance(hands, action.asset, action.repository, became_counted=int(counts(ended))),
        )
    return _line(ended)


def _act(
    hands: Hands,
    action: BackUp,
    mark: str,
    confirmer: Confirmer,
    on_progress: OnProgress,
    at: datetime | None,
) -> AttemptEnded:
    asset = hands.policy.assets[action.asset]
    source = source_of(asset.source.kind)
    source.check(asset.source)
    _must_fit(hands, action)
    order = BackupOrder(
        capture=source.capture(asset.source, read_all=action.read_all),
        host=asset.host,
        tags=tags_for(hands.policy, action.asset, mark, action.request),
        parent=action.parent,
        time=at,
    )
    birth = Birth(mark, action.repository, action.request, read_all=action.read_all or action.initial)
    began = hands.clock.now()
    try:
        report = hands.engine.backup(hands.open(action.repository), order, on_progress)
        listed = confirmer.confirm(report.id)
        prove_backup(asset.name, order, report, listed, (began, hands.clock.now()))
        store_made(hands, action.repository, listed)
    except (EngineInterrupted, EngineStalled):
        # It may have ended between saving the backup and saying so: made again, its slot would have two.
        look(hands, action.repository, thorough=True)
        _, report_of_dead = told_by_trail(hands, action.asset, birth)
        if report_of_dead is None:
            raise
        report = report_of_dead
    return judged(hands, asset, birth, report)


@dataclass(frozen=True, slots=True)
class Birth:
    """Of which attempt a backup is born, where, for which request, and whether everything was read for it."""

    attempt: str
    repository: str
    request: str | None = None
    read_all: bool = False


def told_by_trail(hands: Hands, asset: str, birth: Birth) -> tuple[Said | None, BackupReport | None]:
    """What an attempt's programs said, and the report of the backup that they saved and its repository lists."""
    said = hands.trails.said(birth.attempt)
    held = hands.placement(asset, birth.repository).backups
    listed = next((one for one in held if one.attempt == birth.attempt and not one.is_copy), None)
    return said, hands.engine.told(said, listed) if said and listed else None


def judged(hands: Hands, asset: ResolvedAsset, birth: Birth, report: BackupReport) -> AttemptEnded:
    """The outcome of an attempt whose backup is listed, with its verdict."""
    verdict = judge(
        CaptureResult(report.partial, report.files, report.size, report.unreadable),
        Expectations(asset.expect.minimum_size or 0, asset.expect.maximum_shrink, asset.tolerate.unreadable),
        _baseline(hands, asset.name, birth.repository),
    )
    return AttemptEnded(
        attempt=birth.attempt,
        verb=Verb.BACKUP,
        repository=birth.repository,
        asset=asset.name,
        outcome=Outcome.SUCCEEDED,
        backup=report.id,
        request=birth.request,
        verdict=verdict.verdict,
        suspicious=verdict.suspicious,
        message="; ".join(finding.text for finding in verdict.reasons),
        unreadable=report.unreadable[:20],
        files=report.files,
        size=report.size,
        added=report.added,
        read_all=birth.read_all,
    )


def _baseline(hands: Hands, asset: str, repository: str) -> Baseline | None:
    """The newest counted backup there, against which the next one is held."""
    newest = hands.placement(asset, repository).newest_counted(hands.clock.now())
    if newest is None or newest.size is None or newest.files is None:
        return None
    return Baseline(newest.files, newest.size)


def _must_fit(hands: Hands, action: BackUp) -> None:
    """An attempt that cannot fit fails before the engine starts, which would retry for half an hour."""
    space = hands.engine.space(hands.open(action.repository))
    expected = None if action.initial else hands.catalog.placement_alone(action.asset, action.repository).usual_size
    if space and expected and not fits(expected, space.free):
        place = hands.policy.repositories[action.repository].location.described
        raise RepositoryFull(
            f"{show_size(space.free)} are free and about {show_size(expected)} are needed",
            remedy=f"make room on {action.repository} ({place})",
            subject=action.asset,
        )


def _keep_until(hands: Hands, request: str | None) -> date | None:
    found = hands.policy.requests.get(request) if request else None
    return found.keep_until if found else None


def _line(ended: AttemptEnded) -> str:
    """What the board shows of a backup that exists."""
    size = show_size(ended.size or 0)
    line = f"{counted(ended.files or 0, 'file')}, {size}, {show_size(ended.added or 0)} new, {ended.seconds:.0f}s"
    if ended.verdict is Verdict.DEGRADED or ended.suspicious:
        words = " and ".join(
            w for w in ("degraded" * (ended.verdict is Verdict.DEGRADED), "suspicious" * ended.suspicious) if w
        )
        line += f"; {words}, so it does not count: {ended.message}"
    return line
