"""How engaged a participant is: credit against plan, in whole minutes or whole sessions.

The sources ask for 90 % engagement and do not say of what (UCL/ETH handbook 2023, section 5;
BPN leadership NPQs 2023, assessment). So the strategy is the specification's, the ratio is exact,
and nothing is ever rounded before it is compared.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from fractions import Fraction

from attrs import define, frozen

from npq_domain.catalogue.types import Activity, EngagementRule, Mode, Strategy

Minutes = int


class Excuse(Enum):
    """What an excused absence does to the figures."""

    CREDIT = "credit"
    REMOVE_FROM_DENOMINATOR = "remove_from_denominator"


class Status(Enum):
    """Where a participant stands with the threshold."""

    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    UNREACHABLE = "unreachable"


@frozen(kw_only=True)
class PlannedComponent:
    """One component of a participant's plan, copied from specification and cohort."""

    id: str
    activity: Activity
    strand: str | None = None
    minutes: Minutes | None = None
    counts: bool = True
    due: date | None = None
    mode: Mode | None = None


@define
class Credit:
    """What is credited to one component."""

    minutes: Minutes = 0
    closed: bool = False
    """Attendance or absence is recorded: what was missed can no longer be attended."""
    excuse: Excuse | None = None


NOTHING = Credit()


@define
class Tally:
    """Sums over components, in the strategy's units: minutes or sessions."""

    planned: int = 0
    credited: int = 0
    attainable: int = 0
    expected: int = 0
    """Of what fell due by the day of looking, how much was planned."""
    credited_of_expected: int = 0
    largest_open: int = 0

    def reaches(self, amount: int, percent: int) -> bool:
        """Whether an amount is that share of the plan. Nothing planned is nothing reached."""
        return self.planned > 0 and 100 * amount >= percent * self.planned


@frozen(kw_only=True)
class Engagement:
    """Exact figures. `num`/`den` and `attainable` are of the strand that decides, if by strand."""

    num: int
    den: int
    attainable: int
    """The most of `den` that can still be reached."""
    met: bool
    status: Status
    one_from_unreachable: bool
    """Whether missing the largest component still open would put the threshold out of reach."""
    needed: int
    """Units still to be credited until the threshold is met."""
    expected: int
    behind: int
    """How far credit lags behind what has fallen due."""
    planned_minutes: Minutes
    credited_minutes: Minutes
    excused_minutes: Minutes
    strands: Mapping[str, Tally]


def measure(
    rule: EngagementRule,
    plan: Iterable[PlannedComponent],
    credits: Mapping[str, Credit],
    *,
    as_at: date | None = None,
) -> Engagement:
    """Engagement so far under a rule, in one pass over the plan.

    What falls due on or before `as_at` is expected; what has no due date never is. A component
    of unknown minutes cannot count by minutes.
    """
    by_session = rule.strategy is Strategy.SESSION_COUNT
    by_strand = rule.strategy is Strategy.PER_STRAND
    tallies: dict[str, Tally] = {}
    planned = credited = excused = 0
    for it in plan:
        minutes = it.minutes
        if not it.counts or not (minutes or by_session):
            continue
        whole = minutes or 0
        credit = credits.get(it.id, NOTHING)
        got, excuse = min(credit.minutes, whole), credit.excuse
        if excuse is not None:
            excused += whole
            if excuse is Excuse.REMOVE_FROM_DENOMINATOR:
                continue
            got = whole
        planned += whole
        credited += got
        closed = credit.closed or excuse is not None
        if by_session:
            held = excuse is not None or (credit.closed and credit.minutes >= max(whole, 1))
            whole, got = 1, int(held)
        key = (it.strand or "") if by_strand else ""
        tally = tallies.get(key)
        if tally is None:
            tally = tallies[key] = Tally()
        tally.planned += whole
        tally.credited += got
        if closed:
            tally.attainable += got
        else:
            tally.attainable += whole
            tally.largest_open = max(tally.largest_open, whole - got)
        if as_at is not None and it.due is not None and it.due <= as_at:
            tally.expected += whole
            tally.credited_of_expected += got
    return judged(rule.threshold_percent, tallies, (planned, credited, excused))


def judged(percent: int, tallies: dict[str, Tally], minutes: tuple[int, int, int]) -> Engagement:
    """What the sums say of the threshold; by strand, every strand has to reach it."""
    each = tallies.values()
    decides = min(each, key=share) if len(each) > 1 else next(iter(each), Tally())
    reachable = bool(tallies) and all(it.reaches(it.attainable, percent) for it in each)
    late = any(100 * it.credited_of_expected < percent * it.expected for it in each)
    on_edge = any(not it.reaches(it.attainable - it.largest_open, percent) for it in each)
    planned, credited, excused = minutes
    return Engagement(
        num=decides.credited,
        den=decides.planned,
        attainable=decides.attainable,
        met=bool(tallies) and all(it.reaches(it.credited, percent) for it in each),
        status=Status.UNREACHABLE if not reachable else Status.AT_RISK if late else Status.ON_TRACK,
        one_from_unreachable=on_edge,
        needed=sum(max(0, -(-percent * it.planned // 100) - it.credited) for it in each),
        expected=sum(it.expected for it in each),
        behind=sum(it.expected - it.credited_of_expected for it in each),
        planned_minutes=planned,
        credited_minutes=credited,
        excused_minutes=excused,
        strands=tallies,
    )


def share(tally: Tally) -> Fraction:
    """How much of a strand's plan is credited, exactly."""
    return Fraction(tally.credited, tally.planned)
