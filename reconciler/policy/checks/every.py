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
from reconciler.policy.checks.finding import Check, CheckedAssets, Finding
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
# These look at one asset after the other, and beside it at the repositories and the time zone alone.
_OF_EACH_ASSET: tuple[Check, ...] = (
    copies.three_two_one,
    placements.fresher_than_origin,
    sources.later_sources,
    sources.captured_repositories,
    times.schedule_gaps,
)
_OF_POLICY: tuple[Check, ...] = (
    dependencies.dependency_cycles,
    people.escalation_cycles,
    people.alert_addresses,
    sources.later_secrets,
    times.cron_lines,
    times.recurrences,
    transport.unencrypted,
    transport.shared_places,
)
# What these miss may stand in a document that is still wrong, so they wait until every document is right.
_OF_WHOLE_POLICY: tuple[Check, ...] = (
    people.breaches_told,
    people.unreached_contacts,
    selectors.drills_held,
    selectors.empty_selections,
)


def cross_checks(
    reading: Reading, policy: ResolvedPolicy | None, today: date, checked: CheckedAssets | None = None
) -> list[Problem]:
    """Every problem that several documents together have. ``policy`` is what could be resolved of them.

    ``checked`` remembers what was found of each asset, for the next time.
    """
    problems = [problem for check in _OF_DOCUMENTS for problem in check(reading)]
    if policy is None:
        return problems
    whole = not (reading.cut or reading.declared or any(p.severity is Severity.ERROR for p in problems))
    if whole:
        problems += references.disused(reading)
    found = findings(policy, whole=whole, checked=checked)
    problems += [_placed(finding, reading) for finding in (*found, *times.expired_exceptions(policy, today))]
    return problems


def findings(
    policy: ResolvedPolicy, *, whole: bool = True, checked: CheckedAssets | None = None
) -> tuple[Finding, ...]:
    """Everything wrong with a policy as resolved, also one that was put together from two revisions."""
    checks = (*_OF_POLICY, *_OF_WHOLE_POLICY) if whole else _OF_POLICY
    found = (checked or CheckedAssets()).findings(policy, _OF_EACH_ASSET)
    return (*found, *(finding for check in checks for finding in check(policy)))


def _placed(finding: Finding, reading: Reading) -> Problem:
    document = reading.of_kind(finding.kind).get(finding.name)
    place = document.at(*finding.path) if document else Place(".")
    return Problem(place, finding.rule, finding.message, finding.severity)
