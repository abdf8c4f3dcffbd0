"""The policy, the repositories, the journal, the clock, alerts and passphrases as they stand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from reconciler.execution.board import QuietBoard
from reconciler.execution.observe import look
from reconciler.kit.lanes import leader
from reconciler.observed.facts import Reach
from reconciler.operations.desk import Desk
from reconciler.operations.doctoring.finding import Finding, error, ok, warning
from reconciler.operations.looking import Stand, stand_of
from reconciler.operations.observing import clock_jump, repositories_of
from reconciler.operations.passing import hands_of
from reconciler.operations.policy_update import PolicyState
from reconciler.units.durations import format_duration

_JUMP = timedelta(minutes=5)


def stand_findings(desk: Desk, *, offline: bool) -> Iterator[Finding]:
    """Everything that needs the catalog; ``offline`` leaves sources and repositories alone."""
    for notice in desk.catalog.notices:
        yield warning("catalog", notice.what, notice.remedy)
    if not offline:
        yield from _source(desk)
    stand = stand_of(desk)
    yield from _policy(stand)
    yield from _clock(desk)
    yield from _journal(desk, stand)
    if stand.policy and not offline:
        yield from _repositories(desk, stand)
    yield from _escrow(desk, stand)
    for line in stand.undelivered:
        yield error("alerts", line, "look at the provider in the policy; it is tried again")
    holder = leader(desk.state)
    yield ok("loop", f"led by {holder}" if holder else "no loop is running here")


def _source(desk: Desk) -> Iterator[Finding]:
    desk.source.fetch()
    yield ok("policy source", f"{desk.settings.policy.url} answers, head {desk.source.head().id[:12]}")


def _policy(stand: Stand) -> Iterator[Finding]:
    facts = stand.facts
    if facts.problem:
        yield error("policy", facts.problem, "reconciler validate in the policy's checkout says every problem")
    for block in facts.pending:
        yield warning("policy", f"{block.block} waits for approval", "reconciler plan shows the checksum to approve")
    if facts.applied and not facts.problem:
        yield ok("policy", f"revision {facts.applied[:12]} is enforced")


def _clock(desk: Desk) -> Iterator[Finding]:
    now, newest = desk.clock.now(), desk.catalog.journal.newest_time()
    jump = clock_jump(desk)
    remedy = "set the clock; if it is right now: reconciler doctor --accept-clock"
    if newest and newest > now + _JUMP:
        yield error("clock", f"the journal's newest entry is {format_duration(newest - now)} in the future", remedy)
    elif abs(jump) > _JUMP:
        yield error("clock", f"it jumped by {format_duration(abs(jump))} since the last pass", remedy)
    else:
        yield ok("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _journal(desk: Desk, stand: Stand) -> Iterator[Finding]:
    if desk.catalog.journal_lost:
        yield error(
            "journal",
            "it is lost: backups go on, nothing is deleted",
            "bring back reconciler-state's journal.db, or vouch for repositories with trust: in the settings",
        )
    elif stand.policy and (unknown := desk.catalog.unjournalled(stand.policy)):
        yield warning("journal", f"{unknown} backups were made by attempts that it does not know", "they are kept")
    else:
        yield ok("journal", "sound")


def _repositories(desk: Desk, stand: Stand) -> Iterator[Finding]:
    policy = stand.policy
    if policy is None:
        return
    hands = hands_of(desk, policy, PolicyState(policy, stand.facts), QuietBoard())
    for name in repositories_of(policy, desk.settings.host):
        seen = look(hands, name, thorough=True)
        if seen.reach is Reach.READY:
            yield ok(f"repository {name}", "answers with its pinned id")
        elif seen.reach is Reach.NEVER_SEEN:
            yield warning(f"repository {name}", "is not made yet", "reconciler reconcile makes it")
        else:
            what = seen.error.what if seen.error else seen.reach.value
            yield error(f"repository {name}", what, seen.error.remedy if seen.error else "")
        facts = desk.catalog.facts(policy, desk.clock.now()).repository(name)
        if facts.vanished:
            remedy = f'find out who deleted them, then: reconciler doctor --accept-vanished {name} --reason "…"'
            yield error(f"repository {name}", f"{len(facts.vanished)} backups are gone that nobody deleted", remedy)


def _escrow(desk: Desk, stand: Stand) -> Iterator[Finding]:
    confirmed = desk.catalog.escrow()
    for name in stand.policy.repositories if stand.policy else ():
        if name in confirmed:
            yield ok(f"passphrase of {name}", f"a second copy is kept: {confirmed[name].entry.place}")
        else:
            remedy = f'reconciler doctor --confirm-escrow {name} --place "…"'
            yield warning(f"passphrase of {name}", "nobody has confirmed a second copy of it", remedy)
