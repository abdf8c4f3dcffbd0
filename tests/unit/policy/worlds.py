"""Policies to compare: small ones made by hand, and random valid ones whose names overlap."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TypeVar

from reconciler.kinds.files import FilesSource
from reconciler.kinds.later import PostgresqlSource
from reconciler.kinds.secrets import SecretReference
from reconciler.kinds.source import Source
from reconciler.policy.blocks import blocks_of, mixed
from reconciler.policy.models.asset import Expect, Schedule, Tolerate
from reconciler.policy.models.calendar import DrillCalendarSpec, Scenario
from reconciler.policy.models.document import Selector
from reconciler.policy.models.exceptions import BackupRequestSpec, DecommissionSpec, HoldSpec, SuspensionSpec
from reconciler.policy.models.location import LocalLocation, Location, SftpLocation
from reconciler.policy.models.people import AlertSpec, ContactSpec, Event, Provider, SmtpProvider, WebhookProvider
from reconciler.policy.models.policy import PolicySpec
from reconciler.policy.models.repository import Medium, RepositorySpec
from reconciler.policy.models.retention import RetentionSpec
from reconciler.policy.models.tier import Cadence, Copies, Proof
from reconciler.policy.resolved import ResolvedAsset, ResolvedPlacement, ResolvedPolicy
from reconciler.policy.validity import validate_resolved

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

REPOSITORIES = ("local", "nas", "cloud", "cold")
ASSETS = ("auth", "files", "mail", "shop", "wiki", "zoo")
CONTACTS = ("platform", "lead", "dba")
_MEDIA: tuple[Medium, ...] = ("disk", "nas", "cloud", "external")
_EVENTS: tuple[Event, ...] = ("breached", "blocked", "approval", "storage")

Item = TypeVar("Item")


def repository(name: str = "nas", **changes: object) -> RepositorySpec:
    spec = RepositorySpec(
        location=Location(local=LocalLocation(path=f"/srv/{name}")),
        password_from=SecretReference(file=f"/etc/{name}"),
        keeper="infra1",
        failure_domain=name,
    )
    return spec.model_copy(update=changes)


def asset(
    name: str = "wiki", repositories: Iterable[str] = ("nas",), daily: int = 7, **changes: object
) -> ResolvedAsset:
    made = ResolvedAsset(
        name=name,
        owner="platform",
        host="db1",
        tier="tier-1",
        rpo=HOUR,
        rto=HOUR,
        copies=Copies(minimum=2),
        proof=Proof(),
        initial_within=7 * DAY,
        encryption="required",
        source=Source(files=FilesSource(include=("/etc",))),
        placements=tuple(
            ResolvedPlacement(repository=r, rpo=HOUR, retention=RetentionSpec(daily=daily)) for r in repositories
        ),
    )
    return made.model_copy(update=changes)


def policy(*assets: ResolvedAsset, repositories: Iterable[RepositorySpec | str] = ("nas",)) -> ResolvedPolicy:
    return ResolvedPolicy(
        name="iact",
        settings=PolicySpec(),
        repositories={name: repository(name) for name in repositories if isinstance(name, str)},
        assets={one.name: one for one in assets},
        contacts={"platform": ContactSpec(email="platform@example.org")},
    )


def world(random: Random) -> ResolvedPolicy:
    """A valid policy; the same for the same state of ``random``."""
    while True:
        found = _world(random)
        if found.assets and not validate_resolved(found):
            return found


def pair(random: Random) -> tuple[ResolvedPolicy, ResolvedPolicy]:
    """Two valid policies: near each other, as a commit makes them, or far apart."""
    first = world(random)
    while True:
        other = world(random)
        share = random.choice((0.0, 0.5, 0.8, 0.9))
        # By name: the order of a set would differ from run to run.
        names = sorted({"policy", *blocks_of(first), *blocks_of(other)})
        second = mixed(first, other, {name for name in names if random.random() < share})
        if second.assets and second != first and not validate_resolved(second):
            return first, second


def _world(random: Random) -> ResolvedPolicy:
    contacts = {name: _contact(random, name) for name in _some(random, CONTACTS, 1)}
    people = sorted(contacts)
    repositories = {name: _repository(random, name, people) for name in _some(random, REPOSITORIES, 1)}
    names = sorted(_some(random, ASSETS, 1))
    assets = {name: _asset(random, name, people, repositories, names[:index]) for index, name in enumerate(names)}
    gone = [name for name in ASSETS if name not in assets]
    return ResolvedPolicy(
        name="iact" if random.random() < 0.95 else "other",
        settings=PolicySpec(
            time_zone=random.choice(("UTC", "Europe/Madrid")), review=_maybe(random, Cadence(every=92 * DAY))
        ),
        repositories=repositories,
        assets=assets,
        contacts=contacts,
        alerts={name: _alert(random, people, names) for name in _some(random, ("mail-all", "hook"), 0)},
        calendars={name: _calendar(random, people, names) for name in _some(random, ("quarterly", "yearly"), 0)},
        requests={name: _request(random, names) for name in _some(random, ("before-upgrade",), 0)},
        holds={name: _hold(random, names) for name in _some(random, ("legal", "audit"), 0)},
        suspensions={name: _suspension(random, names) for name in _some(random, ("move",), 0)},
        decommissions={f"end-{name}": _end(random, name, people) for name in _some(random, gone[:1], 0)},
    )


def _request(random: Random, names: list[str]) -> BackupRequestSpec:
    until = _maybe(random, date(2027, 1, 1))
    return BackupRequestSpec(asset=random.choice(names), reason="before the upgrade", keep_until=until)


def _end(random: Random, name: str, people: list[str]) -> DecommissionSpec:
    last = date(2027, random.randint(1, 3), 1)
    return DecommissionSpec(asset=name, last=last, owner=random.choice(people), reason="gone")


def _some(random: Random, names: tuple[str, ...] | list[str], least: int) -> list[str]:
    if not names:
        return []
    return sorted(random.sample(list(names), random.randint(least, len(names))))


def _maybe(random: Random, value: Item) -> Item | None:
    return value if random.random() < 0.5 else None


def _rarely(random: Random, value: Item) -> Item | None:
    return value if random.random() < 0.15 else None


def _contact(random: Random, name: str) -> ContactSpec:
    return ContactSpec(
        email=f"{name}{random.choice(('', '.new'))}@example.org", phone=_maybe(random, "+34 600 000 000")
    )


def _repository(random: Random, name: str, people: list[str]) -> RepositorySpec:
    location = (
        Location(local=LocalLocation(path=f"/srv/{name}"))
        if random.random() < 0.6
        else Location(sftp=SftpLocation(host="127.0.0.1", user="backup", path=f"/srv/far/{name}"))
    )
    return RepositorySpec(
        location=location,
        password_from=SecretReference(file=f"/etc/{name}{random.choice(('', '', '', '.new'))}"),
        medium=random.choice(_MEDIA),
        offsite=random.random() < 0.5,
        failure_domain=name if random.random() < 0.8 else "shared",
        keeper="infra1",
        escrow=tuple(_some(random, people, 0)),
    )


def _asset(
    random: Random, name: str, people: list[str], repositories: dict[str, RepositorySpec], earlier: list[str]
) -> ResolvedAsset:
    rpo = random.choice((1, 4, 24)) * HOUR
    chain = random.sample(sorted(repositories), random.randint(1, min(3, len(repositories))))
    placements = [
        ResolvedPlacement(
            repository=repository,
            copy_of=None if index == 0 else random.choice((None, chain[index - 1])),
            rpo=rpo * (index + 1),
            retention=RetentionSpec(daily=random.choice((7, 14, -1)), weekly=random.choice((0, 4))),
        )
        for index, repository in enumerate(chain)
    ]
    return ResolvedAsset(
        name=name,
        labels={"team": random.choice(("red", "blue"))},
        owner=random.choice(people),
        host=random.choice(("db1", "db1", "db1", "db2")),
        tier=random.choice(("tier-1", "tier-2")),
        rpo=rpo,
        rto=random.choice((4, 24)) * HOUR,
        copies=_copies(random, [repositories[name] for name in chain]),
        proof=Proof(read_all=_maybe(random, 7 * DAY), drill=_rarely(random, Cadence(every=100 * DAY))),
        initial_within=7 * DAY,
        encryption="required",
        source=_source(random, name),
        placements=tuple(placements),
        schedule=Schedule(cron=_maybe(random, "*/20 * * * *")),
        depends_on=tuple(_some(random, earlier, 0)) if random.random() < 0.3 else (),
        expect=Expect(maximum_shrink=random.choice((0.3, 0.5)), accept=random.choice((None, None, None, "a" * 64))),
        tolerate=Tolerate(unreadable=random.choice((0, 0, 3))),
    )


def _copies(random: Random, landing: list[RepositorySpec]) -> Copies:
    """Demands that are often just met, so that a change of a repository may break them."""
    domains, media = {spec.domain for spec in landing}, {"disk", *(spec.medium for spec in landing)}
    offsite = {spec.domain for spec in landing if spec.offsite}
    return Copies(
        minimum=random.randint(1, 1 + len(domains)),
        media=random.randint(1, len(media)),
        offsite=random.randint(0, len(offsite)),
    )


def _source(random: Random, name: str) -> Source:
    if random.random() < 0.2:
        secret = _maybe(random, SecretReference(env="WIKI"))
        host = random.choice(("127.0.0.1", "db9"))
        return Source(postgresql=PostgresqlSource(host=host, database=name, password_from=secret))
    exclude = tuple(_some(random, ["*.log", "*.tmp", "my cache"], 0))
    include = ("/etc", f"/home/{name}") if random.random() < 0.5 else ("/etc",)
    return Source(files=FilesSource(include=include, exclude=exclude, one_file_system=random.random() < 0.5))


def _select(random: Random, names: list[str]) -> Selector:
    return random.choice(
        (
            Selector(),
            Selector(assets=(random.choice(names),)),
            Selector(labels={"team": "red"}),
            Selector(tier="tier-1"),
        )
    )


def _alert(random: Random, people: list[str], names: list[str]) -> AlertSpec:
    provider = (
        Provider(smtp=SmtpProvider(host="127.0.0.1", tls="none", sender="backup@example.org"))
        if random.random() < 0.5
        else Provider(webhook=WebhookProvider(url_from=SecretReference(env="HOOK")))
    )
    events = tuple(random.sample(_EVENTS, random.randint(1, len(_EVENTS))))
    return AlertSpec(
        events=events, select=_select(random, names), provider=provider, to=tuple(_some(random, people, 1))
    )


def _calendar(random: Random, people: list[str], names: list[str]) -> DrillCalendarSpec:
    return DrillCalendarSpec(
        recurrence=random.choice(("FREQ=MONTHLY;BYMONTHDAY=1", "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=1")),
        scenario=Scenario(title="loss"),
        select=Selector() if random.random() < 0.8 else _select(random, names),
        participants=tuple(_some(random, people, 0)),
    )


def _hold(random: Random, names: list[str]) -> HoldSpec:
    expires = random.choice((date(2026, 11, 23), date(2026, 11, 24), date(2027, 5, 1)))
    return HoldSpec(select=_select(random, names), reason="court", expires=expires)


def _suspension(random: Random, names: list[str]) -> SuspensionSpec:
    expires = NOW + random.choice((-DAY, DAY, 3 * DAY))
    actions = random.choice((("backup",), ("backup", "forget"), ("prune",)))
    return SuspensionSpec(select=_select(random, names), actions=actions, reason="moving", expires=expires)
