"""Settings are found, read with the line of every error, and overridden value by value."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.errors import SettingsError
from reconciler.kit.settings_file import read_settings

SMALL = """\
policy:
  url: ../policy
state: state
"""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o644)
    return path


def test_paths_are_relative_to_the_settings_file(tmp_path: Path) -> None:
    text = SMALL + (
        "catalog: sqlite:///state/c.db\nrunbooks: {folder: ./pages}\nrestic: bin/restic\nkeyFile: key\n"
        "heartbeat: {urlFrom: {file: ping}}\n"
    )
    found = read_settings(write(tmp_path / "host" / "reconciler.yaml", text), {})
    host = tmp_path / "host"
    assert found.policy.url == str(tmp_path / "policy")
    assert found.state == str(host / "state")
    assert found.catalog == f"sqlite:///{host}/state/c.db"
    assert found.runbooks.folder == str(host / "pages")
    assert found.restic == str(host / "bin" / "restic")
    assert found.key_file == str(host / "key")


@pytest.mark.parametrize("url", ["git@host:policy.git", "https://host/policy.git", "file:///srv/policy"])
def test_a_url_is_no_relative_path(tmp_path: Path, url: str) -> None:
    file = write(tmp_path / "r.yaml", f"policy: {{url: '{url}'}}\n")
    assert read_settings(file, {}).policy.url == url


def test_every_error_comes_with_its_line_and_all_at_once(tmp_path: Path) -> None:
    text = "policy:\n  url: /p\n  interval: 30\nbogus: 1\nfloor:\n  minimumAge: 3\n"
    file = write(tmp_path / "r.yaml", text)
    with pytest.raises(SettingsError) as caught:
        read_settings(file, {})
    told = str(caught.value)
    assert f"{file}:3: policy.interval: not a duration" in told
    assert f"{file}:4: bogus:" in told
    assert f"{file}:6: floor.minimumAge: not a duration" in told
    assert told.count(str(file)) == 3
    assert "\n" not in told


def test_a_variable_overrides_a_single_value_and_is_named_when_wrong(tmp_path: Path) -> None:
    file = write(tmp_path / "r.yaml", SMALL + "grace: 12h\n")
    found = read_settings(file, {"RECONCILER_GRACE": "1s", "RECONCILER_POLICY_BRANCH": "next"})
    assert (found.grace, found.policy.branch) == (timedelta(seconds=1), "next")
    assert found.policy.url == str(tmp_path.parent / "policy")
    with pytest.raises(SettingsError, match=r"RECONCILER_GRACE: grace: not a duration"):
        read_settings(file, {"RECONCILER_GRACE": "1"})


def test_a_named_file_comes_before_the_environment_and_that_before_the_known_places(tmp_path: Path) -> None:
    named = write(tmp_path / "named.yaml", "policy: {url: /named}\n")
    environment = {
        "RECONCILER_CONFIG": str(write(tmp_path / "variable.yaml", "policy: {url: /variable}\n")),
        "XDG_CONFIG_HOME": str(tmp_path / "xdg"),
    }
    write(tmp_path / "xdg" / "reconciler" / "reconciler.yaml", "policy: {url: /xdg}\n")
    assert read_settings(named, environment).policy.url == "/named"
    assert read_settings(None, environment).policy.url == "/variable"
    del environment["RECONCILER_CONFIG"]
    if not Path("/etc/reconciler/reconciler.yaml").exists():
        assert read_settings(None, environment).policy.url == "/xdg"


def test_defaults_come_from_the_user_and_the_machine(tmp_path: Path) -> None:
    file = write(tmp_path / "r.yaml", "policy: {url: /p}\n")
    found = read_settings(file, {"HOME": "/home/ana"}, uid=1000, hostname="infra1")
    assert (found.state, found.host) == ("/home/ana/.local/state/reconciler", "infra1")
    assert read_settings(file, {}, uid=0).state == "/var/lib/reconciler"


def test_without_any_file_the_places_are_named_or_the_variables_suffice(tmp_path: Path) -> None:
    home = {"XDG_CONFIG_HOME": str(tmp_path)}
    if not Path("/etc/reconciler/reconciler.yaml").exists():
        with pytest.raises(SettingsError, match=r"/etc/reconciler/reconciler\.yaml or .*--config"):
            read_settings(None, home)
        variables = {**home, "RECONCILER_POLICY_URL": "/p", "RECONCILER_HOST": "infra1"}
        assert read_settings(None, variables).policy.url == "/p"
    missing = tmp_path / "no.yaml"
    with pytest.raises(SettingsError, match=r"no\.yaml"):
        read_settings(missing, home)
    with pytest.raises(SettingsError, match=r"no\.yaml"):
        read_settings(None, {**home, "RECONCILER_CONFIG": str(missing)})


def test_null_is_nothing_and_yes_is_a_word(tmp_path: Path) -> None:
    file = write(tmp_path / "r.yaml", "policy: {url: /p, branch: yes}\nheartbeat: null\n")
    found = read_settings(file, {})
    assert (found.heartbeat, found.policy.branch) == (None, "yes")


def test_commands_keep_their_words_as_text(tmp_path: Path) -> None:
    file = write(tmp_path / "r.yaml", "policy: {url: /p}\ncommands: {dump: [/bin/dump, 12:30, no]}\n")
    assert read_settings(file, {}).commands == {"dump": ("/bin/dump", "12:30", "no")}


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        "{a: " * 5_000,
        "a: &x 1\nb: *x\n",
        "a: 1\na: 2\n",
        "a: !!python/object/apply:os.system [true]\n",
        "policy: x\0",
        "- a\n",
        "? [a]\n: b\n",
        "a: 1\n---\nb: 2\n",
        "policy: {url: [\n",
        "policy:\n",
        "x" * 300_000,
        "",
    ],
)
def test_hostile_or_broken_text_is_one_line_of_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(write(tmp_path / "r.yaml", text), {})
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 600


def test_settings_that_anybody_can_change_are_refused(tmp_path: Path) -> None:
    file = write(tmp_path / "r.yaml", SMALL)
    file.chmod(0o666)
    with pytest.raises(SettingsError, match="chmod o-w"):
        read_settings(file, {})


def test_settings_that_are_no_text_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "r.yaml"
    file.write_bytes(b"policy: \xff\xfe")
    with pytest.raises(SettingsError, match="UTF-8"):
        read_settings(file, {})
