"""Values for every field of every model, made from its type: what the comparison's tests mutate with."""

from __future__ import annotations

import types
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Literal, Union, cast, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from reconciler.units.durations import CalendarDuration
from reconciler.units.model import Strict

_STRINGS = (
    "other", "another", "/srv/one", "/srv/two", "30 2 * * *", "0 4 * * *", "Europe/Madrid", "Asia/Tokyo", "443",
    "5432", "a" * 64, "b" * 64, "secrets/one.yaml#password", "secrets/two.yaml#password", "ONE", "TWO",
    "ssh-ed25519 AAAA", "ssh-ed25519 BBBB", "one@example.org", "two@example.org", "+34 600 000 000",
    "+34 611 111 111", "FREQ=DAILY", "FREQ=MONTHLY;BYDAY=2TU",
)  # fmt: skip
_PLAIN: dict[object, tuple[object, ...]] = {
    str: _STRINGS,
    int: (3, 5, -1, 0, 443, 8443),
    float: (0.3, 0.4),
    bool: (True, False),
    timedelta: (timedelta(hours=3), timedelta(hours=5)),
    date: (date(2030, 1, 1), date(2031, 1, 1)),
    datetime: (datetime(2030, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)),
    CalendarDuration: (CalendarDuration(days=3), CalendarDuration(months=2)),
}


def values_of(field: FieldInfo) -> tuple[object, ...]:
    """Different valid values of that field, at least two; a model's come with each of its own fields varied."""
    if field.annotation is None:
        return ()
    adapter = _adapter(Annotated[field.annotation, "tested", *field.metadata])
    found: list[object] = []
    for value in _values(field.annotation):
        try:
            valid = adapter.validate_python(value)
        except ValidationError:
            continue
        if valid not in found:
            found.append(valid)
    return tuple(found)


def _values(annotation: object) -> Iterator[object]:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _values(inner[0])
    elif origin is Literal:
        yield from inner
    elif origin in (Union, types.UnionType):
        for one in inner:
            yield from (None,) if one is types.NoneType else _values(one)
    elif origin is tuple:
        yield from _tuples(inner[0])
    elif origin is dict:
        yield from ({}, {"team": "one"}, {"team": "two"})
    elif isinstance(annotation, type) and issubclass(annotation, Strict):
        yield from variants(annotation)
    else:
        yield from _PLAIN[annotation]


def _tuples(item: object) -> Iterator[tuple[object, ...]]:
    found = [value for value in _values(item) if value is not None]
    if get_origin(item) is Annotated:
        adapter = _adapter(item)
        found = [value for value in found if _is_valid(adapter, value)]
    yield ()
    for value in found:
        yield (value,)
    if len(found) > 1:
        yield (found[0], found[-1])
        yield (found[-1], found[0])


def _adapter(annotation: object) -> TypeAdapter[object]:
    return TypeAdapter(cast("type[object]", annotation))


def _is_valid(adapter: TypeAdapter[object], value: object) -> bool:
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True


@lru_cache(maxsize=256)
def variants(model: type[Strict]) -> tuple[Strict, ...]:
    """Instances of the model: a sample for each way in which it can be, and these with one field varied."""
    found: list[Strict] = []
    for sample in samples(model):
        for candidate in (sample, *(varied for _, varied in mutated(sample))):
            if candidate not in found:
                found.append(candidate)
    return tuple(found)


@lru_cache(maxsize=256)
def samples(model: type[Strict]) -> tuple[Strict, ...]:
    """The model with every field set; where only some may be at once, one sample for each that may."""
    first = {name: _first(values_of(field)) for name, field in model.model_fields.items()}
    whole = _made(model, first)
    if whole is not None:
        return (whole,)
    needed = {name for name, field in model.model_fields.items() if field.is_required()}
    plain = {name: value for name, value in first.items() if name in needed}
    optional = [name for name in model.model_fields if name not in needed]
    tried = (_made(model, {**plain, name: first[name]}) for name in optional)
    return tuple(sample for sample in tried if sample is not None)


def mutated(sample: Strict) -> Iterator[tuple[str, Strict]]:
    """(field, the sample with another value there), for every field and every value that fits."""
    model = type(sample)
    given = {name: getattr(sample, name) for name in sample.model_fields_set}
    for name, field in model.model_fields.items():
        for value in values_of(field):
            if value != getattr(sample, name):
                varied = _made(model, {**given, name: value})
                if varied is not None:
                    yield name, varied


def _first(values: tuple[object, ...]) -> object:
    return next((value for value in values if value not in (None, (), {}, 0, -1)), None)


def _made(model: type[Strict], fields: dict[str, object]) -> Strict | None:
    try:
        return model.model_validate(fields)
    except ValidationError:
        return None
