"""One plan with everything in it, and one entry of every kind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from reconciler.obligations.actions import BackUp, Check, Chosen, Copy, Forget, Initialise, Mark, Prune, Render
from reconciler.obligations.assessment import Assessment, Assessments, Promise, State
from reconciler.obligations.codes import Code
from reconciler.observed.attempts import Outcome, Verb
from reconciler.observed.backup import Verdict
from reconciler.observed.entries import (
    Approved,
    AttemptBegan,
    AttemptEnded,
    ClockAccepted,
    Consumed,
    CreditSet,
    Entry,
    EscrowConfirmed,
    ExpiredBackup,
    ForgetIntended,
    Forgotten,
    Invalidated,
    JournalStarted,
    Marked,
    Notified,
    Offered,
    PlacementWanted,
    PolicyEnforced,
    RepositoryPinned,
    Restored,
    Resumed,
    Suspended,
    Unmarked,
    Vanished,
    VanishedAccepted,
)
from reconciler.observed.reason import Reason
from reconciler.plan.estimate import Estimate
from reconciler.plan.guards.stops import Stop
from reconciler.plan.plan import Blocked, Companion, LetGo, PendingLowering, Plan, PlannedAction
from reconciler.views.sentences import Reader
from tests.unit.views.pages import POLICY, REVISION

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
READER = Reader(NOW, ZoneInfo("Europe/Madrid"))


def _id(number: int) -> str:
    return f"{number:04x}" * 16


def _chosen(first: int, count: int, why: str = "older than daily 7") -> tuple[Chosen, ...]:
    return tuple(Chosen(_id(first + n), NOW - timedelta(days=8 + n), why) for n in range(count))


_PLANNED = (
    PlannedAction(Initialise("cloud", Reason.of(Code.NEVER_SEEN), NOW, like="local")),
    PlannedAction(BackUp("etc", "local", Reason.of(Code.SLOT, slot=NOW), NOW, NOW)),
    PlannedAction(
        BackUp("keys", "local", Reason.of(Code.RETRY, failures=1, error="unreachable"), NOW, NOW, initial=True)
    ),
    PlannedAction(
        BackUp("etc", "served", Reason.of(Code.CATCH_UP, slot=NOW, missed=NOW), NOW, NOW), suspended="move-of-rack-3"
    ),
    PlannedAction(
        Copy("etc", "nas", "local", _chosen(1, 2, "newest"), Reason.of(Code.NEW_COPY, origin="local"), NOW, NOW)
    ),
    PlannedAction(Mark("etc", "local", _chosen(100, 12), Reason.of(Code.EXPIRED, count=12), NOW)),
    PlannedAction(Forget("etc", "nas", _chosen(200, 1), Reason.of(Code.GRACE_OVER, count=1), NOW)),
    PlannedAction(
        Mark("etc", "cloud", _chosen(300, 3), Reason.of(Code.EXPIRED, count=3), NOW),
        blocked=Blocked(
            guard="credit",
            why=Reason.of(Stop.CREDIT_SPENT, asset="etc", repository="cloud", credit=1, count=3),
            lift='reconciler approve 0123456789ab --reason "…"',
            checksum="0123456789ab" * 5 + "0123",
        ),
    ),
    PlannedAction(Prune("local", Reason.of(Code.SPACE_TO_RECLAIM, forgotten=4), NOW)),
    PlannedAction(Check("nas", Reason.of(Code.CHECK_DUE, checked_at=NOW - timedelta(days=7)), NOW)),
    PlannedAction(Render("etc", Reason.of(Code.PAGE_MISSING), NOW)),
)

_ASSESSED = (
    Assessment(
        Promise("freshness", "etc", "local"),
        State.DUE,
        Reason.of(Code.FRESH, newest=NOW - timedelta(minutes=50), rpo=timedelta(hours=1)),
        until=NOW + timedelta(minutes=10),
    ),
    Assessment(
        Promise("freshness", "keys", "local"),
        State.BREACHED,
        Reason.of(Code.TOO_OLD, newest=NOW - timedelta(hours=9), rpo=timedelta(hours=1), message="the disk is full"),
        since=NOW - timedelta(hours=8),
    ),
    Assessment(
        Promise("redundancy", "etc"),
        State.UNKNOWN,
        Reason.of(Code.COPIES_UNKNOWN, copies=1, minimum=2, media=1, media_wanted=1, offsite=0, offsite_wanted=0),
    ),
    Assessment(Promise("integrity", repository="nas"), State.MET, Reason.of(Code.CHECKED, checked_at=NOW)),
    Assessment(
        Promise("capacity", repository="local"), State.MET, Reason.of(Code.ROOM, free=5 * 2**30, total=50 * 2**30)
    ),
    Assessment(
        Promise("applied"),
        State.UNATTAINABLE,
        Reason.of(Code.POLICY_PROBLEM, error="syntax", problem="a.yaml: not YAML"),
    ),
)

PLAN = Plan(
    policy="iact",
    revision=REVISION,
    host="infra1",
    at=NOW,
    actions=_PLANNED,
    lowerings=(
        PendingLowering(
            path="asset/etc.repositories[local].retention.daily",
            before="7",
            after="2 | `x`",
            lift='reconciler approve 89abcdef0123 --reason "…"',
            checksum="89abcdef0123",
            backups=tuple(LetGo(one.id, "etc", "local", one.time) for one in _chosen(400, 12)),
        ),
    ),
    assessments=Assessments(_ASSESSED),
    until=NOW + timedelta(minutes=10),
    following=(
        BackUp("keys", "cloud", Reason.of(Code.INITIAL), NOW, NOW, initial=True),
        Copy("etc", "cloud", "local", (), Reason.of(Code.NEW_COPY, origin="local"), NOW, NOW),
    ),
    estimate=Estimate(backups=2, size=5 * 2**30, unknown=1, whole=False, speed=50 * 2**20, measured=0),
    companions=(Companion("repository/cloud", "the policy would be invalid with it: asset etc needs it"),),
)

ENTRIES: tuple[Entry, ...] = (
    AttemptBegan(attempt="a1", verb=Verb.BACKUP, repository="local", asset="etc", reason="due at 13:00"),
    AttemptEnded(
        attempt="a1",
        verb=Verb.BACKUP,
        repository="local",
        asset="etc",
        outcome=Outcome.SUCCEEDED,
        backup=_id(1),
        verdict=Verdict.DEGRADED,
        suspicious=True,
        size=12_345_678,
    ),
    AttemptEnded(
        attempt="a2",
        verb=Verb.COPY,
        repository="nas",
        asset="etc",
        outcome=Outcome.FAILED,
        code="unreachable",
        message="nas did not answer",
    ),
    RepositoryPinned(repository="nas", engine_id=_id(7), how="initialised"),
    Marked(
        asset="etc",
        repository="local",
        backups=(ExpiredBackup(backup=_id(3), time=NOW - timedelta(days=9), why="older than daily 7"),),
    ),
    Unmarked(asset="etc", repository="local", backups=(_id(3),), why="kept by hold audit"),
    ForgetIntended(repository="local", backups=tuple(_id(n) for n in range(5))),
    Forgotten(repository="local", backups=(_id(3),)),
    Vanished(repository="local", backups=(_id(4),)),
    VanishedAccepted(repository="local", backups=(_id(4),), by="maria", reason="deleted by hand"),
    CreditSet(asset="etc", repository="local", balance=3),
    PlacementWanted(asset="etc", repository="nas"),
    PolicyEnforced(revision=REVISION, policy=POLICY, complete=False),
    Offered(checksum="89abcdef0123" * 5, subject="asset/etc", lines=("asset/etc.rpo 1h → 2h",)),
    Approved(checksum="89abcdef0123" * 5, lines=("asset/etc.rpo 1h → 2h",), by="maria", reason="agreed"),
    Consumed(lines=("asset/etc.rpo 1h → 2h",)),
    Restored(
        asset="etc",
        repository="local",
        backup=_id(1),
        target="/srv/back",
        by="maria",
        reason="disk died",
        files=3,
        size=4,
        seconds=5.5,
        sound=False,
    ),
    Invalidated(repository="local", backup=_id(1), why="its pack is gone"),
    Suspended(
        name="s1", asset="etc", verbs=(Verb.BACKUP,), expires=NOW + timedelta(hours=2), by="maria", reason="moving"
    ),
    Resumed(name="s1", by="maria"),
    ClockAccepted(by="maria"),
    Notified(alert="mail", key="k", event="breached", delivered=False, error="no route"),
    EscrowConfirmed(repository="local", place="the safe", by="maria"),
    JournalStarted(how="restored"),
)
