"""How many intakes run side by side, and when that is more than usual."""

from datetime import date, timedelta

import pytest
from attrs import evolve

from npq_domain import cohort
from npq_domain import commands as ask
from npq_domain.catalogue import shipped
from npq_domain.projections import IntakeRow, RunningRow, intakes
from npq_domain.projections.intakes import running
from npq_domain.projections.projection import Seen
from npq_domain.testing import given

STARTS = (date(2021, 10, 4), date(2022, 3, 7), date(2022, 10, 3), date(2023, 3, 6))
"""An autumn and a spring, and another of each: the first is not over when the fourth begins."""
FIFTH = date(2023, 3, 20)
PROGRAMMES = sorted(it.key for it in shipped().specifications if it.provider == "UCL")


def intake(start_on: date, *keys: str, closed: date | None = None) -> IntakeRow:
    on = start_on - timedelta(days=90)
    asked = ask.OpenCohort(
        provider="UCL",
        partner="ETH",
        name=f"{start_on:%B %Y}",
        season="autumn",
        start_on=start_on,
        on=on,
    )
    offers = [ask.OfferProgramme(specification=it, on=on) for it in keys or PROGRAMMES]
    close = [ask.CloseCohort(on=closed)] if closed else []
    seen = Seen(subject=f"{start_on}", position=1, as_at=start_on)
    row = intakes.row(given(cohort, asked, *offers, *close).state, seen)
    assert row
    return row


def on_one_day(*those: IntakeRow, as_at: date) -> RunningRow:
    [row] = running(those, as_at=as_at)
    return row


@pytest.mark.rule("4.10")
def test_two_intakes_a_year_come_to_four_at_once_of_nine_programmes_each() -> None:
    row = on_one_day(*map(intake, STARTS), as_at=STARTS[-1])
    assert row.running == ("October 2021", "March 2022", "October 2022", "March 2023")
    assert (row.programmes, row.warnings) == (36, ())


@pytest.mark.rule("4.10")
def test_a_fifth_intake_at_once_is_warned_of_and_not_refused() -> None:
    row = on_one_day(*map(intake, (*STARTS, FIFTH)), as_at=FIFTH)
    assert row.warnings == ("5 intakes run at once; 4 at most are usual",)
    ended = [intake(STARTS[0], closed=FIFTH), *map(intake, (*STARTS[1:], FIFTH))]
    assert on_one_day(*ended, as_at=FIFTH).warnings == ()


@pytest.mark.rule("4.10")
def test_an_intake_runs_from_its_start_until_its_longest_programme_is_over() -> None:
    leaders = intake(STARTS[0])
    assert leaders.ends_on == date(2023, 4, 4)
    days = (date(2021, 10, 3), STARTS[0], date(2023, 4, 3), date(2023, 4, 4))
    assert [len(on_one_day(leaders, as_at=it).running) for it in days] == [0, 1, 1, 0]
    specialists = intake(STARTS[0], "reform/UCL/NPQLT/1")
    assert specialists.ends_on == date(2022, 10, 4)


@pytest.mark.rule("4.10")
def test_a_tenth_programme_in_an_intake_is_warned_of() -> None:
    nine = intake(STARTS[0])
    ten = evolve(nine, programmes=(*nine.programmes, "NPQSENCO"))
    row = on_one_day(ten, as_at=STARTS[0])
    assert row.warnings == ("October 2021 offers 10 programmes; 9 at most are usual",)


def test_a_provider_whose_document_says_nothing_is_not_warned() -> None:
    those = [evolve(intake(it), usually_at_once=None) for it in (*STARTS, FIFTH)]
    assert on_one_day(*those, as_at=FIFTH).warnings == ()


def test_each_partner_of_a_provider_runs_its_own() -> None:
    other = evolve(intake(STARTS[0]), partner=None)
    rows = list(running([intake(STARTS[0]), other], as_at=STARTS[0]))
    assert [(it.partner, len(it.running)) for it in rows] == [("", 1), ("ETH", 1)]
