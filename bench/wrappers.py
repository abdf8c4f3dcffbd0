"""runrestic and crestic on the same assets: one configuration each, for the real restic or the stub on their PATH."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.hosts import PASSPHRASE
from bench.measuring import Cost, command
from bench.peers import peer
from bench.places import small_environment

RUNRESTIC = """\
name = "{name}"
repositories = ["{repository}"]
[environment]
RESTIC_PASSWORD = "{password}"
[backup]
sources = ["{source}"]
[prune]
keep-last = 100
"""
CRESTIC = """\
[{name}]
repo: {repository}
[{name}.environ]
RESTIC_PASSWORD: {password}
[{name}.backup]
arguments: {source}
"""


def environment(folder: Path, program: Path | None) -> Mapping[str, str]:
    """A home of their own, and the program that they find as restic."""
    given = small_environment(HOME=str(folder), RESTIC_CACHE_DIR=str(folder / "cache"))
    return given | {"PATH": f"{program.parent}:{given['PATH']}"} if program else given


def configure(folder: Path, data: Sequence[Path], repository: Path) -> None:
    """Both tools, one asset a configuration."""
    for tool in ("runrestic", "crestic"):
        (folder / ".config" / tool).mkdir(parents=True)
    presets = []
    for place in data:
        words = {"name": f"a{place.name}", "repository": repository, "source": place, "password": PASSPHRASE}
        own = folder / ".config" / "runrestic" / f"{place.name}.toml"
        own.write_text(RUNRESTIC.format(**words))
        own.chmod(0o600)
        presets.append(CRESTIC.format(**words))
    (folder / ".config" / "crestic" / "config.cfg").write_text("\n".join(presets))


def runrestic(given: Mapping[str, str]) -> Cost:
    """All assets in one process of it."""
    return command((peer("runrestic"), "backup"), given)


def crestic(given: Mapping[str, str], data: Sequence[Path]) -> Cost:
    """A process of it for each asset."""
    found = [command((peer("crestic"), f"a{place.name}", "backup"), given) for place in data]
    return Cost(sum(cost.wall for cost in found), sum(cost.cpu for cost in found))
