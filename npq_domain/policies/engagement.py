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
class Opening:
    """The days on which a component can be taken part in, both included, and who says so."""

    first: date
    last: date
    source: str


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
    opening: Opening | None = None
    """Where it is spread over a window: the only days that count."""


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


@frozen(kw_only=True)
class Engagement:
    """Exact figures. `num`/`den` and `attainable` are of the strand that decides, if by strand."""

    num: int
    den: int
    attainable: int
    """The most of `den` that can still be reached."""
    met: bool
    status: Status | None
    """`None` where nothing in the plan counts: a threshold of nothing is neither near nor far."""
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
    of unknown minutes cannot count by minutes, and only events are sessions.
    """
    by_session = rule.strategy is Strategy.SESSION_COUNT
    by_strand = rule.strategy is Strategy.PER_STRAND
    tallies: dict[str, Tally] = {}
    planned = credited = excused = 0
    for it in plan:
        minutes = it.minutes
        if not it.counts or not (it.activity is Activity.EVENT if by_session else minutes):
            continue
        whole = minutes or 0
        credit = credits.get(it.id, NOTHING)
        # Neither min nor max: a rebuild measures millions of components, in half the time so.
        got = credit.minutes if credit.minutes < whole else whole  # noqa: FURB136
        excuse = credit.excuse
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
            if tally.largest_open < whole - got:  # noqa: PLR1730
                tally.largest_open = whole - got
        if as_at is not None and it.due is not None and it.due <= as_at:
            tally.expected += whole
            tally.credited_of_expected += got
    return judged(rule.threshold_percent, tallies, (planned, credited, excused))


def judged(percent: int, tallies: dict[str, Tally], minutes: tuple[int, int, int]) -> Engagement:
    """What the sums say of the threshold; by strand, every strand has to reach it.

    Shares are compared in hundredths of the plan. Nothing planned is nothing reached.
    """
    met = reachable = bool(tallies)
    late = on_edge = False
    needed = expected = behind = 0
    for it in tallies.values():
        threshold = percent * it.planned
        met = met and 100 * it.credited >= threshold
        reachable = reachable and 100 * it.attainable >= threshold
        on_edge = on_edge or 100 * (it.attainable - it.largest_open) < threshold
        late = late or 100 * it.credited_of_expected < percent * it.expected
        needed += max(0, -(-threshold // 100) - it.credited)
        expected += it.expected
        behind += it.expected - it.credited_of_expected
    decides = deciding(tallies)
    planned, credited, excused = minutes
    return Engagement(
        num=decides.credited,
        den=decides.planned,
        attainable=decides.attainable,
        met=met,
        status=status(reachable=reachable, late=late) if tallies else None,
        one_from_unreachable=on_edge,
        needed=needed,
        expected=expected,
        behind=behind,
        planned_minutes=planned,
        credited_minutes=credited,
        excused_minutes=excused,
        strands=tallies,
    )


def status(*, reachable: bool, late: bool) -> Status:
    """Out of reach before behind, behind before on track."""
    if not reachable:
        return Status.UNREACHABLE
    return Status.AT_RISK if late else Status.ON_TRACK


def deciding(tallies: Mapping[str, Tally]) -> Tally:
    """The strand of which the smallest share is credited, exactly; the whole where there is one."""
    if len(tallies) > 1:
        return min(tallies.values(), key=lambda it: Fraction(it.credited, it.planned))
    return next(iter(tallies.values()), Tally())
