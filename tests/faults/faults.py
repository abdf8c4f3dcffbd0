"""Every fault that the loop must survive, in the order of its page."""

from __future__ import annotations

from tests.faults.inside import INSIDE
from tests.faults.outside import OUTSIDE
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
    Fault(
        "Kill",
        "the pass or its restic dies at a step's boundary",
        "strace's inject: SIGKILL at the n-th write or sync of the journal and of the catalog, start of an engine, "
        "removal of a trail, file that restic saves or removes",
        "as above",
        (
            "faults/test_boundaries.py::test_a_kill_at_a_step_s_boundary_costs_and_doubles_nothing",
            "faults/test_boundaries.py::test_a_kill_at_every_step_s_boundary_costs_and_doubles_nothing",
        ),
    ),
    Fault(
        "Kill",
        "restic dies between saving a backup and saying so",
        "a shim that saves and then kills itself, or itself and the pass",
        "the backup is judged by its trail and the listing, counted, and made only once",
        (
            "faults/test_engine_dies.py::"
            "test_a_backup_whose_restic_died_before_saying_so_is_counted_and_not_made_again",
            "faults/test_engine_dies.py::"
            "test_a_pass_and_its_restic_that_die_together_after_saving_leave_one_counted_backup",
            "faults/test_engine_dies.py::test_what_a_dead_restic_could_not_read_makes_its_backup_degraded",
            "faults/test_engine_dies.py::test_a_restic_that_failed_by_itself_made_no_backup_that_counts",
        ),
    ),
    *OUTSIDE,
    *INSIDE,
    Fault(
        "Concurrency",
        "a stale lock of a dead restic, here",
        "an exclusive lock file of a dead process of this host",
        "cleared by the next pass, without a person",
        (
            "faults/test_engine_dies.py::test_the_lock_of_a_dead_prune_of_this_host_is_cleared_by_the_next_pass",
            "faults/test_engine_dies.py::test_a_lock_that_another_action_has_just_cleared_is_no_failure",
        ),
    ),
    Fault(
        "Concurrency",
        "a stale lock elsewhere",
        "an exclusive lock file of another host, 52 days old",
        "never removed; each attempt fails and names process, host and what to do; the next pass converges",
        ("faults/test_engine_dies.py::test_another_host_s_lock_is_left_alone_and_told_with_what_to_do",),
    ),
    Fault(
        "Policy",
        "bytes without sense",
        "a million policy files with bytes flipped, inserted, deleted, spliced, cut off and repeated, each read by a "
        "child process that must survive it",
        "a policy, or errors of known rules, each on one line with its place; under 1 s and 256 MB",
        ("faults/test_fuzz.py::test_no_string_of_bytes_crashes_the_loader_or_costs_much",),
    ),
    Fault(
        "Policy",
        "changed policies",
        "ten thousand: keys and items lost, doubled, moved, renamed, of another type or size, borrowed from elsewhere; "
        "deep nesting, odd characters, anchors, tags, merge conflicts; in a child process",
        "each is read, compared, enforced without and with approval, planned, lived under for an hour, told and "
        "rendered; nothing raises, no lowering is enforced unapproved, the journal keeps every policy as it is",
        ("faults/test_fuzz.py::test_no_changed_policy_breaks_reading_comparing_enforcing_or_planning",),
    ),
    Fault(
        "Retention",
        "years of ordinary trouble",
        "400 simulated days of daily, hourly and mixed fleets: the host off for 1, 7 and 20 days, each repository away "
        "for as long, both nights of two times, an asset that comes, goes and comes back, failures and unread files",
        "no pruning is ever blocked, what stays is what the retention keeps, each slot has one backup and none two, "
        "after an absence one catches up",
        ("faults/test_years.py::test_a_year_of_outages_jams_no_pruning_and_fills_each_slot_once",),
    ),
    Fault(
        "Engine",
        "a lie about a backup, a copy or a listing",
        "a shim in restic's place: exit codes, signals, cut and garbled answers, wrong ids, nothing or something else "
        "done, stale and false listings",
        "no backup counts that the repository does not hold whole, no promise is met by it, nothing is forgotten or "
        "marked by it, one sentence tells it, and the next honest pass makes it good",
        (
            "faults/test_false_green.py::test_there_are_lies_enough_of_every_verb",
            "faults/test_false_green.py::test_a_lie_of_a_backup_a_copy_or_a_listing_counts_for_nothing",
        ),
    ),
    Fault(
        "Engine",
        "a lie about a check",
        "as above; also damage called sound, complaints beside a good verdict, and a verdict without work",
        "integrity is not met by it; the next honest check tells the truth (also of damage that a check hid without a "
        "trace in words, errors or exit code, which nothing else can see)",
        ("faults/test_false_green.py::test_a_lie_of_a_check_proves_nothing",),
    ),
    Fault(
        "Engine",
        "a lie about a restore",
        "as above; also nothing, a part, other names or sizes, another backup brought back, with success",
        "exit code 1 and one sentence with the next step; an honest restore works",
        ("faults/test_false_green.py::test_a_lie_of_a_restore_is_no_success",),
    ),
)
