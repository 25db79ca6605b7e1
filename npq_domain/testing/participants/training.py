"""Makers of commands about deferral, withdrawal, schedule and transfer."""

from datetime import date
from typing import Any

from npq_domain import commands as ask
from npq_domain.aggregates.participant.facts.training import (
    DeferralReason,
    TrainingStatus,
    WithdrawalReason,
)
from npq_domain.calendar import add_days
from npq_domain.testing.participants.plots import Tale, plot


def resume(tale: Tale) -> Any:
    """Come back: who has withdrawn, on a day when DfE lets them."""
    on = add_days(tale.day, tale.one_of([0, 1, 20, 60]))
    if tale.it.training.status is TrainingStatus.WITHDRAWN:
        on = max(on, RESUMED_SINCE)
    return ask.ResumeTraining(
        cohort_id=tale.one_of([None, None, None, plot(tale).intake.subject]), on=on
    )


RESUMED_SINCE = date(2023, 8, 10)
GOING_ON = (TrainingStatus.ACTIVE, TrainingStatus.TRANSFERRED_OUT)


def leave(tale: Tale) -> Any:
    """Put training off, or withdraw; or once more what is so already."""
    on = add_days(tale.day, tale.number(0, 30))
    back = tale.one_of([None, None, add_days(on, 90), on])
    deferral = tale.one_of(list(DeferralReason))
    withdrawal = tale.one_of(list(WithdrawalReason))
    return tale.one_of(
        [
            ask.DeferTraining(reason=deferral, expected_return=back, on=on),
            ask.DeferTraining(reason=deferral, on=on),
            ask.WithdrawFromTraining(reason=withdrawal, on=on),
            ask.ResumeTraining(on=on),
        ]
    )


def move(tale: Tale) -> Any:
    """Change the schedule, or, seldom, the provider: that ends the story here."""
    on = tale.later()
    if tale.number(1, 10) > 1:
        return ask.ChangeSchedule(
            schedule=tale.one_of(SCHEDULES), cohort=tale.one_of(FUNDING_COHORTS), on=on
        )
    provider = plot(tale).specification.provider
    return tale.one_of(
        [
            ask.TransferOut(to=tale.one_of(["LLSE", "NOBODY", provider]), sha256="ab" * 32, on=on),
            ask.TransferIn(
                provider=tale.one_of(["LLSE", provider]),
                former_provider=provider,
                predecessor=tale.past.subject,
                sha256="ab" * 32,
                facts=len(tale.past.facts),
                on=on,
            ),
        ]
    )


SCHEDULES = ("npq-leadership-autumn", "npq-leadership-spring", "npq-specialist-spring", "npq-x")
FUNDING_COHORTS = (None, "2022a", "2023a", "2024a", "2026a", "1999a")
