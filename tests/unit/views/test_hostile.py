"""Whatever a policy's values say, a page shows them as text and a block hands them on as one argument."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError
from jinja2.exceptions import SecurityError
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pydantic import TypeAdapter, ValidationError

from reconciler.kinds.files import FilesSource
from reconciler.kinds.secrets import SecretReference
from reconciler.kinds.source import Source
from reconciler.policy.models.asset import Adopt, FileCheck, Verify
from reconciler.policy.models.location import LocalLocation, Location
from reconciler.units.names import AbsolutePath, PlainText
from reconciler.views.escaping import code, code_cell, fenced, markdown
from reconciler.views.page_models import Setting
from reconciler.views.pages import environment, render_matrix
from tests.lab.require import require
from tests.unit.views.pages import POLICY, TEMPLATES, changed, page_text, setting

HOSTILE = (
    *(
        "`touch pwned`",
        "$(touch pwned)",
        "'; touch pwned; '",
        '"; touch pwned; "',
        "a | b || c",
        "<script>alert(1)</script>",
    ),
    *("```bash", "~~~", "{{ 7 * 7 }}", "{% raw %}", "{# x", "[x](javascript:y)", "![x](y)", "<!--", "&lt;", "&#124;"),
    *(
        "# heading",
        "- item",
        "+ item",
        "1. item",
        "2) item",
        "---",
        "===",
        "> quote",
        "    code",
        "* item",
        "_x_ __y__",
    ),
    *("\\", "\\`", "!!", "!x", "~user", "-rf", "a\\|b", "$HOME", "${X:?}", "}", "\N{NO-BREAK SPACE}x", "日本 ünï"),
)
PATHS = TypeAdapter(AbsolutePath)
TEXTS = TypeAdapter(PlainText)


def _valid(adapter: TypeAdapter[str], text: str) -> bool:
    try:
        return adapter.validate_python(text) == text
    except ValidationError:
        return False


NASTY = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=8), min_size=1, max_size=4).map("".join)
ANY_PATH = NASTY.map(lambda text: f"/{text}").filter(lambda text: _valid(PATHS, text))
ANY_TEXT = NASTY.filter(lambda text: _valid(TEXTS, text) and bool(text.strip()))


@dataclass(frozen=True, slots=True)
class Shape:
    """What a Markdown reader makes of a page, without its words."""

    kinds: tuple[str, ...]
    fences: tuple[str, ...]


def _shape(page: str) -> Shape:
    tokens = MarkdownIt("commonmark").enable("table").parse(page)
    kinds = [token.type for token in tokens]
    return Shape(tuple(kinds), tuple(token.info for token in tokens if token.type == "fence"))


def _inline(page: str) -> Iterable[Token]:
    for token in MarkdownIt("commonmark").enable("table").parse(page):
        yield from token.children or ()


def _blocks(page: str) -> list[str]:
    return [token.content for token in MarkdownIt("commonmark").parse(page) if token.type == "fence"]


def _bash(script: str) -> list[str]:
    checked = subprocess.run([require("bash"), "-n", "-c", script], capture_output=True, text=True)
    assert checked.returncode == 0, f"{checked.stderr}\n{script}"
    done = subprocess.run(
        [require("bash"), "--norc", "-c", script], capture_output=True, check=True, env={"PATH": "/nowhere"}
    )
    return done.stdout.decode().split("\0")[:-1]


def _hostile_setting(text: str) -> Setting:
    policy = changed(
        asset={"description": text, "notes": text, "source": Source(files=FilesSource(include=("/x",)))},
        contact={"role": text},
    )
    return setting(policy=policy)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_changes_nothing_of_a_page_but_its_words(text: str) -> None:
    _same_shape_and_words(text)


@pytest.mark.slow
@given(ANY_TEXT)
def test_no_text_changes_the_shape_of_a_page(text: str) -> None:
    _same_shape_and_words(text)


def _same_shape_and_words(text: str) -> None:
    page = page_text(_hostile_setting(text))
    assert _shape(page) == _shape(page_text(_hostile_setting("harmless")))
    kinds = {token.type for token in _inline(page)}
    assert kinds <= {"text", "softbreak", "strong_open", "strong_close", "code_inline", "link_open", "link_close"} | {
        "text_special"
    }
    links = {str(token.attrs["href"]) for token in _inline(page) if token.type == "link_open"}
    assert links <= {"keys.md"}
    shown = "".join(token.content for token in _inline(page))
    assert " ".join(text.split()) in " ".join(shown.split()), "the words are all there"


@pytest.mark.slow
@given(ANY_PATH)
@example("/")
def test_a_path_ends_up_in_the_block_as_exactly_that_argument(path: str) -> None:
    source = Source(files=FilesSource(include=(path,)))
    local = Location(local=LocalLocation(path=path))
    verify = (Verify(file=FileCheck(path=path)),)
    policy = changed(
        asset={"source": source, "adopt": Adopt(host="old", paths=(path,)), "verify": verify},
        repository={"location": local, "password_from": SecretReference(file=path)},
    )
    blocks = _blocks(page_text(setting(policy=policy)).split("## From repository nas")[0])
    stubs = "\n".join(f"{name}() {{ printf '%s\\0' \"$@\"; }}" for name in ("ls", "stat"))
    variables, opens, finds, _brings, _counts, looks, proves = blocks
    assert _bash(f"{stubs}\nTARGET=/t\n{looks}") == ["-ld", "--", f"/t{path}"]
    head = opens.rsplit("\n", 2)[0]
    assert _bash(f"RESTIC_PASSWORD_FILE=x\n{head}\nprintf '%s\\0' \"$RESTIC_REPOSITORY\"") == [path]
    stub = 'restic() { [[ $* != *--host* ]] || printf "%s\\0" "${@: -1}" >&3; }; date() { echo 1; }; BACKUP=x'
    assert _bash(f"exec 3>&1 > /dev/null\n{stub}\n{finds}") == [path]
    done = subprocess.run(
        [require("bash"), "-c", f"TARGET=/t\n{proves}"], capture_output=True, env={"PATH": "/nowhere"}
    )
    assert done.returncode == 1
    assert done.stderr.decode() == f"missing or too small: {path}\n"
    asked = subprocess.run([require("bash"), "-c", variables], capture_output=True, env={"PATH": "/nowhere"})
    assert " ".join(f"(file:{path})".split()) in asked.stderr.decode()


@pytest.mark.slow
@settings(max_examples=20)
@given(ANY_PATH, ANY_PATH)
@example("/a", "/")
@example('/"/a', "/a")
def test_an_adopted_snapshot_is_taken_for_exactly_its_paths(path: str, another: str) -> None:
    policy = changed(asset={"adopt": Adopt(host="old", paths=(path,))})
    finds = _blocks(page_text(setting(policy=policy)).split("## From repository nas")[0])[2]
    for paths in ([path], [path, path], [another], [path, another], [another, path]):
        fields = {"time": "2026-01-02T03:04:05Z", "paths": paths, "hostname": "old"}
        listed = [fields | {"id": "a" * 64, "short_id": "a" * 8}]
        written = json.dumps(listed, ensure_ascii=False, separators=(",", ":"))
        for character in "<>&":
            written = written.replace(character, f"\\u{ord(character):04x}")
        stub = f"restic() {{ [[ $* != *--host* ]] || printf '%s' {shlex.quote(written)}; }}; date() {{ echo 1; }}"
        expected = ["a" * 64] if set(paths) == {path} else []
        found = f"({stub}\n{finds}\nprintf '%s\\0' \"$BACKUP\" >&3) || :"
        assert _bash(f"exec 3>&1 > /dev/null\n{found}") == expected


@pytest.mark.slow
@given(ANY_TEXT)
def test_a_fence_holds_any_command_and_inline_code_any_text(text: str) -> None:
    line = " ".join(text.split())
    [fence] = MarkdownIt("commonmark").parse(fenced(line))
    assert (fence.type, fence.content.rstrip("\n")) == ("fence", line)
    if line:
        [inline] = MarkdownIt("commonmark").parse(f"x {code(line)} y")[1:2]
        assert [token.content for token in inline.children or () if token.type == "code_inline"] == [line]


@given(ANY_TEXT)
def test_a_cell_stays_one_cell(text: str) -> None:
    page = f"| a | b |\n| --- | --- |\n| {markdown(text)} | {code_cell(text)} |\n"
    kinds = [token.type for token in MarkdownIt("commonmark").enable("table").parse(page)]
    assert kinds.count("td_open") == 2
    assert kinds[-1] == "table_close"


def test_a_template_that_names_what_is_not_there_fails_loudly() -> None:
    for wrong in ("{{ page.nothing }}", "{{ nothing }}", "{% for x in page.nothing %}{% endfor %}"):
        with pytest.raises(UndefinedError):
            page_text(setting(), templates=TEMPLATES | {"asset.md.j2": wrong})


@pytest.mark.parametrize(
    "wrong",
    [
        "{{ page.__class__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ page.places.__init__.__globals__ }}",
        "{{ (page | attr('__class__')).__name__ }}",
        "{{ cycler.__init__.__globals__ }}",
    ],
)
def test_a_template_reaches_nothing_behind_the_values(wrong: str) -> None:
    with pytest.raises((SecurityError, UndefinedError)):
        page_text(setting(), templates=TEMPLATES | {"asset.md.j2": wrong})


def test_a_template_changes_no_list() -> None:
    with pytest.raises(SecurityError):
        environment({"x": "{{ rows.append(1) }}"}).get_template("x").render(rows=[])


def test_a_page_out_of_all_proportion_is_refused() -> None:
    with pytest.raises(ValueError, match="made a page of 2100000 characters"):
        page_text(setting(), templates=TEMPLATES | {"asset.md.j2": "{{ 'x' * 2100000 }}"})


def test_a_value_is_never_rendered_as_a_template() -> None:
    page = page_text(_hostile_setting("{{ 7 * 7 }} {% include 'index.md.j2' %}"))
    assert "{{ 7 \\* 7 }} {% include 'index.md.j2' %}" in page
    assert "49" not in page.split("## Whom to call")[0]


def test_the_matrix_shows_hostile_words_in_their_cells() -> None:
    policy = POLICY.model_copy(
        update={
            "repositories": changed(
                repository={"location": Location(local=LocalLocation(path="/x | y `z` <b>"))}
            ).repositories
        }
    )
    benign, hostile = render_matrix(TEMPLATES, setting()), render_matrix(TEMPLATES, setting(policy=policy))
    assert _shape(benign) == _shape(hostile)
    assert "<b>" not in hostile
