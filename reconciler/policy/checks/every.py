"""The table of cross-checks: all run, and all problems come at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from reconciler.policy.checks import (
    copies,
    dependencies,
    identity,
    people,
    placements,
    references,
    selectors,
    sources,
    times,
    transport,
)
from reconciler.policy.checks.finding import Finding
from reconciler.policy.checks.reading import Reading
from reconciler.policy.documents import Place, Problem, Severity
from reconciler.policy.resolved import ResolvedPolicy

_OF_DOCUMENTS: tuple[Callable[[Reading], Iterator[Problem]], ...] = (
    identity.policy_count,
    identity.names_twice,
    identity.reserved_names,
    references.unknown_references,
    references.ended_assets,
    placements.chains,
)
_OF_POLICY: tuple[Callable[[ResolvedPolicy], Iterator[Finding]], ...] = (
    copies.three_two_one,
    dependencies.dependency_cycles,
    people.escalation_cycles,
    people.alert_addresses,
    placements.fresher_than_origin,
    sources.later_sources,
    sources.later_secrets,
    sources.captured_repositories,
    times.cron_lines,
    times.schedule_gaps,
    times.recurrences,
    transport.unencrypted,
    transport.shared_places,
)
# What these miss may stand in a document that is still wrong, so they wait until every document is right.
_OF_WHOLE_POLICY: tuple[Callable[[ResolvedPolicy], Iterator[Finding]], ...] = (
    people.breaches_told,
    people.unreached_contacts,
    selectors.drills_held,
    selectors.empty_selections,
)


def cross_checks(reading: Reading, policy: ResolvedPolicy | None, today: date) -> list[Problem]:
    """Every problem that several documents together have. ``policy`` is what could be resolved of them."""
    problems = [problem for check in _OF_DOCUMENTS for problem in check(reading)]
    if policy is None:
        return problems
    whole = not (reading.cut or reading.declared or any(p.severity is Severity.ERROR for p in problems))
    if whole:
        problems += references.disused(reading)
    found = findings(policy, whole=whole)
    problems += [_placed(finding, reading) for finding in (*found, *times.expired_exceptions(policy, today))]
    return problems


def findings(policy: ResolvedPolicy, *, whole: bool = True) -> tuple[Finding, ...]:
    """Everything wrong with a policy as resolved, also one that was put together from two revisions."""
    checks = (*_OF_POLICY, *_OF_WHOLE_POLICY) if whole else _OF_POLICY
    return tuple(finding for check in checks for finding in check(policy))


def _placed(finding: Finding, reading: Reading) -> Problem:
    document = reading.of_kind(finding.kind).get(finding.name)
    place = document.at(*finding.path) if document else Place(".")
    return Problem(place, finding.rule, finding.message, finding.severity)
