"""A small policy with every kind of place, what is observed of it, and the pages that come of both."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reconciler.observed.backup import Backup, Verdict
from reconciler.observed.facts import Observed, PlacementFacts
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.views.page_models import Setting, page_of
from reconciler.views.pages import render_page

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
REVISION = "3f2a1b9c" * 5
ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = {file.name: file.read_text() for file in (ROOT / "runbooks").glob("*.j2")}

_TERMS = {"rpo": "1h", "retention": {"daily": "7", "weekly": "4"}}
_TIER = {"tier": "tier-1", "rpo": "1h", "rto": "4h", "copies": {}, "proof": {}, "initialWithin": "7d"}
_POLICY = {
    "name": "iact",
    "settings": {"timeZone": "Europe/Madrid"},
    "repositories": {
        "local": {
            "location": {"local": {"path": "/srv/backup/it's"}},
            "passwordFrom": {"file": "/etc/reconciler/passphrase"},
            "escrow": ["lead"],
        },
        "nas": {
            "location": {
                "sftp": {
                    "host": "nas",
                    "port": "2222",
                    "user": "backup",
                    "path": "/srv/iact",
                    "hostKey": "ssh-ed25519 AAAA",
                    "identityFrom": {"file": "/etc/reconciler/identity"},
                }
            },
            "passwordFrom": {"env": "NAS_PASSPHRASE"},
            "medium": "nas",
            "site": "cellar",
        },
        "cloud": {
            "location": {
                "s3": {
                    "host": "s3.example.org",
                    "bucket": "iact-backups",
                    "region": "eu-south-2",
                    "accessKeyFrom": {"credential": "access"},
                    "secretKeyFrom": {"sops": "secrets.yaml#s3.secret"},
                }
            },
            "passwordFrom": {"file": "/etc/reconciler/passphrase"},
            "medium": "cloud",
            "offsite": "true",
        },
        "served": {
            "location": {
                "rest": {
                    "host": "rest.example.org",
                    "path": "iact",
                    "user": "iact",
                    "passwordFrom": {"file": "/etc/reconciler/rest"},
                    "authorityFile": "/etc/ssl/own.pem",
                }
            },
            "passwordFrom": {"file": "/etc/reconciler/passphrase"},
        },
    },
    "contacts": {
        "platform": {"email": "platform@example.org", "phone": "+34 600 000 000", "escalation": "lead"},
        "lead": {"email": "lead@example.org", "role": "Tech lead"},
    },
    "assets": {
        "etc": {
            "name": "etc",
            "description": "Configuration of infra1",
            "notes": "Compare before you overwrite.",
            "owner": "platform",
            "host": "infra1",
            **_TIER,
            "encryption": "required",
            "source": {"files": {"include": ["/etc", "/opt/a b"]}},
            "dependsOn": ["keys"],
            "verify": [{"file": {"path": "/etc/fstab", "minimumSize": "10B"}}],
            "placements": [
                {"repository": "local", **_TERMS},
                {"repository": "nas", "copyOf": "local", **_TERMS},
                {"repository": "cloud", **_TERMS},
                {"repository": "served", **_TERMS},
            ],
        },
        "keys": {
            "name": "keys",
            "owner": "lead",
            "host": "infra1",
            **_TIER,
            "rto": "1h",
            "encryption": "required",
            "source": {"files": {"include": ["/srv/keys"]}},
            "placements": [{"repository": "local", **_TERMS}],
        },
    },
}

POLICY = ResolvedPolicy.model_validate(_POLICY)


def a_backup(
    number: int,
    age: timedelta,
    *,
    verdict: Verdict = Verdict.COMPLETE,
    suspicious: bool = False,
    invalidated: bool = False,
    restored: bool = False,
) -> Backup:
    """A backup of etc in local, complete unless said otherwise."""
    identity = f"{number:064x}"
    return Backup(
        id=identity,
        asset="etc",
        repository="local",
        lineage=identity,
        time=NOW - age,
        size=12_345_678,
        files=321,
        verdict=verdict,
        suspicious=suspicious,
        invalidated=invalidated,
        restored_at=NOW if restored else None,
    )


def setting(
    *backups: Backup, policy: ResolvedPolicy = POLICY, fingerprint: str = "ab12", usual: timedelta | None = None
) -> Setting:
    """The world with these backups of etc in local, newest first."""
    observed = Observed(placements={("etc", "local"): PlacementFacts("etc", "local", backups)})
    return Setting(policy, observed, REVISION, NOW, fingerprint, usual)


def page_text(setting: Setting, asset: str = "etc", templates: Mapping[str, str] = TEMPLATES) -> str:
    """The asset's page."""
    return render_page(templates, page_of(setting.policy.assets[asset], setting))


def changed(
    asset: Mapping[str, object] | None = None,
    repository: Mapping[str, object] | None = None,
    contact: Mapping[str, object] | None = None,
) -> ResolvedPolicy:
    """The policy with other values in the asset etc, the repository local or the contact platform."""
    etc, local, platform = POLICY.assets["etc"], POLICY.repositories["local"], POLICY.contacts["platform"]
    return POLICY.model_copy(
        update={
            "assets": {**POLICY.assets, "etc": etc.model_copy(update=dict(asset or {}))},
            "repositories": {**POLICY.repositories, "local": local.model_copy(update=dict(repository or {}))},
            "contacts": {**POLICY.contacts, "platform": platform.model_copy(update=dict(contact or {}))},
        }
    )
