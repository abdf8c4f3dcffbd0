"""Small valid policies to change one thing in, and the problems of what comes out."""

from __future__ import annotations

from datetime import date
from textwrap import dedent

from reconciler.policy.documents import Loaded, PolicyFile
from reconciler.policy.load import load_policy

TODAY = date(2026, 11, 24)

POLICY = """
apiVersion: backup/v1
kind: Policy
metadata: {name: iact}
spec: {defaultHost: infra1, timeZone: Europe/Madrid}
"""
TIER = """
apiVersion: backup/v1
kind: Tier
metadata: {name: gold}
spec: {rpo: 24h, rto: 4h, retention: week}
"""
RETENTION = """
apiVersion: backup/v1
kind: Retention
metadata: {name: week}
spec: {daily: 7}
"""
LOCAL = """
apiVersion: backup/v1
kind: Repository
metadata: {name: local}
spec:
  location: {local: {path: /srv/backup/local}}
  passwordFrom: {env: PASSPHRASE}
"""
NAS = """
apiVersion: backup/v1
kind: Repository
metadata: {name: nas}
spec:
  location: {sftp: {host: nas, user: backup, path: /backup, hostKey: ssh-ed25519 AAAA}}
  passwordFrom: {env: PASSPHRASE}
  medium: nas
"""
CONTACT = """
apiVersion: backup/v1
kind: Contact
metadata: {name: platform}
spec: {email: platform@example.org}
"""
ALERT = """
apiVersion: backup/v1
kind: Alert
metadata: {name: mail}
spec:
  events: [breached]
  provider: {smtp: {host: localhost, sender: backup@example.org}}
  to: [platform]
"""
ASSET = """
apiVersion: backup/v1
kind: Asset
metadata: {name: wiki}
spec:
  owner: platform
  tier: gold
  source: {files: {include: [/srv/wiki]}}
  repositories:
    - name: local
    - {name: nas, copyOf: local}
"""
EVERYTHING = (POLICY, TIER, RETENTION, LOCAL, NAS, CONTACT, ALERT, ASSET)


def together(*documents: str) -> str:
    """Several documents in one text."""
    return "---".join(dedent(document) for document in documents)


def load(*texts: str, **named: str) -> Loaded:
    """Load a policy whose files are ``0.yaml``, ``1.yaml`` … and those given by name (without ending)."""
    files = {f"{index}.yaml": text for index, text in enumerate(texts)}
    files |= {f"{name}.yaml": text for name, text in named.items()}
    return load_policy(
        [PolicyFile(path, dedent(text).encode("utf-8", "surrogatepass")) for path, text in files.items()],
        today=TODAY,
        local_host="here",
    )


def changed(old: str, new: str, *extra: str) -> Loaded:
    """The small valid policy with one text replaced everywhere, and further documents."""
    text = together(*EVERYTHING)
    assert old in text, f"nothing to replace: {old!r}"
    return load(together(text.replace(old, new), *extra))


def added(*documents: str) -> Loaded:
    """The small valid policy with further documents."""
    return load(together(*EVERYTHING, *documents))


def rules(loaded: Loaded) -> list[str]:
    """The rules that were broken, each once, in the order of their places."""
    return list(dict.fromkeys(problem.rule for problem in loaded.problems))


def told(loaded: Loaded, rule: str) -> str:
    """The one problem of that rule, as it is printed."""
    (problem,) = (problem for problem in loaded.problems if problem.rule == rule)
    return str(problem)
