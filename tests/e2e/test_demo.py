"""The demo as a newcomer runs it: exit 0, the whole story, data back byte by byte, and nothing of others touched."""

from __future__ import annotations

import filecmp
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lab.require import require

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
STORY = [
    "$ reconciler validate policy",
    "0 errors, 2 warnings.",
    "$ reconciler plan",
    "to initialise",
    "done  initialise nas: made, with the chunker parameters of local",
    "copy documents: local → nas: 1 copied from local",
    "Older history, so that there is something to prune",
    "a grace and a floor of its own",
    "grace: 1s",
    "$ reconciler backup documents --at 20",
    "One commit adds an asset, and lowers the retention of another",
    "backup library → local",
    "waits for approval: asset/documents",
    "asset/documents.repositories[local].retention.daily: 7 → 2",
    "$ reconciler approve ",
    "Approved ",
    "no rule keeps it",
    "mark documents in local",
    "forget documents in local",
    "prune local: space reclaimed",
    "A disaster: the documents are gone",
    "$ rm -r documents",
    "bash recover.sh",
    "using backup ",
    " entries in the backup, 0 missing in ",
    "$ diff -r .expected documents",
    "Everything is back: not one byte differs.",
    "$ reconciler status",
    "Promises: ",
]


@dataclass(frozen=True, slots=True)
class Demo:
    """What a run left and said."""

    folder: Path
    code: int
    said: str

    @property
    def passphrase(self) -> str:
        return (self.folder / "host" / "passphrase").read_text().strip()


def _environment(home: Path, folder: Path) -> dict[str, str]:
    for tool in ("restic", "git", "awk", "diff"):
        require(tool)
    programs = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    return {"HOME": str(home), "PATH": programs, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "DEMO_DIR": str(folder)}


def _start(home: Path, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(ROOT / "scripts" / "demo")],
        env=_environment(home, folder),
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


# One test, as parallel workers would each make a demo of their own for a shared one.
def test_a_newcomer_sees_the_whole_loop_on_real_things_and_gets_the_data_back(tmp_path: Path) -> None:
    with _start(tmp_path, tmp_path / "demo") as running:
        said, _ = running.communicate()
    demo = Demo(tmp_path / "demo", running.returncode, said)
    _tells_the_whole_story_and_exits_with_0(demo)
    _protects_real_things_of_this_machine(demo)
    _lets_a_dozen_backups_go_and_keeps_two_days_with_reasons(demo)
    _what_was_destroyed_is_back_byte_by_byte(demo)
    _the_page_brought_it_back_without_this_project(demo)
    _no_passphrase_is_in_any_page_log_policy_or_state_file(demo)


def _tells_the_whole_story_and_exits_with_0(demo: Demo) -> None:
    assert demo.code == 0, demo.said
    place, said = 0, " ".join(demo.said.split())  # notes are wrapped, tables are spaced
    for line in STORY:
        wanted = " ".join(line.split())
        found = said.find(wanted, place)
        assert found >= 0, f"{line!r} is missing or out of order in:\n{demo.said}"
        place = found + len(wanted)
    assert "Traceback" not in demo.said
    assert "FAILED" not in demo.said


def _protects_real_things_of_this_machine(demo: Demo) -> None:
    counts = {item["asset"]: item["files"] for item in _backups(demo, "nas")}
    assert counts["etc"] > 5
    assert counts["library"] > 100
    assert counts["documents"] > 5
    if (ROOT / ".git").exists():
        assert counts["history"] > 5


def _lets_a_dozen_backups_go_and_keeps_two_days_with_reasons(demo: Demo) -> None:
    kept = [item for item in _backups(demo, "local") if item["asset"] == "documents"]
    assert demo.said.count("$ reconciler backup documents --at ") == 12
    assert len(kept) == 2
    assert all("daily" in str(item["whyKept"]) for item in kept)


def _what_was_destroyed_is_back_byte_by_byte(demo: Demo) -> None:
    for found in (demo.folder / "documents", demo.folder / f"recovered{demo.folder}" / "documents"):
        compared = filecmp.dircmp(demo.folder / ".expected", found)
        _same(compared)
    assert (demo.folder / "documents" / "diary.txt").read_text() == "as it is today\n"


def _the_page_brought_it_back_without_this_project(demo: Demo) -> None:
    script = (demo.folder / "recover.sh").read_text()
    assert "reconciler" not in script
    assert script.strip() in _blocks(demo.folder / "runbooks" / "documents.md")


def _no_passphrase_is_in_any_page_log_policy_or_state_file(demo: Demo) -> None:
    canary = demo.passphrase.encode()
    assert len(canary) == 40
    holders = [
        file.relative_to(demo.folder)
        for file in demo.folder.rglob("*")
        if file.is_file() and canary in file.read_bytes()
    ]
    assert holders == [Path("host/passphrase")]
    assert (demo.folder / "host" / "passphrase").stat().st_mode & 0o777 == 0o400
    assert canary.decode() not in demo.said


def test_a_second_run_starts_clean_also_after_one_that_was_killed(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    assert "Removing" not in _begin(tmp_path, folder)
    before = (folder / "host" / "passphrase").read_text()
    (folder / "left-over").touch()
    (folder / "state" / "journal.db").write_text("of the first run")
    said = _begin(tmp_path, folder)
    assert "Removing what an earlier demo made" in said
    assert "0 errors, 2 warnings." in said
    assert not (folder / "left-over").exists()
    journal = folder / "state" / "journal.db"
    assert not journal.exists() or journal.read_bytes() != b"of the first run"
    assert (folder / "host" / "passphrase").read_text() != before


def _begin(home: Path, folder: Path) -> str:
    """Run it until it is about to make repositories, and kill it; gives what it said."""
    with _start(home, folder) as running:
        assert running.stdout is not None
        said = ""
        for line in running.stdout:
            said += line
            if line.startswith("== The first pass"):
                break
        os.killpg(running.pid, signal.SIGKILL)
    return said


def test_a_folder_that_no_demo_made_is_refused_and_left_alone(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("seven years")
    with _start(tmp_path, precious) as running:
        said, _ = running.communicate()
    assert running.returncode == 1
    assert "holds things that no demo made" in said
    assert [file.name for file in precious.iterdir()] == ["thesis.txt"]


def _same(compared: filecmp.dircmp[str]) -> None:
    assert not compared.left_only
    assert not compared.right_only
    assert compared.same_files or compared.subdirs
    _, mismatch, errors = filecmp.cmpfiles(compared.left, compared.right, compared.common_files, shallow=False)
    assert not mismatch
    assert not errors
    for inner in compared.subdirs.values():
        _same(inner)


def _backups(demo: Demo, repository: str) -> list[dict[str, object]]:
    done = subprocess.run(
        [sys.executable, "-m", "reconciler", "get", "backups", "--repository", repository, "-o", "json"],
        env=_environment(demo.folder, demo.folder) | {"RECONCILER_CONFIG": str(demo.folder / "host/reconciler.yaml")},
        check=True,
        capture_output=True,
        text=True,
    )
    items = json.loads(done.stdout)["items"]
    assert isinstance(items, list)
    return items


def _blocks(page: Path) -> str:
    """The bash blocks of a page, one after another."""
    text = page.read_text()
    return "\n".join(part.partition("\n```")[0] for part in text.split("```bash\n")[1:])
