"""Which documents there are: exactly one Policy, and no name twice."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.policy.checks.reading import Reading
from reconciler.policy.documents import Place, Problem


def policy_count(reading: Reading) -> Iterator[Problem]:
    """Exactly one Policy document, valid or not."""
    policies = [document for document in reading.documents if document.kind == "Policy"]
    if not policies and not reading.names("Policy") and not reading.cut:
        message = "there is no document of kind Policy; write one, it names the policy"
        yield Problem(Place("."), "policy-missing", message)
    for further in policies[1:]:
        message = f"a policy has one Policy document, and {policies[0].place} is one already"
        yield Problem(further.place, "policy-twice", message)
