"""Policies of any size as files by name: the blocks that all assets share, and one file an asset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HEAD = """\
apiVersion: backup/v1
kind: Policy
metadata: {{name: bench}}
spec: {{defaultHost: here, timeZone: Europe/Madrid}}
---
apiVersion: backup/v1
kind: Contact
metadata: {{name: platform}}
spec: {{email: platform@example.org, phone: "+34 600 000 000"}}
---
apiVersion: backup/v1
kind: Tier
metadata: {{name: tier}}
spec: {{rpo: {rpo}, rto: 4h, retention: keep, copies: {{minimum: 1}}}}
---
apiVersion: backup/v1
kind: Retention
metadata: {{name: keep}}
spec: {{{retention}}}
"""
REPOSITORY = """\
---
apiVersion: backup/v1
kind: Repository
metadata: {{name: {name}}}
spec: {{location: {{local: {{path: {path}}}}}, passwordFrom: {{file: {key}}}, medium: disk, failureDomain: {name}}}
"""
ASSET = """\
apiVersion: backup/v1
kind: Asset
metadata: {{name: {name}, description: what the team of asset {name} works on}}
spec:
  owner: platform
  tier: tier
  source: {{files: {{include: [{path}]}}}}
  repositories: [{{name: {repository}}}]
"""
TOGETHER = 20_000
"""Above so many assets, a hundred share a file: a policy has at most 100 000 files."""


def asset_name(number: int) -> str:
    """Sorts as numbers do."""
    return f"asset-{number:06d}"


@dataclass(frozen=True, slots=True)
class Terms:
    """How often assets are backed up, and what is kept of it."""

    rpo: str = "1d"
    retention: str = "last: 3, daily: 400, weekly: 26, monthly: 12"


DAILY = Terms()
HOURLY = Terms("1h", "last: 1000")


def policy_files(assets: Sequence[Path], repositories: Mapping[str, Path], key: Path, terms: Terms) -> dict[str, str]:
    """File name → text. ``assets`` are the folders that are backed up, spread over the repositories in turn."""
    head = HEAD.format(rpo=terms.rpo, retention=terms.retention)
    head += "".join(REPOSITORY.format(name=name, path=path, key=key) for name, path in repositories.items())
    names = list(repositories)
    texts = [
        ASSET.format(name=asset_name(number), path=path, repository=names[number % len(names)])
        for number, path in enumerate(assets)
    ]
    if len(texts) <= TOGETHER:
        return {"policy.yaml": head} | {f"assets/{asset_name(n)}.yaml": text for n, text in enumerate(texts)}
    pieces = {f"assets/{n:06d}.yaml": "---\n".join(texts[n : n + 100]) for n in range(0, len(texts), 100)}
    return {"policy.yaml": head} | pieces


def write_policy(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files below a folder."""
    (folder / "assets").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
