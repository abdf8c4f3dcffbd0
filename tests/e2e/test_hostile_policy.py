"""Whoever may push to the policy repository, and nothing else: what they try waits until the host says yes, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import ApprovalUnknown
from reconciler.operations.desk import Desk
from reconciler.operations.offering import record_offers
from reconciler.operations.policy_state import PolicyState
from reconciler.operations.policy_update import candidate_of, update_policy
from reconciler.policy.resolved import ResolvedPolicy
from tests.e2e.commandline import CommandLine
from tests.e2e.world import CANARY, World

pytestmark = pytest.mark.slow

RICH = """\
apiVersion: backup/v1
kind: Policy
metadata: {name: test}
spec: {defaultHost: here, timeZone: Europe/Madrid}
---
apiVersion: backup/v1
kind: Contact
metadata: {name: platform}
spec: {email: platform@example.org, phone: "+34 600 000 000", escalation: lead}
---
apiVersion: backup/v1
kind: Contact
metadata: {name: lead}
spec: {email: lead@example.org}
---
apiVersion: backup/v1
kind: Tier
metadata: {name: tier}
spec: {rpo: 1h, rto: 4h, retention: keep, copies: {minimum: 2}}
---
apiVersion: backup/v1
kind: Tier
metadata: {name: lazy}
spec: {rpo: 7d, rto: 7d, retention: keep, copies: {minimum: 1}}
---
apiVersion: backup/v1
kind: Retention
metadata: {name: keep}
spec: {last: 5, daily: 7}
---
apiVersion: backup/v1
kind: Repository
metadata: {name: local}
spec: {location: {local: {path: ROOT/repositories/local}}, passwordFrom: {file: ROOT/host/passphrase}, failureDomain: a}
---
apiVersion: backup/v1
kind: Repository
metadata: {name: second}
spec:
  location: {local: {path: ROOT/repositories/second}}
  passwordFrom: {file: ROOT/host/passphrase} # second
  medium: nas
  failureDomain: b
---
apiVersion: backup/v1
kind: Repository
metadata: {name: far}
spec:
  location: {rest: {host: rest.example.org, path: far, user: me, passwordFrom: {env: REST_PASSWORD}}}
  passwordFrom: {env: FAR}
  failureDomain: c
---
apiVersion: backup/v1
kind: Repository
metadata: {name: cloud}
spec:
  location: {s3: {host: s3.example.org, bucket: kept, accessKeyFrom: {env: KEY}, secretKeyFrom: {env: SECRET}}}
  passwordFrom: {env: CLOUD}
  failureDomain: d
---
apiVersion: backup/v1
kind: Alert
metadata: {name: chat}
spec: {events: [breached, failing], provider: {webhook: {urlFrom: {env: HOOK}}}}
---
apiVersion: backup/v1
kind: Alert
metadata: {name: mail}
spec: {events: [breached], to: [platform], provider: {smtp: {host: mail.example.org, sender: backup@example.org}}}
---
apiVersion: backup/v1
kind: Hold
metadata: {name: case}
spec: {select: {labels: {case: open}}, reason: an open case, expires: 2030-01-01}
---
apiVersion: backup/v1
kind: Asset
metadata: {name: docs, labels: {case: open}}
spec:
  owner: platform
  tier: tier
  source: {files: {include: [ROOT/data/docs], exclude: ["*.tmp"]}}
  expect: {minimumSize: 1KiB, maximumShrink: 50%}
  repositories: [{name: local}, {name: second, copyOf: local}, {name: far}, {name: cloud}]
"""

NEW_REPOSITORY = """\
---
apiVersion: backup/v1
kind: Repository
metadata: {name: evil}
spec: {location: {rest: {host: evil.example.org}}, passwordFrom: {file: ROOT/host/passphrase}}
"""
ANOTHER = """\
---
apiVersion: backup/v1
kind: Asset
metadata: {name: other}
spec:
  owner: platform
  tier: tier
  source: {files: {include: [/etc]}}
  repositories: [{name: local}, {name: evil}]
"""
LEAK = """\
---
apiVersion: backup/v1
kind: Alert
metadata: {name: leak}
spec: {events: [breached], provider: {webhook: {urlFrom: {file: /etc/shadow}}}}
"""
EVIL_CONTACT = """\
---
apiVersion: backup/v1
kind: Contact
metadata: {name: evil}
spec: {email: evil@example.com}
"""
END = """\
---
apiVersion: backup/v1
kind: Decommission
metadata: {name: end}
spec: {asset: docs, last: 2030-01-01, owner: platform, reason: not needed}
"""
PAUSE = """\
---
apiVersion: backup/v1
kind: Suspension
metadata: {name: pause}
spec: {select: {}, actions: [backup, copy], reason: quiet, expires: "2026-12-20T00:00:00Z"}
"""

Change = tuple[str, str]
ATTACKS: dict[str, tuple[Change, ...]] = {
    # data to a new place
    "a new repository with a new asset in it": (("$", NEW_REPOSITORY + ANOTHER),),
    "a new repository for an old asset": (("$", NEW_REPOSITORY), ("{name: cloud}]", "{name: cloud}, {name: evil}]")),
    "a copy to a new repository": (
        ("$", NEW_REPOSITORY),
        ("{name: cloud}]", "{name: cloud}, {name: evil, copyOf: local}]"),
    ),
    "another folder of a repository": (("repositories/second}", "repositories/stolen}"),),
    "another host of a repository": (("host: rest.example.org", "host: evil.example.org"),),
    "another bucket": (("bucket: kept", "bucket: open"),),
    "a new webhook": (("$", LEAK),),
    "another mail server": (("host: mail.example.org", "host: evil.example.org"),),
    "another address of a contact": (("platform@example.org", "evil@example.com"),),
    "a new contact that is escalated to": (("$", EVIL_CONTACT), ("escalation: lead", "escalation: evil")),
    "a new recipient of an alert": (("$", EVIL_CONTACT), ("to: [platform]", "to: [platform, evil]")),
    # a secret to a new place
    "the passphrase from another file": (
        ("passwordFrom: {file: ROOT/host/passphrase} # second", "passwordFrom: {file: /etc/shadow}"),
    ),
    "the passphrase from another variable": (("passwordFrom: {env: FAR}", "passwordFrom: {env: SECRET}"),),
    "another user of the rest server": (("user: me, ", "user: you, "),),
    "another password of the rest server": (("passwordFrom: {env: REST_PASSWORD}", "passwordFrom: {env: CLOUD}"),),
    "other keys of the bucket": (("accessKeyFrom: {env: KEY}", "accessKeyFrom: {env: CLOUD}"),),
    "another webhook": (("urlFrom: {env: HOOK}", "urlFrom: {env: CLOUD}"),),
    # less protection
    "less retention": (("last: 5", "last: 1"),),
    "a longer RPO": (("rpo: 1h", "rpo: 2h"),),
    "another tier": (("tier: tier", "tier: lazy"),),
    "fewer copies": (("copies: {minimum: 2}", "copies: {minimum: 1}"),),
    "a wider exclude": (('["*.tmp"]', '["*.tmp", "*"]'),),
    "less included": (("include: [ROOT/data/docs]", "include: [ROOT/data/other]"),),
    "a looser expectation": (("maximumShrink: 50%", "maximumShrink: 99%"),),
    "a smaller minimum": (("minimumSize: 1KiB", "minimumSize: 1B"),),
    "a place taken away": ((", {name: far}", ""),),
    "a label that leaves a hold": (("labels: {case: open}}\nspec:\n", "labels: {case: closed}}\nspec:\n"),),
    "a hold that ends sooner": (("expires: 2030-01-01", "expires: 2026-12-01"),),
    "an alert with fewer events": (("events: [breached, failing]", "events: [failing]"),),
    "another host by default": (("defaultHost: here", "defaultHost: elsewhere"),),
    "another time zone": (("Europe/Madrid", "Pacific/Auckland"),),
    "another keeper": (("medium: nas", "medium: nas\n  keeper: none"),),
    "another failure domain in name only": (("failureDomain: a", "failureDomain: z"),),
    "a suspension": (("$", PAUSE),),
    "a decommission": ((RICH[RICH.rindex("---") :], END),),
}


def _rich(world: World, changes: tuple[Change, ...] = ()) -> str:
    text = RICH
    for old, new in changes:
        assert old == "$" or text.count(old) >= 1, old
        text = text + new if old == "$" else text.replace(old, new)
    return text.replace("ROOT", str(world.folder))


def _look(desk: Desk) -> PolicyState:
    state = update_policy(desk)
    record_offers(desk, None, state)
    return state


def _approve_all(world: World, state: PolicyState) -> None:
    for waiting in state.waiting:
        # One without lines of its own only waits for another, which it needs.
        if waiting.checksum:
            world.approve(waiting.checksum)


@pytest.fixture
def rich(world: World) -> World:
    (world.policy.path / "docs.yaml").unlink()
    world.policy.commit({"policy.yaml": _rich(world)})
    with world.desk() as desk:
        assert _look(desk).policy is not None
    return world


def _touched(before: ResolvedPolicy, after: ResolvedPolicy) -> set[str]:
    """The kinds in which something that was enforced is another now, or is gone."""
    changed = set()
    for kind in ("repositories", "assets", "contacts", "alerts", "holds"):
        old, new = getattr(before, kind), getattr(after, kind)
        changed |= {f"{kind}/{name}" for name in old if old[name] != new.get(name)}
    if before.settings != after.settings:
        changed.add("settings")
    return changed


@pytest.mark.parametrize("name", ATTACKS)
def test_nothing_of_it_is_enforced_before_approval_then_exactly_that_and_once(rich: World, name: str) -> None:
    with rich.desk() as desk:
        before = _look(desk).policy
        rich.policy.commit({"policy.yaml": _rich(rich, ATTACKS[name])})
        state = _look(desk)
        assert before is not None
        assert state.policy is not None
        assert state.facts.problem == ""
        assert state.waiting, "nothing waits for approval"
        assert any(waiting.lines for waiting in state.waiting), "a line can be approved"
        assert _touched(before, state.policy) == set()
        assert not state.policy.suspensions
        assert not state.policy.decommissions
        assert "evil" not in state.policy.repositories
        assert "leak" not in state.policy.alerts
        assert _look(desk).policy == state.policy, "waiting changes nothing"
        _approve_all(rich, state)
        state = _look(desk)
        assert state.waiting == ()
        assert state.policy == candidate_of(desk)
        rich.policy.commit({"policy.yaml": _rich(rich)})
        _approve_all(rich, _look(desk))
        assert _look(desk).policy == before
        rich.policy.commit({"policy.yaml": _rich(rich, ATTACKS[name])})
        assert _look(desk).waiting, "an approval was used twice"


def test_an_asset_that_is_removed_keeps_its_backups_and_an_approval_names_it(rich: World) -> None:
    with rich.desk() as desk:
        text = _rich(rich)
        rich.policy.commit({"policy.yaml": text[: text.rindex("---\napiVersion: backup/v1\nkind: Asset")]})
        state = _look(desk)
        assert state.policy is not None
        assert "docs" in state.policy.assets
        assert any(waiting.block == "asset/docs" for waiting in state.waiting)


@pytest.mark.parametrize("text", ["", "---\n", "# nothing\n"])
def test_an_emptied_policy_changes_nothing(rich: World, text: str) -> None:
    with rich.desk() as desk:
        before = _look(desk).policy
        rich.policy.commit({"policy.yaml": text})
        state = _look(desk)
        assert state.policy == before
        assert "stays enforced" in state.facts.problem


def test_a_rewound_source_changes_nothing_until_its_line_is_approved(rich: World) -> None:
    first = rich.policy.head
    rich.policy.commit({"more.yaml": EVIL_CONTACT})
    with rich.desk() as desk:
        before = _look(desk).policy
        rich.policy.git("reset", "--quiet", "--hard", first)
        state = _look(desk)
        assert state.policy == before
        assert "rewound" in state.facts.problem
        assert state.waiting[0].lines[0].startswith("policy rewind ")
        _approve_all(rich, state)
        assert _look(desk).facts.problem == ""


REPOSITORY = "kind: Repository\nmetadata: {name: x}\nspec: {passwordFrom: {env: A}, location: %s}"
ASSET = (
    "kind: Asset\nmetadata: {name: x}\nspec: {owner: platform, tier: tier, repositories: [{name: local}], source: %s}"
)
CONTACT = 'kind: Contact\nmetadata: {name: x}\nspec: {phone: "+34 600 000 000", %s}'


@pytest.mark.parametrize(
    "document",
    [
        REPOSITORY % "{rclone: {remote: 'x:'}}",
        REPOSITORY % "'sftp:-oProxyCommand=id:/x'",
        REPOSITORY % "{sftp: {host: -oProxyCommand=id, user: a, path: /x}}",
        REPOSITORY % "{sftp: {host: a, user: '-l root', path: /x}}",
        REPOSITORY % "{local: {path: -rf}}",
        REPOSITORY.replace("{env: A}", "{command: id}") % "{local: {path: /a}}",
        REPOSITORY.replace("name: x", "name: ../x") % "{local: {path: /a}}",
        ASSET % "{command: {run: [id]}}",
        ASSET % "{command: {command: 'sh -c id'}}",
        ASSET % "{files: {include: [--files-from=/etc/shadow]}}",
        ASSET % "{files: {include: [/etc]}}, verify: [{command: id}]",
        CONTACT % 'email: "a@example.org\\nBcc: b@example.org"',
        CONTACT % 'role: "a \\u202e b"',
        CONTACT % 'role: "a \\e[2J b"',
    ],
)
def test_what_runs_commands_or_bends_text_is_no_valid_policy(rich: World, document: str) -> None:
    with rich.desk() as desk:
        before = _look(desk).policy
        rich.policy.commit({"more.yaml": f"apiVersion: backup/v1\n{document}\n"})
        state = _look(desk)
        assert state.policy == before
        assert "more.yaml" in state.facts.problem


def test_hooks_and_settings_of_the_policy_repository_never_run(rich: World) -> None:
    trap = rich.folder / "trapped"
    script = rich.folder / "trap"
    script.write_text(f"#!/bin/sh\ntouch {trap}\n")
    script.chmod(0o755)
    hooks = rich.policy.path / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    rich.policy.write("note.yaml", EVIL_CONTACT)
    rich.policy.write(".gitattributes", "* filter=trap diff=trap\n")
    rich.policy.commit()
    for name in ("post-checkout", "reference-transaction", "pre-auto-gc", "post-index-change", "fsmonitor-watchman"):
        (hooks / name).symlink_to(script)
    for key in ("core.fsmonitor", "filter.trap.smudge", "diff.trap.textconv", "uploadpack.packObjectsHook"):
        rich.policy.git("config", key, str(script))
    trap.unlink(missing_ok=True)
    with rich.desk() as desk:
        assert _look(desk).facts.problem == ""
    assert not trap.exists()


def test_a_symlink_in_the_policy_is_never_followed(rich: World) -> None:
    (rich.policy.path / "stolen.yaml").symlink_to("/etc/passwd")
    rich.policy.commit()
    with rich.desk() as desk:
        before = desk.catalog.enforced()
        state = _look(desk)
        assert "stolen.yaml:1:1: error: a symlink is not followed" in state.facts.problem
        assert "root:" not in state.facts.problem
        assert before is not None
        assert state.policy == before[1]


def test_no_escape_sequence_of_a_policy_reaches_the_terminal(rich: World, capsys: pytest.CaptureFixture[str]) -> None:
    line = CommandLine(rich, capsys)
    nasty = "\x1b]0;owned\x07\x1b[2J\u202e[red]x[/red]"
    rich.policy.commit({"a\x1b[2Jb\u202e.yaml": "kind: [", "more.yaml": f'kind: "{nasty}"\nx: 1\n'})
    for words in (["plan"], ["reconcile"], ["status"], ["validate", str(rich.policy.path)], ["events"]):
        told = line.say(*words)
        bad = [char for char in told.out + told.err if (ord(char) < 32 and char != "\n") or char in "\x7f\x9b\u202e"]
        assert bad == [], (words, told)


def test_a_huge_policy_is_refused_in_time_and_changes_nothing(rich: World) -> None:
    with rich.desk() as desk:
        before = _look(desk).policy
        rich.policy.commit({"huge.yaml": "a: " + "x" * 12_000_000})
        state = _look(desk)
        assert state.policy == before


def test_an_approval_of_something_that_was_not_shown_is_refused(rich: World) -> None:
    with pytest.raises(ApprovalUnknown):
        rich.approve("ab" * 32)


def test_the_policy_never_reads_a_file_of_the_host_into_its_messages(rich: World) -> None:
    rich.policy.commit({"more.yaml": f"kind: !include {rich.key}\n"})
    with rich.desk() as desk:
        assert CANARY not in _look(desk).facts.problem
    assert Path(rich.key).exists()
