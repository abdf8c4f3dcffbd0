"""Renders pages from templates: strict, sandboxed, everything escaped unless it was quoted before."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import DictLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reconciler.views.escaping import code, finalize, markdown
from reconciler.views.matrix import index_rows, matrix_rows
from reconciler.views.page_models import Page, Setting
from reconciler.views.times import show_instant

LARGEST = 2 * 1024 * 1024
"""A page larger than this is a mistake of a template."""


def environment(templates: Mapping[str, str]) -> ImmutableSandboxedEnvironment:
    """The environment of every template; ``templates`` by file name."""
    found = ImmutableSandboxedEnvironment(
        loader=DictLoader(dict(templates)),
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters["code"] = code
    found.filters["md"] = markdown
    return found


def render_page(templates: Mapping[str, str], page: Page) -> str:
    """An asset's page as Markdown."""
    return _render(templates, "asset.md.j2", page=page)


def render_index(templates: Mapping[str, str], setting: Setting) -> str:
    """The index in the order of recovery."""
    return _render(templates, "index.md.j2", rows=index_rows(setting), setting=setting, **_foot(setting))


def render_matrix(templates: Mapping[str, str], setting: Setting) -> str:
    """The matrix of assets."""
    return _render(templates, "matrix.md.j2", rows=matrix_rows(setting.policy), setting=setting, **_foot(setting))


def _foot(setting: Setting) -> dict[str, str]:
    return {"revision": setting.revision[:12], "rendered": show_instant(setting.now, setting.zone)}


def _render(templates: Mapping[str, str], name: str, **context: object) -> str:
    text = environment(templates).get_template(name).render(context)
    if len(text) > LARGEST:
        raise ValueError(f"template {name} made a page of {len(text)} characters")
    return text
