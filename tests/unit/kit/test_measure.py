"""A look at sizes leaves out what the backup leaves out, and ends when its time is over."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from reconciler.kit.measure import Found, Wanted, measure_all


def _tree(root: Path) -> Path:
    for name, size in (("a.txt", 10), ("b.tmp", 100), ("deep/c", 1000), ("cache/CACHEDIR.TAG", 1), ("cache/d", 9000)):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * size)
    (root / "link").symlink_to("/")
    return root


def _still() -> float:
    return 0.0


def test_sizes_add_up_and_links_are_not_followed(tmp_path: Path) -> None:
    wanted = {"all": Wanted([str(_tree(tmp_path))]), "one": Wanted([str(tmp_path / "a.txt")])}
    assert measure_all(wanted, 5, _still) == {"all": Found(10111, whole=True), "one": Found(10, whole=True)}


def test_what_a_backup_leaves_out_is_not_counted(tmp_path: Path) -> None:
    root = str(_tree(tmp_path))
    wanted = {
        "names": Wanted([root], exclude=("*.tmp", "cache")),
        "paths": Wanted([root], exclude=(f"{root}/deep",)),
        "markers": Wanted([root], markers=("CACHEDIR.TAG",)),
        "large": Wanted([root], larger_than=99),
    }
    found = {name: one.size for name, one in measure_all(wanted, 5, _still).items()}
    assert found == {"names": 1010, "paths": 9111, "markers": 1110, "large": 11}


def test_what_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert measure_all({"gone": Wanted([str(tmp_path / "gone")])}, 5, _still) == {"gone": Found(0, whole=True)}


def test_when_the_time_is_over_it_says_that_it_did_not_see_everything(tmp_path: Path) -> None:
    for number in range(600):
        (tmp_path / str(number)).write_bytes(b"x")
    ticks = count()
    found = measure_all({"big": Wanted([str(tmp_path)]), "next": Wanted([str(tmp_path)])}, 3, lambda: next(ticks))
    assert not found["big"].whole
    assert found["big"].size < 600
    assert not found["next"].whole
