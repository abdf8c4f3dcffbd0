"""The world as passes know it: how every promise stands, and facts only of assets where something is to be done.

What was touched since, and what time alone may have changed, is assessed again; the rest is believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import islice

from reconciler.catalog.catalog import Catalog
from reconciler.obligations.assess import Obligation, assess
from reconciler.obligations.compile import Compiler
from reconciler.obligations.limits import Limits
from reconciler.obligations.orphaned import assess_orphans
from reconciler.observed.attempts import Attempt, Verb
from reconciler.observed.facts import Observed, OrphanFacts, PlacementFacts, PolicyFacts, Reach, RepositoryFacts
from reconciler.operations.knowledge import ASSET, ORPHANS, POLICY, REPOSITORY, Knowledge
from reconciler.plan.build import plan_of
from reconciler.plan.context import Context
from reconciler.plan.plan import Plan
from reconciler.policy.blocks import differ
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.recovery.fingerprint import Fingerprints

_AT_ONCE = 200
"""So many assets' backups are in memory at a time."""

Fate = tuple[Reach, str, datetime | None, Attempt | None]


class World:
    """What is known of a policy's promises, kept from pass to pass, and by the catalog from start to start.

    ``enforced`` is the policy that the catalog's standings are of, ``program`` a name for what reads them.
    """

    def __init__(
        self,
        catalog: Catalog,
        limits: Limits,
        templates: Mapping[str, str],
        program: str,
        enforced: ResolvedPolicy | None = None,
    ) -> None:
        self.knowledge = Knowledge()
        self.observed = Observed()
        self._catalog = catalog
        self._limits = limits
        self._templates = templates
        self._program = program
        self._enforced = enforced
        self._kept_as = ""
        self._policy: ResolvedPolicy | None = None
        self._compiler: Compiler | None = None
        self._seen = (0, -1)
        self._at: datetime | None = None
        self._fates: dict[str, Fate] = {}
        self._waiting: frozenset[str] = frozenset()
        self._orphans: dict[str, tuple[OrphanFacts, ...]] = {}
        self._placements: dict[tuple[str, str], PlacementFacts] = {}
        self._plan: Plan | None = None

    def plan(self, policy: ResolvedPolicy, seen: Observed, revision: str, now: datetime) -> Plan:
        """The plan of the round at ``now``. ``seen`` has what no catalog holds: the policy's source, the clock."""
        if self._still(policy, seen, now) and self._plan is not None and self._plan.revision == revision:
            self._plan = replace(self._plan, at=now)
            return self._plan
        self._look(policy, seen, now)
        context = Context(self.observed, policy, self._limits, now)
        found = plan_of(self.knowledge.acting(), context, revision)
        until = min(found.until, self.knowledge.until)
        self._plan = replace(found, assessments=self.knowledge.assessments(policy), until=until)
        return self._plan

    def obligations(self, assets: Iterable[str]) -> tuple[Obligation, ...]:
        """The promises of the policy, its repositories and these assets."""
        compiler = self._compiler
        if compiler is None:
            return ()
        of_repositories = (one for name in compiler.policy.repositories for one in compiler.of_repository(name))
        of_assets = (one for name in sorted(assets) for one in compiler.of_asset(name))
        return (*compiler.of_policy(), *of_repositories, *of_assets)

    def keep(self) -> None:
        """Let the catalog keep how the promises of the enforced policy stand; writes nothing when nothing changed."""
        made_from = self._made_from()
        if self._at is not None and (self.knowledge.changed or made_from != self._kept_as):
            self.knowledge.save(self._catalog.standings, (self._seen[1], self._at), made_from)
            self._kept_as = made_from

    def _made_from(self) -> str:
        return f"{self._program} {self._catalog.policy_place}"

    def _still(self, policy: ResolvedPolicy, seen: Observed, now: datetime) -> bool:
        """Nothing was recorded or listed, no time has come, and nobody says otherwise."""
        same = policy is self._policy and seen.policy == self.observed.policy
        if not same or seen.clock.jumped != self.observed.clock.jumped:
            return False
        if self._at is None or not self._at <= now < self.knowledge.until:
            return False
        if self._plan is None or now >= self._plan.until:
            return False
        return self._seen == (self._catalog.journal.newest_seq(), self._catalog.standings.newest())

    def _look(self, policy: ResolvedPolicy, seen: Observed, now: datetime) -> None:
        journal = self._catalog.journal.newest_seq()
        before, changed = self._policy, self._take(policy, now)
        changes = self._catalog.standings.changes(self._seen[1], policy)
        assets, identities = set(changed), set(changes.identities)
        everything = changes.everything or self._at is None or now < self._at
        if everything:
            assets = set(policy.assets)
        assets |= changes.assets | self.knowledge.due(now)
        base = self._catalog.facts(policy, now, (), repositories=policy.repositories)
        base = replace(base, policy=seen.policy, clock=replace(base.clock, jumped=seen.clock.jumped))
        assets |= self._struck(policy, base) | self._wait(seen.policy)
        self._assess_assets(policy, assets, base, now)
        self._find_orphans(policy, None if everything or before is not policy else identities, now)
        orphans = tuple(one for found in self._orphans.values() for one in found)
        glances = self.knowledge.glances
        self.observed = replace(base, placements=self._placements, orphans=orphans, glances=glances)
        self._assess_others(policy, now)
        self._seen, self._at = (journal, changes.seq), now

    def _take(self, policy: ResolvedPolicy, now: datetime) -> set[str]:
        """Take over a policy; gives the assets whose promises it may change."""
        before = self._policy
        if policy is before:
            return set()
        self._policy = policy
        self._compiler = Compiler(policy, self._limits, Fingerprints(policy, self._templates).of)
        if before is None:
            before, odd = self._resume(now)
        else:
            odd = set()
        if before is None:
            return set(policy.assets)
        for name in before.assets.keys() - policy.assets.keys():
            self._forget(name)
        if not _agree(before, policy):
            self._placements.clear()
            return set(policy.assets)
        return odd | _of_other_assets(before, policy)

    def _resume(self, now: datetime) -> tuple[ResolvedPolicy | None, set[str]]:
        """Begin from what the catalog kept at the last stop; gives the policy that it is of, if it kept anything,
        and the assets of which more has to be known."""
        made_from = self._made_from()
        kept = self._catalog.standings.load(made_from, now) if self._enforced else None
        if kept is None or self._enforced is None:
            return None, set()
        self._kept_as = made_from
        self._seen, self._at = (-1, kept[0]), now
        return self._enforced, self.knowledge.resume(self._enforced, kept[1])

    def _struck(self, policy: ResolvedPolicy, base: Observed) -> set[str]:
        """The assets in repositories of which something changed that their own promises tell."""
        fates = {name: _fate(facts) for name, facts in base.repositories.items()}
        struck = {name for name, fate in fates.items() if name in self._fates and self._fates[name] != fate}
        if not self._fates and self.knowledge.resumed:
            struck = {name for name, facts in base.repositories.items() if not facts.ready or fates[name][3]}
        self._fates = fates
        if not struck:
            return set()
        places = ((asset.name, place.repository) for asset in policy.assets.values() for place in asset.placements)
        return {name for name, repository in places if repository in struck}

    def _assess_assets(self, policy: ResolvedPolicy, assets: set[str], base: Observed, now: datetime) -> None:
        compiler = self._compiler
        names = iter(sorted(assets & policy.assets.keys()))
        while compiler is not None and (some := list(islice(names, _AT_ONCE))):
            found = self._catalog.facts(policy, now, some, alone=True)
            observed = replace(base, placements=found.placements, pages=found.pages, requests_done=found.requests_done)
            for name in some:
                assessments = [assess(one, observed, now) for one in compiler.of_asset(name)]
                places = [observed.placement(name, place.repository) for place in policy.assets[name].placements]
                self.knowledge.take(ASSET, name, assessments, {one.repository: one.glance(now) for one in places})
                for repository in policy.repositories:
                    self._placements.pop((name, repository), None)
                self._hold(places, whole=name in self._waiting or any(one.actions for one in assessments))

    def _wait(self, source: PolicyFacts) -> frozenset[str]:
        """The assets of which a change waits: their backups are named to whoever approves it; and those that did."""
        parts = (block.block.partition("/") for block in source.pending)
        before, self._waiting = self._waiting, frozenset(name for kind, _, name in parts if kind == "asset")
        return self._waiting | before

    def _hold(self, places: Iterable[PlacementFacts], *, whole: bool) -> None:
        """Keep what guards, order, troubles and approvals ask for, and nothing of the assets that are at rest."""
        for facts in places:
            key = (facts.asset, facts.repository)
            if whole:
                self._placements[key] = facts
            elif facts.failures or facts.running:
                self._placements[key] = replace(facts, backups=(), marks={})

    def _find_orphans(self, policy: ResolvedPolicy, identities: set[str] | None, now: datetime) -> None:
        """Look for backups that the policy does not place: of these tags, or of all."""
        asked = identities if identities is None else identities | self._orphans.keys()
        if asked is not None and not asked:
            return
        there = self._catalog.standings.orphaned(policy, asked)
        found = self._catalog.facts(policy, now, (), orphans=there).orphans if there else ()
        self._orphans = {name: tuple(one for one in found if one.identity == name) for name in sorted(there)}

    def _assess_others(self, policy: ResolvedPolicy, now: datetime) -> None:
        """What is promised of the policy and its repositories, and what becomes of orphans: few, so always."""
        compiler = self._compiler
        if compiler is None:
            return
        of_policy = [assess(one, self.observed, now) for one in compiler.of_policy()]
        self.knowledge.take(POLICY, policy.name, of_policy)
        for name in policy.repositories:
            self.knowledge.take(
                REPOSITORY, name, [assess(one, self.observed, now) for one in compiler.of_repository(name)]
            )
        self.knowledge.keep_only(REPOSITORY, policy.repositories)
        self.knowledge.take(ORPHANS, "", list(assess_orphans(self.observed, policy, self._limits, now)))

    def _forget(self, name: str) -> None:
        self.knowledge.take(ASSET, name, [])
        for key in [key for key in self._placements if key[0] == name]:
            del self._placements[key]


def _agree(before: ResolvedPolicy, policy: ResolvedPolicy) -> bool:
    """Whatever is shared by all assets is the same."""
    return all(
        getattr(before, block) == getattr(policy, block)
        for block in ("name", "settings", "repositories", "contacts", "holds")
    )


def _of_other_assets(before: ResolvedPolicy, policy: ResolvedPolicy) -> set[str]:
    """The assets that a change of the policy concerns, where it changed nothing that they share."""
    odd = {name for name, asset in policy.assets.items() if differ(before.assets.get(name), asset)}
    for name in before.requests.keys() | policy.requests.keys():
        old, new = before.requests.get(name), policy.requests.get(name)
        if old != new:
            odd |= {request.asset for request in (old, new) if request}
    return odd


def _fate(facts: RepositoryFacts) -> Fate:
    """What the promises of assets read of their repository."""
    failing = facts.failures.get(Verb.FORGET, 0)
    return facts.reach, facts.code, facts.trouble_since, facts.last.get(Verb.FORGET) if failing else None
