"""The faults of what lies outside: disks, repositories, the clock; and the tests that inject them."""

from __future__ import annotations

from tests.faults.table import Fault, of

_DISK, _REPOSITORY, _CLOCK = "faults/test_disk.py", "faults/test_repository.py", "faults/test_clock.py"
_ENGINE, _ANSWERS = "faults/test_engine.py", "faults/test_engine_answers.py"
_TROUBLE, _CATALOG = "e2e/test_loop_trouble.py", "faults/test_catalog.py"
_MENDED = "; mended, all is kept again"

DISK = (
    Fault(
        "Disk",
        "the repository is full",
        "a small tmpfs, filled before a pass, or by a backup larger than it",
        "told within a minute with what to do (restic alone retries for 25), nothing lost; with room it goes on",
        of(
            _DISK,
            "a_full_repository_is_told_before_anything_is_started_and_goes_on_with_room",
            "a_repository_that_gets_full_under_a_backup_is_told_and_goes_on_with_room",
        )
        + of(_ENGINE, "a_full_repository_is_told_within_a_minute_and_recovers_with_room"),
    ),
    Fault(
        "Disk",
        "the state folder is full",
        "a small tmpfs, filled before a pass, or between a backup and its entry in the journal",
        "one line that names the file; with room one backup of each slot, the saved one counted",
        of(
            _DISK,
            "a_full_state_folder_is_told_in_one_line_and_the_backup_is_made_with_room",
            "a_state_folder_that_gets_full_under_a_backup_counts_it_once_with_room",
        )
        + of(_CATALOG, "a_full_disk_is_told_and_what_was_recorded_stays")
        + of("faults/test_alerts.py", "a_full_disk_is_told_once"),
    ),
    Fault(
        "Disk",
        "the temporary folder is full",
        "TMPDIR on a tmpfs of 1 MB",
        "told as that and not as the repository's fault; with room it goes on",
        of(_DISK, "a_full_temporary_folder_is_told_as_such_and_goes_on_with_room")
        + of(_ENGINE, "a_full_temporary_folder_is_not_the_repository_s_fault"),
    ),
    Fault(
        "Disk",
        "EIO on journal and catalog",
        "strace's inject: the n-th write or sync of either file fails in a pass; a limit on file sizes",
        "one line that names the file; the next pass leaves one backup of each slot",
        of(
            _DISK,
            "a_catalog_whose_disk_refuses_is_told_and_no_backup_is_lost_or_doubled",
            "a_catalog_whose_disk_refuses_anywhere_is_told_and_no_backup_is_lost_or_doubled",
        )
        + of(_CATALOG, "a_disk_that_refuses_writes_is_told"),
    ),
    Fault(
        "Disk",
        "an unreadable source",
        "a file that restic may not read; a path that is not there; a folder that is empty",
        "the file is named, the backup is kept and does not count, other assets go on, nothing is evicted",
        of(_DISK, "a_source_that_cannot_be_read_makes_a_backup_that_does_not_count_until_it_can")
        + of("e2e/test_loop_basics.py", "a_failed_asset_stops_nothing_else_and_says_which_path_is_missing")
        + of(_TROUBLE, "an_empty_source_is_suspicious_and_evicts_nothing"),
    ),
)

REPOSITORY = (
    Fault(
        "Repository",
        "damaged packs, index, snapshots, config, keys",
        "a truncated or deleted pack, a deleted index, a flipped bit in a file of each kind, then whole passes",
        "the promise breaks at the next check (at once for config and keys), no deletion there from then on, backups "
        "elsewhere go on" + _MENDED,
        of(
            _REPOSITORY,
            "damage_is_told_stops_all_deletions_and_ends_when_it_is_mended",
        )
        + of(_TROUBLE, "a_damaged_snapshot_file_is_seen_though_the_listing_omits_it")
        + of(_ENGINE, "a_damaged_snapshot_is_in_the_ids_and_not_in_the_listing")
        + of(_ENGINE, "damage_to_what_everything_needs_is_an_error"),
    ),
    Fault(
        "Repository",
        "damaged data",
        "flipped bits in every pack, then a restore from there and from the copy",
        "exit code 1 in one line, never a success; the copy comes back; a check that reads back finds it",
        of(_REPOSITORY, "flipped_bits_in_what_a_restore_needs_are_never_called_a_success")
        + of(_ENGINE, "a_flipped_bit_is_found_by_reading_back_each_part")
        + of(_ENGINE, "a_deleted_pack_is_found_by_check_and_restore_but_not_by_backup")
        + of("integration/test_restore.py", "a_deleted_pack_is_an_error_and_is_written_down"),
    ),
    Fault(
        "Repository",
        "rolled back",
        "an older copy of it put in its place",
        "the missing backups are named, deletions stop, backups go on; once accepted, all goes on",
        of(_REPOSITORY, "an_older_copy_put_back_is_told_loses_nothing_more_and_goes_on_when_accepted"),
    ),
    Fault(
        "Repository",
        "a deleted snapshot",
        "its file removed from the storage",
        "named, deletions stop there, backups go on" + _MENDED,
        of(_REPOSITORY, "a_deleted_snapshot_stops_deletions_until_it_is_back")
        + of(_TROUBLE, "backups_gone_that_nobody_deleted_stop_deletions_but_no_backup"),
    ),
    Fault(
        "Repository",
        "swapped",
        "another empty repository with the same passphrase in its place",
        "told with both ids, nothing is written there" + _MENDED,
        of(_REPOSITORY, "a_swapped_repository_gets_nothing_until_the_right_one_is_back")
        + of(_TROUBLE, "a_swapped_repository_gets_no_backup_and_loses_nothing")
        + of("e2e/test_loop_remote.py", "another_repository_in_the_place_of_one_far_away_is_noticed"),
    ),
    Fault(
        "Repository",
        "missing",
        "its folder moved away",
        "told, never made anew, backups of its assets go straight to their other repositories" + _MENDED,
        of(_REPOSITORY, "a_missing_repository_is_backed_up_elsewhere_and_taken_up_again_when_it_is_back")
        + of(_TROUBLE, "a_repository_that_was_seen_and_is_missing_is_never_initialised_again")
        + of(_TROUBLE, "an_unreachable_repository_is_unknown_and_its_copies_go_on_elsewhere"),
    ),
    Fault(
        "Repository",
        "wrong passphrase",
        "another one in its file",
        "tried once and not again until something changes",
        of(_TROUBLE, "a_wrong_passphrase_is_tried_once_and_not_again_and_again")
        + of(_ENGINE, "a_wrong_passphrase_is_refused_at_once_and_asks_for_the_right_one"),
    ),
    Fault(
        "Repository",
        "odd answers of the engine",
        "a shim: an unknown exit code, garbage, truncated JSON, an id that does not exist, a hang, endless retries",
        "a failure in one line, no backup counted, no empty world believed, an end within its deadline",
        of(
            _ANSWERS,
            "an_unknown_exit_code_is_a_failure_even_with_a_summary",
            "a_success_without_a_summary_is_a_lie",
            "a_truncated_or_strange_listing_is_no_empty_world",
            "ids_that_are_none_are_no_ids",
            "a_hang_ends_and_leaves_nothing_behind",
            "a_listing_that_hangs_has_a_deadline_of_its_own",
            "endless_retries_are_cut",
        )
        + of(_ENGINE, "an_id_that_does_not_exist_is_an_error_or_nothing"),
    ),
)

CLOCK = (
    Fault(
        "Clock",
        "a leap to 2099 and back",
        "the wall clock of a pass, not its boot clock",
        "no deletion until a person accepts the clock; the backup of 2099 keeps no promise and evicts none",
        of(_CLOCK, "a_leap_to_2099_deletes_nothing_and_its_backup_neither_counts_nor_evicts")
        + of("unit/retention/test_decide.py", "future_dated_backups_evict_nothing_and_stay"),
    ),
    Fault(
        "Clock",
        "a day back",
        "as above",
        "no deletion while it is wrong, one backup a slot; set right, all goes on by itself",
        of(_CLOCK, "a_day_back_deletes_nothing_and_when_the_clock_is_right_again_all_goes_on_by_itself"),
    ),
    Fault(
        "Clock",
        "suspended past slots",
        "wall and boot clock go on for 8 hours and 20 days, nothing else does",
        "one backup catches up, the clock is trusted",
        of(_CLOCK, "a_machine_asleep_past_its_slots_makes_one_backup_and_trusts_its_clock"),
    ),
    Fault(
        "Clock",
        "both nights of two times",
        "simulated by the hour, in every zone",
        "one backup a date, no deletion more",
        of("unit/plan/test_fleet.py", "on_a_night_of_two_times_there_is_one_backup_a_date_and_no_deletion_more")
        + of(
            "unit/policy/test_schedule.py",
            "a_daily_cron_runs_once_on_every_date_around_a_change_of_the_clock",
            "every_zone_has_one_daily_run_a_date_through_a_year",
        ),
    ),
    Fault(
        "Clock",
        "mixed offsets",
        "backups made with offsets from -11 to +13 hours",
        "days are those of the policy's zone",
        of(_CLOCK, "days_are_those_of_the_policys_zone_whatever_offset_a_backup_was_made_with")
        + of("unit/retention/test_rules.py", "buckets_follow_the_zone_of_the_policy"),
    ),
)

OUTSIDE = (*DISK, *REPOSITORY, *CLOCK)
