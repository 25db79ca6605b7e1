"""Makers of commands about keeping and erasing personal data."""

from typing import Any

from npq_domain import commands as ask
from npq_domain.personal import Personal
from npq_domain.testing.participants.plots import Tale
from npq_domain.values import ErasureBasis

ONCE_IN = 8
"""How rarely somebody is erased: little else can be recorded of them then."""


def keep_or_erase(tale: Tale) -> Any:
    if tale.number(1, ONCE_IN) == ONCE_IN:
        basis = tale.one_of(list(ErasureBasis))
        return ask.ErasePersonalData(basis=basis, reason="asked in writing", on=tale.later())
    hold, why = tale.one_of(["claim 1", "claim 2"]), Personal("a letter before action")
    if tale.it.retention.holds and tale.number(0, 1):
        return ask.ReleaseLegalHold(hold=hold, reason=why, on=tale.later())
    return ask.PlaceLegalHold(hold=hold, reason=why, on=tale.later())
