"""Every field of every kind has a declared direction, and each change is judged by it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import get_args

import pytest

from reconciler.kinds.files import FilesSource
from reconciler.kinds.later import PostgresqlSource
from reconciler.kinds.secrets import SecretReference
from reconciler.kinds.source import Source
from reconciler.policy.blocks import KINDS as BLOCKS
from reconciler.policy.compare import BlockKind, Comparison, compare, lowerings
from reconciler.policy.directions import Effect, rules_of
from reconciler.policy.documents import Document, Place
from reconciler.policy.fieldwise import FieldChange
from reconciler.policy.models.asset import Adopt, AssetSpec, Expect, FileCheck, Placement, Verify
from reconciler.policy.models.calendar import DrillCalendarSpec, Scenario
from reconciler.policy.models.document import Metadata, Selector
from reconciler.policy.models.exceptions import BackupRequestSpec, DecommissionSpec, HoldSpec, SuspensionSpec
from reconciler.policy.models.kinds import KINDS
from reconciler.policy.models.location import Location
from reconciler.policy.models.people import AlertSpec, ContactSpec, Provider, WebhookProvider
from reconciler.policy.models.policy import PolicySpec
from reconciler.policy.models.repository import RepositorySpec
from reconciler.policy.models.retention import RetentionSpec
from reconciler.policy.models.tier import Cadence, Proof, TierSpec
from reconciler.policy.resolve import resolve
from reconciler.policy.resolved import ResolvedAsset, ResolvedPlacement, ResolvedPolicy
from reconciler.policy.spelling import spelled
from reconciler.units.direction import Direction, Presence
from reconciler.units.durations import CalendarDuration
from reconciler.units.model import Strict
from tests.unit.policy.mutations import mutated, samples, variants
from tests.unit.policy.worlds import DAY, HOUR, NOW, asset, pair, policy, repository

SPECS: dict[str, type[Strict]] = {
    "asset": ResolvedAsset,
    "repository": RepositorySpec,
    "contact": ContactSpec,
    "alert": AlertSpec,
    "calendar": DrillCalendarSpec,
    "request": BackupRequestSpec,
    "hold": HoldSpec,
    "suspension": SuspensionSpec,
    "decommission": DecommissionSpec,
}
MADRID = "Europe/Madrid"
WORLD = ResolvedPolicy(name="iact", settings=PolicySpec())
PLACES = (SecretReference, Location, Provider)


def models_in(annotation: object) -> Iterator[type[Strict]]:
    if isinstance(annotation, type) and issubclass(annotation, Strict):
        yield annotation
    for inner in get_args(annotation):
        yield from models_in(inner)


def judged_models(model: type[Strict]) -> Iterator[type[Strict]]:
    """The model and every one inside whose fields are judged one by one."""
    yield model
    for rule in rules_of(model):
        if rule.direction is Direction.NESTED:
            for inner in models_in(model.model_fields[rule.name].annotation):
                yield from judged_models(inner)


ROOTS: tuple[type[Strict], ...] = (PolicySpec, *SPECS.values(), *KINDS.values())
ALL = sorted({found for root in ROOTS for found in judged_models(root)},
             key=lambda model: model.__name__)  # fmt: skip
# The names by which placements are told apart: another name is another placement.
KEYS = {("Placement", "name")}


def test_every_block_of_a_resolved_policy_is_compared() -> None:
    assert set(BLOCKS.values()) == set(ResolvedPolicy.model_fields) - {"name", "settings"}
    assert set(SPECS) == set(BLOCKS)


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.__name__)
def test_every_field_has_a_declared_direction(model: type[Strict]) -> None:
    undeclared = [rule.name for rule in rules_of(model) if rule.direction is None]
    assert [name for name in undeclared if (model.__name__, name) not in KEYS] == []


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.__name__)
def test_every_new_place_or_secret_is_declared_to_lower(model: type[Strict]) -> None:
    for rule in rules_of(model):
        inner = set(models_in(model.model_fields[rule.name].annotation))
        if inner & set(PLACES) and model is not Location:
            assert rule.presence is Presence.NEW_LOWERS, rule.name


def one(kind: str, value: Strict) -> ResolvedPolicy:
    return WORLD.model_copy(update={BLOCKS[kind]: {"it": value}})


@pytest.mark.parametrize("kind", sorted(SPECS))
def test_a_mutation_of_any_field_is_raised_lowered_or_neutral(kind: str) -> None:
    """Both ways: what raises in one direction lowers in the other, and nothing slips through unseen."""
    seen = set()
    for sample in samples(SPECS[kind]):
        for name, other in mutated(sample):
            there = compare(one(kind, sample), one(kind, other), NOW)
            back = compare(one(kind, other), one(kind, sample), NOW)
            seen.add(name)
            effects = {change.effect for change in there.blocks[0].changes}
            effects_back = {change.effect for change in back.blocks[0].changes}
            assert effects, (name, other)
            if Effect.NEUTRAL not in effects | effects_back:
                assert Effect.LOWERED in effects | effects_back, (name, other)
                assert Effect.RAISED not in effects or Effect.LOWERED in effects_back, (name, other)
    # With one word to choose from there is nothing to change it to.
    assert seen == set(SPECS[kind].model_fields) - ({"engine"} if kind == "repository" else set())


def test_a_mutation_of_any_setting_is_judged() -> None:
    (sample,) = samples(PolicySpec)
    for name, other in mutated(sample):
        found = compare(
            WORLD.model_copy(update={"settings": sample}), WORLD.model_copy(update={"settings": other}), NOW
        )
        assert [block.block for block in found.blocks] == ["policy"], name
        assert lowerings(found) or name == "review", name


def resolved(kind: str, spec: Strict) -> ResolvedPolicy:
    """A policy in which every name that a mutation may use exists, each tier and retention unlike the others."""
    names = ("it", "other", "another", "443", "5432")
    documents: list[tuple[str, str, Strict]] = [("Policy", "iact", PolicySpec())]
    for number, name in enumerate(names, start=1):
        tier = TierSpec(rpo=number * HOUR, rto=number * HOUR, retention=name, initial_within=number * DAY)
        documents += [("Tier", name, tier), ("Retention", name, RetentionSpec(daily=40 + number))]
        documents += [("Repository", name, repository(name))]
    landing = (Placement(name="nas"),)
    documents += [("Repository", "nas", repository())]
    documents += [("Asset", "plain", AssetSpec(owner="it", tier="it", source=files(), repositories=landing))]
    found = {(word, name): value for word, name, value in documents} | {(kind, "it"): spec}
    return resolve(
        (Document(word, Metadata(name=name), value, Place("x")) for (word, name), value in found.items()), "host"
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["Tier", "Retention", "Asset"])
def test_a_mutation_of_what_is_folded_into_an_asset_is_seen_there(kind: str) -> None:
    (full,) = samples(KINDS[kind])
    # A placement's own values hide the asset's: one sample with them, one without.
    bare = full.model_copy(update={"repositories": (Placement(name="nas"),)}) if kind == "Asset" else full
    seen = set()
    varied = [(start, name, other) for start in (full, bare) for name, other in mutated(start)]
    for before, name, after in varied:
        first, second = resolved(kind, before), resolved(kind, after)
        if first != second:
            seen.add(name)
            found = compare(first, second, NOW)
            assert found.blocks
            assert all(block.changes for block in found.blocks), (name, after)
    assert seen == set(KINDS[kind].model_fields)


@pytest.mark.parametrize("kind", sorted(SPECS))
def test_two_values_are_never_spelled_alike(kind: str) -> None:
    """An approval of one change must never cover another."""
    lines: dict[tuple[str, ...], Strict] = {}
    base = one(kind, variants(SPECS[kind])[0])
    for value in variants(SPECS[kind])[1:]:
        changes = compare(base, one(kind, value), NOW).blocks[0].changes
        key = tuple(f"{change.path} {change.before} {change.after}" for change in changes)
        assert all(len(line.split(" ")) == 3 for line in key)
        alike = compare(one(kind, lines.setdefault(key, value)), one(kind, value), NOW)
        # Only the order of a set may differ.
        assert {change.effect for block in alike.blocks for change in block.changes} <= {Effect.NEUTRAL}


def test_an_undeclared_field_is_a_lowering_whichever_way_it_goes() -> None:
    class Undeclared(RetentionSpec):
        further: int = 1

    old, new = Undeclared(daily=1, further=1), Undeclared(daily=1, further=2)
    for before, after in ((old, new), (new, old)):
        found = compare(policy(with_retention(before)), policy(with_retention(after)), NOW)
        assert [lowering.path for lowering in lowerings(found)] == ["asset/wiki.repositories[nas].retention.further"]


def with_retention(retention: RetentionSpec) -> ResolvedAsset:
    return asset(placements=(placed(retention),))


def placed(retention: RetentionSpec) -> ResolvedPlacement:
    return ResolvedPlacement(repository="nas", rpo=HOUR, retention=retention)


def changed(before: ResolvedAsset, after: ResolvedAsset) -> Comparison:
    return compare(policy(before), policy(after), NOW)


def lines(found: Comparison) -> list[str]:
    return [lowering.line for lowering in lowerings(found)]


def files(**settings: object) -> Source:
    return Source(files=FilesSource(include=("/etc",)).model_copy(update=settings))


def keeping(**rules: object) -> ResolvedAsset:
    return with_retention(RetentionSpec(daily=7).model_copy(update=rules))


LOWERED = [
    (asset(), asset(rpo=2 * HOUR), "asset/wiki.rpo 1h 2h"),
    (asset(), asset(rto=2 * HOUR), "asset/wiki.rto 1h 2h"),
    (keeping(daily=7), keeping(daily=3), "asset/wiki.repositories[nas].retention.daily 7 3"),
    (keeping(daily=-1), keeping(daily=999), "asset/wiki.repositories[nas].retention.daily -1 999"),
    (keeping(weekly=4), keeping(weekly=0), "asset/wiki.repositories[nas].retention.weekly 4 0"),
    (
        keeping(within=CalendarDuration(days=30)),
        keeping(within=CalendarDuration(months=1)),
        "asset/wiki.repositories[nas].retention.within 30d 1m",
    ),
    (
        keeping(within=CalendarDuration(days=30)),
        keeping(within=None),
        "asset/wiki.repositories[nas].retention.within 30d none",
    ),
    (asset(repositories=("nas", "cold")), asset(), "asset/wiki.repositories[cold] present absent"),
    (asset(), asset(source=files(exclude=("*.log",))), "asset/wiki.source.files.exclude[*.log] absent present"),
    (
        asset(),
        asset(source=files(exclude=("my cache", "a]b"))),
        'asset/wiki.source.files.exclude["a]b"] absent present',
    ),
    (asset(source=files(include=("/etc", "/srv"))), asset(), "asset/wiki.source.files.include[/srv] present absent"),
    (
        asset(),
        asset(source=files(exclude_larger_than=2**30)),
        "asset/wiki.source.files.excludeLargerThan none 1GiB",
    ),
    (asset(), asset(source=files(exclude_caches=True)), "asset/wiki.source.files.excludeCaches false true"),
    (
        asset(),
        asset(source=Source(postgresql=PostgresqlSource(password_from=SecretReference(env="PW")))),
        'asset/wiki.source {"files":{"exclude":[],"excludeCaches":false,"excludeIfPresent":[],"include":["/etc"],'
        '"oneFileSystem":false}} {"postgresql":{"host":"127.0.0.1","passwordFrom":{"env":"PW"}}}',
    ),
    (
        asset(source=Source(postgresql=PostgresqlSource())),
        asset(source=Source(postgresql=PostgresqlSource(host="elsewhere"))),
        "asset/wiki.source.postgresql.host 127.0.0.1 elsewhere",
    ),
    (asset(expect=Expect(minimum_size=1024)), asset(), "asset/wiki.expect.minimumSize 1KiB none"),
    (asset(), asset(expect=Expect(maximum_shrink=0.9)), "asset/wiki.expect.maximumShrink 50% 90%"),
    (asset(), asset(expect=Expect(accept="b" * 64)), f"asset/wiki.expect.accept none {'b' * 64}"),
    (
        asset(proof=Proof(restore=Cadence(every=7 * DAY))),
        asset(),
        "asset/wiki.proof.restore present absent",
    ),
    (
        asset(proof=Proof(restore=Cadence(every=7 * DAY))),
        asset(proof=Proof(restore=Cadence(every=14 * DAY))),
        "asset/wiki.proof.restore.every 7d 14d",
    ),
    (
        asset(verify=(Verify(file=FileCheck(path="/etc/passwd")),)),
        asset(),
        'asset/wiki.verify[{"file":{"minimumSize":"0B","path":"/etc/passwd"}}] present absent',
    ),
    (asset(), asset(host="db2"), "asset/wiki.host db1 db2"),
    (
        asset(),
        asset(adopt=Adopt(host="db1", paths=("/old",))),
        'asset/wiki.adopt none {"count":false,"host":"db1","paths":["/old"]}',
    ),
]


@pytest.mark.parametrize(
    ("before", "after", "line"), LOWERED, ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_protects_less_is_a_lowering_with_its_line(before: ResolvedAsset, after: ResolvedAsset, line: str) -> None:
    assert line in lines(changed(before, after))


RAISED = [
    (asset(rpo=2 * HOUR), asset()),
    (keeping(), keeping(daily=-1)),
    (keeping(within=CalendarDuration(days=30)), keeping(within=CalendarDuration(months=2))),
    (keeping(), keeping(within_yearly=CalendarDuration(years=2))),
    (asset(), asset(repositories=("nas", "cold"))),
    (asset(source=files(exclude=("*.log",))), asset()),
    (asset(), asset(source=files(include=("/etc", "/srv")))),
    (asset(source=files(exclude_larger_than=2**30)), asset()),
    (asset(), asset(source=files(full_every=30 * DAY))),
    (asset(expect=Expect(accept="b" * 64)), asset()),
    (asset(), asset(proof=Proof(read_all=7 * DAY, drill=Cadence(every=100 * DAY)))),
]


@pytest.mark.parametrize(("before", "after"), RAISED)
def test_what_protects_more_needs_nobody(before: ResolvedAsset, after: ResolvedAsset) -> None:
    found = changed(before, after)
    assert lines(found) == []
    assert {change.effect for change in found.blocks[0].changes} == {Effect.RAISED}


def test_words_that_protect_nothing_are_neutral() -> None:
    found = changed(asset(), asset(notes="call first", owner="platform", tier="tier-9"))
    assert {change.effect for change in found.blocks[0].changes} == {Effect.NEUTRAL}


def test_another_order_is_neutral() -> None:
    before = asset(repositories=("nas", "cold"), source=files(include=("/etc", "/srv")))
    found = changed(before, asset(repositories=("cold", "nas"), source=files(include=("/srv", "/etc"))))
    assert {change.effect for change in found.blocks[0].changes} == {Effect.NEUTRAL}


def test_a_block_that_raises_and_lowers_is_a_lowering() -> None:
    (block,) = changed(asset(), asset(rpo=HOUR / 2, rto=9 * HOUR)).blocks
    assert {change.effect for change in block.changes} == {Effect.RAISED, Effect.LOWERED}
    assert [lowering.line for lowering in block.lowerings] == ["asset/wiki.rto 1h 9h"]


def added(kind: str, value: Strict) -> Comparison:
    return compare(WORLD, one(kind, value), NOW)


def removed(kind: str, value: Strict) -> Comparison:
    return compare(one(kind, value), WORLD, NOW)


def test_a_new_asset_needs_nobody_unless_it_reaches_for_a_secret_or_another_host() -> None:
    assert lines(added("asset", asset())) == []
    assert lines(added("asset", asset(source=Source(postgresql=PostgresqlSource())))) == []
    for reaching in (
        asset(source=Source(postgresql=PostgresqlSource(host="db9"))),
        asset(source=Source(postgresql=PostgresqlSource(user_from=SecretReference(env="X")))),
        asset(adopt=Adopt(host="h", paths=("/p",))),
        asset(expect=Expect(accept="a" * 64)),
    ):
        assert len(lines(added("asset", reaching))) == 1


def test_a_new_repository_is_a_new_place_and_a_new_secret() -> None:
    assert lines(added("repository", repository())) == [
        'repository/it.location absent {"local":{"path":"/srv/nas"}}',
        'repository/it.passwordFrom absent {"file":"/etc/nas"}',
    ]


def test_a_new_alert_is_a_new_place_with_its_recipients() -> None:
    provider = Provider(webhook=WebhookProvider(url_from=SecretReference(env="HOOK")))
    found = lines(added("alert", AlertSpec(events=("breached",), provider=provider, to=("platform",))))
    assert [line.split(" ")[0] for line in found] == ["alert/it.provider", "alert/it.to"]


def test_a_new_contact_calendar_request_or_hold_needs_nobody() -> None:
    calendar = DrillCalendarSpec(recurrence="FREQ=DAILY", scenario=Scenario(title="loss"), select=Selector())
    for kind, value in (
        ("contact", ContactSpec(phone="+34 600 000 000")),
        ("calendar", calendar),
        ("request", BackupRequestSpec(asset="wiki", reason="why")),
        ("hold", HoldSpec(reason="court", expires=date(2027, 1, 1))),
    ):
        assert lines(added(kind, value)) == []


def test_what_an_approval_of_a_suspension_names_is_all_of_its_reach() -> None:
    value = SuspensionSpec(actions=("backup",), reason="move", expires=NOW + DAY)
    assert [line.split(" ")[0] for line in lines(added("suspension", value))] == [
        "suspension/it.actions",
        "suspension/it.expires",
        "suspension/it.select",
    ]
    longer = value.model_copy(update={"expires": NOW + 2 * DAY})
    assert lines(added("suspension", longer)) != lines(added("suspension", value))
    assert len(lines(compare(one("suspension", value), one("suspension", longer), NOW))) == 1


def test_removing_protection_lowers_and_removing_an_obstacle_does_not() -> None:
    suspension = SuspensionSpec(actions=("backup",), reason="move", expires=NOW + DAY)
    ending = DecommissionSpec(asset="wiki", last=date(2027, 1, 1), owner="platform", reason="gone")
    assert lines(removed("asset", asset())) == ["asset/it present absent"]
    assert lines(removed("repository", repository())) == ["repository/it present absent"]
    assert lines(removed("contact", ContactSpec(phone="+34 600 000 000"))) == ["contact/it present absent"]
    assert lines(removed("suspension", suspension)) == []
    assert lines(removed("decommission", ending)) == []
    assert len(lines(added("decommission", ending))) == 2


@pytest.mark.parametrize(("expires", "lowers"), [(-1, False), (0, True), (1, True)])
def test_a_hold_protects_until_the_end_of_its_last_day(expires: int, lowers: bool) -> None:
    hold = HoldSpec(reason="court", expires=NOW.date() + timedelta(days=expires))
    assert bool(lines(removed("hold", hold))) is lowers


def test_a_hold_moved_into_the_past_is_removed() -> None:
    hold = HoldSpec(reason="court", expires=NOW.date() + DAY)
    found = compare(one("hold", hold), one("hold", hold.model_copy(update={"expires": NOW.date() - DAY})), NOW)
    assert lines(found) == ["hold/it present absent"]


def test_an_expired_suspension_means_nothing_until_it_is_prolonged() -> None:
    over = SuspensionSpec(actions=("backup",), reason="move", expires=NOW - DAY)
    assert lines(added("suspension", over)) == []
    assert lines(removed("suspension", over)) == []
    found = compare(one("suspension", over), one("suspension", over.model_copy(update={"expires": NOW + DAY})), NOW)
    assert len(lines(found)) == 3


@pytest.mark.parametrize(("until", "lowers"), [(None, False), (date(2026, 11, 23), False), (date(2026, 11, 25), True)])
def test_a_request_lowers_when_it_goes_before_its_backup_may(until: date | None, lowers: bool) -> None:
    request = BackupRequestSpec(asset="wiki", reason="why", keep_until=until)
    assert bool(lines(removed("request", request))) is lowers


def only_change(found: Comparison) -> FieldChange:
    [block] = found.blocks
    [change] = block.changes
    return change


def test_a_block_that_comes_or_goes_says_so_and_what_that_does() -> None:
    hold = HoldSpec(reason="court", expires=date(2027, 1, 1))
    request = BackupRequestSpec(asset="wiki", reason="why")
    ended = hold.model_copy(update={"expires": date(2026, 1, 1)})
    assert only_change(added("hold", hold)) == FieldChange("hold/it", "absent", "present", Effect.RAISED)
    assert only_change(removed("hold", hold)) == FieldChange("hold/it", "present", "absent", Effect.LOWERED)
    assert only_change(added("request", request)) == FieldChange("request/it", "absent", "present", Effect.NEUTRAL)
    assert only_change(added("hold", ended)) == FieldChange("hold/it", "absent", "present", Effect.NEUTRAL)
    assert only_change(removed("hold", ended)) == FieldChange("hold/it", "present", "absent", Effect.NEUTRAL)


def test_a_setting_is_named_under_the_policy() -> None:
    before, after = (policy(asset()).model_copy(update={"settings": PolicySpec(time_zone=z)}) for z in ("UTC", MADRID))
    assert only_change(compare(before, after, NOW)).path == "policy.timeZone"


@pytest.mark.parametrize(("hour", "lowers"), [(22, True), (23, False)])
def test_the_last_day_ends_on_the_clock_of_the_policy(hour: int, lowers: bool) -> None:
    now = NOW.replace(hour=hour, minute=30)
    zone = {"settings": PolicySpec(time_zone=MADRID)}
    hold = one("hold", HoldSpec(reason="court", expires=NOW.date())).model_copy(update=zone)
    request = BackupRequestSpec(asset="wiki", reason="why", keep_until=NOW.date())
    asked = one("request", request).model_copy(update=zone)
    nothing = one("hold", HoldSpec(reason="x", expires=NOW.date())).model_copy(update={**zone, "holds": {}})
    assert bool(lines(compare(hold, nothing, now))) is lowers
    assert bool(lines(compare(asked, nothing, now))) is lowers
    assert only_change(compare(nothing, hold, now)).effect is (Effect.RAISED if lowers else Effect.NEUTRAL)
    red, blue = (policy(asset(labels={"team": team})) for team in ("red", "blue"))
    around = zone | {"holds": {"h": HoldSpec(select=Selector(labels={"team": "red"}), reason="x", expires=NOW.date())}}
    left = compare(red.model_copy(update=around), blue.model_copy(update=around), now)
    assert bool(lines(left)) is lowers


def test_a_suspension_ends_on_its_instant() -> None:
    over = SuspensionSpec(actions=("backup",), reason="move", expires=NOW)
    assert lines(added("suspension", over)) == []
    still = over.model_copy(update={"expires": NOW + timedelta(microseconds=1)})
    assert lines(added("suspension", still)) != []


def test_a_hold_that_is_over_or_that_means_a_repository_is_left_without_a_word() -> None:
    red = Selector(labels={"team": "red"})
    over = HoldSpec(select=red, reason="court", expires=date(2026, 1, 1))
    there = HoldSpec(select=Selector(repositories=("nas",)), reason="court", expires=date(2027, 1, 1))
    before = policy(asset(labels={"team": "red"}), repositories=("nas", "cold"))
    after = policy(asset(labels={"team": "blue"}, repositories=("cold",)), repositories=("nas", "cold"))
    around = {"holds": {"over": over, "there": there}}
    found = compare(before.model_copy(update=around), after.model_copy(update=around), NOW)
    assert not [line for line in lines(found) if "heldBy" in line]


def test_another_policy_name_makes_every_backup_unknown() -> None:
    assert lines(compare(WORLD, WORLD.model_copy(update={"name": "other"}), NOW)) == ["policy.name iact other"]


def test_a_label_cannot_carry_an_asset_out_of_a_hold_or_into_a_suspension() -> None:
    red = Selector(labels={"team": "red"})
    provider = Provider(webhook=WebhookProvider(url_from=SecretReference(env="HOOK")))
    calendar = DrillCalendarSpec(recurrence="FREQ=DAILY", scenario=Scenario(title="loss"), select=red)
    hold = HoldSpec(select=red, reason="court", expires=date(2027, 1, 1))
    suspension = SuspensionSpec(
        select=Selector(labels={"team": "blue"}), actions=("backup",), reason="x", expires=NOW + DAY
    )
    around = {"holds": {"h": hold}, "suspensions": {"s": suspension}, "calendars": {"c": calendar},
              "alerts": {"a": AlertSpec(events=("breached",), provider=provider, select=red)}}  # fmt: skip
    before = policy(asset(labels={"team": "red"})).model_copy(update=around)
    after = policy(asset(labels={"team": "blue"})).model_copy(update=around)
    assert lines(compare(before, after, NOW)) == [
        "asset/wiki.drilledBy[c] present absent",
        "asset/wiki.heldBy[h] present absent",
        "asset/wiki.suspendedBy[s] absent present",
        "asset/wiki.toldBy[a] present absent",
    ]
    assert lines(compare(after, before, NOW)) == []


def test_long_values_that_begin_alike_are_spelled_differently() -> None:
    one_place, other = spelled("/srv/" + "x" * 300), spelled("/srv/" + "x" * 299 + "y")
    assert one_place != other
    assert len(one_place) < 200


@pytest.mark.parametrize("text", ["none", "absent", "present", "a b", '"x"', "[x]", ""])
def test_a_word_that_could_be_mistaken_is_quoted(text: str) -> None:
    assert spelled(text).startswith('"')
    assert " " not in spelled(text)


def test_equal_policies_have_no_difference_and_kinds_are_told_apart() -> None:
    first, second = pair(Random(7))
    assert compare(first, first, NOW) == Comparison(())
    for block in compare(first, second, NOW).blocks:
        reverse = compare(second, first, NOW).block(block.block)
        assert reverse is not None
        opposite = {BlockKind.ADDED: BlockKind.REMOVED, BlockKind.REMOVED: BlockKind.ADDED}
        assert reverse.kind == opposite.get(block.kind, BlockKind.CHANGED)
