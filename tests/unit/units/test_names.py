"""Names, hosts, users and paths: nothing hidden, nothing that a program would take for an option."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from reconciler.units.names import (
    AbsolutePath,
    EnvironmentName,
    HostName,
    Label,
    Name,
    Pattern,
    PlainText,
    UserName,
    ZoneName,
)

TYPES: dict[str, TypeAdapter[str]] = {
    "name": TypeAdapter(Name),
    "label": TypeAdapter(Label),
    "host": TypeAdapter(HostName),
    "user": TypeAdapter(UserName),
    "path": TypeAdapter(AbsolutePath),
    "pattern": TypeAdapter(Pattern),
    "zone": TypeAdapter(ZoneName),
    "environment": TypeAdapter(EnvironmentName),
    "text": TypeAdapter(PlainText),
}
HIDDEN = [
    "\x00",  # NUL
    "\n",
    "\r",
    "\x1b",  # begins terminal escapes
    "\x7f",
    "\x85",  # next line
    "\u200b",  # zero width space
    "\u200f",  # right-to-left mark
    "\u202e",  # right-to-left override
    "\u2066",  # left-to-right isolate
    "\u2028",  # line separator
    "\ufeff",  # byte order mark
    "\ud800",  # lone surrogate
    "\ue000",  # private use
    "\U000e0041",  # tag letter
]


def _accepts(kind: str, value: str) -> bool:
    try:
        TYPES[kind].validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("hidden", HIDDEN, ids=ascii)
@pytest.mark.parametrize("place", ["{}etc", "etc{}x", "etc{}"])
def test_no_kind_of_name_takes_a_hidden_character(kind: str, hidden: str, place: str) -> None:
    start = "/" if kind == "path" else ""
    assert not _accepts(kind, start + place.format(hidden))


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind != "text"])
@pytest.mark.parametrize("value", ["-rf", "--config=/x", "-oProxyCommand=id", "-", ""])
def test_no_kind_of_name_looks_like_an_option(kind: str, value: str) -> None:
    assert not _accepts(kind, value)


@pytest.mark.parametrize("kind", ["name", "label", "host", "user", "zone", "environment"])
@pytest.mark.parametrize("value", ["..", "../x", "../../etc/passwd", "/etc/passwd", "a/../b"])
def test_no_name_climbs_or_leaves_its_folder(kind: str, value: str) -> None:
    assert not _accepts(kind, value)


@pytest.mark.parametrize("kind", ["name", "label", "host", "user", "environment"])
@pytest.mark.parametrize("value", ["a b", "a;b", "a$b", "$(id)", "`id`", "a'b", 'a"b', "a|b", "a*", "ä", "а"])
def test_no_name_means_anything_to_a_shell(kind: str, value: str) -> None:
    assert not _accepts(kind, value)


@pytest.mark.parametrize("value", ["wiki-db", "a", "0", "a" * 63, "tier-1"])
def test_a_name_is_a_lower_case_label(value: str) -> None:
    assert _accepts("name", value)


@pytest.mark.parametrize("value", ["Wiki", "wiki_db", "wiki.db", "wiki-", "a" * 64, "wiki-db\n"])
def test_other_names_are_refused(value: str) -> None:
    assert not _accepts("name", value)


@pytest.mark.parametrize("value", ["nas", "NAS1", "db1.example.org", "10.0.0.7", "::1", "fe80::1", "my_host", "a" * 63])
def test_a_host_is_a_name_or_an_address(value: str) -> None:
    assert _accepts("host", value)


@pytest.mark.parametrize(
    "value", ["nas.", ".nas", "a..b", "user@nas", "nas:22", "nas/x", "a" * 64, ".".join(["a" * 60] * 5), "a-.b", ":"]
)
def test_other_hosts_are_refused(value: str) -> None:
    assert not _accepts("host", value)


@pytest.mark.parametrize(
    ("value", "read"),
    [("/", "/"), ("/srv", "/srv"), ("/srv/", "/srv"), ("/srv/a b/ñ", "/srv/a b/ñ"), ("/a..b/.c", "/a..b/.c")],
)
def test_a_path_is_absolute_and_loses_its_last_slash(value: str, read: str) -> None:
    assert TYPES["path"].validate_python(value) == read


@pytest.mark.parametrize("value", ["srv", "./srv", "~/x", "/srv/..", "/../etc", "/a/../b", "/" + "a" * 4096])
def test_other_paths_are_refused(value: str) -> None:
    assert not _accepts("path", value)


@pytest.mark.parametrize("value", ["*.tmp", "/var/cache/**", ".git", "node_modules"])
def test_a_pattern_is_taken_as_it_is(value: str) -> None:
    assert TYPES["pattern"].validate_python(value) == value


def test_a_pattern_that_brings_files_back_is_refused() -> None:
    assert not _accepts("pattern", "!important")


@pytest.mark.parametrize("value", ["Europe/Madrid", "UTC", "America/Argentina/Buenos_Aires"])
def test_a_zone_is_one_of_iana(value: str) -> None:
    assert _accepts("zone", value)


@pytest.mark.parametrize("value", ["Madrid", "CET+1", "Europe/", "/usr/share/zoneinfo/UTC", "../UTC", "Europe/Madrid "])
def test_other_zones_are_refused_with_an_example(value: str) -> None:
    with pytest.raises(ValidationError, match="Europe/Madrid"):
        TYPES["zone"].validate_python(value)


@given(st.sampled_from(sorted(TYPES)), st.text(max_size=80))
def test_what_is_accepted_is_printable_on_one_line(kind: str, value: str) -> None:
    if _accepts(kind, value):
        read = TYPES[kind].validate_python(value)
        assert read.isprintable() or set(read) - {" "} <= {c for c in read if c.isprintable() or c.isspace()}
        assert len(read.splitlines()) == 1
        assert TYPES[kind].validate_python(read) == read
