"""Makes what a newcomer needs: a policy repository, host settings, a passphrase, and the folders around them."""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import ReconcilerError, UsageError
from reconciler.gitops.beginning import first_commit
from reconciler.kit.fsio import private_folder, write_atomically
from reconciler.kit.shipped import shipped_folder
from reconciler.operations.starter import ci_file, hook_file, policy_files, settings_text

BITS = 200


@dataclass(frozen=True, slots=True)
class Made:
    """What was made. ``passphrase`` is shown once and never again."""

    folder: Path
    revision: str
    passphrase: str


def initiate(folder: Path, host: str, name: str = "backups") -> Made:
    """Make everything below ``folder``. Raises UsageError when it holds anything already."""
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise UsageError(f"{folder} is not an empty folder", remedy="name one that is empty or does not exist yet")
    root = folder.absolute()
    root.mkdir(parents=True, exist_ok=True)
    for part in ("host", "state", "repositories"):
        private_folder(root / part)
    (root / "runbooks").mkdir()
    passphrase = new_passphrase()
    write_atomically(root / "host" / "passphrase", passphrase + "\n", mode=0o400)
    write_atomically(root / "host" / "reconciler.yaml", settings_text(root, host), mode=0o644)
    policy = root / "policy"
    policy.mkdir()
    for path, text in {**policy_files(root, host, name), **ci_file(), **hook_file()}.items():
        target = policy / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    _schemas(policy)
    return Made(root, first_commit(policy, "The policy as reconciler init made it"), passphrase)


def new_passphrase() -> str:
    """200 random bits in groups of five characters that are read out without mistakes."""
    text = base64.b32encode(secrets.token_bytes(BITS // 8)).decode().rstrip("=").lower()
    return "-".join(text[start : start + 5] for start in range(0, len(text), 5))


def _schemas(policy: Path) -> None:
    """The schemas beside the policy, so that an editor works without a network."""
    source = shipped_folder("schemas")
    target = policy / ".schemas"
    target.mkdir()
    for file in sorted(source.glob("*.json")):
        shutil.copyfile(file, target / file.name)
    if not json.loads((target / "policy-file.json").read_text()):
        raise ReconcilerError("the shipped schemas are empty", remedy="install the program again")


def default_host() -> str:
    """This machine's name."""
    return os.uname().nodename
