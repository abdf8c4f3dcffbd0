"""The host's Ed25519 key: signs plans and exports, so that an altered one is seen."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from reconciler.errors import SettingsError
from reconciler.kit.fsio import write_atomically


class HostKey:
    """The private key; made on first use, readable by its owner alone."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def open(cls, path: Path) -> HostKey:
        """Read it, or make it where there is none. Raises SettingsError for a file that is no such key."""
        if not path.exists():
            made = Ed25519PrivateKey.generate()
            raw = made.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
            write_atomically(path, base64.b64encode(raw) + b"\n", mode=0o400)
            return cls(made)
        if path.stat().st_mode & 0o077 or path.stat().st_uid not in (0, os.geteuid()):
            raise SettingsError(f"the host key {path} can be read by others", remedy=f"chmod 0400 {path}")
        try:
            return cls(Ed25519PrivateKey.from_private_bytes(base64.b64decode(path.read_bytes().strip(), validate=True)))
        except ValueError:
            raise SettingsError(
                f"{path} is not a host key", remedy="move it away; a new one is made, and old plan files are refused"
            ) from None

    def sign(self, content: bytes) -> str:
        """The signature, base64."""
        return base64.b64encode(self._key.sign(content)).decode()

    def signed_by_us(self, content: bytes, signature: str) -> bool:
        """Whether this host made the signature of exactly this content."""
        try:
            self._key.public_key().verify(base64.b64decode(signature, validate=True), content)
        except (InvalidSignature, ValueError):
            return False
        return True
