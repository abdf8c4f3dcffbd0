"""What the README says is so: its policy is valid, its commands, links, guards and exit codes exist."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from reconciler.cli.catalogue import COMMANDS
from reconciler.errors import ExitCode
from reconciler.policy.documents import PolicyFile
from reconciler.policy.load import load_policy

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
REST = """\
---
apiVersion: backup/v1
kind: Policy
metadata: {name: readme}
spec: {defaultHost: here, timeZone: UTC}
---
apiVersion: backup/v1
kind: Contact
metadata: {name: platform}
spec: {email: platform@example.org}
---
apiVersion: backup/v1
kind: Repository
metadata: {name: local}
spec: {location: {local: {path: /srv/backup}}, passwordFrom: {file: /srv/key}, failureDomain: disk}
---
apiVersion: backup/v1
kind: Repository
metadata: {name: nas}
spec:
  location: {local: {path: /mnt/nas}}
  passwordFrom: {file: /srv/key}
  medium: nas
  offsite: true
  failureDomain: nas
"""


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^ *```{language}\n(.*?)^ *```$", README, re.DOTALL | re.MULTILINE)


def _rows(first: str) -> list[str]:
    """The first cells of the table whose first column has that title."""
    table = README.split(f"| {first} |", 1)[1].split("\n\n", 1)[0]
    return [line.split("|")[1].strip() for line in table.splitlines()[2:]]


def test_its_policy_is_valid_beside_the_repositories_that_it_names() -> None:
    text = "".join(_blocks("yaml")) + REST
    loaded = load_policy(
        [PolicyFile("readme.yaml", text.encode(), "0" * 40)], today=date(2026, 11, 24), local_host="here"
    )
    assert not loaded.errors, loaded.errors
    assert loaded.policy is not None
    assert "documentation" in loaded.policy.assets


def test_its_commands_exist() -> None:
    typed = re.findall(r"(?:\breconciler|bin/reconciler) ([a-z]+)\b", "".join(_blocks("sh")))
    inline = re.findall(r"`reconciler ([a-z]+)", README)
    assert len(typed) > 5
    assert set(typed) | set(inline) <= set(COMMANDS)
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"\bmake ([a-z]+)", "".join(_blocks("sh")))) <= set(targets)


def test_its_links_lead_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if not link.startswith("https://")]
    assert len(links) > 5
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_its_tables_name_every_guard_and_exit_code() -> None:
    guards = {file.stem for file in (ROOT / "reconciler/plan/guards").glob("*.py")} - {"__init__", "stops"}
    assert set(_rows("guard")) == guards | {"source", "lowering"}
    assert [int(row) for row in _rows("exit code")] == [int(code) for code in sorted(ExitCode)]
