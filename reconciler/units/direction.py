"""Which way a value protects: the marker that every field of every kind declares."""

from __future__ import annotations

from enum import StrEnum


class Direction(StrEnum):
    """How a change of a field is judged when two policies are compared.

    ``LARGER``/``SMALLER`` name the way that protects more; ``KEEPS`` is a set whose members protect
    (removing one lowers), ``SPARES`` a set whose members are left out (adding one lowers); ``SOLID``
    means that any change of it lowers (a place, a secret reference); ``NEUTRAL`` never does. ``NESTED``
    hands the question on to the fields inside. A field without a direction counts as ``SOLID``.
    """

    LARGER = "larger protects more"
    SMALLER = "smaller protects more"
    KEEPS = "each member protects"
    SPARES = "each member is left out"
    TRUE = "true protects more"
    FALSE = "false protects more"
    SOLID = "any change lowers"
    NEUTRAL = "no change lowers"
    NESTED = "see inside"


class Presence(StrEnum):
    """What it means that a value is there at all, beside its direction."""

    ABSENT_IS_MOST = "without one, most is protected"
    NEW_LOWERS = "in something new it lowers"
    NEW_LOWERS_ABROAD = "in something new it lowers, unless it names this host"
