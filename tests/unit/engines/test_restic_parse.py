"""restic's answers: what it really writes, and garbage, which never becomes half a world."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.engines.protocol import CheckReport, Contents, Progress
from reconciler.engines.restic import parse
from reconciler.engines.restic.fields import Fields, Garbage, decode
from reconciler.engines.restic.follow import Counting
from reconciler.engines.restic.parse import BackupSummary, Node
from reconciler.observed.listing import Snapshot

ID, TREE, ORIGINAL = "ab" * 32, "cd" * 32, "ef" * 32
CHECKED = ["load indexes", "[0:00] 100.00%  2 / 2 snapshots", "no errors were found"]
ENTRY: dict[str, object] = {
    "time": "2026-11-24T04:01:01.172703727+02:00",
    "tree": TREE,
    "paths": ["/etc/hostname"],
    "hostname": "db1",
    "username": "root",
    "tags": ["asset=iact/wiki"],
    "original": ORIGINAL,
    "summary": {"total_files_processed": 2, "total_bytes_processed": 52, "data_added": 1091},
    "id": ID,
    "short_id": ID[:8],
}


def listing(*entries: object) -> bytes:
    return json.dumps(entries).encode()


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in ENTRY.items() if key != name}


def test_a_snapshot_s_fields_are_read() -> None:
    assert parse.snapshots(listing(ENTRY)) == (
        Snapshot(
            id=ID,
            time=datetime(2026, 11, 24, 2, 1, 1, 172703, tzinfo=UTC),
            host="db1",
            paths=("/etc/hostname",),
            tags=("asset=iact/wiki",),
            original=ORIGINAL,
            size=52,
            files=2,
            tree=TREE,
        ),
    )


def test_an_old_snapshot_without_tags_summary_and_original_is_read() -> None:
    entry = {name: ENTRY[name] for name in ("time", "tree", "paths", "id")}
    [found] = parse.snapshots(listing(entry))
    assert (found.tags, found.size, found.files, found.original, found.host) == ((), None, None, None, "")


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"null",
        b"{}",
        b"[",
        b"[[" * 100_000,
        listing(ENTRY)[:-2],
        listing(ENTRY, None),
        listing(ENTRY, without("id")),
        listing(ENTRY, without("time")),
        listing(ENTRY | {"id": "short"}),
        listing(ENTRY | {"time": "yesterday"}),
        listing(ENTRY | {"time": "2026-11-24T04:01:01"[:7]}),
        listing(ENTRY | {"time": "0001-01-01T00:00:00+14:00"}),
        listing(ENTRY | {"tags": "asset=iact/wiki"}),
        listing(ENTRY | {"paths": [1]}),
        listing(ENTRY | {"original": "x"}),
        listing(ENTRY | {"summary": []}),
        listing(ENTRY | {"summary": {"total_bytes_processed": -1}}),
        listing(ENTRY | {"summary": {"total_files_processed": "2"}}),
    ],
)
def test_a_listing_with_garbage_anywhere_is_no_listing(document: bytes) -> None:
    with pytest.raises(Garbage):
        parse.snapshots(document)


def test_ids_are_whole_or_nothing() -> None:
    assert parse.ids(f"{ID}\n{TREE}\n".encode()) == {ID, TREE}
    assert parse.ids(b"") == frozenset()
    with pytest.raises(Garbage):
        parse.ids(f"{ID}\n{TREE[:8]}\n".encode())


def test_the_repository_s_id_is_in_its_config_and_in_what_init_says() -> None:
    assert parse.identity(json.dumps({"version": 2, "id": ID}).encode()) == ID
    assert parse.initialised(["junk", json.dumps({"message_type": "initialized", "id": ID})]) == ID
    for wrong in (b"{}", b"", b'{"id": 5}'):
        with pytest.raises(Garbage):
            parse.identity(wrong)
    with pytest.raises(Garbage):
        parse.initialised(["created restic repository"])


def summary(**changed: object) -> str:
    told = {"message_type": "summary", "total_files_processed": 3, "total_bytes_processed": 11}
    return json.dumps({**told, "data_added": 1000, "data_added_packed": 700, "snapshot_id": ID, **changed})


def test_a_summary_proves_a_backup() -> None:
    assert parse.summary(["[2Kjunk", summary()]) == BackupSummary(ID, 3, 11, 700)
    assert parse.summary([summary(data_added_packed=0)]) == BackupSummary(ID, 3, 11, 1000)


@pytest.mark.parametrize("line", ["", "junk", "{", '{"message_type": "status"}', summary(snapshot_id="")])
def test_anything_else_does_not(line: str) -> None:
    assert parse.summary([line]) is None


def test_progress_of_a_backup_a_restore_and_a_copy() -> None:
    backup = b'{"message_type":"status","seconds_remaining":2,"percent_done":0.5,"total_files":4,"files_done":1,'
    assert parse.progress(backup + b'"total_bytes":100,"bytes_done":50}') == Progress(
        50, 100, 1, 4, timedelta(seconds=2)
    )
    restore = b'{"message_type":"status","total_files":5,"files_restored":1,"total_bytes":9,"bytes_restored":3}'
    assert parse.progress(restore) == Progress(3, 9, 1, 5)
    assert parse.progress(b"[0:00] 37.50%  3 / 8 packs copied") == Progress(0, 0, 3, 8)
    wrong = b'{"message_type":"status","files_done":-1}'
    for line in (b"", b"snapshot saved", b"{", b'{"message_type":"summary"}', wrong):
        assert parse.progress(line) is None


def test_time_that_passes_is_no_progress() -> None:
    def status(done: int, seconds: int) -> bytes:
        told = {"message_type": "status", "seconds_elapsed": seconds, "percent_done": 0, "bytes_done": done}
        return json.dumps(told).encode()

    assert parse.footprint(status(5, 1)) == parse.footprint(status(5, 2)) != parse.footprint(status(6, 2))
    assert parse.footprint(b"[0:01] 0.00%  0 / 8 packs") == parse.footprint(b"[1:02] 0.00%  0 / 8 packs")
    assert parse.footprint(b"[0:01] pruning") == parse.footprint(b"[0:09] pruning")
    assert parse.footprint(b"load indexes") != parse.footprint(b"check all packs")


def test_an_unreadable_path_is_named() -> None:
    line = {"message_type": "error", "error": {"message": "denied"}, "during": "archival", "item": "/x"}
    assert parse.unreadable(json.dumps(line).encode()) == "/x"
    assert parse.unreadable(b'{"message_type":"error","error":{"message":"x"}}') == "what it does not name"
    for other in (b"junk", b"{}"):
        assert parse.unreadable(other) is None


def test_a_check_has_three_ends() -> None:
    assert parse.check(0, CHECKED, []) == CheckReport(sound=True, snapshots=2)
    told = ["pack ab: does not exist", "", "restic repair packs ab", "Fatal: repository contains errors"]
    assert parse.check(1, [], told) == CheckReport(
        sound=False, lines=(told[0], told[2], told[3]), suggestion="restic repair packs ab"
    )
    assert parse.check(0, ["load indexes"], []) is None
    empty = ["[0:00]          0 snapshots", CHECKED[2]]
    assert parse.check(0, empty, []) == CheckReport(sound=True, snapshots=0)
    assert parse.check(0, ["[0:00]          3 snapshots", CHECKED[2]], []) is None
    assert parse.check(0, ["using temporary cache in /damaged/errors", *CHECKED], []) is not None
    assert parse.check(0, [*CHECKED, ""], ["pack ab: not referenced in any index"]) is not None


@pytest.mark.parametrize("complaint", ["error: pack ab", "Fatal: x", "repository contains errors", '{"num_errors":3}'])
def test_a_check_that_complains_or_tells_no_work_is_no_sound_one(complaint: str) -> None:
    assert parse.check(0, CHECKED, [complaint]) is None
    assert parse.check(0, [complaint, *CHECKED], []) is None
    assert parse.check(0, CHECKED[2:], []) is None
    assert parse.check(0, [*CHECKED[:1], "[0:00] 50.00%  1 / 2 snapshots", *CHECKED[2:]], []) is None


def test_a_check_that_failed_without_a_word_of_damage_has_no_verdict() -> None:
    assert parse.check(1, [], ["Fatal: unable to open repository"]) is None


def test_files_are_counted_and_folders_are_not() -> None:
    assert parse.node(b'{"type":"file","path":"/a","size":5,"struct_type":"node"}') == Node("/a", "file", 5)
    assert parse.node(b'{"type":"symlink","path":"/l","struct_type":"node"}') == Node("/l", "symlink", 0)
    assert parse.node(b'{"time":"x","struct_type":"snapshot"}') is None
    counting = Counting()
    for line in (b'{"time":"x","struct_type":"snapshot"}', b'{"type":"dir","path":"/d","struct_type":"node"}'):
        counting.on_line("stdout", line)
    assert (counting.contents.files, counting.contents.folders) == (0, 1)
    with pytest.raises(Garbage):
        parse.node(b"junk")


def test_contents_are_equal_only_with_equal_paths_kinds_and_sizes() -> None:
    held = Contents(0, 0).with_entry("/a", 5).with_entry("/b", 7).with_entry("/d", 0, folder=True)
    assert Contents(0, 0).with_entry("/d", 0, folder=True).with_entry("/b", 7).with_entry("/a", 5) == held
    assert Contents(0, 0).with_entry("/a", 7).with_entry("/b", 5).with_entry("/d", 0, folder=True) != held
    assert Contents(0, 0).with_entry("/a", 5).with_entry("/c", 7).with_entry("/d", 0, folder=True) != held
    assert Contents(0, 0).with_entry("/\ufffd\ufffd", 1) == Contents(0, 0).with_entry("/\ufffd", 1)


@pytest.mark.parametrize("text", ['{"id":"a","id":"b"}', '{"n":NaN}', "[Infinity]", '[{"a":{"b":1,"b":1}}]'])
def test_what_is_said_twice_or_is_no_number_is_garbage(text: str) -> None:
    with pytest.raises(Garbage):
        decode(text)
    with pytest.raises(Garbage):
        Fields({"n": 2**63}).number("n")


@given(st.binary(max_size=200))
def test_no_bytes_at_all_break_the_readers_of_lines(line: bytes) -> None:
    text = line.decode("utf-8", "replace")
    parse.progress(line)
    parse.footprint(line)
    parse.unreadable(line)
    parse.summary([text])
    for reader in (parse.snapshots, parse.ids, parse.identity, parse.lock, parse.node):
        try:
            reader(line)
        except Garbage:
            continue
