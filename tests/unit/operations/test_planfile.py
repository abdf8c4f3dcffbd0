"""What makes a plan file stale: every field of every action, but for those that tell when and in which words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import Field, dataclass, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from reconciler.errors import PlanRefused
from reconciler.obligations.actions import Action, BackUp, Chosen, Copy, Mark
from reconciler.observed.attempts import Verb
from reconciler.observed.reason import Reason
from reconciler.operations.planfile import (
    NOT_ESSENTIAL,
    PlanFile,
    essence,
    read_plan_file,
    refuse_stale,
    write_plan_file,
)
from reconciler.plan.plan import Blocked, Plan, PlannedAction
from reconciler.settings import HostSettings, PolicySettings
from tests.golden.worlds import NOW, PLAN

HOUR = timedelta(hours=1)
WHY = Reason.of("asked", by="ana")
CHOSEN = Chosen("a" * 64, NOW - HOUR, "newest")
ACTION_KINDS: tuple[type[Any], ...] = get_args(Action)

# How a field of that type looks, and how it looks when it is another.
SAMPLES: dict[str, tuple[object, object]] = {
    "str": ("one", "other"),
    "str | None": (None, "other"),
    "bool": (False, True),
    "datetime": (NOW, NOW + HOUR),
    "Reason": (WHY, Reason.of("asked", by="eva")),
    "tuple[str, ...]": (("x",), ("x", "y")),
    "tuple[Chosen, ...]": ((CHOSEN,), (CHOSEN, replace(CHOSEN, id="b" * 64))),
    "Verb": (Verb.RESTORE, Verb.BACKUP),
}


@dataclass(frozen=True, slots=True)
class Mutation:
    """A value of a type, and the same with one field another."""

    name: str
    before: Any
    after: Any

    @property
    def said(self) -> str:
        return f"{type(self.before).__name__}.{self.name}"


def _sample(one: Field[Any]) -> tuple[object, object]:
    if one.type not in SAMPLES:
        pytest.fail(f"{one.name} has a type that is new in an action: add {one.type} to SAMPLES")
    return SAMPLES[str(one.type)]


def _mutations(kind: type[Any]) -> Iterator[Mutation]:
    made = kind(**{one.name: _sample(one)[0] for one in fields(kind)})
    for one in fields(kind):
        yield Mutation(one.name, made, replace(made, **{one.name: _sample(one)[1]}))


ALL = [mutation for kind in ACTION_KINDS for mutation in _mutations(kind)]
CHOSEN_ONES = list(_mutations(Chosen))


def _copying(chosen: Chosen) -> Copy:
    return Copy("docs", "second", "local", (chosen,), WHY, NOW, NOW)


@pytest.mark.parametrize("mutation", ALL, ids=[mutation.said for mutation in ALL])
def test_every_field_of_every_action_is_essential_or_named_as_not(mutation: Mutation) -> None:
    differs = essence(mutation.before) != essence(mutation.after)
    assert differs == (mutation.name not in NOT_ESSENTIAL)


@pytest.mark.parametrize("mutation", CHOSEN_ONES, ids=[mutation.said for mutation in CHOSEN_ONES])
def test_every_field_of_a_named_backup_is_essential_or_named_as_not(mutation: Mutation) -> None:
    differs = essence(_copying(mutation.before)) != essence(_copying(mutation.after))
    assert differs == (mutation.name not in NOT_ESSENTIAL)


def test_the_list_of_what_does_not_matter_is_short_and_all_of_it_exists() -> None:
    known = {one.name for kind in (*ACTION_KINDS, Chosen) for one in fields(kind)}
    assert NOT_ESSENTIAL == {"why", "due_at", "slot"} <= known


def test_the_order_in_which_backups_are_named_does_not_matter() -> None:
    two = (CHOSEN, replace(CHOSEN, id="b" * 64))
    assert essence(replace(_copying(CHOSEN), backups=two)) == essence(replace(_copying(CHOSEN), backups=two[::-1]))


def _changed(change: Callable[[Action], Action]) -> Plan:
    actions = tuple(replace(planned, action=change(planned.action)) for planned in PLAN.actions)
    return replace(PLAN, actions=actions)


def _settings(folder: Path) -> HostSettings:
    return HostSettings(policy=PolicySettings(url=str(folder)), host="infra1", state=str(folder))


def _written(folder: Path, plan: Plan = PLAN) -> PlanFile:
    file = folder / "made.plan"
    write_plan_file(file, plan, _settings(folder))
    return read_plan_file(file, _settings(folder))


def test_a_plan_file_is_good_for_the_same_plan_later_and_in_other_words(tmp_path: Path) -> None:
    given = _written(tmp_path)
    refuse_stale(given, PLAN)
    refuse_stale(given, replace(_changed(lambda action: replace(action, due_at=NOW + HOUR, why=WHY)), at=NOW + HOUR))


def _lapsed(action: Action) -> Action:
    return replace(action, lapsed=("c" * 64,)) if isinstance(action, Mark) else action


def _other_origin(action: Action) -> Action:
    return replace(action, origin="served") if isinstance(action, Copy) else action


def _read_all(action: Action) -> Action:
    return replace(action, read_all=True) if isinstance(action, BackUp) else action


@pytest.mark.parametrize("change", [_lapsed, _other_origin, _read_all])
def test_a_lapsed_mark_another_origin_and_a_full_reading_make_it_stale(
    tmp_path: Path, change: Callable[[Action], Action]
) -> None:
    with pytest.raises(PlanRefused, match="the plan is stale"):
        refuse_stale(_written(tmp_path), _changed(change))
    with pytest.raises(PlanRefused, match="the plan is stale"):
        refuse_stale(_written(tmp_path, _changed(change)), PLAN)


def test_what_became_blocked_or_free_since_makes_it_stale(tmp_path: Path) -> None:
    stop = Blocked("clock", WHY, "reconciler doctor --accept-clock")
    first, *others = (planned for planned in PLAN.actions if planned.runnable)
    blocked = replace(PLAN, actions=(PlannedAction(first.action, blocked=stop), *others))
    for before, after in ((PLAN, blocked), (blocked, PLAN)):
        with pytest.raises(PlanRefused, match="the plan is stale"):
            refuse_stale(_written(tmp_path, before), after)
