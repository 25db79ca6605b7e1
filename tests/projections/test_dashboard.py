"""The cohort dashboard, every column with exact numbers."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve

from npq_domain import cohort, participant
from npq_domain import commands as ask
from npq_domain.aggregates.participant.facts.application import RejectionReason
from npq_domain.aggregates.participant.facts.assessment import Outcome
from npq_domain.aggregates.participant.facts.training import (
    DeferralReason,
    TrainingDeferred,
    TrainingWithdrawn,
    TransferredIn,
    TransferredOut,
    WithdrawalReason,
)
from npq_domain.projections import (
    CohortRow,
    Seen,
    cohort_dashboard,
    declarations,
    eligibility,
    engagement,
    intakes,
)
from npq_domain.projections.dashboard import nearest_rank
from npq_domain.testing import given
from npq_domain.testing.intakes import GROUP, preparations
from tests.aggregates.claims import FIRST, RULES, TWO, claim, declared, heard
from tests.aggregates.ground import (
    SENIOR,
    START,
    accepted,
    attended,
    enrolled,
    intake,
    intake_id,
    registration,
    sitting,
    spec,
)
from tests.projections.summing import summed
from tests.projections.test_decisions_stand import AWARD, PASS, PASSED, PUBLISH, SUBMIT

TODAY = date(2025, 6, 10)
COHORT = str(intake_id(SENIOR))
LEFT = date(2024, 2, 5)
FAILED = [*sitting(), SUBMIT, evolve(PASS, outcome=Outcome.FAILED), PUBLISH]
MISSED = ask.RecordAbsence(component="face-to-face-1", on=date(2024, 1, 8))
DEFERRED = TrainingDeferred(reason=DeferralReason.OTHER, expected_return=None, on=LEFT)
WITHDRAWN = TrainingWithdrawn(reason=WithdrawalReason.OTHER, on=LEFT)
GONE = TransferredOut(to="BPN", successor=None, sha256=None, on=LEFT)
REJECT = ask.Reject(reason=RejectionReason.REJECTED_BY_PROVIDER, on=date(2024, 1, 8))


def told_in(month: int) -> list[Any]:
    """An application of that month of 2023, whose form was sent and never came back."""
    on = date(2023, month, 20)
    return [registration(on=on), ask.SendForm(on=on)]


LIVES: dict[str, list[Any]] = {
    "pending since December": told_in(12),
    "pending since December, too": told_in(12),
    "rejected": [registration(on=date(2023, 11, 30)), REJECT],
    "accepted": accepted(),
    "awarded": [*enrolled(), *PASSED, AWARD],
    "passed": [*enrolled(), *PASSED],
    "failed": [*enrolled(), *FAILED],
    "at nine tenths": [*enrolled(), *attended(but=("plg-1",))],
    "unreachable": [*enrolled(), MISSED],
    "deferred": [*enrolled(), DEFERRED],
    "withdrawn": [*enrolled(), WITHDRAWN],
    "transferred": [*enrolled(), GONE],
    "claimed": [*declared(SENIOR, claim(), heard("paid"), claim(id=TWO, type=FIRST))],
    "claimed, too": declared(SENIOR, claim()),
}
IN_A_GROUP = [
    *accepted(),
    ask.Enrol(cohort_id=intake_id(SENIOR), group=GROUP, on=date(2023, 9, 20)),
]


def rows(lives: dict[str, list[Any]], *reserved: int) -> list[CohortRow]:
    """The dashboard of an intake to which these have applied."""
    scenes = {
        name: given(participant, *asked, catalogue=RULES, cohort=intake(SENIOR).state)
        for name, asked in lives.items()
    }
    asked = preparations(spec(SENIOR), "autumn 2023", START)
    places = [
        ask.ReserveFundedPlace(programme="NPQSL", participant=UUID(int=it), on=START)
        for it in reserved
    ]
    at = intakes.row(given(cohort, *asked, *places, catalogue=RULES).state, seen(COHORT))
    sources = (
        [view.row(it.state, seen(name)) for name, it in scenes.items()]
        for view in (eligibility, engagement, declarations)
    )
    there = ([row for row in each if row is not None] for each in sources)
    return summed(cohort_dashboard, *there, [at], as_at=TODAY)


def seen(subject: str) -> Seen:
    return Seen(subject=subject, position=1, as_at=TODAY)


def test_every_column_counts_what_it_says() -> None:
    [row] = rows(LIVES, 1)
    assert row == CohortRow(
        cohort_id=COHORT,
        cohort="autumn 2023",
        programme="NPQSL",
        group="",
        applied=14,
        pending=2,
        accepted=11,
        rejected=1,
        applications_by_month=("2023-09 11", "2023-11 1", "2023-12 2"),
        overdue_forms=2,
        enrolled=10,
        active=7,
        deferred=1,
        withdrawn=1,
        transferred_out=1,
        engagement_mean_bp=(3 * 10_000 + 9_322) // 10,
        engagement_p25_bp=0,
        engagement_median_bp=0,
        engagement_p75_bp=10_000,
        below_threshold=6,
        at_risk=5,
        unreachable=1,
        access_granted=3,
        submitted=3,
        missed=0,
        passed=2,
        failed=1,
        awarded=1,
        declarations=("retained-1 submitted 1", "started paid 1", "started submitted 1"),
        declarations_by_type=("retained-1 1", "started 2"),
        declarations_by_state=("paid 1", "submitted 2"),
        declarations_overdue=2,
        funded_used=1,
        funded_cap=2,
        as_at=TODAY,
    )


def test_a_group_has_a_row_of_its_own_and_the_places_are_the_programme_s() -> None:
    whole, group = rows({"a": enrolled(), "b": IN_A_GROUP, "c": IN_A_GROUP}, 1, 2)
    assert (whole.group, whole.enrolled, whole.funded_used, whole.funded_cap) == ("", 1, 2, 2)
    assert (group.group, group.enrolled, group.funded_used, group.funded_cap) == (
        GROUP,
        2,
        0,
        None,
    )


def test_who_was_handed_over_counts_once_in_the_intake_of_before() -> None:
    came = TransferredIn(
        provider="BPN",
        former_provider="UCL",
        predecessor=UUID(int=1),
        sha256="ab" * 32,
        facts=len(enrolled()),
        on=LEFT,
    )
    nowhere, there = rows({"before": [*enrolled(), GONE], "after": [*enrolled(), came]})
    assert (nowhere.cohort_id, nowhere.enrolled, nowhere.active) == ("", 1, 1)
    assert (there.cohort_id, there.enrolled, there.transferred_out) == (COHORT, 1, 1)


def test_an_intake_that_nobody_has_applied_to_has_its_row() -> None:
    [row] = rows({})
    assert (row.programme, row.applied, row.engagement_mean_bp) == ("NPQSL", 0, None)
    assert (row.applications_by_month, row.declarations_by_type) == ((), ())


@pytest.mark.rule("3.16")
def test_applications_are_counted_by_month_so_that_december_shows() -> None:
    [row] = rows(
        {
            f"{month}/{number}": told_in(month)
            for month in (10, 11, 12)
            for number in range(month - 9)
        }
    )
    assert row.applications_by_month == ("2023-10 1", "2023-11 2", "2023-12 3")


def test_of_those_who_submitted_some_have_no_result_yet() -> None:
    [row] = rows({"waiting": [*enrolled(), *sitting(), SUBMIT]})
    assert (row.submitted, row.passed, row.failed) == (1, 0, 0)


@pytest.mark.parametrize(("percent", "rank"), [(25, 2), (50, 4), (75, 6), (100, 8), (1, 1)])
def test_a_percentile_is_the_nearest_rank(percent: int, rank: int) -> None:
    assert nearest_rank(list(range(1, 9)), percent) == rank
    assert nearest_rank([], percent) is None
