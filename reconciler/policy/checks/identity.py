"""Which documents there are: exactly one Policy, no name twice, no name that is taken."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.policy.checks.reading import Reading
from reconciler.policy.documents import Place, Problem

STATE_ASSET = "reconciler-state"
PAGES = ("index", "matrix")
"""Every asset has a page of its name, and these two pages are there already."""


def policy_count(reading: Reading) -> Iterator[Problem]:
    """Exactly one Policy document, valid or not."""
    policies = [document for document in reading.documents if document.kind == "Policy"]
    if not policies and not reading.names("Policy") and not reading.cut:
        message = "there is no document of kind Policy; write one, it names the policy"
        yield Problem(Place("."), "policy-missing", message)
    for further in policies[1:]:
        message = f"a policy has one Policy document, and there is one already at {policies[0].place}"
        yield Problem(further.place, "policy-twice", message)


def names_twice(reading: Reading) -> Iterator[Problem]:
    """One document for each kind and name; both places are told."""
    names = [(d.kind, d.metadata.name) for d in reading.documents] + [(d.kind, d.name) for d in reading.declared]
    if len(set(names)) == len(names):
        return  # as ever: where each of ten thousand stands need not be looked up
    first: dict[tuple[str, str], Place] = {}
    every = [(d.kind, d.metadata.name, d.at("metadata", "name")) for d in reading.documents]
    every += [(d.kind, d.name, d.place) for d in reading.declared]
    for kind, name, place in sorted(every, key=lambda one: one[2]):
        earlier = first.setdefault((kind, name), place)
        if earlier is not place and kind != "Policy":
            message = f"there are two documents of kind {kind} with the name {name}; the first is at {earlier}"
            yield Problem(place, "name-twice", message)


def reserved_names(reading: Reading) -> Iterator[Problem]:
    """The journal is itself an asset, and that asset's name is taken; so are the names of the other pages."""
    taken = reading.of_kind("Asset").get(STATE_ASSET)
    if taken:
        message = f"{STATE_ASSET} is the reconciler's own asset, made without a document; choose another name"
        yield Problem(taken.at("metadata", "name"), "name-reserved", message)
    for name in PAGES:
        if found := reading.of_kind("Asset").get(name):
            message = f"{name} is a page of its own beside the pages of assets; choose another name"
            yield Problem(found.at("metadata", "name"), "name-reserved", message)
