"""Declarations: what is due when, by the milestone dates of DfE's guidance."""

from datetime import date, timedelta

import pytest

from npq_domain.catalogue import shipped
from npq_domain.catalogue.types import DeclarationType
from npq_domain.policies.declarations import Due, due

STARTED, FIRST, SECOND, COMPLETED = DeclarationType

DATES = {
    ("2021a", "npq-leadership-autumn"): "2021-12-25 2022-06-25 2022-11-25 2023-08-25",
    ("2021a", "npq-leadership-spring"): "2022-02-25 2022-10-25 2023-04-25 2023-12-25",
    ("2022a", "npq-leadership-autumn"): "2022-11-24 2023-03-10 2024-01-25 2024-08-25",
    ("2022a", "npq-leadership-spring"): "2023-06-23 2023-10-25 2024-05-24 2024-12-20",
    ("2023a", "npq-leadership-autumn"): "2023-11-24 2024-03-11 2025-01-24 2025-08-25",
    ("2023a", "npq-leadership-spring"): "2024-06-25 2024-10-25 2025-05-25 2025-12-19",
    ("2024a", "npq-leadership-autumn"): "2024-11-25 2025-05-26 2026-01-24 2026-07-25",
}


@pytest.mark.parametrize(("schedule", "dates"), list(DATES.items()), ids=str)
def test_each_schedule_is_due_on_the_dates_of_dfe_s_guidance(
    schedule: tuple[str, str], dates: str
) -> None:
    found = shipped().schedule(*schedule)
    assert found
    days = [date.fromisoformat(it) for it in dates.split()]
    assert [(it.type, it.on) for it in due(found, ())] == list(
        zip(DeclarationType, days, strict=True)
    )


def test_what_is_declared_is_due_no_more_and_the_rest_stays_in_order() -> None:
    schedule = shipped().schedule("2023a", "npq-specialist-autumn")
    assert schedule
    assert [it.type for it in due(schedule, ())] == [STARTED, FIRST, COMPLETED]
    assert due(schedule, {STARTED, COMPLETED}) == (Due(type=FIRST, on=date(2024, 3, 11)),)
    assert due(schedule, set(DeclarationType)) == ()


def test_a_declaration_is_overdue_the_day_after_and_never_where_no_date_is_known() -> None:
    it = Due(type=FIRST, on=date(2024, 3, 11))
    assert not it.overdue(date(2024, 3, 11))
    assert it.overdue(date(2024, 3, 11) + timedelta(days=1))
    assert not Due(type=FIRST, on=None).overdue(date.max)
