"""How much study a document asks for by the week comes to by a day."""

from datetime import date

from npq_domain.calendar import add_months
from npq_domain.catalogue.types import LearningTime, Span
from npq_domain.policies.engagement import Minutes

WEEK = 7


def expected(
    learning: LearningTime, duration: Span | None, start_on: date, as_at: date
) -> tuple[Minutes | None, Minutes | None]:
    """The least and the most minutes of so many whole weeks; `None` where none are asked for.

    Eighteen months at one to two hours a week (gov.uk NPQH page 2023, Course structure) are 78
    whole weeks, hence 78 to 156 hours. No more is expected once the programme is over.
    """
    last = add_months(start_on, duration.most) if duration else as_at
    weeks = max(0, (min(as_at, last) - start_on).days) // WEEK
    least, most = learning.weekly_least, learning.weekly_most
    return (
        None if least is None else least * weeks,
        None if most is None else most * weeks,
    )
