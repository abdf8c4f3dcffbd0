"""Cross-checks: each rule broken once in a small policy that is right otherwise, and told at its place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reconciler.policy.checks.cycles import cycles
from reconciler.policy.checks.references import references, used_by_asset
from reconciler.policy.documents import Document, Loaded, Place, PolicyFile, Severity, Skipped
from reconciler.policy.load import MOST_FILES, load_policy
from reconciler.policy.models.asset import AssetSpec
from reconciler.policy.models.document import Metadata
from reconciler.policy.rules import RULES
from tests.unit.policy.writing import (
    ALERT,
    ASSET,
    CONTACT,
    EVERYTHING,
    LOCAL,
    NAS,
    POLICY,
    TIER,
    TODAY,
    added,
    changed,
    load,
    rules,
    together,
)


def named(document: str, old: str, new: str) -> str:
    return document.replace(f"name: {old}", f"name: {new}", 1)


def exception(kind: str, spec: str) -> str:
    return f"\napiVersion: backup/v1\nkind: {kind}\nmetadata: {{name: one}}\nspec: {spec}\n"


def file(content: bytes, path: str = "a.yaml") -> Loaded:
    return load_policy([PolicyFile(path, content)], today=TODAY, local_host="here")


def skipped(path: str, why: str) -> Loaded:
    content = together(*EVERYTHING).encode()
    left_out = [Skipped(path, why)]
    return load_policy([PolicyFile("a.yaml", content)], today=TODAY, local_host="here", skipped=left_out)


REST = LOCAL.replace("local: {path: /srv/backup/local}", "rest: {host: far, tls: false}")
S3 = LOCAL.replace(
    "local: {path: /srv/backup/local}",
    "s3: {host: far, tls: false, bucket: abc, accessKeyFrom: {env: A}, secretKeyFrom: {env: B}}",
)
CALENDAR = exception(
    "DrillCalendar",
    "{recurrence: 'FREQ=MONTHLY;BYDAY=2TU', scenario: {title: fire}, select: {tier: gold}, participants: [platform]}",
)
DRILLED = ("retention: week", "retention: week, proof: {drill: {every: 100d}}")

ONLY_COPIES = "    - {name: nas, copyOf: local}\n  schedule: {cron: '@daily'}"

# rule → a policy that breaks it, and words of the sentence.
BROKEN: dict[str, tuple[Callable[[], Loaded], str]] = {
    "file-path": (lambda: file(b"", "../a.yaml"), "plain"),
    "file-too-large": (lambda: file(b"#" * 1_100_000), "at most 1 MiB"),
    "file-unread": (lambda: skipped("assets/wiki.YAML", "a symlink is not followed"), "nothing in it is protected"),
    "unread": (lambda: skipped("assets", "a submodule is not read"), "a submodule is not read: policy files in it"),
    "file-encoding": (lambda: file(b"\xff"), "UTF-8"),
    "hidden-character": (lambda: changed("email: platform", "role: a\u202eb, email: platform"), "U+202E"),
    "merge-conflict": (lambda: file(b"<<<<<<< HEAD\n"), "merge conflict"),
    "policy-too-large": (
        lambda: load_policy((PolicyFile(f"{n}.yaml", b"") for n in range(MOST_FILES + 1)), today=TODAY, local_host="x"),
        "more than 100000 files",
    ),
    "yaml-syntax": (lambda: changed("[breached]", "[breached"), "not YAML"),
    "yaml-too-deep": (lambda: file(b"[" * 30), "24 levels"),
    "yaml-too-large": (lambda: file(b"[" + b"a," * 60_000 + b"]"), "50000 values"),
    "yaml-alias": (lambda: changed("rpo: 24h", "rpo: &day 24h"), "anchors"),
    "yaml-tag": (lambda: changed("rpo: 24h", "rpo: !!str 24h"), "tags"),
    "yaml-key": (lambda: changed("{rpo: 24h", "{[a]: b, rpo: 24h"), "plain text"),
    "yaml-duplicate-key": (lambda: changed("{rpo: 24h", "{rpo: 1h, rpo: 24h"), "first on line 10"),
    "document-shape": (lambda: added("\njust text\n"), "mapping"),
    "api-version": (lambda: changed("backup/v1\nkind: Policy", "backup/v9\nkind: Policy"), "backup/v1"),
    "unknown-kind": (lambda: changed("kind: Alert", "kind: Allert"), "did you mean Alert?"),
    "unknown-key": (lambda: changed("rto:", "rtoo:"), "did you mean rto?"),
    "missing-key": (lambda: changed("rto: 4h, ", ""), "spec.rto is missing"),
    "no-value": (lambda: changed("rto: 4h", "rto: "), "no value"),
    "wrong-type": (lambda: changed("[breached]", "breached"), "must be a list"),
    "unknown-word": (lambda: changed("[breached]", "[breeched]"), "did you mean breached?"),
    "invalid-value": (lambda: changed("rto: 4h", "rto: 4"), "not a duration"),
    "too-many-problems": (lambda: added(*["\nx\n"] * 200), "not told"),
    "policy-missing": (lambda: load(together(*EVERYTHING[1:])), "kind Policy"),
    "policy-twice": (lambda: added(named(POLICY, "iact", "other")), "one already at 0.yaml:2:1"),
    "name-twice": (lambda: added(CONTACT), "the first is at 0.yaml:"),
    "name-reserved": (lambda: changed("name: wiki", "name: reconciler-state"), "choose another name"),
    "unknown-tier": (lambda: changed("tier: gold", "tier: golt"), "did you mean gold?"),
    "unknown-retention": (lambda: changed("retention: week", "retention: weak"), "did you mean week?"),
    "unknown-repository": (lambda: changed("- name: local", "- name: locul"), "did you mean local?"),
    "unknown-asset": (lambda: changed("tier: gold", "tier: gold\n  dependsOn: [wikki]"), "did you mean wiki?"),
    "unknown-contact": (lambda: changed("owner: platform", "owner: plattform"), "did you mean platform?"),
    "unknown-origin": (lambda: changed("copyOf: local", "copyOf: locall"), "did you mean local?"),
    "unused": (lambda: added(named(NAS, "nas", "nas2").replace("host: nas", "host: nas2")), "nothing uses"),
    "decommission-live": (
        lambda: added(exception("Decommission", "{asset: wiki, last: 2027-01-01, owner: platform, reason: over}")),
        "still in the policy",
    ),
    "placement-twice": (lambda: changed("- name: local", "- name: local\n    - name: local"), "twice"),
    "copy-cycle": (lambda: changed("- name: local", "- {name: local, copyOf: nas}"), " → "),
    "copy-chain-too-long": (lambda: chained(5), "r1 → r2 → r3 → r4 → r5"),
    "copy-fresher": (lambda: changed("copyOf: local", "copyOf: local, rpo: 1h"), "never fresher"),
    "copies-unattainable": (
        lambda: changed("retention: week", "retention: week, copies: {minimum: 4}"),
        "at most 3 can be made",
    ),
    "media-unattainable": (
        lambda: changed("retention: week", "retention: week, copies: {media: 3}"),
        "disk and nas (the live data on a disk)",
    ),
    "offsite-unattainable": (
        lambda: changed("retention: week", "retention: week, copies: {offsite: 1}"),
        "0 of its repositories are offsite",
    ),
    "cron": (lambda: changed("tier: gold", "tier: gold\n  schedule: {cron: '0 0 3 * * *'}"), "five fields"),
    "schedule-gap": (
        lambda: changed("tier: gold", "tier: gold\n  schedule: {cron: '@daily'}"),
        "up to 1d1h between two backups (in Europe/Madrid",
    ),
    "recurrence": (lambda: added(CALENDAR.replace("MONTHLY", "HOURLY")), "HOURLY"),
    "hold-expired": (lambda: added(exception("Hold", "{reason: audit, expires: 2026-11-23}")), "2026-11-23"),
    "suspension-expired": (
        lambda: added(exception("Suspension", "{actions: [backup], reason: move, expires: '2026-11-22T00:00:00Z'}")),
        "2026-11-22",
    ),
    "dependency-cycle": (
        lambda: changed(
            "tier: gold",
            "tier: gold\n  dependsOn: [blog]",
            named(ASSET, "wiki", "blog").replace("tier: gold", "tier: gold\n  dependsOn: [wiki]"),
        ),
        "blog → wiki → blog",
    ),
    "drill-without-calendar": (lambda: changed(*DRILLED), "no DrillCalendar selects wiki"),
    "escalation-cycle": (
        lambda: changed(
            "email: platform@example.org}",
            "email: platform@example.org, escalation: lead}",
            named(CONTACT, "platform", "lead").replace("email:", "escalation: platform, email:"),
        ),
        "lead → platform → lead",
    ),
    "alert-without-address": (
        lambda: changed("{email: platform@example.org}", "{phone: '+34 600 000 000'}"),
        "has no email",
    ),
    "alert-missing": (lambda: changed("[breached]", "[storage]"), "nobody is told"),
    "contact-unreached": (lambda: added(named(CONTACT, "platform", "nobody")), "nothing leads to the contact nobody"),
    "selects-nothing": (
        lambda: added(exception("Hold", "{select: {host: moon}, reason: audit, expires: 2027-01-01}")),
        "selects no asset",
    ),
    "transport-unencrypted": (lambda: changed(", hostKey: ssh-ed25519 AAAA", ""), "not pinned"),
    "plain-mail": (lambda: changed("host: localhost", "host: mail, tls: none"), "without TLS"),
    "location-twice": (
        lambda: added(named(LOCAL, "local", "again").replace("/srv/backup/local", "/srv/backup/./local/")),
        "at the place of",
    ),
    "captures-itself": (lambda: changed("[/srv/wiki]", "[/srv]"), "back up itself"),
    "source-later": (
        lambda: changed("files: {include: [/srv/wiki]}", "postgresql: {database: wiki}"),
        "postgresql comes later",
    ),
    "secret-later": (lambda: changed("{env: PASSPHRASE}", "{sops: 'a.yaml#b'}"), "sops comes later"),
}


def chained(length: int) -> Loaded:
    repositories = [named(NAS, "nas", f"r{n}").replace("host: nas", f"host: r{n}") for n in range(1, length + 1)]
    placements = ", ".join(["{name: r1}", *(f"{{name: r{n}, copyOf: r{n - 1}}}" for n in range(2, length + 1))])
    asset = named(ASSET, "wiki", "long").split("  repositories:")[0] + f"  repositories: [{placements}]\n"
    return added(*repositories, asset)


def test_every_rule_is_broken_here_once() -> None:
    assert BROKEN.keys() == RULES.keys()


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_told_with_its_place(rule: str) -> None:
    make, words = BROKEN[rule]
    loaded = make()
    assert rule in rules(loaded)
    found = [problem for problem in loaded.problems if problem.rule == rule]
    assert any(words in problem.message for problem in found), [problem.message for problem in found]
    warns = RULES[rule].startswith("Warning:")
    assert {problem.severity for problem in found} == {Severity.WARNING if warns else Severity.ERROR}
    assert (loaded.policy is None) == bool(loaded.errors)
    assert list(loaded.problems) == sorted(loaded.problems)


@pytest.mark.parametrize("name", ["index", "matrix"])
def test_no_asset_takes_the_name_of_a_page(name: str) -> None:
    loaded = changed("name: wiki", f"name: {name}")
    [problem] = [problem for problem in loaded.problems if problem.rule == "name-reserved"]
    assert problem.message == f"{name} is a page of its own beside the pages of assets; choose another name"


def test_the_small_policy_is_right() -> None:
    loaded = added()
    assert loaded.problems == ()
    assert loaded.policy is not None


def test_both_problems_of_two_files_come_at_once() -> None:
    loaded = load(
        together(*EVERYTHING).replace("tier: gold", "tier: golt"), second=exception("Hold", "{reason: x, until: y}")
    )
    assert [(problem.place.file, problem.rule) for problem in loaded.problems] == [
        ("0.yaml", "unknown-tier"),
        ("second.yaml", "missing-key"),
        ("second.yaml", "unknown-key"),
    ]


def test_a_reference_to_a_document_that_is_wrong_is_no_second_fault() -> None:
    assert rules(changed("rpo: 24h", "rpo: 24")) == ["invalid-value"]
    assert rules(changed("location: {local: {path: /srv/backup/local}}", "location: {local: {}}")) == ["missing-key"]


def test_a_name_that_cannot_be_printed_is_never_suggested() -> None:
    loaded = changed("metadata: {name: gold}", 'metadata: {name: "go\\tld"}')
    lines = [str(problem) for problem in loaded.problems]
    assert any("there is no Tier gold" in line for line in lines)
    assert all(line.isprintable() for line in lines), lines


def test_a_file_that_was_cut_makes_no_reference_unknown() -> None:
    assert rules(load(together(*EVERYTHING[1:]), cut="kind: [Policy")) == ["yaml-syntax"]
    without_tier = [one for one in EVERYTHING if one != TIER]
    assert rules(load(together(*without_tier), cut="kind: [Tier")) == ["yaml-syntax"]


def test_a_name_twice_is_told_also_when_one_document_is_wrong() -> None:
    assert rules(added(TIER.replace("24h", "24"))) == ["name-twice", "invalid-value"]


def test_an_unknown_reference_is_told_at_its_value() -> None:
    loaded = load(*EVERYTHING[:-1], asset=ASSET.replace("tier: gold", "tier: golt"))
    (problem,) = loaded.problems
    assert str(problem) == "asset.yaml:7:9: error: there is no Tier golt; did you mean gold? [unknown-tier]"


@pytest.mark.parametrize(
    "document",
    [
        POLICY.replace("defaultHost: infra1", "approvers: [{contact: x, key: ssh-ed25519 AAAA}]"),
        LOCAL + "  escrow: [x]\n",
        CONTACT.replace("email:", "escalation: x, email:"),
        ALERT.replace("to: [platform]", "to: [x]"),
        CALENDAR.replace("[platform]", "[x]"),
        exception("Decommission", "{asset: gone, last: 2027-01-01, owner: x, reason: over}"),
    ],
)
def test_every_way_to_name_a_contact_is_checked(document: str) -> None:
    others = [one for one in EVERYTHING if one.split("spec:")[0] not in document]
    assert "unknown-contact" in rules(load(together(*others, document)))


@pytest.mark.parametrize("kind", ["Alert", "DrillCalendar", "Hold", "Suspension"])
@pytest.mark.parametrize(
    ("select", "rule"),
    [
        ("assets: [x]", "unknown-asset"),
        ("repositories: [x]", "unknown-repository"),
        ("tier: x", "unknown-tier"),
    ],
)
def test_every_selector_is_checked(kind: str, select: str, rule: str) -> None:
    specs = {
        "Alert": "events: [breached], provider: {webhook: {urlFrom: {env: A}}}",
        "DrillCalendar": "recurrence: 'FREQ=YEARLY', scenario: {title: fire}",
        "Hold": "reason: x, expires: 2027-01-01",
        "Suspension": "reason: x, expires: '2027-01-01T00:00:00Z', actions: [backup]",
    }
    assert rules(added(exception(kind, f"{{select: {{{select}}}, {specs[kind]}}}"))) == [rule]


def test_a_request_for_an_unknown_asset_is_told() -> None:
    assert rules(added(exception("BackupRequest", "{asset: x, reason: y}"))) == ["unknown-asset"]


def test_a_hold_may_name_an_asset_that_a_decommission_ends() -> None:
    ended = "\napiVersion: backup/v1\nkind: Decommission\nmetadata: {name: a}\n" + (
        "spec: {asset: old, last: 2027-01-01, owner: platform, reason: over}\n"
    )
    hold = exception("Hold", "{select: {assets: [old]}, reason: audit, expires: 2027-01-01}")
    assert rules(added(ended, hold)) == []


def test_two_repositories_in_one_failure_domain_count_once() -> None:
    second = named(NAS, "nas", "nas2").replace("path: /backup", "path: /other")
    loaded = changed(
        "    - {name: nas, copyOf: local}\n",
        "    - {name: nas, copyOf: local}\n    - {name: nas2}\n",
        second,
        TIER.replace("gold", "silver"),
    )
    assert "copies-unattainable" not in rules(loaded)
    loaded = changed(
        "    - {name: nas, copyOf: local}\n",
        "    - {name: nas, copyOf: local}\n    - {name: nas2}\n  copies: {minimum: 4}\n",
        second,
    )
    (problem,) = (p for p in loaded.problems if p.rule == "copies-unattainable")
    assert "nas2 and nas share the failure domain 'host nas' and count once" in problem.message


@pytest.mark.parametrize("document", [REST, S3])
def test_plain_http_is_refused_where_encryption_is_required_outside_loopback(document: str) -> None:
    others = [one for one in EVERYTHING if one != LOCAL]
    assert rules(load(together(*others, document))) == ["transport-unencrypted"]
    assert rules(load(together(*others, document.replace("host: far", "host: 127.0.0.1")))) == []
    optional = [one.replace("retention: week", "retention: week, encryption: optional") for one in others]
    assert rules(load(together(*optional, document))) == []


def test_a_repository_inside_another_is_told() -> None:
    inner = named(LOCAL, "local", "inner").replace("/srv/backup/local", "/srv/backup/local/inner")
    loaded = added(inner)
    assert "the repository inner lies inside local" in next(
        p.message for p in loaded.problems if p.rule == "location-twice"
    )
    apart = inner.replace("/srv/backup/local/inner", "/srv/backup/locality")
    assert "location-twice" not in rules(added(apart))


@pytest.mark.parametrize(
    ("files", "severity"),
    [
        ("{include: [/]}", Severity.ERROR),
        ("{include: [/srv/backup/local/data]}", Severity.ERROR),
        ("{include: [/], exclude: [/srv/backup]}", None),
        ("{include: [/], exclude: [/srv/*/local]}", None),
        ("{include: [/], exclude: [backup]}", None),
        ("{include: [/], exclude: [/srv/backup/locals]}", Severity.ERROR),
        ("{include: [/], oneFileSystem: true}", Severity.WARNING),
        ("{include: [/srv/backup/local], oneFileSystem: true}", Severity.ERROR),
        ("{include: [/srv/back]}", None),
    ],
)
def test_an_asset_never_backs_up_the_repository_it_lands_in(files: str, severity: Severity | None) -> None:
    loaded = changed("{include: [/srv/wiki]}", files)
    assert {p.severity for p in loaded.problems if p.rule == "captures-itself"} == ({severity} - {None})
    elsewhere = changed("{include: [/srv/wiki]}", f"{files}}}\n  host: other\n  notes: x\n  tolerate: {{unreadable: 1")
    assert "captures-itself" not in rules(elsewhere)


@pytest.mark.parametrize("line", ["* * * *", "0 0 3 * * *", "61 * * * *", "@reboot", "0 0 31 2 *", "x"])
@pytest.mark.parametrize(
    "written",
    [
        "schedule: {cron: '%s'}",
        "schedule: {window: {cron: '%s', duration: 1h}}",
    ],
)
def test_every_cron_line_of_an_asset_is_checked(line: str, written: str) -> None:
    assert rules(changed("tier: gold", f"tier: gold\n  {written % line}")) == ["cron"]


@pytest.mark.parametrize("part", ["checks", "maintenance"])
def test_every_cron_line_of_a_repository_is_checked(part: str) -> None:
    loaded = changed("medium: nas", f"medium: nas\n  {part}: {{window: {{cron: '@dayly', duration: 1h}}}}")
    assert rules(loaded) == ["cron"]


def test_a_schedule_of_an_asset_that_holds_copies_alone_is_no_second_fault() -> None:
    found = changed("    - name: local\n    - {name: nas, copyOf: local}", ONLY_COPIES)
    assert rules(found) == ["unknown-origin"]


def test_a_schedule_that_meets_its_rpo_is_silent() -> None:
    assert rules(changed("tier: gold", "tier: gold\n  schedule: {cron: '0 */6 * * *'}")) == []


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=00000000",
        "FREQ=SECONDLY",
        "FREQ=MONTHLY;BYDAY=9XX",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=DAILY;EXEC=X",
        "FREQ=DAILY;UNTIL=20270101T000000Z",
        "FREQ=DAILY;COUNT=3",
        "FREQ=DAILY;BYHOUR=99",
        "FREQ=YEARLY;BYWEEKNO=99;BYDAY=MO",
    ],
)
def test_a_recurrence_that_never_comes_is_told(rule: str) -> None:
    assert rules(added(CALENDAR.replace("FREQ=MONTHLY;BYDAY=2TU", rule))) == ["recurrence"]


def test_the_design_s_recurrence_is_one() -> None:
    good = "FREQ=MONTHLY;INTERVAL=3;BYDAY=2TU;BYHOUR=10;BYMINUTE=0"
    loaded = changed(*DRILLED, CALENDAR.replace("FREQ=MONTHLY;BYDAY=2TU", good))
    assert rules(loaded) == []


def test_a_hold_on_its_last_day_is_not_over() -> None:
    assert rules(added(exception("Hold", "{reason: audit, expires: 2026-11-24}"))) == []


def test_mail_without_anybody_to_go_to_is_told() -> None:
    assert rules(changed("  to: [platform]\n", "")) == ["alert-without-address"]


def test_a_contact_is_reached_through_an_escalation() -> None:
    loaded = changed(
        "email: platform@example.org}",
        "email: platform@example.org, escalation: lead}",
        named(CONTACT, "platform", "lead").replace(", escalation: lead", ""),
    )
    assert rules(loaded) == []


def test_four_repositories_in_a_chain_are_allowed() -> None:
    assert rules(chained(4)) == []


@pytest.mark.parametrize(
    "path", ["/a.yaml", "-rf.yaml", "a/../b.yaml", "a//b.yaml", "a\nb.yaml", "a\u202eb.yaml", "./a.yaml"]
)
def test_a_path_that_is_not_plain_is_a_problem_on_one_line(path: str) -> None:
    (problem,) = (p for p in file(b"", path).problems if p.rule == "file-path")
    assert "\n" not in str(problem)
    assert "\u202e" not in str(problem)


def test_only_yaml_in_folders_that_show_is_read() -> None:
    wrong = b"[wrong"
    paths = ["README.md", "a.json", ".github/workflows/ci.yaml", ".pre-commit-config.yaml", "a/.hidden/b.yml", "yaml"]
    files = [PolicyFile(path, wrong) for path in paths]
    files.append(PolicyFile("deep/er/all.YML", together(*EVERYTHING).encode()))
    assert load_policy(files, today=TODAY, local_host="here").problems == ()


def test_an_unread_file_keeps_the_policy_from_being_enforced_and_an_unread_folder_does_not() -> None:
    assert skipped("wiki.yaml", "it is larger than 1 MiB").policy is None
    beside = skipped("docs", "a symlink is not followed")
    assert beside.policy is not None
    assert beside.skipped == (Skipped("docs", "a symlink is not followed"),)


def test_an_empty_folder_is_a_policy_that_is_missing() -> None:
    loaded = load_policy([], today=TODAY, local_host="here")
    assert [str(problem) for problem in loaded.problems] == [
        ".:1:1: error: there is no document of kind Policy; write one, it names the policy [policy-missing]"
    ]


def test_cycles_are_found_once_and_in_long_chains() -> None:
    assert cycles({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a", "d"]}) == [("a", "b", "c"), ("d",)]
    chain = {f"n{n:06}": [f"n{n + 1:06}"] for n in range(50_000)}
    assert cycles(chain) == []


def test_what_an_asset_uses_is_what_it_refers_to() -> None:
    places = [{"name": "nas", "retention": "long"}, {"name": "local"}]
    source = {"files": {"include": ["/etc"]}}
    for more in ({}, {"retention": "short"}):
        spec = AssetSpec.model_validate(
            {"owner": "platform", "tier": "tier-1", "source": source, "repositories": places, **more}
        )
        document = Document("Asset", Metadata(name="etc"), spec, Place("policy.yaml"))
        shared = {(kind, name) for kind, name, _ in references(document) if kind not in ("Contact", "Asset")}
        assert used_by_asset(spec) == shared
