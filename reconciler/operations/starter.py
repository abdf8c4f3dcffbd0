"""The first policy, settings, hook and pipeline that ``init`` writes: small, commented, valid."""

from __future__ import annotations

from pathlib import Path

SCHEMA = "# yaml-language-server: $schema=.schemas/policy-file.json\n"

POLICY = """\
# What holds everywhere. There is exactly one Policy; its name is on every backup's tag.
apiVersion: backup/v1
kind: Policy
metadata: {{name: {name}}}
spec:
  defaultHost: {host}
  timeZone: UTC
---
# Who owns assets and is called at night. A contact needs an e-mail or a phone.
apiVersion: backup/v1
kind: Contact
metadata: {{name: operations}}
spec: {{email: operations@example.org, role: runs the backups}}
"""
TIERS = """\
# Promises by importance: how much may be lost (rpo), how soon it must be back (rto).
apiVersion: backup/v1
kind: Tier
metadata: {name: tier-2}
spec: {rpo: 24h, rto: 1d, retention: standard, copies: {minimum: 2}}
---
# Seven days, four weeks, twelve months, seven years, in restic's own words.
apiVersion: backup/v1
kind: Retention
metadata: {name: standard}
spec: {daily: 7, weekly: 4, monthly: 12, yearly: 7}
"""
REPOSITORY = """\
# Where backups land. Add a second one on other hardware, and copyOf to the assets, to survive this machine.
apiVersion: backup/v1
kind: Repository
metadata: {{name: local}}
spec:
  location: {{local: {{path: {root}/repositories/local}}}}
  passwordFrom: {{file: {root}/host/passphrase}}
  medium: disk
"""
ASSET = """\
# What is protected, on which host, with which tier, and where its backups land.
apiVersion: backup/v1
kind: Asset
metadata: {name: configuration, description: the configuration of this host}
spec:
  owner: operations
  tier: tier-2
  source: {files: {include: [/etc], exclude: ["*.swp"]}}
  tolerate: {unreadable: 100}
  repositories:
    - {name: local}
"""
ALERT = """\
# Who is told. The address of a webhook is a secret: put it into a file (mode 0400) and take the comment away.
# apiVersion: backup/v1
# kind: Alert
# metadata: {name: chat}
# spec:
#   events: [breached, failing, storage, policy, unknown, blocked, approval]
#   provider: {webhook: {urlFrom: {file: /etc/reconciler/webhook}}}
"""
SETTINGS = """\
# This machine's own settings; no policy can change them.
policy: {{url: {root}/policy, branch: main, interval: 30s}}
state: {root}/state
runbooks: {{folder: {root}/runbooks}}
host: {host}
# Kept per asset and repository whatever a policy says, and how long an expired backup waits before it goes.
floor: {{minimumRestored: 1, minimumAge: 3d}}
grace: 24h
listen: 127.0.0.1:9187
# Called after each completed pass, so that somebody outside notices when this loop dies:
# heartbeat: https://example.org/ping/…
"""
HOOK = """\
repos:
  - repo: local
    hooks:
      - id: reconciler-validate
        name: backup policy
        entry: reconciler validate .
        language: system
        pass_filenames: false
"""
PIPELINE = """\
name: policy
on: [pull_request]
jobs:
  plan:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: {fetch-depth: 0}
      - run: pip install backup-reconciler
      - run: reconciler validate .
      # Exit code 3: it lowers protection, and waits for approval on the host after the merge.
      - run: |
          reconciler plan --policy . --base "origin/$GITHUB_BASE_REF" --format markdown \\
            >> "$GITHUB_STEP_SUMMARY" || [ $? -eq 3 ]
"""


def policy_files(root: Path, host: str, name: str) -> dict[str, str]:
    """The policy's files by path."""
    return {
        "policy.yaml": SCHEMA + POLICY.format(name=name, host=host),
        "tiers.yaml": SCHEMA + TIERS,
        "repositories.yaml": SCHEMA + REPOSITORY.format(root=root),
        "assets.yaml": SCHEMA + ASSET,
        "alerts.yaml": SCHEMA + ALERT,
    }


def settings_text(root: Path, host: str) -> str:
    """The host settings."""
    return SETTINGS.format(root=root, host=host)


def hook_file() -> dict[str, str]:
    """For pre-commit."""
    return {".pre-commit-config.yaml": HOOK}


def ci_file() -> dict[str, str]:
    """For pull requests."""
    return {".github/workflows/policy.yaml": PIPELINE}
