"""borgmatic on the same assets, one configuration file each, with a fake borg: what its own work costs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.measuring import Cost, command
from bench.peers import peer
from bench.places import small_environment
from bench.stub import BORG, make_stub

CONFIG = """\
source_directories: [{source}]
repositories: [{{path: {repository}, label: bench}}]
local_path: {borg}
encryption_passphrase: bench
keep_daily: 7
"""


def configured(folder: Path, data: Sequence[Path]) -> Path:
    """A folder with one configuration for each asset."""
    borg = make_stub(folder / "bin", "borg", BORG)
    configs = folder / "configs"
    configs.mkdir(parents=True)
    for place in data:
        text = CONFIG.format(source=place, repository=folder / "repository", borg=borg)
        (configs / f"{place.name}.yaml").write_text(text)
    return configs


def run(folder: Path, configs: Path, *words: str) -> Cost:
    """One borgmatic for all of them."""
    given = small_environment(HOME=str(folder), XDG_RUNTIME_DIR=str(folder))
    return command((peer("borgmatic"), "--config", str(configs), *words), given)


def dry_run(folder: Path, data: Sequence[Path]) -> Cost:
    """What it would do for all of them."""
    return run(folder, configured(folder, data), "create", "--dry-run")
