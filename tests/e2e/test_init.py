"""From an empty folder to a recovery page: what ``init`` makes is valid, works, and keeps its one secret."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

import jsonschema
import pytest
import yaml

from reconciler.operations.initiating import UNFINISHED, machine_zone, new_passphrase
from tests.lab.require import require

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody in an empty home folder; the settings that init made are named in the environment."""

    home: Path

    @property
    def made(self) -> Path:
        return self.home / "backups"

    @property
    def environment(self) -> dict[str, str]:
        programs = f"{self.home / 'bin'}:{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
        settings = str(self.made / "host" / "reconciler.yaml")
        return {"HOME": str(self.home), "PATH": programs, "PYTHONPATH": str(ROOT), "RECONCILER_CONFIG": settings}

    def types(self, *words: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """A command, without a terminal."""
        return subprocess.run(
            words,
            cwd=folder or self.home,
            env=self.environment,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    def does(self, *words: str, folder: Path | None = None) -> str:
        """A command that succeeds; gives what it printed."""
        done = self.types(*words, folder=folder)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def commits(self, folder: Path, message: str) -> subprocess.CompletedProcess[str]:
        self.does("git", "add", "--all", folder=folder)
        who = ("-c", "user.name=Newcomer", "-c", "user.email=new@example.org")
        return self.types("git", *who, "commit", "--message", message, folder=folder)


@pytest.fixture
def newcomer(tmp_path: Path) -> Newcomer:
    for tool in ("restic", "git"):
        require(tool)
    command = tmp_path / "bin" / "reconciler"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m reconciler "$@"\n')
    command.chmod(0o755)
    return Newcomer(tmp_path)


def test_the_next_commands_that_init_names_lead_to_a_recovery_page(newcomer: Newcomer) -> None:
    told = newcomer.does("reconciler", "init", "backups")
    assert told.rstrip().splitlines()[-3].strip() == f"export RECONCILER_CONFIG={newcomer.made}/host/reconciler.yaml"
    assert "0 errors" in newcomer.does("reconciler", "validate", "backups/policy")
    assert "1 to initialise" in newcomer.does("reconciler", "plan")
    newcomer.does("reconciler", "reconcile")
    newcomer.does("reconciler", "status", "--check")
    assert "restic restore" in (newcomer.made / "runbooks" / "configuration.md").read_text()
    assert "--confirm-escrow local" in newcomer.does("reconciler", "doctor")
    newcomer.does("reconciler", "doctor", "--offline", "--confirm-escrow", "local", "--place", "the safe")
    assert "--confirm-escrow" not in newcomer.does("reconciler", "doctor")
    secret = (newcomer.made / "host" / "passphrase").read_text().strip().encode()
    found = [file for file in newcomer.made.rglob("*") if file.is_file() and secret in file.read_bytes()]
    assert found == [newcomer.made / "host" / "passphrase"]


def test_without_a_terminal_the_passphrase_is_not_shown_and_nobody_else_can_read_it(newcomer: Newcomer) -> None:
    told = newcomer.does("reconciler", "init", "backups")
    file = newcomer.made / "host" / "passphrase"
    assert file.stat().st_mode & 0o777 == 0o400
    assert file.read_text().strip() not in told
    assert 'doctor --confirm-escrow local --place "…"' in told


def test_on_a_terminal_the_passphrase_is_shown_once_and_the_place_of_its_copy_is_journalled(
    newcomer: Newcomer,
) -> None:
    told = _on_a_terminal(newcomer, "the safe in Madrid\n", "reconciler", "init", "backups")
    assert told.count((newcomer.made / "host" / "passphrase").read_text().strip()) == 1
    assert "Where do you keep the copy?" in told
    events = newcomer.does("reconciler", "events", "-o", "json")
    assert "the safe in Madrid" in events


def test_an_empty_answer_is_no_second_copy(newcomer: Newcomer) -> None:
    told = _on_a_terminal(newcomer, "\n", "reconciler", "init", "backups")
    assert "doctor --confirm-escrow local" in told


def test_nothing_that_exists_is_touched(newcomer: Newcomer) -> None:
    newcomer.does("reconciler", "init", "backups")
    passphrase = (newcomer.made / "host" / "passphrase").read_text()
    again = newcomer.types("reconciler", "init", "backups")
    assert again.returncode == 64
    assert "backups may need its passphrase" in again.stderr
    assert (newcomer.made / "host" / "passphrase").read_text() == passphrase
    full = newcomer.home / "full"
    full.mkdir()
    (full / "thesis").touch()
    assert newcomer.types("reconciler", "init", "full").returncode == 64
    assert [file.name for file in full.iterdir()] == ["thesis"]
    (newcomer.home / "link").symlink_to(newcomer.home / "empty")
    assert newcomer.types("reconciler", "init", "link").returncode == 64


def test_after_an_interrupted_init_it_says_what_to_do(newcomer: Newcomer) -> None:
    half = newcomer.home / "half"
    half.mkdir()
    (half / UNFINISHED).touch()
    told = newcomer.types("reconciler", "init", "half")
    assert told.returncode == 64
    assert "rm -r half && reconciler init half" in told.stderr


@pytest.mark.parametrize("words", [("a\x07b",), ("x", "--host", "no host"), ("x", "--name", "Not A Name")])
def test_words_that_no_policy_can_have_are_refused_before_anything_is_made(
    newcomer: Newcomer, words: tuple[str, ...]
) -> None:
    told = newcomer.types("reconciler", "init", *words)
    assert told.returncode == 64
    assert len(told.stderr.splitlines()) == 1
    assert not (newcomer.home / words[0]).exists()


@pytest.mark.parametrize("name", ["my backups", 'what? C# it\'s 100% $HOME & {x}, "q": - ', "dé😀"])
def test_in_a_folder_of_any_name_everything_works_from_the_first_commit_to_the_recovery(
    newcomer: Newcomer, name: str
) -> None:
    made = newcomer.home / name
    told = newcomer.does("reconciler", "init", name, "--git-hook")
    export = next(line for line in told.splitlines() if "export " in line)
    assert newcomer.does("bash", "-c", f'{export}; printf %s "$RECONCILER_CONFIG"') == f"{made}/host/reconciler.yaml"
    assert not (newcomer.home / ".git").exists()
    asset = made / "policy" / "assets" / "configuration.yaml"
    (made / "some data").mkdir()
    (made / "some data" / "file").write_text("it is")
    asset.write_text(asset.read_text().replace("[/etc]", json.dumps([f"{made}/some data"], ensure_ascii=False)))
    assert newcomer.commits(made / "policy", "Something smaller").returncode == 0
    with_settings = ("reconciler", "--config", f"{name}/host/reconciler.yaml")
    newcomer.does(*with_settings, "reconcile")
    newcomer.does(*with_settings, "status", "--check")
    newcomer.does(*with_settings, "restore", "configuration", "--target", "back")
    assert (newcomer.home / "back" / (made / "some data" / "file").relative_to("/")).read_text() == "it is"
    page = (made / "runbooks" / "configuration.md").read_text()
    blocks = "".join(part.partition("```")[0] for part in page.split("```bash\n")[1:])
    variables = f"export TARGET=page RESTIC_PASSWORD_FILE={quote(f'{made}/host/passphrase')}\n"
    newcomer.does("bash", "-e", "-c", variables + blocks)
    assert (newcomer.home / "page" / (made / "some data" / "file").relative_to("/")).read_text() == "it is"


def test_each_file_names_the_schema_beside_it_and_an_editor_finds_nothing_wrong(newcomer: Newcomer) -> None:
    newcomer.does("reconciler", "init", "backups")
    files = [file for file in (newcomer.made / "policy").rglob("*.yaml") if not _hidden(file, newcomer.made)]
    assert len(files) == 7
    for file in files:
        first = file.read_text().splitlines()[0]
        schema = file.parent / first.removeprefix("# yaml-language-server: $schema=")
        validator = jsonschema.Draft202012Validator(json.loads(schema.read_text()))
        for document in yaml.safe_load_all(file.read_text()):
            assert document is None or not list(validator.iter_errors(document)), file


def test_the_first_commit_is_by_whom_git_knows(newcomer: Newcomer) -> None:
    newcomer.does("reconciler", "init", "backups")
    log = ("git", "-C", "backups/policy", "log", "--format=%an <%ae>", "main")
    assert newcomer.does(*log) == "reconciler init <reconciler@localhost>\n"
    (newcomer.home / ".gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.org\n")
    newcomer.does("reconciler", "init", "others")
    assert newcomer.does("git", "-C", "others/policy", "log", "--format=%an <%ae>") == "Ada <ada@example.org>\n"
    assert newcomer.does("git", "-C", "others/policy", "status", "--porcelain") == ""


def test_the_git_hook_refuses_a_commit_that_is_no_valid_policy(newcomer: Newcomer) -> None:
    newcomer.does("reconciler", "init", "backups", "--git-hook")
    policy = newcomer.made / "policy"
    contacts = policy / "contacts.yaml"
    contacts.write_text(contacts.read_text().replace("operations@example.org", "ops@example.org"))
    assert newcomer.commits(policy, "Another address").returncode == 0
    contacts.write_text(contacts.read_text().replace("email:", "emial:"))
    refused = newcomer.commits(policy, "A typing error")
    assert refused.returncode == 1
    assert "contacts.yaml:9:3: error" in refused.stdout + refused.stderr


def test_the_commands_of_the_pipeline_work_in_a_checkout_without_host_settings(newcomer: Newcomer) -> None:
    newcomer.does("reconciler", "init", "backups")
    newcomer.does("git", "clone", "--quiet", "backups/policy", "checkout")
    checkout = newcomer.home / "checkout"
    retention = checkout / "retention.yaml"
    retention.write_text(retention.read_text().replace("daily: 7", "daily: 3"))
    newcomer.does("git", "checkout", "--quiet", "-b", "change", folder=checkout)
    assert newcomer.commits(checkout, "Keep fewer").returncode == 0
    (newcomer.made / "host" / "reconciler.yaml").unlink()
    pipeline = yaml.safe_load((checkout / ".github/workflows/policy.yaml").read_text())
    steps = [step["run"] for step in pipeline["jobs"]["policy"]["steps"] if "run" in step]
    assert [step.split()[0] for step in steps] == ["pip", "reconciler", "reconciler"]
    summary = newcomer.home / "summary.md"
    script = "unset RECONCILER_CONFIG; GITHUB_BASE_REF=main GITHUB_STEP_SUMMARY=$0; " + "\n".join(steps[1:])
    newcomer.does("bash", "-e", "-c", script, str(summary), folder=checkout)
    assert "retention.daily" in summary.read_text()
    assert "waits for approval" in summary.read_text().lower()


def test_passphrases_are_long_and_never_the_same() -> None:
    made = {new_passphrase() for _ in range(100)}
    assert len(made) == 100
    assert {len(one.replace("-", "")) for one in made} == {40}


def test_the_zone_is_the_machines_and_utc_where_it_names_none(tmp_path: Path) -> None:
    link = tmp_path / "localtime"
    assert machine_zone(link) == "UTC"
    for target, zone in (("zoneinfo/Europe/Madrid", "Europe/Madrid"), ("zoneinfo/No/Where", "UTC"), ("file", "UTC")):
        link.unlink(missing_ok=True)
        link.symlink_to(tmp_path / target)
        assert machine_zone(link) == zone


def _hidden(file: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(root).parts)


def _on_a_terminal(newcomer: Newcomer, answer: str, *words: str) -> str:
    """What a terminal shows of a command whose question gets this answer."""
    master, slave = pty.openpty()
    with subprocess.Popen(
        words, cwd=newcomer.home, env=newcomer.environment, stdin=slave, stdout=slave, stderr=slave
    ) as running:
        os.close(slave)
        os.write(master, answer.encode())
        said = b""
        while True:
            try:
                part = os.read(master, 4096)
            except OSError:  # a terminal that everybody left
                break
            if not part:
                break
            said += part
    os.close(master)
    assert running.returncode == 0, said.decode()
    return said.decode().replace("\r", "")
