"""Status: every promise in one table, worst first, and one line that says whether to worry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.obligations.assessment import Assessment, State
from reconciler.observed.entries import Suspended
from reconciler.observed.facts import PolicyFacts
from reconciler.views.sentences import Reader
from reconciler.views.tables import Column

WORST_FIRST = (State.BREACHED, State.UNATTAINABLE, State.UNKNOWN, State.DUE, State.MET)
COLUMNS = (
    Column(""),
    Column("kind", 1),
    Column("name"),
    Column("state"),
    Column("newest", 2),
    Column("met", 3),
    Column("why", prose=36),
)
MARKS = {State.BREACHED: "✗", State.UNATTAINABLE: "✗", State.UNKNOWN: "?", State.DUE: "…", State.MET: "✓"}

_NAMED = 10


@dataclass(frozen=True, slots=True)
class AssetRow:
    """One asset, or one repository: its worst state, and the sentences of the promises in that state."""

    kind: str
    name: str
    state: State
    newest: str
    promises: str
    why: str

    @property
    def cells(self) -> tuple[str, ...]:
        """What stands in the columns."""
        return (MARKS[self.state], self.kind, self.name, self.state.value, self.newest, self.promises, self.why)


def worst(states: Iterable[State]) -> State:
    """The one to worry about."""
    found = set(states)
    return next((state for state in WORST_FIRST if state in found), State.MET)


def status_rows(assessments: Iterable[Assessment], reader: Reader) -> tuple[AssetRow, ...]:
    """A row an asset, a row a repository, and one for the policy; worst first, then by name."""
    groups: dict[tuple[str, str], list[Assessment]] = {}
    for found in assessments:
        groups.setdefault(_group(found), []).append(found)
    rows = [_row(kind, name, found, reader) for (kind, name), found in groups.items()]
    order = {"policy": 0, "repository": 1, "asset": 2}
    return tuple(sorted(rows, key=lambda row: (WORST_FIRST.index(row.state), order[row.kind], row.name)))


def headline(assessments: Iterable[Assessment], policy: PolicyFacts) -> str:
    """``12 promises met, 1 due, 2 breached. Revision 3f2a1b9c is enforced.``"""
    count = Counter(found.state for found in assessments)
    parts = [f"{count[state]} {state.value}" for state in reversed(WORST_FIRST) if count[state]]
    line = f"Promises: {', '.join(parts) or 'none'}."
    return f"{line} {revision_line(policy)}"


def revision_line(policy: PolicyFacts) -> str:
    """Which revision is enforced, and why it is not the head."""
    if policy.applied is None:
        return f"No policy is enforced yet{': ' + policy.problem if policy.problem else ''}."
    line = f"Revision {policy.applied[:12]} is enforced"
    if policy.head and policy.head != policy.applied:
        line += f", the head is {policy.head[:12]}"
    if policy.problem:
        line += f": {policy.problem}"
    if policy.pending:
        waiting = ", ".join(block.block for block in policy.pending)
        line += f"; waits for approval: {waiting}"
    if policy.unread:
        rest = len(policy.unread) - 1
        line += f"; not read: {policy.unread[0]}{f' and {rest} more' if rest else ''}"
    return f"{line}."


def policy_lines(policy: PolicyFacts) -> tuple[str, ...]:
    """What a plan does not show: why the newest policy is not in it, and what of its source is not read at all."""
    lines = [f"The newest policy is not enforced: {policy.problem}"] if policy.problem else []
    lines += [f"Not read: {found}" for found in policy.unread[:_NAMED]]
    if len(policy.unread) > _NAMED:
        lines.append(f"Not read: {len(policy.unread) - _NAMED} more, see: reconciler validate")
    return tuple(lines)


def suspension_lines(suspensions: Iterable[Suspended], reader: Reader) -> tuple[str, ...]:
    """The host's own suspensions, each a line that says that the policy knows nothing of it."""
    lines = []
    for found in suspensions:
        about = found.asset or found.repository or "everything"
        verbs, ends = ", ".join(found.verbs), reader.instant(found.expires)
        lines.append(f"Suspended, not in policy: {verbs} of {about} until {ends} by {found.by}: {found.reason}")
    return tuple(lines)


def _group(found: Assessment) -> tuple[str, str]:
    promise = found.promise
    if promise.asset:
        return "asset", promise.asset
    return ("repository", promise.repository) if promise.repository else ("policy", promise.name)


def _row(kind: str, name: str, found: list[Assessment], reader: Reader) -> AssetRow:
    state = worst(one.state for one in found)
    concerned = [one for one in found if one.state is state]
    fresh = [one.reason.get("newest") for one in found if one.promise.kind == "freshness"]
    newest = max((value for value in fresh if value is not None), key=str, default=None)
    shown = concerned if state is not State.MET else concerned[:1]
    return AssetRow(
        kind=kind,
        name=name,
        state=state,
        newest=reader.show("newest", newest) if newest is not None else "",
        promises=f"{sum(1 for one in found if one.state is State.MET)}/{len(found)}",
        why="; ".join(dict.fromkeys(_why(one, reader) for one in shown)),
    )


def _why(one: Assessment, reader: Reader) -> str:
    place = f"{one.promise.repository}: " if one.promise.asset and one.promise.repository else ""
    return place + reader.sentence(one.reason)
