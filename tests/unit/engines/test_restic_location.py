"""Places in restic's words: every character stays data."""

from __future__ import annotations

import pytest

from reconciler.engines.restic import location
from reconciler.engines.restic.location import SshAccess
from reconciler.errors import RepositoryUnreachable
from reconciler.policy.models.location import Location, SftpLocation

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBn"
KEYS = {"accessKeyFrom": {"env": "A"}, "secretKeyFrom": {"env": "S"}}


def place(**kinds: object) -> Location:
    return Location.model_validate(kinds)


def sftp(host: str = "nas", port: str = "22", host_key: str | None = None) -> SftpLocation:
    values = {"host": host, "port": port, "user": "backup", "path": "/srv", "hostKey": host_key}
    return SftpLocation.model_validate({name: value for name, value in values.items() if value})


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"local": {"path": "/srv/backup: a"}}, "/srv/backup: a"),
        (
            {"sftp": {"host": "nas", "user": "b@d", "path": "/srv/ñ ?#"}},
            "sftp://b%40d@nas:22//srv/%C3%B1%20%3F%23",
        ),
        ({"sftp": {"host": "::1", "port": "2222", "user": "b", "path": "/s"}}, "sftp://b@[::1]:2222//s"),
        ({"rest": {"host": "nas"}}, "rest:https://nas:8000/"),
        ({"rest": {"host": "nas", "tls": "false", "path": "a/b/"}}, "rest:http://nas:8000/a/b/"),
        ({"rest": {"host": "nas", "user": "u"}}, "rest:https://u:p%40%2F%3A%25w@nas:8000/"),
        ({"s3": {"host": "s3.example.org", "bucket": "bkt", **KEYS}}, "s3:https://s3.example.org/bkt"),
        (
            {"s3": {"host": "h", "port": "9", "tls": "false", "bucket": "bkt", "prefix": "a/b/", **KEYS}},
            "s3:http://h:9/bkt/a/b",
        ),
    ],
)
def test_each_place_has_its_url(where: dict[str, object], expected: str) -> None:
    assert location.url(place(**where), "p@/:%w") == expected


def test_a_region_is_an_option_of_s3_alone() -> None:
    assert location.options(place(s3={"host": "h", "bucket": "bkt", "region": "eu-west-1", **KEYS})) == (
        "s3.region=eu-west-1",
    )
    assert location.options(place(local={"path": "/s"})) == ()


def test_a_pinned_key_is_named_with_its_port() -> None:
    assert location.known_hosts(sftp(host_key=KEY)) == f"nas {KEY}\n"
    assert location.known_hosts(sftp(port="2222", host_key=KEY)) == f"[nas]:2222 {KEY}\n"
    assert location.known_hosts(sftp()) is None


def test_ssh_takes_nothing_on_trust() -> None:
    text = location.ssh_configuration([SshAccess(sftp(host_key=KEY), "/proc/1/fd/5", "/proc/1/fd/6")])
    for line in ("StrictHostKeyChecking yes", "BatchMode yes", "IdentitiesOnly yes", "UpdateHostKeys no"):
        assert f"  {line}\n" in text
    assert "  IdentityFile /proc/1/fd/6\n" in text
    assert "  UserKnownHostsFile /proc/1/fd/5\n  GlobalKnownHostsFile /dev/null\n" in text


def test_without_a_pinned_key_the_system_s_known_hosts_decide() -> None:
    text = location.ssh_configuration([SshAccess(sftp())])
    assert "StrictHostKeyChecking yes" in text
    assert "KnownHostsFile" not in text
    assert "IdentityFile" not in text


def test_two_hosts_keep_their_keys_apart_and_two_places_of_one_share() -> None:
    text = location.ssh_configuration(
        [
            SshAccess(sftp("a", host_key=KEY), "/k/a", "/i/a"),
            SshAccess(sftp("b", host_key=KEY), "/k/b", "/i/b"),
            SshAccess(sftp("a", "2222", host_key=KEY), "/k/a2", "/i/a"),
        ]
    )
    first, second = text.split("Host b\n")
    assert "UserKnownHostsFile /k/a /k/a2\n" in first
    assert first.count("IdentityFile") == 1
    assert "UserKnownHostsFile /k/b\n" in second


def test_s3_keys_keep_every_character() -> None:
    text = location.credentials_file("AKIA", "a/b+c==")
    assert text == "[default]\naws_access_key_id = AKIA\naws_secret_access_key = a/b+c==\n"
    assert "= `a#b;c`\n" in location.credentials_file("AKIA", "a#b;c")
    with pytest.raises(RepositoryUnreachable):
        location.credentials_file("AKIA", "a`b\n[default]")
