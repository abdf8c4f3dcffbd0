"""The peers: backup tools from PyPI, in a virtual environment of their own; without it their cells say so."""

from __future__ import annotations

import json
import subprocess

from bench.places import PEERS

WANTED = ("borgmatic", "borgbackup", "runrestic", "crestic")


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
