"""How much study is expected by a day, where a document asks for so much a week."""

from datetime import date

import pytest

from npq_domain.catalogue import shipped
from npq_domain.policies.pace import expected

START = date(2023, 10, 2)


@pytest.mark.rule("2.2")
@pytest.mark.parametrize(
    ("as_at", "hours"),
    [
        (date(2023, 9, 1), (0, 0)),
        (date(2023, 10, 8), (0, 0)),
        (date(2023, 10, 9), (1, 2)),
        (date(2024, 9, 30), (52, 104)),
        (date(2025, 4, 2), (78, 156)),
        (date(2026, 1, 1), (78, 156)),
    ],
    ids=[
        "before the start",
        "six days are no week",
        "a week",
        "a year",
        "eighteen months",
        "no more after the programme",
    ],
)
def test_headship_takes_one_to_two_hours_a_week_for_eighteen_months(
    as_at: date, hours: tuple[int, int]
) -> None:
    headship = shipped().specification("reform/DfE/NPQH/1")
    assert headship
    assert headship.learning
    found = expected(headship.learning, headship.duration, START, as_at)
    assert found == tuple(60 * it for it in hours)


@pytest.mark.rule("2.2")
def test_where_a_document_says_nothing_of_weeks_nothing_is_expected_by_the_week() -> None:
    headship = shipped().specification("reform/BPN/NPQH/1")
    assert headship
    assert headship.learning
    assert expected(headship.learning, headship.duration, START, date(2024, 9, 30)) == (None, None)
