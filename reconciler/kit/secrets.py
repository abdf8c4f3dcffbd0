"""Reads secrets and keeps them out of sight: not in a repr, a log, an argument list, or another's environment."""

from __future__ import annotations

import fcntl
import hmac
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from reconciler.errors import SecretExposed, SecretMissing, SourceUnsupported
from reconciler.kinds.secrets import SecretReference
from reconciler.settings import HostSecret

MAXIMUM_BYTES = 64 * 1024


class Secret:
    """A value that shows only where it came from; ``reveal()`` is the one way to see it."""

    __slots__ = ("_value", "source")

    def __init__(self, value: str, source: str = "given") -> None:
        self._value = value
        self.source = source

    def reveal(self) -> str:
        """The value itself: for a pipe or a private descriptor, never for a message."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({self.source})"

    def __format__(self, _spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value.encode(), other.reveal().encode())

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written down")


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A secret as a path that only a child with ``descriptor`` among its ``pass_fds`` can open."""

    path: str
    descriptor: int


def read_secret(
    reference: SecretReference | HostSecret,
    environment: Mapping[str, str],
    credentials_folder: Path | None = None,
) -> Secret:
    """The secret that a reference names, without one trailing newline.

    ``credentials_folder`` is systemd's, by default what ``CREDENTIALS_DIRECTORY`` names. Raises
    SecretMissing, SecretExposed, or SourceUnsupported for SOPS.
    """
    if reference.env:
        return _from_environment(reference.env, environment)
    if reference.file:
        return _from_file(Path(reference.file), f"file:{reference.file}")
    if reference.credential:
        return _from_credential(reference.credential, environment, credentials_folder)
    raise SourceUnsupported(
        "secrets in SOPS files come in a later version",
        remedy="name the secret as env, file or credential until then",
    )


@contextmanager
def secret_file(secret: Secret, *, ending: str = "") -> Iterator[SecretFile]:
    """The secret in memory behind ``/dev/fd/N``, for programs that want a file: nothing touches a disk.

    ``ending`` is written after it: ssh wants a newline behind a private key.
    """
    descriptor = os.memfd_create("secret", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        os.fchmod(descriptor, 0o400)
        _write_all(descriptor, (secret.reveal() + ending).encode())
        seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield SecretFile(f"/dev/fd/{descriptor}", descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


def _from_environment(name: str, environment: Mapping[str, str]) -> Secret:
    value = environment.get(name, "")
    if not value:
        raise SecretMissing(
            f"the environment variable {name} is not set", remedy=f"set {name} where the reconciler starts"
        )
    return Secret(value, f"env:{name}")


def _from_credential(name: str, environment: Mapping[str, str], folder: Path | None) -> Secret:
    place = folder or (Path(found) if (found := environment.get("CREDENTIALS_DIRECTORY")) else None)
    if place is None or not (place / name).exists():
        raise SecretMissing(
            f"there is no systemd credential {name}",
            remedy=f"add LoadCredential={name}:/path/of/the/secret to the unit and restart it",
        )
    return _from_file(place / name, f"credential:{name}")


def _from_file(path: Path, source: str) -> Secret:
    try:
        # A named pipe in its place must not hang the loop.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise SecretMissing(
            f"the secret's file {path} cannot be read ({error.strerror})", remedy=f"look at it: ls -l {path}"
        ) from None
    try:
        _refuse_exposed(path, os.fstat(descriptor))
        raw = os.read(descriptor, MAXIMUM_BYTES + 1)
    finally:
        os.close(descriptor)
    return Secret(_text(path, raw), source)


def _refuse_exposed(path: Path, found: os.stat_result) -> None:
    """Only a plain file of root or of this user, closed to others; a group may read root's."""
    if not stat.S_ISREG(found.st_mode):
        raise SecretMissing(f"the secret's file {path} is no plain file", remedy="name the file of the secret")
    if found.st_uid not in (0, os.geteuid()):
        raise SecretExposed(
            f"the secret's file {path} belongs to uid {found.st_uid}",
            remedy=f"chown {os.geteuid()} {path} && chmod 0400 {path}",
        )
    allowed = 0o740 if found.st_uid == 0 else 0o700
    if stat.S_IMODE(found.st_mode) & 0o777 & ~allowed:
        raise SecretExposed(
            f"the secret's file {path} is open to others (mode {stat.S_IMODE(found.st_mode):04o})",
            remedy=f"chmod 0400 {path}, and change the secret if others may have read it",
        )


def _text(path: Path, raw: bytes) -> str:
    if len(raw) > MAXIMUM_BYTES:
        raise SecretMissing(f"{path} is larger than 64 KiB", remedy="name the file of the secret")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise SecretMissing(f"{path} is not text", remedy="name a file with the secret as text") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text or "\0" in text:
        why = "holds a NUL character" if text else "is empty"
        raise SecretMissing(f"the secret's file {path} {why}", remedy="write the secret into it")
    return text
