"""Finds the programs that tests need; a missing one fails the test instead of skipping it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest


def require(program: str) -> str:
    """Return the path of a program from the virtual environment or PATH, or fail the running test."""
    # sshd lives in sbin, which an ordinary user's PATH leaves out.
    folders = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"]
    found = shutil.which(program, path=os.pathsep.join(folders))
    if found is None:
        pytest.fail(f"{program} is not installed: run make setup", pytrace=False)
    return found
