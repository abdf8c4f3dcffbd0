"""Kinds Contact and Alert: who is told, of what, and by which way."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from reconciler.kinds.secrets import SecretReference
from reconciler.policy.models.document import Selector
from reconciler.policy.models.location import Port
from reconciler.units.direction import Direction, Presence
from reconciler.units.durations import Duration
from reconciler.units.model import Strict
from reconciler.units.names import HostName, Name, PlainText, UserName

Email = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9][A-Za-z0-9.-]{0,252}$")
]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ()-]{3,24}$")]
Event = Literal["breached", "blocked", "approval", "unknown", "failing", "storage", "policy", "resolved"]


class ContactSpec(Strict):
    """A person or a team; ``escalation`` is who is called when nobody answers for ``escalateAfter``."""

    email: Annotated[Email | None, Direction.SOLID] = None
    phone: Annotated[Phone | None, Direction.SOLID] = None
    role: Annotated[PlainText | None, Direction.NEUTRAL] = None
    escalation: Annotated[Name | None, Direction.SOLID] = None
    escalate_after: Annotated[Duration, Direction.NEUTRAL] = timedelta(minutes=30)

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if not (self.email or self.phone):
            raise ValueError("a contact needs an email or a phone, or nobody can reach it")
        return self


class SmtpProvider(Strict):
    """Mail through one server; without ``tls`` only on loopback."""

    host: HostName
    port: Port = 587
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    sender: Email
    user: UserName | None = None
    password_from: SecretReference | None = None


class WebhookProvider(Strict):
    """A POST to an address that is itself a secret; ``slack`` sends ``{"text": …}``."""

    url_from: SecretReference
    format: Literal["slack", "json"] = "slack"


class Provider(Strict):
    """Exactly one way."""

    smtp: SmtpProvider | None = None
    webhook: WebhookProvider | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.smtp is None) == (self.webhook is None):
            raise ValueError("name exactly one provider: smtp or webhook")
        return self


class AlertSpec(Strict):
    """Which events go where; ``to`` are contacts, needed for mail."""

    events: Annotated[tuple[Event, ...], Field(min_length=1), Direction.KEEPS]
    select: Annotated[Selector, Direction.SOLID] = Field(default_factory=Selector)
    provider: Annotated[Provider, Direction.SOLID, Presence.NEW_LOWERS]
    # One more reader is a new place for what alerts tell.
    to: Annotated[tuple[Name, ...], Direction.SOLID, Presence.NEW_LOWERS] = ()
    remind_every: Annotated[Duration, Direction.SMALLER] = timedelta(days=1)
