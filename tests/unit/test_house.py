"""The house rules that a reader relies on: small modules, small functions, pure rooms, nothing left for later."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "reconciler"
MODULES = sorted(PACKAGE.rglob("*.py"))
WRITTEN = [*MODULES, *sorted((ROOT / "tests").rglob("*.py"))]
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 300, 60
IMPURE = {
    "cli",
    "web",
    "operations",
    "execution",
    "engines",
    "sources",
    "gitops",
    "notify",
    "catalog",
    "kit",
}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "manager", "common", "base", "misc", "data", "info"}
# What import-linter cannot see: the clock, the environment and files, reached through names that pure code imports.
CLOCK = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today"}
WORLD = {"os.environ", "os.getenv", "os.getuid", "sys.argv", "sys.exit"}
CALLS = {"open", "print", "input"}
FILE_METHODS = {
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "exists",
    "is_file",
    "is_dir",
    "iterdir",
    "mkdir",
}
# In two pieces, so that this file does not find itself.
LEFT_FOR_LATER = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b|type: ign" + r"ore|# no" + r"qa")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def touches_of_the_world(tree: ast.Module) -> Iterator[str]:
    """The places in a module that reach for the clock, the environment or a file, as `line: what`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            dotted = ast.unparse(node)
            if dotted in WORLD or any(dotted == clock or dotted.endswith(f".{clock}") for clock in CLOCK):
                yield f"{node.lineno}: {dotted}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            yield f"{node.lineno}: {node.func.id}()"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in FILE_METHODS:
            yield f"{node.lineno}: .{node.func.attr}()"
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            names = [f"{module}.{alias.name}" if module else alias.name for alias in node.names]
            yield from (f"{node.lineno}: {name}" for name in names if name.startswith("urllib.request"))


def is_pure(path: Path) -> bool:
    return path.relative_to(PACKAGE).parts[0] not in IMPURE


def test_no_module_is_longer_than_300_lines() -> None:
    long = {name_of(path): lines for path in MODULES if (lines := path.read_text().count("\n")) > MOST_LINES}
    assert long == {}


def test_no_function_is_longer_than_60_lines() -> None:
    long = {
        f"{name_of(path)}:{function.lineno} {function.name}": lines
        for path in MODULES
        for function in functions(parsed(path))
        if (lines := cast(int, function.end_lineno) - function.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    }
    assert long == {}


def test_every_file_begins_with_what_the_room_is_for() -> None:
    mute = [name_of(path) for path in WRITTEN if not path.read_text().startswith(('"""', 'r"""'))]
    assert mute == []


def test_nothing_is_left_for_later_or_silenced() -> None:
    left = [
        f"{name_of(path)}:{number}"
        for path in WRITTEN
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if LEFT_FOR_LATER.search(line)
    ]
    assert left == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    names = {name_of(path): {path.stem, path.parent.name} for path in MODULES}
    assert [path for path, both in names.items() if both & FORBIDDEN_NAMES] == []


def test_pure_rooms_reach_for_no_clock_environment_or_file() -> None:
    touches = [
        f"{name_of(path)}:{touch}" for path in MODULES if is_pure(path) for touch in touches_of_the_world(parsed(path))
    ]
    assert touches == []


@pytest.mark.parametrize(
    "code",
    [
        "datetime.now(UTC)",
        "datetime.datetime.now()",
        "date.today()",
        "os.environ['HOME']",
        "open('x')",
        "Path('x').read_text()",
        "import urllib.request",
        "from urllib import request",
    ],
)
def test_a_reach_for_the_world_is_seen(code: str) -> None:
    assert list(touches_of_the_world(ast.parse(code))) != []


def test_every_package_has_its_place_among_the_layers() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [layers] = [contract for contract in contracts if contract["type"] == "layers"]
    placed = set(re.findall(r"\w+", " ".join(layers["layers"])))
    present = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    present |= {path.stem for path in PACKAGE.glob("*.py") if not path.stem.startswith("__")}
    assert present - placed == set()
    assert layers["exhaustive"] is True


def test_every_package_of_the_product_is_one() -> None:
    # Alembic reads the folders of migrations as scripts.
    folders = {path.parent for path in MODULES if "migrations" not in path.parts}
    assert [name_of(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_each_room_that_is_pure_here_is_pure_for_the_linter() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [pure] = [contract for contract in contracts if contract["name"].startswith("The pure rooms")]
    assert {line.split(".")[1] for line in pure["ignore_imports"]} == IMPURE
