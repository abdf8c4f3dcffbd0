"""The host settings as a model: strict values, defaults that hang on the state folder, safe git URLs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from reconciler.settings import (
    HostSecret,
    HostSettings,
    check_branch,
    check_folder,
    check_policy_url,
    default_state,
    override_variables,
    settings_places,
)


def settings(**more: object) -> HostSettings:
    return HostSettings.model_validate({"policy": {"url": "/srv/policy"}, "host": "infra1", **more})


def test_the_defaults_are_those_of_the_design() -> None:
    found = settings()
    assert (found.policy.branch, found.policy.folder) == ("main", ".")
    assert (found.policy.interval, found.policy.verify) == (timedelta(seconds=30), "none")
    assert found.state == "/var/lib/reconciler"
    assert found.catalog == "sqlite:////var/lib/reconciler/catalog.db"
    assert found.runbooks.folder == "/var/lib/reconciler/runbooks"
    assert (found.concurrency.total, found.concurrency.per_repository) == (4, 4)
    assert found.restic == "/usr/bin/restic"
    assert (found.floor.minimum_restored, found.floor.minimum_age) == (1, timedelta(days=3))
    assert found.grace == timedelta(hours=24)
    assert (found.deadlines.stall, found.deadlines.list) == (timedelta(minutes=30), timedelta(minutes=10))
    assert found.trust.revision is None
    assert found.heartbeat is None
    assert found.listen_address == ("127.0.0.1", 9187)
    assert found.language == "en"


def test_what_lies_in_the_state_folder_moves_with_it() -> None:
    found = settings(state="/x", runbooks={"branch": "pages"})
    assert found.catalog == "sqlite:////x/catalog.db"
    assert found.runbooks.folder == "/x/runbooks"
    assert found.runbooks.branch == "pages"
    assert found.key_file == "/x/host-key"


@pytest.mark.parametrize(
    "wrong",
    [
        {"grace": "24"},
        {"grace": 24},
        {"floor": {"minimumAge": "0s"}},
        {"floor": {"minimumRestored": "-1"}},
        {"concurrency": {"total": "0"}},
        {"unknown": "1"},
        {"restic": "restic"},
        {"state": "/var/../etc"},
        {"listen": "9187"},
        {"listen": "127.0.0.1:99999"},
        {"commands": {"dump": ["dump-ldap"]}},
        {"commands": {"dump": []}},
        {"commands": {"-rf": ["/bin/true"]}},
        {"trust": {"revision": "main"}},
        {"catalog": "postgresql://db/catalog"},
        {"heartbeat": "ftp://example.org"},
        {"heartbeat": {"urlFrom": {"env": "A", "file": "/b"}}},
        {"policy": {"url": "/srv/policy", "verify": "commits"}},
        {"policy": {"url": "/srv/policy", "verify": "maybe"}},
        {"runbooks": {"branch": "main"}},
    ],
)
def test_a_wrong_value_is_an_error_and_never_a_guess(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        settings(**wrong)


def test_the_heartbeat_is_a_url_or_a_secret() -> None:
    assert settings(heartbeat="https://example.org/ping").heartbeat == "https://example.org/ping"
    secret = settings(heartbeat={"urlFrom": {"env": "PING"}}).heartbeat
    assert secret is not None
    assert not isinstance(secret, str)
    assert secret.url_from == HostSecret(env="PING")


@pytest.mark.parametrize(
    "url",
    [
        "/srv/policy",
        "/srv/with space/policy.git",
        "file:///srv/policy",
        "https://git.example.org/team/policy.git",
        "https://git@git.example.org:8443/policy",
        "http://127.0.0.1:8080/policy.git",
        "ssh://git@git.example.org:2222/team/policy.git",
        "git@git.example.org:team/policy.git",
    ],
)
def test_git_may_be_given_these_urls(url: str) -> None:
    assert check_policy_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "policy",
        "../policy",
        "/srv/../etc",
        "-uploadpack=touch /tmp/x",
        "--upload-pack=touch",
        "ext::sh -c touch% /tmp/x",
        "ext::https://x/",
        "fd::17",
        "git::https://x/y",
        "git://example.org/policy",
        "http://example.org/policy.git",
        "https://user:password@example.org/policy.git",
        "https://example.org",
        "https://-oProxyCommand=touch/policy",
        "ssh://-oProxyCommand=touch/policy",
        "ssh://git@-oProxyCommand=x/policy",
        "git@-oProxyCommand=x:policy",
        "-oProxyCommand=x@host:policy",
        "git@host:-option",
        "https://example.org/a b",
        "https://example.org/policy\n--upload-pack=x",
        "https://example.org/policy?x=1",
        "/srv/policy\0",
    ],
)
def test_git_is_never_given_such_a_url(url: str) -> None:
    with pytest.raises(ValueError):
        check_policy_url(url)


def test_the_message_about_a_password_in_the_url_does_not_repeat_it() -> None:
    with pytest.raises(ValueError, match="tokenFrom") as caught:
        check_policy_url("https://user:hunter2@example.org/policy.git")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("branch", ["main", "feature/one", "v1.2", "release-3"])
def test_these_are_branches(branch: str) -> None:
    assert check_branch(branch) == branch


@pytest.mark.parametrize(
    "branch",
    ["", "-f", "--all", "a..b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "/a", "a/", "a//b", ".a",
     "a/.b", "a.lock", "a.lock/b", "a.", "@", "a@{1}", "HEAD", "refs/heads/main", "a\nb", "a\x7f"],
)  # fmt: skip
def test_these_are_no_branches(branch: str) -> None:
    with pytest.raises(ValueError, match="not a branch"):
        check_branch(branch)


def test_the_folder_stays_inside_the_policy_source() -> None:
    assert check_folder("./policies/") == "policies"
    assert check_folder("a/b") == "a/b"
    assert check_folder(".") == check_folder("./") == "."
    for wrong in ("/etc", "../x", "a/../../b", "-x", "a//b", ":(glob)**"):
        with pytest.raises(ValueError, match="not a folder"):
            check_folder(wrong)


def test_the_state_folder_of_a_user_is_where_xdg_says() -> None:
    assert default_state(0, {"HOME": "/root"}) == "/var/lib/reconciler"
    assert default_state(1000, {"HOME": "/home/ana"}) == "/home/ana/.local/state/reconciler"
    assert default_state(1000, {"HOME": "/home/ana", "XDG_STATE_HOME": "/s"}) == "/s/reconciler"
    assert default_state(1000, {"HOME": "/h", "XDG_STATE_HOME": "relative"}) == "/h/.local/state/reconciler"


def test_settings_are_looked_for_in_the_documented_order() -> None:
    assert settings_places({"RECONCILER_CONFIG": "/x.yaml", "HOME": "/h"}) == ("/x.yaml",)
    system, own = settings_places({"HOME": "/h"})
    assert system == "/etc/reconciler/reconciler.yaml"
    assert own == "/h/.config/reconciler/reconciler.yaml"


def test_every_single_value_has_its_variable() -> None:
    variables = override_variables()
    assert variables["RECONCILER_STATE"] == ("state",)
    assert variables["RECONCILER_POLICY_URL"] == ("policy", "url")
    assert variables["RECONCILER_FLOOR_MINIMUM_AGE"] == ("floor", "minimumAge")
    assert not {"RECONCILER_COMMANDS", "RECONCILER_TRUST_REPOSITORIES", "RECONCILER_POLICY_TOKEN_FROM"} & set(variables)
