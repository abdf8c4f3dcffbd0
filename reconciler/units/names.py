"""Names, hosts, users and paths that are safe to print, to quote and to hand to a program."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, StringConstraints, WithJsonSchema

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_HOST_LABEL}(?:\.{_HOST_LABEL})*")
_ADDRESS = re.compile(r"[0-9a-fA-F:]{2,45}")


def _plain(value: str) -> str:
    """Refuse characters that hide or reorder text, or that no program expects."""
    if value.isascii() and value.isprintable():
        return value
    for character in value:
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
            raise ValueError(f"a hidden or control character (U+{ord(character):04X}) is not allowed here")
    return value


def _host(value: str) -> str:
    if not (_HOST.fullmatch(value) or (":" in value and _ADDRESS.fullmatch(value))):
        raise ValueError(f"not a host name or address: {value!r}")
    return value


def _path(value: str) -> str:
    _plain(value)
    if not value.startswith("/"):
        raise ValueError(f"not an absolute path: {value!r}")
    if any(part == ".." for part in value.split("/")):
        raise ValueError(f"a path must not climb with '..': {value!r}")
    return value if value == "/" else value.rstrip("/")


def _pattern(value: str) -> str:
    _plain(value)
    if value.startswith(("-", "!")):
        raise ValueError(f"a pattern must not begin with '-' or '!': {value!r}")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (OSError, ValueError, KeyError):
        raise ValueError(f"not an IANA time zone: {value!r}; write one like Europe/Madrid") from None
    return value


def _text(value: str) -> str:
    return _plain(value)


Name = Annotated[str, StringConstraints(pattern=rf"^{_LABEL}$")]
Label = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$")]
HostName = Annotated[str, AfterValidator(_host), WithJsonSchema({"type": "string", "maxLength": 253})]
UserName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}$")]
AbsolutePath = Annotated[str, StringConstraints(min_length=1, max_length=4096), AfterValidator(_path)]
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=1024), AfterValidator(_pattern)]
ZoneName = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_zone)]
EnvironmentName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")]
PlainText = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_text)]
