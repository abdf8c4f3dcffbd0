"""A repository opened: its secrets read, once a pass, so that a passphrase can be changed without a restart."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.engines.protocol import OpenRepository
from reconciler.errors import ReconcilerError
from reconciler.kinds.secrets import SecretReference
from reconciler.kit.secrets import read_secret
from reconciler.policy.models.repository import RepositorySpec


def open_repository(name: str, spec: RepositorySpec, environment: Mapping[str, str]) -> OpenRepository:
    """Reads the passphrase and the location's credentials. Raises SecretMissing or SecretExposed, naming it."""
    try:
        passphrase = read_secret(spec.password_from, environment)
        credentials = {field: read_secret(reference, environment) for field, reference in _credentials(spec).items()}
    except ReconcilerError as error:
        raise error.about(name) from None
    return OpenRepository(name, spec.location, passphrase, credentials)


def _credentials(spec: RepositorySpec) -> dict[str, SecretReference]:
    place = spec.location
    named: dict[str, SecretReference | None] = {
        "identity": place.sftp.identity_from if place.sftp else None,
        "password": place.rest.password_from if place.rest else None,
        "access_key": place.s3.access_key_from if place.s3 else None,
        "secret_key": place.s3.secret_key_from if place.s3 else None,
    }
    return {field: reference for field, reference in named.items() if reference}
