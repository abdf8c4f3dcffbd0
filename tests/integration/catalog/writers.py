"""Small programs that tests start as processes of their own: they write until they are done or killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

APPEND = """
import sys
from datetime import UTC, datetime
from reconciler.catalog import open_catalog
from reconciler.observed.entries import CreditSet
folder, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with open_catalog(folder) as catalog:
    for number in range(count):
        seq = catalog.record([CreditSet(asset=name, repository="local", balance=number)] * 2, datetime.now(UTC))
        print(number, seq, flush=True)
"""
"""Records pairs of entries, one pair at a time, and tells after each that it is on the disk."""

ADD = """
import sys
from datetime import timedelta
from pathlib import Path
from reconciler.catalog.database import Database
from sqlalchemy import text
database = Database(Path(sys.argv[1]), timedelta(minutes=1))
for _ in range(int(sys.argv[2])):
    with database.writing() as connection:
        value = connection.scalar(text("SELECT value FROM counter"))
        connection.execute(text("UPDATE counter SET value = :value"), {"value": value + 1})
database.close()
"""
"""Reads a number and writes it back increased, many times: the update that is lost between deferred transactions."""


def start(program: str, *arguments: object) -> subprocess.Popen[str]:
    """Start one of the programs; what it says is read from its ``stdout``."""
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def finish(process: subprocess.Popen[str]) -> str:
    """Wait for its end, which must be a good one; gives what it said."""
    out, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    return out
