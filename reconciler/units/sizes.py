"""Sizes (``1MiB``, ``2TiB``) and shares (``20%``) as policies write them."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_FACTORS = {
    "B": 1,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
    "TiB": 1024**4,
    "PiB": 1024**5,
    "kB": 1000,
    "KB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "TB": 1000**4,
    "PB": 1000**5,
}
_SIZE = re.compile(r"([0-9]{1,7})(?:\.([0-9]{1,3}))?(" + "|".join(_FACTORS) + ")")
_SHARE = re.compile(r"([0-9]{1,3})(?:\.([0-9]))?%")


def parse_size(value: object) -> int:
    """``"1.5GiB"`` → bytes. Raises ValueError on a bare number or an unknown unit."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise ValueError(f"not a size: {value!r}; write a number with its unit, like 500MiB, 1GiB or 2TB")
    whole, fraction, unit = match.groups()
    factor = _FACTORS[unit]
    return int(whole) * factor + (int(fraction) * factor // 10 ** len(fraction) if fraction else 0)


def format_size(value: int) -> str:
    """Bytes → an exact spelling in the largest binary unit that divides it: ``2TiB``, ``1500B``."""
    for unit in ("PiB", "TiB", "GiB", "MiB", "KiB"):
        if value and value % _FACTORS[unit] == 0:
            return f"{value // _FACTORS[unit]}{unit}"
    return f"{value}B"


def show_size(value: int) -> str:
    """Bytes → what a person reads, three digits at most: ``1.4 GiB``."""
    amount = float(value)
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if abs(amount) < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} PiB"


def parse_share(value: object) -> float:
    """``"20%"`` → 0.2. Raises ValueError on a bare number or more than 100 %."""
    if isinstance(value, float) and 0 <= value <= 1:
        return value
    match = _SHARE.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise ValueError(f"not a share: {value!r}; write it with its sign, like 20%")
    tenths = int(match[1]) * 10 + int(match[2] or 0)
    if tenths > 1000:
        raise ValueError(f"a share is at most 100%: {value!r}")
    return tenths / 1000


def format_share(value: float) -> str:
    """0.2 → ``20%``."""
    return f"{value * 100:.1f}".removesuffix(".0") + "%"


Size = Annotated[
    int,
    BeforeValidator(parse_size),
    PlainSerializer(format_size, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^[0-9]{1,7}(\.[0-9]{1,3})?(B|[KMGTP]iB|[kKMGTP]B)$",
            "examples": ["500MiB", "2TiB"],
        }
    ),
]
Share = Annotated[
    float,
    BeforeValidator(parse_share),
    PlainSerializer(format_share, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,3}(\.[0-9])?%$", "examples": ["20%"]}),
]
