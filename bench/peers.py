"""The peers: backup tools from PyPI, in a virtual environment of their own; without it their cells say so."""

from __future__ import annotations

import json
import subprocess
import sys

from bench.places import PEERS

WANTED = ("borgmatic", "borgbackup", "runrestic", "crestic")


def install_peers() -> list[str]:
    """Make their environment if it is not there; gives the names of those that could not be installed."""
    if (PEERS / "bin" / "python").exists():
        return []
    subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
    pip = [str(PEERS / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # One by one: borgbackup is built here and needs headers that not every machine has.
    return [name for name in WANTED if subprocess.run([*pip, name], check=False, capture_output=True).returncode]


def has_peer(name: str) -> bool:
    """Whether ``make bench`` could install it."""
    return (PEERS / "bin" / name).exists()


def peer(name: str) -> str:
    """The path of a peer's program."""
    return str(PEERS / "bin" / name)


def peer_versions() -> list[str]:
    """``name version`` of each that is there."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        return []
    words = [str(python), "-m", "pip", "list", "--format=json", "--disable-pip-version-check"]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    there = {one["name"]: one["version"] for one in json.loads(told)}
    return [f"{name} {there[name]}" for name in WANTED if name in there]
