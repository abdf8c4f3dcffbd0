"""What every engine promises, on every kind of place, with the real tool."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from reconciler.engines.protocol import Engine, OpenRepository, Progress
from reconciler.errors import RepositoryExists, RepositoryMissing, RestoreUnproven, WrongPassword
from reconciler.kinds.capture import PathsCapture, StreamCapture
from reconciler.kit.secrets import Secret
from tests.contract.places import cheap, on_disk, order
from tests.lab.repositories import make_repository


def test_a_backup_is_listed_restored_and_forgotten(
    engine: Engine, place: OpenRepository, wiki: Path, tmp_path: Path
) -> None:
    identity = engine.initialise(place)
    assert engine.identity(place) == identity
    before = datetime.now(UTC)
    report = engine.backup(place, order(wiki, tags=("asset=iact/wiki", "attempt=1")))
    assert (report.files, report.size, report.partial, report.unreadable) == (3, 11, False, ())

    [listed] = engine.snapshots(place)
    assert (listed.id, listed.host, listed.paths) == (report.id, "db1", (str(wiki),))
    assert listed.tags == ("asset=iact/wiki", "attempt=1")
    assert listed.original is None
    assert (listed.files, listed.size) == (3, 11)
    assert before - timedelta(seconds=1) <= listed.time <= datetime.now(UTC)
    assert engine.ids(place) == {report.id}

    back = engine.restore(place, report.id, tmp_path / "back")
    assert back.contents == engine.contents(place, report.id)
    assert (back.files, back.size) == (4, 11)
    assert (tmp_path / "back" / wiki.relative_to("/") / "-rf").read_text() == "dash"

    assert engine.check(place, (1, 1)).sound
    engine.forget(place, [report.id])
    engine.prune(place, 1 << 20)
    assert engine.ids(place) == frozenset()
    assert engine.snapshots(place) == ()


def test_a_repository_is_not_made_twice(engine: Engine, place: OpenRepository) -> None:
    identity = engine.initialise(place)
    with pytest.raises(RepositoryExists, match=r"^place: "):
        engine.initialise(place)
    assert engine.identity(place) == identity


def test_a_place_with_nothing_there_is_missing(engine: Engine, place: OpenRepository) -> None:
    with pytest.raises(RepositoryMissing, match=r"^place: ") as caught:
        engine.ids(place)
    assert "Next:" in str(caught.value)


def test_a_wrong_passphrase_is_told_apart_at_once(engine: Engine, place: OpenRepository) -> None:
    engine.initialise(place)
    with pytest.raises(WrongPassword, match=r"^place: "):
        engine.snapshots(replace(place, passphrase=Secret("another passphrase")))


def test_copies_know_their_origin_and_cost_nothing_twice(
    engine: Engine, place: OpenRepository, wiki: Path, tmp_path: Path
) -> None:
    origin = on_disk(tmp_path / "origin", "the origin's passphrase", "origin")
    engine.initialise(origin)
    (wiki / "large").write_bytes(bytes(range(256)) * 8192)
    first = engine.backup(origin, order(wiki))
    engine.initialise(place, like=origin)
    engine.copy(origin, place, [first.id])
    engine.copy(origin, place, [first.id])
    [copied] = engine.snapshots(place)
    assert (copied.original, copied.tags) == (first.id, ("asset=iact/wiki",))
    # Alike chunks show that the parameters were shared: the same data adds nothing but folders.
    assert engine.backup(place, order(wiki)).added < 10_000


def test_a_copy_of_an_unknown_id_is_seen_in_the_next_listing(
    engine: Engine, ready: OpenRepository, tmp_path: Path
) -> None:
    origin = cheap(make_repository(tmp_path / "origin"), "origin")
    engine.copy(origin, ready, ["0" * 64])
    assert engine.ids(ready) == frozenset()


def test_a_listing_of_some_ids_leaves_the_others_out(engine: Engine, ready: OpenRepository, wiki: Path) -> None:
    first = engine.backup(ready, order(wiki))
    second = engine.backup(ready, order(wiki, parent=first.id))
    assert [found.id for found in engine.snapshots(ready, [second.id, "0" * 64])] == [second.id]
    assert engine.snapshots(ready, []) == ()


def test_made_history_keeps_its_instant(engine: Engine, ready: OpenRepository, wiki: Path) -> None:
    at = datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=2)))
    engine.backup(ready, replace(order(wiki), time=at))
    assert [found.time for found in engine.snapshots(ready)] == [at]


def test_a_program_s_output_is_a_backup_and_its_failure_none(engine: Engine, ready: OpenRepository) -> None:
    capture = StreamCapture("wiki.dump", ("printenv", "WORD"), {"WORD": "one two"})
    report = engine.backup(ready, replace(order(), capture=capture))
    assert (report.files, report.size) == (1, 8)
    failing = replace(order(), capture=StreamCapture("wiki.dump", ("false",)))
    with pytest.raises(Exception, match="command failed"):
        engine.backup(ready, failing)
    assert engine.ids(ready) == {report.id}


def test_one_file_is_dumped_to_a_private_file(
    engine: Engine, ready: OpenRepository, wiki: Path, tmp_path: Path
) -> None:
    report = engine.backup(ready, order(wiki))
    target = tmp_path / "dumped"
    engine.dump(ready, report.id, str(wiki / "a*b[1]"), target)
    assert target.read_text() == "pattern"
    assert target.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Exception, match="not found"):
        engine.dump(ready, report.id, "/nowhere", tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_a_restore_of_nothing_is_no_success(engine: Engine, ready: OpenRepository, wiki: Path, tmp_path: Path) -> None:
    report = engine.backup(ready, order(wiki))
    with pytest.raises(RestoreUnproven, match="nothing came back"):
        engine.restore(ready, report.id, tmp_path / "back", include=["/no/such/path"])


def test_empty_folders_come_back_and_are_counted(engine: Engine, ready: OpenRepository, tmp_path: Path) -> None:
    (tmp_path / "srv" / "one" / "two").mkdir(parents=True)
    report = engine.backup(ready, order(tmp_path / "srv"))
    back = engine.restore(ready, report.id, tmp_path / "back")
    assert back.contents == engine.contents(ready, report.id)
    assert (back.files, back.size) == (0, 0)
    assert back.folders == len(tmp_path.parts[1:]) + len(("srv", "one", "two"))


def test_a_chosen_path_is_restored_as_it_is_written(
    engine: Engine, ready: OpenRepository, wiki: Path, tmp_path: Path
) -> None:
    (wiki / "aXb1").write_text("what the name would match as a pattern")
    report = engine.backup(ready, order(wiki))
    back = engine.restore(ready, report.id, tmp_path / "back", include=[str(wiki / "a*b[1]")])
    assert (back.files, back.size) == (1, 7)


def test_what_is_excluded_stays_out(engine: Engine, ready: OpenRepository, wiki: Path) -> None:
    (wiki / "$HOME").write_text("a name with a dollar")
    (wiki / "pages ñ" / ".nobackup").touch()
    (wiki / "big").write_bytes(bytes(2000))
    capture = PathsCapture(
        (str(wiki),),
        exclude=("$HOME", "#nothing"),
        exclude_if_present=(".nobackup",),
        exclude_caches=True,
        exclude_larger_than=1999,
        one_file_system=True,
    )
    report = engine.backup(ready, replace(order(wiki), capture=capture))
    assert (report.files, report.size) == (3, 11)  # -rf, a*b[1] and .nobackup itself


@pytest.mark.slow
def test_progress_is_told_while_it_happens(engine: Engine, ready: OpenRepository, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for number in range(4):
        (source / str(number)).write_bytes(number.to_bytes(1, "big") * (64 << 20))
    seen: list[Progress] = []
    report = engine.backup(ready, order(source), seen.append)
    assert report.size == 4 * (64 << 20)
    assert seen
    assert seen[-1].bytes_done <= report.size
    assert all(one.bytes_total <= report.size for one in seen)


def test_unlocking_an_unlocked_place_changes_nothing(engine: Engine, ready: OpenRepository, wiki: Path) -> None:
    report = engine.backup(ready, order(wiki))
    engine.unlock(ready)
    assert engine.ids(ready) == {report.id}


def test_space_is_measured_or_unknown(engine: Engine, place: OpenRepository) -> None:
    engine.initialise(place)
    space = engine.space(place)
    assert (space is not None) == (place.location.kind == "local")
    if space is not None:
        assert 0 < space.free <= space.total
