"""Keeps the deletion budget: a credit for each backup that becomes counted, a debit for each mark."""

from __future__ import annotations

from reconciler.execution.hands import Hands
from reconciler.observed.backup import Verdict
from reconciler.observed.entries import AttemptEnded, CreditSet
from reconciler.plan.guards.budget import credit_after


def counts(ended: AttemptEnded) -> bool:
    """The backup that this attempt made is counted from birth."""
    return ended.verdict is Verdict.COMPLETE and not ended.suspicious


def new_balance(
    hands: Hands, asset: str, repository: str, *, became_counted: int = 0, marked: int = 0
) -> list[CreditSet]:
    """The entry for the new balance, when it changes."""
    before = hands.catalog.placement_alone(asset, repository).credit
    after = credit_after(before, became_counted, marked)
    return [CreditSet(asset=asset, repository=repository, balance=after)] if after != before else []
