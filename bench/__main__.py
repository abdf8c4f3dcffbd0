"""``python -m bench [ROW…]``: measures rows, each in a process of its own, and writes RESULTS.md. QUICK=1: small."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bench.machine import machine, versions
from bench.peers import install_peers
from bench.places import ROOT, WORLDS
from bench.readings import Outcome, Row, outcome_of
from bench.rows import ROWS
from bench.table import line, page

RESULTS = ROOT / "bench" / "RESULTS.md"


def main() -> int:
    """Exit code 1 when a row could not be measured; a missed reach is told, and no failure."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="rows by name, or by the beginning of one")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", default=bool(os.environ.get("QUICK")), help="small worlds")
    parser.add_argument("--keep", action="store_true", help="use the worlds of the run before")
    parser.add_argument("--output", type=Path, default=None, help="the page (default: bench/RESULTS.md; quick: none)")
    given = parser.parse_args()
    chosen = [row for row in ROWS if not given.rows or row.name.startswith(tuple(given.rows))]
    if given.one:
        sys.stdout.write(json.dumps(chosen[0].measure(given.quick).to_json()))
        return 0
    for name in install_peers():
        print(f"{name} cannot be installed here, so it is not measured", file=sys.stderr)
    if not given.keep:
        shutil.rmtree(WORLDS, ignore_errors=True)
    found: dict[str, Outcome] = {}
    for row in chosen:
        found[row.name] = _apart(row, quick=given.quick)
        print(line(row, found[row.name]), end="", flush=True)
    target = given.output or (None if given.quick else RESULTS)
    before = target.read_text() if target and target.exists() else ""
    when = datetime.now(UTC).date().isoformat()
    text = page(ROWS if target else chosen, found, f"{when}, {machine()}; {versions()}", before)
    print(f"\n{text}")
    if target:
        target.write_text(text)
    return int(any(not outcome.readings for outcome in found.values()))


def _apart(row: Row, *, quick: bool) -> Outcome:
    """Measure a row in a process of its own, so that no row inherits memory, caches or trouble of another."""
    words = [sys.executable, "-m", "bench", row.name, "--one", *(["--quick"] if quick else [])]
    with tempfile.TemporaryFile("w+") as said:
        try:
            done = subprocess.run(
                words, check=False, cwd=ROOT, stdout=subprocess.PIPE, stderr=said, timeout=row.seconds, text=True
            )
        except subprocess.TimeoutExpired:
            return Outcome(missing=f"not done after {row.seconds} s")
        said.seek(0)
        told = said.read().strip()
        if told:
            sys.stderr.write(f"{told}\n")
    if done.returncode:
        return Outcome(missing=(told.splitlines() or ["it said nothing"])[-1].replace("|", "/")[:200])
    return outcome_of(json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    sys.exit(main())
