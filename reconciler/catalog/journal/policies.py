"""The policies that a journal says were enforced, each whole, though most are written as what changed."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.catalog.journal.journal import Journal
from reconciler.catalog.values import Filter, Recorded
from reconciler.errors import CatalogError
from reconciler.observed.entries import PolicyEnforced
from reconciler.observed.project import policy_after
from reconciler.policy.changes import change_between, changed_by
from reconciler.policy.resolved import ResolvedPolicy

MOST_CHANGES = 50
"""So many changes are written in a row, then the whole policy: reading one back stays short."""


@dataclass(frozen=True, slots=True)
class Enforced:
    """A policy, where the journal says so, its revision, and how many changes lie between it and a whole one."""

    seq: int
    revision: str
    policy: ResolvedPolicy
    changes: int = 0


class Policies:
    """Reads enforced policies back, keeping the last one; usable from many threads."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._held: Enforced | None = None

    def forget(self) -> None:
        """The journal is another one now."""
        self._held = None

    def at(self, seq: int) -> Enforced:
        """The policy that came into force at that place. Raises CatalogError when the journal cannot tell."""
        held = self._held
        if held is not None and held.seq == seq:
            return held
        found = self._last(seq + 1)
        if found is None or found.seq != seq:
            raise CatalogError("the projection is out of step with the journal", remedy="run reconciler doctor")
        entries = [found]
        while entries[-1].entry.policy is None:
            entries.append(self._before(entries[-1].seq))
        policy = self.after(None, entries.pop())
        while entries:
            policy = self.after(policy, entries.pop())
        return policy

    def after(self, before: Enforced | None, recorded: Recorded[PolicyEnforced]) -> Enforced:
        """The policy that an entry brings into force after the one that was. Raises CatalogError."""
        entry = recorded.entry
        try:
            policy = policy_after(before.policy if before else None, entry)
        except ValueError as error:
            raise CatalogError(
                f"the journal's entry {recorded.seq} changes a policy that is not there ({error})",
                remedy="run reconciler doctor",
            ) from None
        changes = 0 if entry.policy else 1 + (before.changes if before else 0)
        self._held = Enforced(recorded.seq, entry.revision, policy, changes)
        return self._held

    def entry(self, before: Enforced | None, revision: str, policy: ResolvedPolicy, complete: bool) -> PolicyEnforced:
        """What to write down when a policy comes into force: what changed, or now and then the whole."""
        if before is not None and before.changes < MOST_CHANGES:
            change = change_between(before.policy, policy)
            # A policy that could not be read back would be worse than a long entry.
            if changed_by(before.policy, change) == policy:
                return PolicyEnforced(revision=revision, change=change, complete=complete)
        return PolicyEnforced(revision=revision, policy=policy, complete=complete)

    def _before(self, seq: int) -> Recorded[PolicyEnforced]:
        found = self._last(seq)
        if found is None:
            raise CatalogError(
                f"the journal's entry {seq} changes a policy that is not there", remedy="run reconciler doctor"
            )
        return found

    def _last(self, before_seq: int) -> Recorded[PolicyEnforced] | None:
        wanted = Filter(kinds=frozenset({"policy-enforced"}), before_seq=before_seq, limit=1)
        for recorded in self._journal.entries(wanted):
            if isinstance(recorded.entry, PolicyEnforced):
                return Recorded(recorded.seq, recorded.at, recorded.entry)
        return None
