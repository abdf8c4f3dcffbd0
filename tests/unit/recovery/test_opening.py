"""The steps that open a repository: exact variables, nothing secret, nothing that closes a shell."""

from __future__ import annotations

import pytest

from reconciler.kinds.step import Step
from reconciler.policy.models.asset import Adopt
from reconciler.policy.models.location import Location, SftpLocation
from reconciler.recovery.finding import Flaw, Search, finding_step
from reconciler.recovery.fingerprint import page_fingerprint
from reconciler.recovery.opening import opening_step
from reconciler.recovery.order import recovery_order
from reconciler.recovery.steps import recovery_steps
from tests.unit.views.pages import POLICY, TEMPLATES, changed


def _opened(name: str) -> Step:
    return opening_step(name, POLICY.repositories[name])


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("local", ["RESTIC_PASSWORD_FILE"]),
        ("nas", ["RESTIC_PASSWORD_FILE", "SSH_IDENTITY"]),
        ("served", ["RESTIC_PASSWORD_FILE", "REST_PASSWORD_FILE"]),
        ("cloud", ["RESTIC_PASSWORD_FILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]),
    ],
)
def test_a_person_brings_each_secret_of_the_place_and_nothing_else(name: str, wanted: list[str]) -> None:
    variables = _opened(name).variables
    assert [variable.name for variable in variables] == wanted
    assert all(variable.value is None for variable in variables), "a page holds no secret"


def test_sftp_trusts_the_pinned_key_alone() -> None:
    opened = _opened("nas")
    assert "'[nas]:2222 ssh-ed25519 AAAA'" in opened.command
    assert "StrictHostKeyChecking=yes" in opened.command
    assert "ssh" in opened.tools


def test_the_standard_port_and_an_address_are_written_as_ssh_reads_them() -> None:
    place = SftpLocation(host="2001:db8::1", user="backup", path="/srv", host_key="ssh-ed25519 AAAA")
    spec = POLICY.repositories["nas"].model_copy(update={"location": Location(sftp=place)})
    opened = opening_step("nas", spec)
    assert "'2001:db8::1 ssh-ed25519 AAAA'" in opened.command
    assert "sftp://backup@[2001:db8::1]:22//srv" in opened.command
    assert "SSH_IDENTITY" not in opened.command


def test_adopted_backups_are_asked_for_by_their_origin() -> None:
    rule = Adopt(host="old", paths=("/srv/a b", "/etc"))
    assert "--host" not in finding_step(Search.of(POLICY, "etc")).command
    policy = changed(asset={"adopt": rule})
    adopted = finding_step(Search.of(policy, "etc")).command
    assert "--host old --path '/srv/a b' --path /etc" in adopted
    assert "--tag asset=iact/etc" in adopted
    assert "iact/keys) continue" in adopted, "what another asset's tag claims is never adopted"


def test_what_two_rules_claim_is_looked_for_by_nobody() -> None:
    rule = Adopt(host="old", paths=("/etc",))
    policy = changed(asset={"adopt": rule})
    keys = policy.assets["keys"].model_copy(update={"adopt": rule})
    assert Search.of(policy.model_copy(update={"assets": {**policy.assets, "keys": keys}}), "etc").adopt is None


def test_known_flaws_are_grouped_by_reason_and_never_make_a_line_too_long_for_a_terminal() -> None:
    flaws = tuple(Flaw(f"{number:064x}"[::-1], "it's bad") for number in range(2000))
    command = finding_step(Search("iact/etc", flaws=flaws)).command
    assert command.count("'it'\"'\"'s bad'") == 1
    assert max(map(len, command.splitlines())) < 250


def test_no_step_can_close_the_shell_that_it_is_pasted_into() -> None:
    for name in POLICY.repositories:
        for step in recovery_steps(POLICY.assets["etc"], Search.of(POLICY, "etc"), name, POLICY.repositories[name]):
            words = step.command.split()
            assert not {"exit", "exec", "logout", "return"} & set(words), step.title
            assert "set -" not in step.command


def test_what_others_depend_on_comes_first_then_the_shortest_rto() -> None:
    assert recovery_order(POLICY.assets) == ("keys", "etc")
    reversed_ = {name: POLICY.assets[name] for name in ("keys", "etc")}
    assert recovery_order(reversed_) == ("keys", "etc")
    circle = POLICY.assets["keys"].model_copy(update={"depends_on": ("etc",)})
    assert recovery_order({**POLICY.assets, "keys": circle}) == ("keys", "etc"), "by RTO when nothing orders them"


def test_a_page_is_out_of_date_when_its_asset_a_person_or_a_template_changes() -> None:
    before = page_fingerprint(POLICY, "etc", TEMPLATES)
    assert len(before) == 16
    assert page_fingerprint(POLICY, "etc", dict(TEMPLATES)) == before
    assert page_fingerprint(changed(asset={"notes": "new"}), "etc", TEMPLATES) != before
    assert page_fingerprint(changed(repository={"site": "there"}), "etc", TEMPLATES) != before
    assert page_fingerprint(changed(contact={"phone": "+34 1"}), "etc", TEMPLATES) != before
    assert page_fingerprint(POLICY, "etc", TEMPLATES | {"asset.md.j2": "new"}) != before
