"""Files that come with the program: templates, schemas, the example policy; in the wheel and in a checkout."""

from __future__ import annotations

from pathlib import Path

from reconciler.errors import ReconcilerError

_PACKAGE = Path(__file__).resolve().parent.parent


def shipped_folder(name: str) -> Path:
    """``runbooks``, ``schemas`` or ``policies``: inside the wheel, else beside the package in a checkout."""
    for place in (_PACKAGE / "_shipped" / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise ReconcilerError(f"the folder {name} is missing from this installation", remedy="install the program again")


def shipped_templates() -> dict[str, str]:
    """The runbook templates by file name."""
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(shipped_folder("runbooks").glob("*.j2"))}
