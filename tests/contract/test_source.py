"""What every source promises: it says what is missing before an engine starts, and names what to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.engines.protocol import Engine, OpenRepository
from reconciler.errors import SourceMissing, SourceUnsupported
from reconciler.kinds.capture import PathsCapture
from reconciler.kinds.source import WORKING, Source
from reconciler.sources.registry import SOURCES, source_of
from tests.contract.places import order

LATER: Mapping[str, Mapping[str, object]] = {
    "postgresql": {},
    "mysql": {},
    "sqlite": {"paths": ["/srv/a.db"]},
    "git": {"folders": ["/srv/code"]},
    "container-image": {"images": ["a"]},
    "container": {"container": "a"},
    "container-volume": {"volume": "a"},
    "vagrant": {"folder": "/srv/vm"},
    "command": {"name": "dump"},
}


def files(**settings: object) -> Source:
    return Source.model_validate({"files": settings})


def test_what_works_and_what_comes_later_is_said_once() -> None:
    assert set(SOURCES) == WORKING
    every = {(field.alias or name).replace("_", "-") for name, field in Source.model_fields.items()}
    assert every == WORKING | set(LATER)


@pytest.mark.parametrize("kind", sorted(LATER))
def test_a_kind_that_comes_later_says_so(kind: str) -> None:
    parsed = Source.model_validate({kind: LATER[kind]})
    with pytest.raises(SourceUnsupported, match=f"{parsed.kind} comes later"):
        source_of(parsed.kind)


def test_a_source_that_is_there_is_captured_whole(
    engine: Engine, ready: OpenRepository, wiki: Path, tmp_path: Path
) -> None:
    source, settings = source_of("files"), files(include=[str(wiki)])
    source.check(settings)
    report = engine.backup(ready, replace(order(), capture=source.capture(settings)))
    engine.restore(ready, report.id, tmp_path / "back")
    names = sorted(path.name for path in (tmp_path / "back" / wiki.relative_to("/")).rglob("*"))
    assert names == sorted(path.name for path in wiki.rglob("*"))


def test_one_missing_path_beside_a_good_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match=f"{tmp_path}/gone is not there") as caught:
        source_of("files").check(files(include=[str(tmp_path), f"{tmp_path}/gone"]))
    assert "mount it" in str(caught.value)


def test_a_link_to_a_folder_is_told_apart_from_the_folder(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "file").touch()
    (tmp_path / "link to a file").symlink_to("file")
    with pytest.raises(SourceMissing, match=f"include {tmp_path}/real instead"):
        source_of("files").check(files(include=[f"{tmp_path}/link"]))
    source_of("files").check(files(include=[f"{tmp_path}/file", f"{tmp_path}/link to a file"]))


def test_every_setting_reaches_the_engine() -> None:
    settings = files(
        include=["/srv", "/etc"],
        exclude=["*.tmp"],
        excludeIfPresent=[".nobackup"],
        excludeCaches="true",
        excludeLargerThan="1KiB",
        oneFileSystem="true",
        fullEvery="30d",
    )
    assert source_of("files").capture(settings, read_all=True) == PathsCapture(
        paths=("/srv", "/etc"),
        exclude=("*.tmp",),
        exclude_if_present=(".nobackup",),
        exclude_caches=True,
        exclude_larger_than=1024,
        one_file_system=True,
        read_all=True,
    )
