"""Makers of commands about circumstances: a claim, or its decision."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from npq_domain import commands as ask
from npq_domain.aggregates.participant.facts.circumstances import (
    Circumstance,
    Effect,
    EffectKind,
    EvidenceRef,
)
from npq_domain.calendar import add_days
from npq_domain.personal import Personal
from npq_domain.policies.engagement import Excuse
from npq_domain.testing.participants.engagement import missed
from npq_domain.testing.participants.plots import Tale


def extenuate(tale: Tale) -> Any:
    """Claim circumstances, or decide what was claimed."""
    on, waiting = tale.later(6), tale.it.circumstances.open
    if waiting:
        granted = tale.number(1, 5) > 1
        effect = EFFECTS[tale.one_of(GRANTS if granted else [EffectKind.NONE])]
        return ask.DecideCircumstances(
            claim=waiting[0],
            granted=granted,
            effect=effect(tale),
            decided_by="board",
            by_panel=tale.draw(st.booleans()),
            on=on,
        )
    letter = EvidenceRef(kind="letter", uri=Personal("file:9"), sha256="cd" * 32)
    return ask.ClaimCircumstances(
        claim=f"c-{tale.number(1, 3)}",
        kind=tale.one_of(list(Circumstance)),
        since=tale.day,
        until=add_days(tale.day, tale.number(-1, 20)),
        evidence=tale.one_of([(letter,), (letter,), ()]),
        on=on,
    )


GRANTS = (EffectKind.EXTEND_DAYS, *EffectKind)


EFFECTS: dict[EffectKind, Callable[[Tale], Effect]] = {
    EffectKind.EXTEND_DAYS: lambda tale: Effect(
        kind=EffectKind.EXTEND_DAYS,
        attempt=tale.it.assessment.current,
        days=tale.one_of([7, 3, 1, 0]),
    ),
    EffectKind.LATER_WINDOW: lambda tale: Effect(
        kind=EffectKind.LATER_WINDOW, attempt=tale.it.assessment.current
    ),
    EffectKind.EXCUSE: lambda tale: Effect(
        kind=EffectKind.EXCUSE,
        component=tale.one_of(missed(tale)),
        excuse=tale.one_of(list(Excuse)),
    ),
    EffectKind.NONE: lambda _: Effect(kind=EffectKind.NONE),
}
