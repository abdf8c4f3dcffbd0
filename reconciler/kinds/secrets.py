"""A reference to a secret; the secret itself is never in a policy."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import StringConstraints, model_validator

from reconciler.units.model import Strict
from reconciler.units.names import AbsolutePath, EnvironmentName, Label

SopsPath = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_./-]*#[A-Za-z0-9_.-]+$")]


class SecretReference(Strict):
    """Exactly one of: an environment variable, a file, a systemd credential, a value in a SOPS file."""

    env: EnvironmentName | None = None
    file: AbsolutePath | None = None
    credential: Label | None = None
    sops: SopsPath | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(getattr(self, kind) is not None for kind in type(self).model_fields) != 1:
            raise ValueError("name exactly one of env, file, credential or sops")
        return self

    @property
    def described(self) -> str:
        """What it refers to, safe to print: ``env:NAME``, ``file:/path`` …"""
        for kind in ("env", "file", "credential", "sops"):
            value = getattr(self, kind)
            if value:
                return f"{kind}:{value}"
        return ""
