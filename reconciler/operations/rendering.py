"""Writes the pages: each asset's, the index and the matrix, atomically, and to a branch when asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

from reconciler.catalog.values import Filter
from reconciler.gitops.publish import publish
from reconciler.kit.fsio import write_atomically
from reconciler.kit.shipped import shipped_templates
from reconciler.observed.entries import Restored
from reconciler.observed.facts import PageFacts
from reconciler.operations.desk import Desk
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.recovery.fingerprint import page_fingerprint
from reconciler.views.page_models import Setting, page_of
from reconciler.views.pages import render_index, render_matrix, render_page


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages by file name, and what each asset's was rendered from."""

    texts: dict[str, str]
    fingerprints: dict[str, str]


def render_pages(desk: Desk, policy: ResolvedPolicy, revision: str) -> tuple[Path, ...]:
    """Write every page anew (they name each other), then remember what each was rendered from.

    Pages of assets that left the policy stay: their backups are kept, and somebody may need them back.
    """
    now = desk.clock.now()
    pages = make_pages(desk, policy, revision)
    folder = Path(desk.settings.runbooks.folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages.texts.items():
        write_atomically(folder / name, text)
    if desk.settings.runbooks.branch:
        files = {name: text.encode() for name, text in pages.texts.items()}
        message = f"Runbooks for policy revision {revision[:12]}"
        publish(desk.source, desk.settings.runbooks.branch, files, message, now)
    for name, fingerprint in pages.fingerprints.items():
        desk.catalog.store_page(name, PageFacts(fingerprint, now))
    return tuple(folder / name for name in pages.texts)


def make_pages(desk: Desk, policy: ResolvedPolicy, revision: str) -> Pages:
    """Render every page and write nothing."""
    now = desk.clock.now()
    templates = shipped_templates()
    observed = desk.catalog.facts(policy, now)
    texts: dict[str, str] = {}
    fingerprints: dict[str, str] = {}
    for name, asset in policy.assets.items():
        fingerprints[name] = page_fingerprint(policy, name, templates)
        setting = Setting(policy, observed, revision, now, fingerprints[name], usual_restore(desk, name))
        texts[f"{name}.md"] = render_page(templates, page_of(asset, setting))
    whole = Setting(policy, observed, revision, now)
    texts["index.md"] = render_index(templates, whole)
    texts["matrix.md"] = render_matrix(templates, whole)
    return Pages(texts, fingerprints)


def usual_restore(desk: Desk, asset: str) -> timedelta | None:
    """How long bringing this asset back took, the median of the last five times that it worked."""
    wanted = Filter(kinds=frozenset({"restored"}), asset=asset, limit=5)
    entries = (found.entry for found in desk.catalog.journal.entries(wanted))
    seconds = [entry.seconds for entry in entries if isinstance(entry, Restored) and entry.sound]
    return timedelta(seconds=median(seconds)) if seconds else None
