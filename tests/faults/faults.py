"""Every fault that the loop must survive, in the order of its page."""

from __future__ import annotations

from tests.faults.table import Fault

FAULTS = (
    Fault(
        "Kill",
        "the pass dies at any moment",
        "SIGKILL at random moments of backup, copy, mark, forget and prune: of the pass, of its restics, of both, of "
        "the next pass while it settles, or two passes next at once",
        "one backup of each due slot, one copy of it, only marked and intended backups gone, no lock, no trail and no "
        "restic left, at most two more passes",
        ("faults/test_kills.py::test_a_kill_at_any_moment_costs_and_doubles_nothing",),
    ),
)
