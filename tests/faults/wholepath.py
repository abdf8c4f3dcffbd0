"""The whole way of a policy, without a world: read, compared, enforced, told, rendered, planned and simulated."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from reconciler.kit.shipped import shipped_templates
from reconciler.obligations.actions import BackUp, Copy
from reconciler.obligations.limits import Limits
from reconciler.plan.simulate import Fleet
from reconciler.plan.simulated import Result
from reconciler.policy.approval import Approved
from reconciler.policy.changes import change_between, changed_by
from reconciler.policy.compare import compare, lowerings
from reconciler.policy.documents import PolicyFile
from reconciler.policy.enforce import enforce
from reconciler.policy.read import FileReading
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.policy.validity import validate_resolved
from reconciler.recovery.fingerprint import page_fingerprint
from reconciler.views.page_models import Setting, page_of
from reconciler.views.pages import render_index, render_matrix, render_page
from reconciler.views.plan_json import plan_json
from reconciler.views.plan_markdown import plan_markdown
from reconciler.views.plan_text import plan_text
from reconciler.views.sentences import Reader
from tests.faults.wringer import loaded
from tests.faults.wringing import EXAMPLE_FILES

BEGIN = datetime(2026, 11, 24, 8, tzinfo=UTC)
"""On the day for which the policies are read."""


def sound(_action: BackUp | Copy, _now: datetime) -> Result:
    """Everything works."""
    return Result()


def nobody(_lines: frozenset[str]) -> bool:
    """Nothing is approved."""
    return False


def everybody(_lines: frozenset[str]) -> bool:
    """Everything is approved."""
    return True


class WholePath:
    """The unmutated policy, enforced for two days in a simulated fleet; every other one comes upon it."""

    def __init__(self) -> None:
        self._readings: dict[str, FileReading] = {}
        policy = loaded(EXAMPLE_FILES).policy
        assert policy
        self._enforced = policy
        self._templates = shipped_templates()
        self._fleet = Fleet(policy, Limits("infra1"), BEGIN - timedelta(days=2), sound, lambda asset: asset.name)
        self._fleet.run(BEGIN)

    def walk(self, files: list[PolicyFile]) -> bool:
        """All of it, for one changed policy; whether it was valid."""
        policy = loaded(files, self._readings).policy
        if policy is None:
            return False
        assert not validate_resolved(policy), "the loader accepts what enforcing would refuse"
        self._live(self._enforce(policy, nobody), timedelta(minutes=70))
        whole = self._enforce(policy, everybody)
        assert whole == policy, "all is approved, and not all of it is enforced"
        self._live(whole, timedelta(minutes=70))
        self._render(whole)
        return True

    def _enforce(self, candidate: ResolvedPolicy, approved: Approved) -> ResolvedPolicy:
        """What may be enforced of it: valid, stable, and kept by the journal as it is."""
        before, now = self._enforced, BEGIN
        result = enforce(before, candidate, approved, now)
        assert not validate_resolved(result.policy), "what is enforced is invalid"
        if approved is nobody:
            assert not lowerings(compare(before, result.policy, now)), "a lowering was enforced unapproved"
        again = enforce(result.policy, candidate, approved, now)
        assert (again.policy, again.applied) == (result.policy, ()), "enforcing again changes something"
        assert changed_by(before, change_between(before, result.policy)) == result.policy, "the journal loses some"
        return result.policy

    def _live(self, policy: ResolvedPolicy, time: timedelta) -> None:
        """The fleet lives on under that policy, and every way of telling its plan works."""
        fleet = copy.copy(self._fleet)
        for name, value in vars(fleet).items():
            if isinstance(value, dict | list):
                setattr(fleet, name, value.copy())
        fleet.change(policy)
        first = fleet.plan()
        fleet.run(fleet.now + time)
        for plan in (first, fleet.plan()):
            reader = Reader(plan.at, ZoneInfo(policy.settings.time_zone))
            assert plan_text(plan, reader, whole=True)
            assert plan_json(plan, reader).model_dump_json()
            assert plan_markdown(plan, reader)

    def _render(self, policy: ResolvedPolicy) -> None:
        observed = self._fleet.observed()
        for name, asset in policy.assets.items():
            setting = Setting(policy, observed, "r1", BEGIN, page_fingerprint(policy, name, self._templates))
            assert render_page(self._templates, page_of(asset, setting))
        setting = Setting(policy, observed, "r1", BEGIN)
        assert render_index(self._templates, setting)
        assert render_matrix(self._templates, setting)
