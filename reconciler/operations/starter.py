"""The first policy, settings, hooks and pipeline that ``init`` writes: small, commented, valid."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

HOOKS = ".githooks"
SCHEMA = ".schemas/policy-file.json"
REPOSITORY_NAME = "local"
_PLAIN = re.compile(r"/?[A-Za-z0-9_][A-Za-z0-9_./-]*")

POLICY = """\
# What holds everywhere. There is exactly one Policy. Its name stands on every backup: choose it once, keep it.
apiVersion: backup/v1
kind: Policy
metadata: {{name: {name}}}
spec:
  # Assets and repositories that name no host belong to this one.
  defaultHost: {host}
  # Days, weeks and years of the retention begin at midnight here.
  timeZone: {zone}
"""
CONTACTS = """\
# Who owns assets and is called at night: an e-mail address, a phone number, or both. Put in your own.
apiVersion: backup/v1
kind: Contact
metadata: {name: operations}
spec:
  role: runs the backups
  email: operations@example.org
  # phone: "+34 600 000 000"
"""
TIERS = """\
# Promises by importance. rpo: how much work may be lost. rto: how soon it must be back.
apiVersion: backup/v1
kind: Tier
metadata: {name: tier-2, description: "Important: a day may be lost"}
spec:
  rpo: 24h
  rto: 1d
  retention: standard
  copies: {minimum: 2}          # the live data is the first copy
# ---
# apiVersion: backup/v1
# kind: Tier
# metadata: {name: tier-1, description: "Critical: work stops without it"}
# spec: {rpo: 1h, rto: 4h, retention: standard, copies: {minimum: 3, media: 2, offsite: 1}, encryption: required}
"""
RETENTION = """\
# How many backups are kept: the newest of each of the last seven days that have one, of four weeks, and so on.
apiVersion: backup/v1
kind: Retention
metadata: {name: standard}
spec: {daily: 7, weekly: 4, monthly: 12, yearly: 7}
"""
REPOSITORY = """\
# Where backups land. Add a second one on other hardware, and to the assets {{name: …, copyOf: local}}: a single one
# dies with this machine. Locations can be local, sftp, rest and s3.
apiVersion: backup/v1
kind: Repository
metadata: {{name: {repository}}}
spec:
  location: {{local: {{path: {path}}}}}
  passwordFrom: {{file: {passphrase}}}
  medium: disk
"""
ASSET = """\
# What is protected, on which host, with which tier, and where its backups land. One file an asset is a good habit.
apiVersion: backup/v1
kind: Asset
metadata: {{name: configuration, description: The configuration of this host}}
spec:
  owner: operations
  tier: tier-2
  source:
    files:
      include: [/etc]
      exclude: ["*.swp"]
  tolerate: {{unreadable: 100}}   # an ordinary user cannot read all of it
  repositories:
    - {{name: {repository}}}
"""
ALERT = """\
# Who is told when a promise breaks. A webhook's address is a secret: put it into a file with mode 0400 that belongs
# to the user who runs the reconciler, and take the hash signs away. Mail: reconciler schema Alert.
# apiVersion: backup/v1
# kind: Alert
# metadata: {{name: chat}}
# spec:
#   events: [breached, failing, storage, policy, unknown, blocked, approval, resolved]
#   provider: {{webhook: {{urlFrom: {{file: {webhook}}}}}}}
"""
SETTINGS = """\
# This machine's own settings: no policy can change them. A line with a hash sign shows the default.
policy: {{url: {url}, branch: main, interval: 30s}}
state: {state}
runbooks: {{folder: {runbooks}}}
host: {host}

# Kept for each asset in each repository, whatever a policy says: so many restored backups, and everything this young.
# floor: {{minimumRestored: 1, minimumAge: 3d}}
# An expired backup is marked, and forgotten this much later.
# grace: 24h
# How many things are done at once, in all and on one repository.
# concurrency: {{total: 4, perRepository: 4}}
# restic: /usr/bin/restic
# Metrics (Prometheus) and health of the running loop.
# listen: 127.0.0.1:9187
# Called after each completed pass, so that somebody outside notices when this loop dies.
# heartbeat: https://example.org/ping/…
"""
PRE_COMMIT = """\
# For pre-commit (https://pre-commit.com): pre-commit install
repos:
  - repo: local
    hooks:
      - id: reconciler-validate
        name: backup policy
        entry: reconciler validate .
        language: system
        pass_filenames: false
"""
GIT_HOOK = """\
#!/bin/sh
# The same without pre-commit, by git alone: git config core.hooksPath .githooks
command -v reconciler > /dev/null || { echo "reconciler is not on PATH: the policy cannot be checked" >&2; exit 1; }
exec reconciler validate .
"""
PIPELINE = """\
# For pull requests: says what is wrong, and what the change would do.
name: policy
on: [pull_request]
permissions: {contents: read}
jobs:
  policy:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
        with: {fetch-depth: 0}        # the revision to compare with is needed too
      - uses: actions/setup-python@v5
        with: {python-version: "3.12"}
      - run: pip install backup-reconciler       # from your package index, or a wheel or git URL of it
      - run: reconciler validate .
      # Exit code 3: it lowers protection. After the merge that part waits for approval on the host.
      - run: |
          reconciler plan --policy . --base "origin/$GITHUB_BASE_REF" --format markdown \\
            >> "$GITHUB_STEP_SUMMARY" || [ $? -eq 3 ]
"""


@dataclass(frozen=True, slots=True)
class Start:
    """What is asked for: the folder of everything, the machine's name in the policy, the policy's name and zone."""

    root: Path
    host: str
    name: str = "backups"
    zone: str = "UTC"


def policy_files(start: Start) -> dict[str, str]:
    """The policy's files by path; each begins with the line by which an editor finds its schema."""
    inside = {key: spelled(value) for key, value in _places(start.root).items()}
    texts = {
        "policy.yaml": POLICY.format(name=start.name, host=spelled(start.host), zone=start.zone),
        "contacts.yaml": CONTACTS,
        "tiers.yaml": TIERS,
        "retention.yaml": RETENTION,
        "repositories.yaml": REPOSITORY.format(repository=REPOSITORY_NAME, **inside),
        "alerts.yaml": ALERT.format(**inside),
        "assets/configuration.yaml": ASSET.format(repository=REPOSITORY_NAME),
    }
    return {path: _schema_line(path) + text for path, text in texts.items()}


def settings_text(start: Start) -> str:
    """The host settings."""
    places = {key: spelled(value) for key, value in _places(start.root).items()}
    return SETTINGS.format(host=spelled(start.host), **places)


def hook_files() -> dict[str, str]:
    """The checks before a commit, by pre-commit or by git alone; those in ``HOOKS`` must be executable."""
    return {".pre-commit-config.yaml": PRE_COMMIT, f"{HOOKS}/pre-commit": GIT_HOOK}


def pipeline_files() -> dict[str, str]:
    """The checks of a pull request."""
    return {".github/workflows/policy.yaml": PIPELINE}


def spelled(value: str) -> str:
    """A value as YAML: as it is where nothing in it has a meaning, else in double quotes."""
    return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)


def _places(root: Path) -> dict[str, str]:
    return {
        "url": str(root / "policy"),
        "state": str(root / "state"),
        "runbooks": str(root / "runbooks"),
        "path": str(root / "repositories" / REPOSITORY_NAME),
        "passphrase": str(root / "host" / "passphrase"),
        "webhook": str(root / "host" / "webhook"),
    }


def _schema_line(path: str) -> str:
    up = "../" * path.count("/")
    return f"# yaml-language-server: $schema={up}{SCHEMA}\n#\n"
