"""What people write is read strictly: a misspelt key fails loudly, and nothing changes afterwards."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from reconciler.policy.models.retention import RetentionSpec


def test_a_misspelt_key_is_an_error() -> None:
    with pytest.raises(ValidationError, match="dialy"):
        RetentionSpec.model_validate({"dialy": 7, "weekly": 4})


def test_keys_are_camel_case_outside_and_come_back_so() -> None:
    spec = RetentionSpec.model_validate({"withinDaily": "30d"})
    assert str(spec.within_daily) == "30d"
    assert spec.model_dump(exclude_defaults=True) == {"withinDaily": "30d"}


def test_what_was_read_does_not_change() -> None:
    spec = RetentionSpec(daily=7)
    for name in type(spec).model_fields:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(spec, name, 0)


@pytest.mark.parametrize("nothing", [{}, {"daily": 0}, {"last": 0, "yearly": 0}])
def test_a_retention_that_keeps_nothing_is_an_error(nothing: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="keeps nothing"):
        RetentionSpec.model_validate(nothing)
