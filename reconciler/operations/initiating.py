"""Makes what a newcomer needs: a policy repository, host settings, a passphrase, and the folders around them."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import TypeAdapter, ValidationError

from reconciler.errors import UsageError
from reconciler.gitops.beginning import first_commit, use_hooks
from reconciler.kit.fsio import private_folder, write_atomically
from reconciler.kit.shipped import shipped_folder
from reconciler.kit.tools import find_tool
from reconciler.operations.starter import HOOKS, SCHEMA, Start, hook_files, pipeline_files, policy_files, settings_text
from reconciler.units.names import AbsolutePath, HostName, Name

BITS = 200
UNFINISHED = ".init-unfinished"
"""Stands in the folder while it is being made."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for; ``hook`` also switches on the plain git hook."""

    folder: Path
    host: str
    name: str = "backups"
    hook: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """What was made. ``passphrase`` is shown once and never again."""

    folder: Path
    revision: str
    passphrase: str

    @property
    def settings(self) -> Path:
        """The host settings."""
        return self.folder / "host" / "reconciler.yaml"


def initiate(wish: Wish, environment: Mapping[str, str]) -> Made:
    """Make everything below the folder; nothing that exists is ever changed.

    Raises UsageError when the folder holds anything already, or a word is none that a policy may have; ToolMissing.
    """
    _refuse_folder(wish.folder)
    start = _start(wish)
    find_tool("git")
    root = start.root
    root.mkdir(parents=True, exist_ok=True)
    (root / UNFINISHED).touch(exist_ok=False)
    for part in ("host", "state", "repositories"):
        private_folder(root / part)
    (root / "runbooks").mkdir()
    passphrase = new_passphrase()
    write_atomically(root / "host" / "passphrase", passphrase + "\n", mode=0o400)
    write_atomically(root / "host" / "reconciler.yaml", settings_text(start), mode=0o644)
    revision = _policy(start, wish.hook, environment)
    (root / UNFINISHED).unlink()
    return Made(root, revision, passphrase)


def new_passphrase() -> str:
    """200 random bits in groups of five characters that are read out without mistakes."""
    text = base64.b32encode(secrets.token_bytes(BITS // 8)).decode().rstrip("=").lower()
    return "-".join(text[start : start + 5] for start in range(0, len(text), 5))


def default_host() -> str:
    """This machine's name."""
    return os.uname().nodename


def machine_zone(localtime: Path = Path("/etc/localtime")) -> str:
    """The machine's IANA time zone, as /etc/localtime points to it; UTC where it does not."""
    zone = str(localtime.resolve()).partition("/zoneinfo/")[2]
    try:
        return ZoneInfo(zone).key if zone else "UTC"
    except (ZoneInfoNotFoundError, ValueError):
        return "UTC"


def _policy(start: Start, hook: bool, environment: Mapping[str, str]) -> str:
    policy = start.root / "policy"
    policy.mkdir()
    for path, text in {**policy_files(start), **pipeline_files(), **hook_files()}.items():
        target = policy / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        if path.startswith(HOOKS):
            target.chmod(0o755)
    # Beside the policy, so that an editor finds it without a network.
    (policy / SCHEMA).parent.mkdir()
    shutil.copyfile(shipped_folder("schemas") / Path(SCHEMA).name, policy / SCHEMA)
    revision = first_commit(policy, "The policy as reconciler init made it", environment)
    if hook:
        use_hooks(policy, HOOKS)
    return revision


def _start(wish: Wish) -> Start:
    root = wish.folder.resolve()
    _refuse_word(TypeAdapter(AbsolutePath), str(root), "the folder: there is a hidden or control character in its path")
    _refuse_word(TypeAdapter(HostName), wish.host, "this machine's name (--host)")
    _refuse_word(TypeAdapter(Name), wish.name, "the policy's name (--name): use lower-case letters, digits, dashes")
    return Start(root, wish.host, wish.name, machine_zone())


def _refuse_word(kind: TypeAdapter[str], value: str, what: str) -> None:
    try:
        kind.validate_python(value)
    except ValidationError:
        raise UsageError(f"{value!r} cannot be {what}", remedy="name another one") from None


def _refuse_folder(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise UsageError(f"{folder} is no folder", remedy="name one that is empty or does not exist yet")
    if not folder.exists() or not any(folder.iterdir()):
        return
    shown = quote(str(folder))
    if (folder / UNFINISHED).exists():
        raise UsageError(
            f"an earlier init of {folder} was interrupted, and nothing was made with it",
            remedy=f"remove it and begin again: rm -r {shown} && reconciler init {shown}",
        )
    if (settings := folder / "host" / "reconciler.yaml").exists():
        raise UsageError(
            f"init has made {folder} already, and backups may need its passphrase",
            remedy=f"use it: reconciler --config {quote(str(settings))} plan",
        )
    raise UsageError(f"{folder} is not empty", remedy="name a folder that is empty or does not exist yet")
