"""What a page says, as values: gathered from the policy and the facts, before any template sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from reconciler.kinds.step import Step
from reconciler.observed.backup import Backup, Verdict
from reconciler.observed.facts import Observed, PlacementFacts
from reconciler.policy.models.people import ContactSpec
from reconciler.policy.resolved import ResolvedAsset, ResolvedPlacement, ResolvedPolicy
from reconciler.recovery.finding import Flaw, Search
from reconciler.recovery.steps import recovery_steps
from reconciler.units.durations import format_duration
from reconciler.units.sizes import show_size
from reconciler.views.commands import Block, blocks_of
from reconciler.views.escaping import Raw, code
from reconciler.views.strategy import frequency_of, retention_text, strategy_of
from reconciler.views.times import show_age, show_instant

SHOWN = 5


@dataclass(frozen=True, slots=True)
class BackupRow:
    """One backup as a page lists it."""

    id: Raw
    time: str
    age: str
    size: str
    state: str


@dataclass(frozen=True, slots=True)
class BadNewest:
    """The newest backup is no good: when it was taken, why, and what the blocks take instead, if anything."""

    taken: str
    state: str
    instead: str = ""
    poor: str = ""


@dataclass(frozen=True, slots=True)
class PlaceSection:
    """One repository of an asset: where it is, what it holds, how to bring the asset back from it."""

    name: str
    where: str
    kind: str
    key: str
    escrow: tuple[str, ...]
    rpo: str
    strategy: str
    retention: str
    newest: str
    bad: BadNewest | None
    local: bool
    backups: tuple[BackupRow, ...]
    tools: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Someone to call: the name, the ways, the role, and after how long the next one is called."""

    name: str
    ways: str
    role: str
    after: str


@dataclass(frozen=True, slots=True)
class Page:
    """One asset's page."""

    name: str
    identity: str
    what: str
    notes: str
    host: str
    tier: str
    rpo: str
    rto: str
    usual: str
    frequency: str
    depends_on: tuple[str, ...]
    people: tuple[PersonRow, ...]
    places: tuple[PlaceSection, ...]
    revision: str
    rendered: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Setting:
    """What a page is rendered with besides the asset: the world, the revision, the instant, past recoveries."""

    policy: ResolvedPolicy
    observed: Observed
    revision: str
    now: datetime
    fingerprint: str = ""
    usual_restore: timedelta | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The policy's zone."""
        return ZoneInfo(self.policy.settings.time_zone)


def page_of(asset: ResolvedAsset, setting: Setting) -> Page:
    """The page of one asset."""
    policy = setting.policy
    usual = setting.usual_restore
    return Page(
        name=asset.name,
        identity=policy.identity(asset.name),
        what=(asset.description or f"{asset.source.kind} on {asset.host}").rstrip("."),
        notes=asset.notes or "",
        host=asset.host,
        tier=asset.tier,
        rpo=format_duration(asset.rpo),
        rto=format_duration(asset.rto),
        usual=show_duration(usual) if usual else "not measured yet",
        frequency=frequency_of(asset, policy),
        depends_on=asset.depends_on,
        people=people_of(asset.owner, policy),
        places=tuple(_place(asset, place, setting) for place in asset.placements),
        revision=setting.revision[:12],
        rendered=show_instant(setting.now, setting.zone),
        fingerprint=setting.fingerprint,
    )


def show_duration(value: timedelta) -> str:
    """How long a recovery took, never less than a second."""
    return format_duration(max(value, timedelta(seconds=1)))


def people_of(owner: str, policy: ResolvedPolicy) -> tuple[PersonRow, ...]:
    """The owner and whom to call next, each once."""
    rows: list[PersonRow] = []
    seen: set[str] = set()
    name: str | None = owner
    while name and name not in seen and name in policy.contacts:
        seen.add(name)
        contact = policy.contacts[name]
        after = (
            f"after {format_duration(contact.escalate_after)} call {contact.escalation}" if contact.escalation else ""
        )
        rows.append(PersonRow(name, ways(contact), contact.role or "", after))
        name = contact.escalation
    return tuple(rows)


def ways(contact: ContactSpec) -> str:
    """Phone first: it is three in the morning."""
    return ", ".join(way for way in (contact.phone, contact.email) if way)


def _place(asset: ResolvedAsset, place: ResolvedPlacement, setting: Setting) -> PlaceSection:
    spec = setting.policy.repositories[place.repository]
    facts = setting.observed.placement(asset.name, place.repository)
    newest = facts.newest_counted(setting.now)
    flaws = tuple(flaw for backup in facts.backups if (flaw := flaw_of(backup, setting.now)))
    search = Search.of(setting.policy, asset.name, flaws)
    steps = recovery_steps(asset, search, place.repository, spec)
    offsite = ", off the site" if spec.offsite else ""
    return PlaceSection(
        name=place.repository,
        where=spec.location.described,
        kind=f"{spec.medium} at {spec.site}{offsite}",
        key=spec.password_from.described,
        escrow=spec.escrow,
        rpo=format_duration(place.rpo),
        strategy=strategy_of(asset, place),
        retention=retention_text(place.retention),
        newest=_newest(newest, place, setting.now),
        bad=_bad_newest(facts, setting),
        local=spec.location.local is not None,
        backups=tuple(_row(backup, setting) for backup in facts.backups[:SHOWN]),
        tools=", ".join(_tools(steps)),
        blocks=blocks_of(steps, folder=f"recover-{setting.policy.name}-{asset.name}-{place.repository}"),
    )


def _newest(newest: Backup | None, place: ResolvedPlacement, now: datetime) -> str:
    if newest is None:
        return "none known when this page was written"
    late = "" if now - newest.time < place.rpo else f", older than its RPO of {format_duration(place.rpo)}"
    return f"{show_age(newest.time, now)} old when this page was written{late}"


def _bad_newest(facts: PlacementFacts, setting: Setting) -> BadNewest | None:
    newest, good = next(iter(facts.backups), None), facts.newest_counted(setting.now)
    if newest is None or newest == good:
        return None
    taken, state = show_instant(newest.time, setting.zone), state_of(newest, setting.now)
    if good is not None:
        return BadNewest(taken, state, instead=show_instant(good.time, setting.zone))
    flaws = ((backup, flaw_of(backup, setting.now)) for backup in facts.backups)
    usable = next(((backup, flaw) for backup, flaw in flaws if flaw and flaw.usable), None)
    if usable is None:
        return BadNewest(taken, state)
    return BadNewest(taken, state, instead=show_instant(usable[0].time, setting.zone), poor=usable[1].why)


def _tools(steps: tuple[Step, ...]) -> list[str]:
    return sorted({tool for step in steps for tool in step.tools})


def _row(backup: Backup, setting: Setting) -> BackupRow:
    return BackupRow(
        id=code(backup.id),
        time=show_instant(backup.time, setting.zone),
        age=show_age(backup.time, setting.now),
        size=show_size(backup.size) if backup.size is not None else "–",
        state=state_of(backup, setting.now),
    )


def flaw_of(backup: Backup, now: datetime) -> Flaw | None:
    """Why a recovery passes a backup over; one that is only incomplete or unproven is better than none."""
    if backup.counted(now):
        return None
    usable = not backup.invalidated and (backup.accepted or not backup.suspicious)
    return Flaw(backup.id, state_of(backup, now), usable)


def state_of(backup: Backup, now: datetime) -> str:
    """What a backup is good for, in a few words."""
    if backup.invalidated:
        return "found bad: do not use it"
    if backup.in_future(now):
        return "dated in the future"
    if backup.suspicious and not backup.accepted:
        return "suspicious: much smaller than before"
    if backup.restored_at:
        return "good, restored before"
    if backup.counted(now):
        return "good"
    return "some files are missing" if backup.verdict is Verdict.DEGRADED else "not proven complete"
