"""The host's own settings as a strict frozen model: what one machine decides and no policy may change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, field_validator, model_validator
from pydantic_core.core_schema import ValidationInfo

from reconciler.units.durations import Duration
from reconciler.units.model import Strict
from reconciler.units.names import AbsolutePath, EnvironmentName, HostName, Label, Name, PlainText
from reconciler.units.scalars import Count

ROOT_STATE = "/var/lib/reconciler"
PREFIX = "RECONCILER_"

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_AUTHORITY = r"(?P<host>[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?"
_USER = r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?"
_REMOTE_URL = re.compile(rf"(?P<scheme>https?|ssh)://{_USER}{_AUTHORITY}/[^\s?#]*")
_SCP_URL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9_.-]*:[^-:\s][^:\s]*")
_LOCAL_URL = re.compile(r"(?:file://)?/[^\x00-\x1f\x7f]*")
_PASSWORD_IN_URL = re.compile(r"[a-z]+://[^/@]*:[^/@]*@")


def check_policy_url(value: str) -> str:
    """An https, ssh or file URL, ``user@host:path`` or an absolute path, as git may be given it.

    Raises ValueError on anything else: git's URLs can run commands (``ext::``) and be taken for options.
    """
    if _PASSWORD_IN_URL.match(value):
        raise ValueError("a password must not stand in policy.url; name it in policy.tokenFrom")
    if remote := _REMOTE_URL.fullmatch(value):
        if remote["scheme"] == "http" and remote["host"] not in _LOOPBACK:
            raise ValueError(f"plain http can be changed on its way, use https: {value!r}")
        return value
    if _SCP_URL.fullmatch(value) or (_LOCAL_URL.fullmatch(value) and ".." not in value.split("/")):
        return value
    raise ValueError(f"not a policy URL: {value!r}; write an absolute path, https://…, ssh://… or git@host:path")


def check_branch(value: str) -> str:
    """A branch name by the rules of ``git check-ref-format``, without a leading dash. Raises ValueError."""
    wrong = (
        not re.fullmatch(r"[^\x00-\x20\x7f~^:?*\[\\]{1,200}", value)
        or value.startswith(("-", "/", "refs/"))
        or value.endswith(("/", "."))
        or any(part in value for part in ("..", "//", "@{"))
        or value in ("@", "HEAD")
        or any(part.startswith(".") or part.endswith(".lock") for part in value.split("/"))
    )
    if wrong:
        raise ValueError(f"not a branch name: {value!r}")
    return value


def check_folder(value: str) -> str:
    """A folder inside the policy source, ``.`` for all of it; without a trailing slash. Raises ValueError."""
    folder = value.removeprefix("./").rstrip("/") or "."
    parts = folder.split("/")
    if folder.startswith(("/", "-", ":")) or (folder != "." and any(part in ("", ".", "..") for part in parts)):
        raise ValueError(f"not a folder inside the policy source: {value!r}")
    return folder


def _program(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value[0].startswith("/"):
        raise ValueError(f"a command begins with the absolute path of its program: {value[0]!r}")
    return value


def _listen(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"not an address to listen on: {value!r}; write it like 127.0.0.1:9187")
    return value


PolicyUrl = Annotated[str, StringConstraints(min_length=1, max_length=2048), AfterValidator(check_policy_url)]
Branch = Annotated[str, AfterValidator(check_branch)]
PolicyFolder = Annotated[PlainText, AfterValidator(check_folder)]
Revision = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$")]
RepositoryId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8,64}$")]
CatalogUrl = Annotated[str, StringConstraints(pattern=r"^sqlite:////[^?#\s]+$")]
WebUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$", max_length=2048)]
Command = Annotated[tuple[PlainText, ...], Field(min_length=1, max_length=64), AfterValidator(_program)]
Listen = Annotated[str, AfterValidator(_listen)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
AtLeastOne = Annotated[Count, Field(ge=1, le=1000)]


class HostSecret(Strict):
    """A secret of the host itself: an environment variable, a file, or a systemd credential."""

    env: EnvironmentName | None = None
    file: AbsolutePath | None = None
    credential: Label | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(value is not None for value in (self.env, self.file, self.credential)) != 1:
            raise ValueError("name exactly one of env, file or credential")
        return self


class PolicySettings(Strict):
    """Where the policy comes from; ``verify: commits`` accepts only revisions signed by allowed signers.

    ``tokenFrom`` is the password of an https URL; ``identityFile`` and ``knownHostsFile`` are for ssh.
    """

    url: PolicyUrl
    branch: Branch = "main"
    folder: PolicyFolder = "."
    interval: Duration = timedelta(seconds=30)
    verify: Literal["none", "commits"] = "none"
    allowed_signers: AbsolutePath | None = None
    token_from: HostSecret | None = None
    identity_file: AbsolutePath | None = None
    known_hosts_file: AbsolutePath | None = None

    @model_validator(mode="after")
    def _signers_for_verify(self) -> Self:
        if self.verify == "commits" and self.allowed_signers is None:
            raise ValueError("verify: commits needs allowedSigners, a file in ssh-keygen's format")
        return self


class RunbookSettings(Strict):
    """Where the pages are written, and the branch of the policy source they are committed to, if any."""

    folder: AbsolutePath
    branch: Branch | None = None


class Concurrency(Strict):
    """How many actions run at once, in all and on one repository."""

    total: AtLeastOne = 4
    per_repository: AtLeastOne = 4


class Floor(Strict):
    """What is kept per asset and repository whatever a policy says."""

    minimum_restored: Count = 1
    minimum_age: Duration = timedelta(days=3)


class Deadlines(Strict):
    """An engine is ended when no byte moved for ``stall``; a listing after ``list``."""

    stall: Duration = timedelta(minutes=30)
    list: Duration = timedelta(minutes=10)


class Trust(Strict):
    """What a person vouches for when the journal cannot: a revision, and repository ids by name."""

    revision: Revision | None = None
    repositories: dict[Name, RepositoryId] = Field(default_factory=dict)


class Heartbeat(Strict):
    """The dead-man switch's URL, itself a secret."""

    url_from: HostSecret


def _catalog_in(validated: Mapping[str, object]) -> str:
    return f"sqlite:///{validated.get('state', ROOT_STATE)}/catalog.db"


def _key_in(validated: Mapping[str, object]) -> str:
    return f"{validated.get('state', ROOT_STATE)}/host-key"


def _runbooks_in(validated: Mapping[str, object]) -> RunbookSettings:
    return RunbookSettings(folder=f"{validated.get('state', ROOT_STATE)}/runbooks")


class HostSettings(Strict):
    """Everything that one machine decides; ``keyFile`` is the Ed25519 key that signs plans and exports."""

    policy: PolicySettings
    host: HostName
    state: AbsolutePath = ROOT_STATE
    catalog: CatalogUrl = Field(default_factory=_catalog_in)
    runbooks: RunbookSettings = Field(default_factory=_runbooks_in)
    concurrency: Concurrency = Concurrency()
    restic: AbsolutePath = "/usr/bin/restic"
    commands: dict[Name, Command] = Field(default_factory=dict)
    floor: Floor = Floor()
    grace: Duration = timedelta(hours=24)
    deadlines: Deadlines = Deadlines()
    trust: Trust = Trust()
    heartbeat: Heartbeat | WebUrl | None = None
    listen: Listen = "127.0.0.1:9187"
    language: Language = "en"
    key_file: AbsolutePath = Field(default_factory=_key_in)

    @field_validator("runbooks", mode="before")
    @classmethod
    def _beside_the_state(cls, value: object, info: ValidationInfo) -> object:
        """A branch alone keeps the default folder."""
        if isinstance(value, Mapping) and "folder" not in value:
            return {**value, "folder": _runbooks_in(info.data).folder}
        return value

    @model_validator(mode="after")
    def _pages_beside_the_policy(self) -> Self:
        if self.runbooks.branch == self.policy.branch:
            raise ValueError("runbooks.branch must be another branch than policy.branch")
        return self

    @property
    def catalog_folder(self) -> str:
        """Where the catalog lies, and with it what all who share it share: leadership, leases and trails."""
        return self.catalog.removeprefix("sqlite:///").rpartition("/")[0] or "/"

    @property
    def listen_address(self) -> tuple[str, int]:
        """Host and port of ``listen``."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)


def default_state(uid: int, environment: Mapping[str, str]) -> str:
    """The state folder when none is named: the system's for root, the XDG state folder for others."""
    if uid == 0:
        return ROOT_STATE
    home = environment.get("XDG_STATE_HOME", "")
    if not home.startswith("/"):
        home = environment.get("HOME", "/").rstrip("/") + "/.local/state"
    return f"{home}/reconciler"


def settings_places(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Where settings are looked for when no file is named, in this order; the first that exists counts."""
    if named := environment.get(f"{PREFIX}CONFIG"):
        return (named,)
    home = environment.get("XDG_CONFIG_HOME", "")
    if not home.startswith("/"):
        home = environment.get("HOME", "/").rstrip("/") + "/.config"
    return "/etc/reconciler/reconciler.yaml", f"{home}/reconciler/reconciler.yaml"


def override_variables() -> dict[str, tuple[str, ...]]:
    """Environment variable → the single value that it overrides: ``RECONCILER_FLOOR_MINIMUM_AGE`` and so on.

    Maps, lists and secret references have no variable.
    """
    return {PREFIX + "_".join(_upper(part) for part in path): path for path in _leaves(HostSettings, ())}


def _upper(name: str) -> str:
    return re.sub(r"([A-Z])", r"_\1", name).upper()


def _leaves(model: type[BaseModel], above: tuple[str, ...]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, field in model.model_fields.items():
        path = (*above, field.alias or name)
        kind = field.annotation
        models = [k for k in (kind, *get_args(kind)) if isinstance(k, type) and issubclass(k, BaseModel)]
        if isinstance(kind, type) and models:
            found += _leaves(models[0], path)
        elif getattr(kind, "__origin__", None) is not dict and HostSecret not in models:
            found.append(path)
    return found
