"""The roster shows who is who to those who ask for it, and to no log."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from npq_domain.aggregates.participant.facts.training import (
    DeferralReason,
    Rejoined,
    TrainingDeferred,
    TrainingResumed,
    TransferredIn,
)
from npq_domain.personal import Personal
from npq_domain.projections import RosterRow, Seen, enrolments, funding, roster
from tests.aggregates.ground import SENIOR, intake_id, member

BY_PERSON = pytest.mark.parametrize("view", [roster, funding, enrolments], ids=lambda it: it.name)
SEEN = Seen(subject="p", position=1, as_at=date(2025, 6, 10))
CAME = TransferredIn(
    provider="BPN",
    former_provider="UCL",
    predecessor=UUID(int=1),
    sha256="ab" * 32,
    facts=9,
    on=date(2024, 1, 8),
)
LATER = Rejoined(
    cohort_id=UUID(int=9),
    cohort="spring 2024",
    group="south",
    start_on=date(2024, 3, 4),
    moved=(),
)
DEFERRED = TrainingDeferred(reason=DeferralReason.OTHER, expected_return=None, on=date(2024, 1, 8))
RESUMED = TrainingResumed(rejoined=LATER, carried=(), on=date(2024, 3, 4))


@BY_PERSON
def test_after_a_transfer_a_row_is_the_new_provider_s(view: Any) -> None:
    assert view.row(member(SENIOR).state, SEEN).provider == "UCL"
    assert view.row(member(SENIOR, CAME).state, SEEN).provider == "BPN"


@BY_PERSON
def test_who_came_back_to_a_later_cohort_stands_in_that(view: Any) -> None:
    before = view.row(member(SENIOR, DEFERRED).state, SEEN)
    assert before.cohort_id == str(intake_id(SENIOR))
    after = view.row(member(SENIOR, DEFERRED, RESUMED).state, SEEN)
    assert after.cohort_id == str(LATER.cohort_id)


def test_a_row_of_the_roster_is_shown_without_name_and_number() -> None:
    row = RosterRow(
        participant="p",
        person_ref="r",
        application_id="a",
        provider="UCL",
        programme="NPQH",
        cohort_id=None,
        group=None,
        name=Personal("Ann Other"),
        trn=Personal("0743795"),
        as_of_position=1,
    )
    assert not [it for it in ("Other", "0743795") if it in repr(row)]
    assert (row.name, row.trn) == (Personal("Ann Other"), Personal("0743795"))
