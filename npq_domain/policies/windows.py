"""The assessment window: whole London days, closed at the midnight after the last."""

from datetime import date, datetime

from attrs import frozen

from npq_domain.calendar import add_days, add_months, london_day, midnight
from npq_domain.catalogue.types import WindowRule


@frozen(kw_only=True)
class Window:
    """From `opens_at`, included, to `closes_at`, excluded. Both UTC, both London midnights."""

    opens_at: datetime
    closes_at: datetime

    def is_open(self, at: datetime) -> bool:
        """Whether a response may be handed in at this instant."""
        return self.opens_at <= at < self.closes_at


def window(first: date, last: date) -> Window:
    """The window of these London days, both included.

    Eight calendar days end at midnight of the eighth: day 1 is the day of release, and the
    deadline is the start of day 9. Source: BPN leadership NPQs 2023, Leadership NPQ programmes:
    assessment; UCL/ETH handbook 2023, section 6.
    """
    return Window(opens_at=midnight(first), closes_at=midnight(add_days(last, 1)))


def extended(it: Window, days: int) -> Window:
    """The same window, open for so many more London days."""
    return Window(
        opens_at=it.opens_at, closes_at=midnight(add_days(london_day(it.closes_at), days))
    )


def days(first: date, last: date) -> int:
    """How many calendar days, both included."""
    return (last - first).days + 1


def may_open_on(rule: WindowRule, start: date, first: date) -> bool:
    """Whether a window may open on that day, for a programme that started on `start`."""
    least, most = rule.months_least, rule.months_most
    return (least is None or add_months(start, least) <= first) and (
        most is None or first <= add_months(start, most)
    )
