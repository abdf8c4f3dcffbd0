"""The faults of what lies inside: policy, retention, concurrency, catalog, secrets; and the tests that inject them."""

from __future__ import annotations

from tests.faults.table import Fault, of

_ENGINE, _ANSWERS = "faults/test_engine.py", "faults/test_engine_answers.py"
_TROUBLE, _HOSTILE = "e2e/test_loop_trouble.py", "e2e/test_hostile_policy.py"
_RETENTION, _LOOPS = "faults/test_retention.py", "faults/test_loops.py"
_CATALOG, _PASSES, _SOURCE = "faults/test_catalog.py", "faults/test_catalog_passes.py", "faults/test_policy_source.py"

POLICY = (
    Fault(
        "Policy",
        "hostile text",
        "alias bomb, a million levels, a number of 5 000 digits, duplicate keys and names, NUL, lone surrogate, bidi, "
        "BOM, 100 MB, 100 000 files, merge-conflict markers, an empty folder, `../` and `-rf` names, and more",
        "a problem of a known rule on one line, under 1 s and 256 MB, the enforced policy stays",
        of("faults/test_policy_files.py", "a_hostile_policy_is_a_problem_and_never_a_crash")
        + of(_HOSTILE, "a_huge_policy_is_refused_in_time_and_changes_nothing")
        + of(_HOSTILE, "an_emptied_policy_changes_nothing"),
    ),
    Fault(
        "Policy",
        "what would run commands",
        "`ext::` URLs, options in names and locations, hooks and settings of the policy repository",
        "refused, nothing runs",
        of(_HOSTILE, "what_runs_commands_or_bends_text_is_no_valid_policy")
        + of(_HOSTILE, "hooks_and_settings_of_the_policy_repository_never_run")
        + of("integration/gitops/test_hostile_source.py", "reading_a_hostile_repository_runs_nothing")
        + of("unit/test_settings.py", "git_is_never_given_such_a_url"),
    ),
    Fault(
        "Policy",
        "symlink to /etc/passwd, submodule",
        "committed as such",
        "never followed, reported",
        of(_HOSTILE, "a_symlink_in_the_policy_is_never_followed")
        + of("integration/gitops/test_policy_source.py", "odd_entries_are_left_out_and_reported"),
    ),
    Fault(
        "Policy",
        "force-push",
        "the branch rewound, rewritten or deleted",
        "nothing changes until its own line is approved",
        of(_HOSTILE, "a_rewound_source_changes_nothing_until_its_line_is_approved")
        + of(_SOURCE, "a_rewritten_history_and_a_deleted_branch_are_told_apart"),
    ),
    Fault(
        "Policy",
        "unsigned commit",
        "no signature, an unknown signer, a bad one",
        "refused in one line",
        of("integration/gitops/test_signatures.py", "any_other_head_is_refused_in_one_line"),
    ),
    Fault(
        "Policy",
        "its source is damaged or away",
        "the mirror's objects, refs and settings garbled or deleted; an outage; a fetch that hangs; kills",
        "fetched anew, or the last good revision stays and one line says why",
        of(
            _SOURCE,
            "a_damaged_mirror_is_thrown_away_and_fetched_anew",
            "an_outage_keeps_what_was_fetched",
            "damage_during_an_outage_is_one_line",
            "a_broken_source_keeps_the_last_revision",
            "a_fetch_that_hangs_is_ended",
            "kills_at_any_moment_leave_a_mirror_that_the_next_fetch_uses",
        ),
    ),
)

RETENTION = (
    Fault(
        "Retention",
        "rules to nothing, or absent",
        "the last rule set to 0, the rules or their document removed, and rules that keep less",
        "told with its place, the enforced rules go on; what keeps less waits for an approval",
        of(
            _RETENTION,
            "rules_that_keep_nothing_change_nothing_and_are_told_with_their_place",
            "rules_that_keep_less_wait_for_an_approval",
        ),
    ),
    Fault(
        "Retention",
        "an asset renamed",
        "in the policy, and back again, and the removal approved meanwhile",
        "nothing of either name goes; under its old name it has all again",
        of(_RETENTION, "a_renamed_asset_loses_nothing_and_has_all_again_under_its_old_name")
        + of(_HOSTILE, "an_asset_that_is_removed_keeps_its_backups_and_an_approval_names_it"),
    ),
    Fault(
        "Retention",
        "a flood of new snapshots",
        "a dozen with our tags that nobody here made, dated now and 2099",
        "kept, not counted, none of ours goes for them",
        of(_RETENTION, "a_flood_of_backups_that_nobody_here_made_evicts_none_of_ours")
        + of("unit/retention/test_decide.py", "a_flood_of_empty_backups_evicts_nothing"),
    ),
    Fault(
        "Retention",
        "the newest one empty",
        "the source emptied for several slots",
        "suspicious, counted for nothing, all deletions of the asset stop",
        of(_TROUBLE, "an_empty_source_is_suspicious_and_evicts_nothing"),
    ),
)

CONCURRENCY = (
    Fault(
        "Concurrency",
        "eight loops on one catalog and one repository",
        "eight processes at once in each round, again until each has led; with one state folder, and one each",
        "one leads at a time and the others say who; one backup and one attempt of each slot",
        of(
            _LOOPS,
            "eight_loops_on_one_catalog_and_one_repository_make_one_backup_a_slot",
            "eight_loops_for_two_hundred_rounds_make_one_backup_a_slot",
        ),
    ),
    Fault(
        "Concurrency",
        "a leader that sleeps and wakes up",
        "SIGSTOP in a backup; another pass meanwhile, with the lock in place, and with the lock cleared away",
        "nobody works beside it; who lost its lock does nothing more when it wakes; one backup of each slot",
        of(
            _LOOPS,
            "nobody_works_beside_a_leader_that_sleeps_and_it_goes_on_when_it_wakes",
            "a_leader_whose_lock_was_cleared_while_it_slept_does_nothing_more_when_it_wakes",
        ),
    ),
)

CATALOG = (
    Fault(
        "Catalog",
        "corrupt",
        "garbage, a cut, noise after the first page; in the listings and in the journal",
        "set aside and said; listings are rebuilt, a lost journal stops deletions and no backup",
        of(
            _CATALOG,
            "a_damaged_cache_is_set_aside_and_said",
            "a_damaged_journal_is_set_aside_and_its_loss_is_told",
            "lost_listings_give_the_same_facts_after_the_next_listing",
        ),
    ),
    Fault(
        "Catalog",
        "deleted",
        "the listings, the journal, the whole state folder",
        "the same plan; the journal comes back from a repository, else every backup is kept and nothing initialised",
        of(
            _TROUBLE,
            "deleted_listings_give_the_same_plan",
            "a_deleted_journal_comes_back_from_a_repository",
            "a_journal_lost_for_good_keeps_every_backup_and_initialises_nothing",
        )
        + of(_CATALOG, "a_deleted_journal_is_noticed"),
    ),
    Fault(
        "Catalog",
        "restored from an old copy",
        "the state folder of two hours ago put back",
        "what it does not know is kept for ever and counts for nothing, deletions stop until a person accepts",
        of(_PASSES, "an_older_copy_of_the_state_keeps_what_it_does_not_know_and_goes_on")
        + of(
            _CATALOG,
            "an_older_copy_leaves_newer_backups_unknown_and_loses_nothing",
            "an_older_copy_of_everything_goes_on_from_there",
        ),
    ),
    Fault(
        "Catalog",
        "locked",
        "a write transaction of another process, for seconds and for more than a minute",
        "waited for; after a minute told with who holds it; free again, it goes on",
        of(
            _PASSES,
            "a_catalog_that_another_process_holds_for_seconds_is_waited_for",
            "a_catalog_that_stays_locked_for_a_minute_is_told_with_who_holds_it_and_costs_nothing",
        )
        + of(_CATALOG, "a_locked_catalog_names_the_process_that_holds_it"),
    ),
    Fault(
        "Catalog",
        "migration killed",
        "SIGKILL at a write of the catalog while a pass makes its tables, and at its statements",
        "all or nothing; the next pass does it",
        of(_PASSES, "a_migration_that_is_killed_is_done_by_the_next_pass")
        + of(_CATALOG, "a_migration_killed_anywhere_is_done_by_the_next_opening"),
    ),
)

SECRETS = (
    Fault(
        "Secrets",
        "a canary as passphrase",
        "looked for in argv and environment of every process, and in all files and outputs of a whole life",
        "nowhere",
        of("e2e/test_process_loop.py", "the_passphrase_is_in_no_process_file_or_output_of_a_whole_life")
        + of("e2e/test_loop_basics.py", "the_passphrase_is_in_no_file_that_the_loop_writes")
        + of(_ENGINE, "a_passphrase_is_in_no_argument_list_and_no_environment")
        + of(_ANSWERS, "a_message_that_repeats_a_secret_is_blotted")
        + of("integration/test_notify.py", "a_passphrase_is_in_no_message_and_no_note")
        + of("integration/gitops/test_hostile_source.py", "a_secret_of_our_environment_is_not_in_gits"),
    ),
    Fault(
        "Secrets",
        "a secret that others can read, or that is gone",
        "its file's mode, owner and kind",
        "refused with the command that mends it",
        of(
            "unit/kit/test_secrets.py",
            "a_file_that_others_can_read_or_change_is_refused_with_the_command_that_mends_it",
            "a_file_of_another_user_is_refused",
            "what_is_no_plain_file_is_refused_without_hanging",
        )
        + of("integration/test_restore.py", "a_secret_that_is_gone_is_told_of_the_asset"),
    ),
)

INSIDE = (*POLICY, *RETENTION, *CONCURRENCY, *CATALOG, *SECRETS)
