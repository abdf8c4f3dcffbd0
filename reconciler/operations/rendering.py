"""Writes the pages: each asset's, the index and the matrix, atomically, and to a branch when asked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from statistics import median

from reconciler.catalog.values import Filter
from reconciler.kit.fsio import write_atomically
from reconciler.kit.shipped import shipped_templates
from reconciler.observed.entries import Restored
from reconciler.observed.facts import PageFacts
from reconciler.operations.desk import Desk
from reconciler.operations.policy_update import PolicyState
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.recovery.fingerprint import page_fingerprint
from reconciler.views.page_models import Setting, page_of
from reconciler.views.pages import render_index, render_matrix, render_page


def render_pages(desk: Desk, policy: ResolvedPolicy, state: PolicyState) -> tuple[Path, ...]:
    """Write every page anew (they name each other), then remember what each was rendered from."""
    now = desk.clock.now()
    templates = shipped_templates()
    observed = desk.catalog.facts(policy, now)
    revision = state.facts.applied or ""
    pages: dict[str, str] = {}
    fingerprints: dict[str, str] = {}
    for name, asset in policy.assets.items():
        fingerprints[name] = page_fingerprint(policy, name, templates)
        setting = Setting(policy, observed, revision, now, fingerprints[name], usual_restore(desk, name))
        pages[f"{name}.md"] = render_page(templates, page_of(asset, setting))
    whole = Setting(policy, observed, revision, now)
    pages["index.md"] = render_index(templates, whole)
    pages["matrix.md"] = render_matrix(templates, whole)
    written = _write(Path(desk.settings.runbooks.folder), pages)
    for name, fingerprint in fingerprints.items():
        desk.catalog.store_page(name, PageFacts(fingerprint, now))
    return written


def usual_restore(desk: Desk, asset: str) -> timedelta | None:
    """How long bringing this asset back took, the median of the last five times that it worked."""
    wanted = Filter(kinds=frozenset({"restored"}), asset=asset, limit=5)
    entries = (found.entry for found in desk.catalog.journal.entries(wanted))
    seconds = [entry.seconds for entry in entries if isinstance(entry, Restored) and entry.sound]
    return timedelta(seconds=median(seconds)) if seconds else None


def _write(folder: Path, pages: dict[str, str]) -> tuple[Path, ...]:
    """Pages of assets that left the policy stay: their backups are kept, and somebody may need them back."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        write_atomically(folder / name, text)
    return tuple(folder / name for name in pages)
