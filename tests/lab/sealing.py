"""restic's cryptography as its design document describes it (AES-256-CTR, Poly1305-AES), for tests only.

https://restic.readthedocs.io/en/stable/100_references.html#keys-encryption-and-mac
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.poly1305 import Poly1305

_IV, _TAG = 16, 16


class WrongKey(ValueError):
    """The authentication code does not match: another key, or damage."""


@dataclass(frozen=True, slots=True)
class Key:
    """An encryption key and the two halves of the authentication key."""

    encrypt: bytes
    mac_k: bytes
    mac_r: bytes

    @classmethod
    def random(cls) -> Key:
        mac_r = bytearray(os.urandom(16))
        for index in (3, 7, 11, 15):
            mac_r[index] &= 15
        for index in (4, 8, 12):
            mac_r[index] &= 252
        return cls(os.urandom(32), os.urandom(16), bytes(mac_r))

    @classmethod
    def from_password(cls, password: str, salt: bytes, cost: int, block: int, parallel: int) -> Key:
        memory = 256 * 1024 * 1024
        raw = hashlib.scrypt(password.encode(), salt=salt, n=cost, r=block, p=parallel, dklen=64, maxmem=memory)
        return cls(raw[:32], raw[32:48], raw[48:])

    @classmethod
    def from_json(cls, text: bytes) -> Key:
        fields = json.loads(text)
        parts = (fields["encrypt"], fields["mac"]["k"], fields["mac"]["r"])
        return cls(*(base64.b64decode(part) for part in parts))

    def to_json(self) -> bytes:
        encrypt, k, r = (base64.b64encode(part).decode() for part in (self.encrypt, self.mac_k, self.mac_r))
        return json.dumps({"mac": {"k": k, "r": r}, "encrypt": encrypt}).encode()

    def seal(self, plain: bytes) -> bytes:
        iv = os.urandom(_IV)
        sealed = self._stream(iv, plain)
        return iv + sealed + self._tag(iv, sealed)

    def open(self, sealed: bytes) -> bytes:
        iv, body, tag = sealed[:_IV], sealed[_IV:-_TAG], sealed[-_TAG:]
        if self._tag(iv, body) != tag:
            raise WrongKey("the authentication code does not match")
        return self._stream(iv, body)

    def _stream(self, iv: bytes, text: bytes) -> bytes:
        return Cipher(algorithms.AES(self.encrypt), modes.CTR(iv)).encryptor().update(text)

    def _tag(self, iv: bytes, sealed: bytes) -> bytes:
        # ECB of a single block is what Poly1305-AES asks for, not a choice of mode.
        nonce = Cipher(algorithms.AES(self.mac_k), modes.ECB()).encryptor().update(iv)
        return Poly1305.generate_tag(self.mac_r + nonce, sealed)
