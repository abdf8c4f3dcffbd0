"""A small disk that really gets full, and files that really get damaged."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.lab.require import require


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of so many bytes (``24m``) in a new folder; it is gone when the block ends, however it ends."""
    if os.geteuid() != 0:
        pytest.fail("mounting a small disk needs root: run the tests as root or in a container", pytrace=False)
    folder.mkdir(parents=True)
    subprocess.run([require("mount"), "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run([require("umount"), "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Write until nothing fits any more; gives the file that took the room."""
    filler = folder / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as stream:
        while True:
            stream.write(b"x" * 4096)
    return filler


def restic_without_privileges(folder: Path) -> Path:
    """restic as this user, but without the right of root to read everything."""
    shim = folder / "restic"
    drop = f"{require('setpriv')} --bounding-set=-all --inh-caps=-all " if os.geteuid() == 0 else ""
    shim.write_text(f'#!/bin/sh\nexec {drop}{require("restic")} "$@"\n')
    shim.chmod(0o755)
    return shim


def flip_a_bit(path: Path) -> None:
    """One bit in the middle of a file becomes another."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)
