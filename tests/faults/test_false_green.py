"""An engine that lies makes no promise met: whatever it says, only what the repository really holds counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.errors import ReconcilerError
from reconciler.obligations.assessment import Assessment, State
from reconciler.operations.passing import PassResult
from tests.e2e.commandline import CommandLine, one_line
from tests.faults.lies import LIES
from tests.faults.lying.case import VERBS, Case, cases
from tests.faults.lying.stage import PLACES, Held, Stage, prepare
from tests.faults.recording import Witness

RPO = timedelta(hours=1)
Truth = dict[str, dict[str, Held]]
FALSE = [lie for lie in LIES if not lie.harmless]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return prepare(tmp_path_factory.mktemp("lies"))


@pytest.fixture
def stage(prepared: Stage) -> Iterator[Stage]:
    prepared.reset()
    yield prepared


def chosen(*verbs: str) -> pytest.MarkDecorator:
    """The cases of these verbs, those of every run first told apart from those of the long one."""
    found = [case for case in cases(LIES) if case.verb in verbs]
    marked = [pytest.param(c, id=c.id, marks=() if c.quick else pytest.mark.sweep) for c in found]
    return pytest.mark.parametrize("case", marked)


def test_there_are_lies_enough_of_every_verb() -> None:
    told = cases(FALSE)
    assert len(told) >= 500
    assert len(FALSE) >= 25
    assert {case.verb for case in told} == set(VERBS)
    assert len({case.id for case in cases(LIES)}) == len(cases(LIES))


@chosen("backup", "copy", "list")
def test_a_lie_of_a_backup_a_copy_or_a_listing_counts_for_nothing(stage: Stage, case: Case, witness: Witness) -> None:
    stage.lie(case.lie.name, case.verb, case.how)
    result = stage.pass_()
    assert stage.be_honest() > 0
    truth = stage.truth()
    only_truth_counts(stage, truth)
    only_truth_is_met(stage, result, truth)
    nothing_is_lost(stage, truth)
    errors_are_told(result)
    converges(stage)
    saw(witness, case)


@chosen("check")
def test_a_lie_of_a_check_proves_nothing(stage: Stage, case: Case, witness: Witness) -> None:
    damaged = "damage" in case.lie.name
    stage.world.later(days=8)
    if damaged:
        damage(stage)
    stage.lie(case.lie.name, case.verb, case.how)
    result = stage.pass_()
    assert stage.be_honest() > 0
    errors_are_told(result)
    if not case.lie.harmless:
        assert all(one.state is not State.MET for one in integrity(result))
    stage.world.later(days=8 if case.lie.harmless else 1, hours=1)
    assert [one.state is State.MET for one in integrity(stage.pass_())] == [not damaged, not damaged]
    saw(witness, case)


@chosen("restore")
def test_a_lie_of_a_restore_is_no_success(
    stage: Stage, case: Case, witness: Witness, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = CommandLine(stage.world, capsys)
    newest = (stage.world.folder / "known" / "newest of docs").read_text()
    words = ("restore", "docs", "--backup", newest, "--repository", "local", "--target")
    stage.lie(case.lie.name, case.verb, case.how)
    told = line.say(*words, str(tmp_path / "lied"))
    assert stage.be_honest() > 0
    if case.lie.harmless:
        assert told.code == 0
    else:
        assert told.code == 1, told
        assert_sentence(one_line(told), "docs")
    assert line.say(*words, str(tmp_path / "true")).code == 0
    saw(witness, case)


def only_truth_counts(stage: Stage, truth: Truth) -> None:
    """Each backup that counts is there, of that asset, of that time, and whole."""
    for (asset, place), backups in stage.counted().items():
        for backup in backups:
            held = truth[place].get(backup.id)
            assert held is not None, f"{backup.id[:8]} counts in {place}, which does not hold it"
            assert held.complete, f"{backup.id[:8]} counts in {place}, and is not whole"
            assert held.asset == asset
            assert abs(held.time - backup.time) < timedelta(seconds=1)


def only_truth_is_met(stage: Stage, result: PassResult, truth: Truth) -> None:
    """No promise of the asset is met that the repositories themselves do not keep."""
    fresh = {place: fresh_in(stage, place, truth) for place in PLACES}
    for one in assessments(result):
        if one.promise.asset == "docs" and one.state is State.MET:
            if one.promise.kind == "freshness":
                assert fresh[one.promise.repository], one
            elif one.promise.kind == "redundancy":
                assert all(fresh.values()), one


def fresh_in(stage: Stage, place: str, truth: Truth) -> bool:
    now = datetime.now(UTC) + stage.world.shift
    return any(h.asset == "docs" and h.complete and now - h.time < RPO for h in truth[place].values())


def nothing_is_lost(stage: Stage, after: Truth) -> None:
    """Nothing was forgotten, and only what two later backups really outlive is marked."""
    believed = stage.believed()
    for place in PLACES:
        assert set((stage.saved / "known" / f"ids {place}").read_text().split()) <= after[place].keys()
        marked = believed["docs", place].marks.keys()
        whole = [held for held in after[place].values() if held.asset == "docs" and held.complete]
        kept = sorted((held for held in whole if held.id not in marked), key=lambda held: held.time)
        assert len(kept) >= 2
        assert max(held.time for held in whole) == kept[-1].time


def errors_are_told(result: PassResult) -> None:
    """In one sentence each, with what it is about, why, and what comes next."""
    for failed in result.failures:
        assert isinstance(failed.error, ReconcilerError)
        assert "unexpected" not in failed.error.what, failed.error.what
        assert_sentence(str(failed.error), "docs", "mail", *PLACES)


def assert_sentence(line: str, *subjects: str) -> None:
    assert any(subject in line for subject in subjects), line
    assert "Traceback" not in line
    assert "\n" not in line
    assert "Next: " in line, line
    assert len(line) < 1000


def converges(stage: Stage) -> None:
    """The next honest pass makes good what was missing, by itself."""
    stage.world.later(hours=25)
    result = honest_pass(stage)
    if not fresh_in(stage, "second", stage.truth()):
        # A copy that had failed is made up for first, and is the only one in its slot: the new backup follows later.
        for place in PLACES:
            stage.world.later_than_next_slot("docs", place)
            result = honest_pass(stage)
    states = {str(one.promise): one.state for one in assessments(result) if one.promise.asset == "docs"}
    wanted = ("freshness docs/local", "freshness docs/second", "redundancy docs")
    assert {name: states[name] for name in wanted} == dict.fromkeys(wanted, State.MET)


def honest_pass(stage: Stage) -> PassResult:
    result = stage.pass_()
    assert [str(failed.error) for failed in result.failures] == []
    truth = stage.truth()
    only_truth_counts(stage, truth)
    only_truth_is_met(stage, result, truth)
    return result


def damage(stage: Stage) -> None:
    """Take away what every backup needs."""
    for place in PLACES:
        for pack in (stage.world.folder / "repositories" / place / "data").rglob("*"):
            if pack.is_file():
                pack.unlink()


def integrity(result: PassResult) -> list[Assessment]:
    return [one for one in assessments(result) if one.promise.kind == "integrity"]


def assessments(result: PassResult) -> tuple[Assessment, ...]:
    assert result.plan is not None
    return result.plan.assessments


def saw(witness: Witness, case: Case) -> None:
    if not case.lie.harmless:
        witness.count("lies")
        witness.count(f"of {case.verb}")
