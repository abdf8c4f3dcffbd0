"""restic's arguments: exact, whole ids only, and nothing of a policy can become an option."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.engines.protocol import BackupOrder
from reconciler.engines.restic import arguments
from reconciler.errors import EngineFailed
from reconciler.kinds.capture import PathsCapture, StreamCapture

ID = "ab" * 32
FILES = BackupOrder(PathsCapture(("/srv/wiki", "/etc")), "db1", ("asset=iact/wiki", "attempt=7"))


def test_a_first_backup_searches_no_parent() -> None:
    assert arguments.backup(FILES) == (
        "backup",
        "--json",
        "--host=db1",
        "--force",
        "--tag=asset=iact/wiki",
        "--tag=attempt=7",
    )
    assert arguments.paths_file(PathsCapture(("/srv/wiki", "/etc"))) == "/srv/wiki\0/etc\0"


def test_a_later_backup_names_its_parent_unless_it_reads_all() -> None:
    assert f"--parent={ID}" in arguments.backup(replace(FILES, parent=ID))
    reading = replace(FILES, parent=ID, capture=PathsCapture(("/etc",), read_all=True))
    assert "--force" in arguments.backup(reading)
    assert f"--parent={ID}" not in arguments.backup(reading)


def test_a_time_is_written_in_utc() -> None:
    at = datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=2)))
    assert "--time=2026-10-25 00:30:00" in arguments.backup(replace(FILES, time=at))


def test_every_setting_of_a_files_source_reaches_restic() -> None:
    capture = PathsCapture(("/srv",), ("*.tmp", "$HOME"), (".nobackup",), True, 1024, True)
    assert arguments.backup(replace(FILES, capture=capture, tags=()))[4:] == (
        "--exclude=*.tmp",
        "--exclude=$HOME",
        "--exclude-if-present=.nobackup",
        "--exclude-caches",
        "--exclude-larger-than=1024",
        "--one-file-system",
    )


def test_a_stream_ends_with_the_program_behind_two_dashes() -> None:
    capture = StreamCapture("app.dump", ("pg_dump", "-Fc", "app"))
    assert arguments.backup(replace(FILES, capture=capture, tags=()))[3:] == (
        "--force",
        "--stdin-from-command",
        "--stdin-filename=app.dump",
        "--",
        "pg_dump",
        "-Fc",
        "app",
    )
    with pytest.raises(EngineFailed, match="slash"):
        arguments.backup(replace(FILES, capture=StreamCapture("a/b", ("true",))))


@pytest.mark.parametrize("tag", ["a,b", "", " a", "a ", "a\0"])
def test_a_tag_that_restic_would_change_is_refused(tag: str) -> None:
    with pytest.raises(EngineFailed):
        arguments.backup(replace(FILES, tags=(tag,)))


@pytest.mark.parametrize("wrong", ["", "latest", "abcd1234", "--remove-all", ID.upper(), ID + "\n", ID + "0"])
def test_only_a_whole_id_names_a_backup(wrong: str) -> None:
    for call in (
        lambda: arguments.forget([ID, wrong]),
        lambda: arguments.copy([wrong]),
        lambda: arguments.snapshots([wrong]),
        lambda: arguments.restore(wrong, Path("/t"), ()),
        lambda: arguments.dump(
            wrong,
            "/f",
        ),
        lambda: arguments.list_files(wrong),
        lambda: arguments.read_lock(wrong),
        lambda: arguments.backup(replace(FILES, parent=wrong)),
    ):
        with pytest.raises(EngineFailed, match="not a full id"):
            call()


def test_forgetting_needs_ids_and_never_prunes() -> None:
    assert arguments.forget([]) == []
    assert arguments.forget([ID]) == [("forget", ID)]


def test_many_ids_take_as_few_calls_as_the_system_allows() -> None:
    ids = [f"{number:064x}" for number in range(25_000)]
    calls = arguments.forget(ids)
    assert len(calls) == 3
    assert [one for call in calls for one in call if len(one) == 64] == ids
    assert all(sum(len(word) + 9 for word in call) < 1_000_000 for call in calls)


def test_a_listing_of_no_ids_asks_nothing() -> None:
    assert arguments.snapshots([]) == []
    assert arguments.snapshots(None) == [("snapshots", "--json", "--no-lock")]


def test_a_check_reads_one_part_of_a_rotation() -> None:
    assert arguments.check(None) == ("check", "--no-lock")
    assert arguments.check((3, 7)) == ("check", "--no-lock", "--read-data-subset=3/7")
    for wrong in ((0, 7), (8, 7)):
        with pytest.raises(EngineFailed):
            arguments.check(wrong)


def test_pruning_repacks_no_more_than_allowed() -> None:
    assert arguments.prune(None) == ("prune",)
    assert arguments.prune(1 << 30)[-1] == f"--max-repack-size={1 << 30}"


def test_unlocking_never_removes_all() -> None:
    assert arguments.unlock() == ("unlock",)


def test_a_path_to_restore_is_no_pattern() -> None:
    assert arguments.restore(ID, Path("/t"), ["/a*b[1]?"])[5] == "--include=/a\\*b\\[1]\\?"


@given(st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=20))
def test_no_word_of_a_policy_becomes_an_option_of_its_own(word: str) -> None:
    capture = PathsCapture((word,), exclude=(word,), exclude_if_present=(word,))
    try:
        words = arguments.backup(replace(FILES, capture=capture, tags=(word,), host=word))
    except EngineFailed:
        return
    known = ("--host=", "--tag=", "--exclude=", "--exclude-if-present=")
    own = {"backup", "--json", "--force"}
    assert all(one in own or one.startswith(known) for one in words)
