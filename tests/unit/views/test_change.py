"""What a reviewer reads of a change of the policy: what is lowered, what is raised, what each asset gets."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

from reconciler.obligations.assessment import Assessments
from reconciler.plan.plan import Plan
from reconciler.policy.compare import Comparison, compare
from reconciler.policy.documents import Place, Problem, Severity
from reconciler.policy.enforce import enforce
from reconciler.policy.models.exceptions import DecommissionSpec
from reconciler.policy.models.people import ContactSpec
from reconciler.policy.models.retention import RetentionSpec
from reconciler.policy.resolved import ResolvedAsset, ResolvedPolicy
from reconciler.views.change import NOT_LOOKED, Change, change_summary, parts_of_change
from reconciler.views.change_json import change_json
from reconciler.views.change_text import change_markdown, change_text
from reconciler.views.sentences import Reader
from tests.unit.obligations.policies import HOUR, NOW, asset, placement, policy

READER = Reader(NOW, ZoneInfo("Europe/Madrid"))
NOTHING = Plan("iact", "this change", "", NOW, (), (), Assessments())
FEW, MANY = RetentionSpec(daily=3), RetentionSpec(daily=7)


def _asset(name: str, kept: RetentionSpec = MANY, rpo: int = 24) -> ResolvedAsset:
    return asset(name, placement("local", retention=kept, rpo=rpo * HOUR), rpo=rpo * HOUR)


def _policy(*assets: ResolvedAsset, **blocks: dict[str, DecommissionSpec]) -> ResolvedPolicy:
    return policy(*assets, contacts={"platform": ContactSpec(email="ops@example.org")}, **blocks)


def _change(before: ResolvedPolicy | None, after: ResolvedPolicy, warnings: Iterable[Problem] = ()) -> Change:
    comparison, waiting = Comparison(()), frozenset[str]()
    if before:
        comparison = compare(before, after, NOW)
        waiting = frozenset(one.block for one in enforce(before, after, lambda _lines: False, NOW).pending)
    return Change("policies", "main" if before else "", before, after, comparison, waiting, tuple(warnings))


BEFORE = _policy(_asset("wiki"), _asset("mail"), _asset("gone"), _asset("same"))
AFTER = _policy(_asset("wiki", FEW, rpo=12), _asset("mail", rpo=12), _asset("new"), _asset("same"))


def test_a_change_without_a_host_says_what_is_lowered_raised_added_and_left() -> None:
    lines = change_text(_change(BEFORE, AFTER)).splitlines()
    assert NOT_LOOKED in " ".join(lines)
    wiki = lines.index("  ~ asset/wiki: waits for approval, the rest of it too")
    assert "      lowers   repositories[local].retention.daily: 7 → 3" in lines[wiki:]
    assert "      raises   rpo: 1d → 12h" in lines[wiki:]
    assert "  ~ asset/mail" in lines, "what only raises waits for nobody"
    new = lines.index("  + asset/new")
    assert lines[new + 1].startswith("      /srv/new on ")
    assert "backed up every " in lines[new + 1]
    assert lines[new + 2] == "      local: RPO 1d, keeps daily 7"
    gone = lines.index("  - asset/gone: waits for approval")
    assert "no longer backed up once that is approved" in lines[gone + 1]
    assert "stay: no Decommission" in lines[gone + 1]
    assert "  1 asset stays as it is" in lines
    assert lines[-1] == change_summary(_change(BEFORE, AFTER))


def test_nothing_of_an_empty_world_is_told() -> None:
    for text in (change_text(_change(BEFORE, AFTER)), change_markdown(_change(BEFORE, AFTER), NOTHING, READER)):
        assert "initialise" not in text
        assert "render" not in text
        assert "page is not written" not in text


def test_the_summary_counts_assets_and_lines() -> None:
    assert change_summary(_change(BEFORE, AFTER)) == (
        "Change: 1 asset added, 1 asset removed, 2 assets changed; 2 lines lower protection and wait for approval."
    )
    assert change_summary(_change(BEFORE, BEFORE)) == "Change: the policy means the same as before."
    assert change_summary(_change(None, AFTER)) == "Policy: 4 assets, nothing to compare with."
    one = _change(_policy(_asset("a")), _policy(_asset("a", FEW)))
    assert change_summary(one) == "Change: 1 asset changed; 1 line lowers protection and waits for approval."


def test_without_anything_to_compare_with_every_asset_is_described_the_shortest_rpo_first() -> None:
    text = change_text(_change(None, _policy(_asset("slow"), _asset("quick", rpo=1))))
    assert text.index("  quick") < text.index("  slow")
    assert "RPO 1h, keeps daily 7" in text


def test_a_changed_tier_is_told_once_for_all_its_assets() -> None:
    names = [f"a{number:02}" for number in range(50)]
    before, after = (_policy(*(_asset(name, rpo=rpo) for name in names)) for rpo in (24, 12))
    text = change_text(_change(before, after))
    assert "~ asset/a00, asset/a01, asset/a02, asset/a03, asset/a04 and 45 more" in text
    assert len(text.splitlines()) < 15
    (part,) = change_json(_change(before, after)).blocks
    assert len(part.blocks) == 50


def test_a_block_that_lowers_nothing_waits_for_what_it_needs_and_not_for_an_approval() -> None:
    lost = policy(*BEFORE.assets.values(), _asset("new"))
    assert "  + asset/new: waits with the blocks that it needs" in change_text(_change(policy(), lost)).splitlines()


def test_a_decommissioned_asset_says_when_its_backups_go() -> None:
    ends = DecommissionSpec(asset="gone", last=date(2027, 1, 1), owner="platform", reason="replaced")
    after = _policy(_asset("wiki"), _asset("mail"), _asset("same"), decommissions={"gone": ends})
    found = {part.blocks[0]: part for part in parts_of_change(_change(BEFORE, after))}
    assert "go after 2027-01-01, as its Decommission says" in found["asset/gone"].about[0]


def test_warnings_are_repeated_and_many_are_counted() -> None:
    warnings = [Problem(Place("a.yaml", n, 1), "unused", "nothing uses it", Severity.WARNING) for n in range(12)]
    text = change_text(_change(BEFORE, AFTER, warnings))
    assert text.count("nothing uses it [unused]") == 10
    assert "2 more warnings: reconciler validate" in text


def test_markup_in_a_policy_stays_text() -> None:
    hostile = asset("new", placement("local"), owner="platform").model_copy(update={"tier": "<b>|`x`"})
    text = change_markdown(_change(BEFORE, _policy(*BEFORE.assets.values(), hostile)), NOTHING, READER)
    assert "<b>" not in text
