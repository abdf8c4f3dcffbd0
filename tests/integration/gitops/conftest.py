"""A policy source on a real git repository, for every test of this room."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.gitops.source import PolicySource
from reconciler.kit.clock import SystemClock
from reconciler.settings import PolicySettings

MakeSource = Callable[..., PolicySource]


@pytest.fixture
def make_source(tmp_path: Path) -> MakeSource:
    """Makes policy sources: `make_source(url, branch="main", state="state", …)`, with an empty environment."""

    def make(url: str | Path, *, state: str = "state", **settings: object) -> PolicySource:
        chosen = PolicySettings.model_validate({"url": str(url), **settings})
        return PolicySource(chosen, tmp_path / state, SystemClock(), {})

    return make
