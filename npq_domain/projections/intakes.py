"""What each cohort is and offers, one row an intake; and how many run side by side."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby

from attrs import frozen

from npq_domain.aggregates.cohort import cohort
from npq_domain.aggregates.cohort.facts import Cohort
from npq_domain.calendar import add_months
from npq_domain.projections.projection import Projection, Seen, Summary


@frozen(kw_only=True)
class IntakeRow:
    """One intake. `funded_caps` and `funded_used` go with `programmes`, place by place."""

    cohort_id: str
    provider: str
    partner: str | None
    name: str
    season: str
    start_on: date
    ends_on: date | None
    """The day after the longest of its programmes; `None` where none has a known length."""
    funding_cohort: str | None
    application_deadline: date | None
    closed_on: date | None
    programmes: tuple[str, ...]
    specifications: tuple[str, ...]
    funded_caps: tuple[str, ...]
    """Whole numbers as text; empty where there is no cap."""
    funded_used: tuple[str, ...]
    groups_planned: int
    groups_confirmed: int
    groups_cancelled: int
    sessions: int
    windows: int
    usually_at_once: int | None
    usual_programmes: int | None
    """How many intakes at once, and programmes in each, the provider's document speaks of."""
    as_of_position: int


def row(it: Cohort, seen: Seen) -> IntakeRow | None:
    """The row of a cohort that was opened."""
    opened = it.intake.opened
    if opened is None:
        return None
    offers = sorted(it.intake.programmes.values(), key=lambda each: each.programme)
    groups = it.groups.known.values()
    months = max((each.duration.most for each in offers if each.duration), default=None)
    return IntakeRow(
        cohort_id=seen.subject,
        provider=opened.provider,
        partner=opened.partner,
        name=opened.name,
        season=opened.season,
        start_on=opened.start_on,
        ends_on=add_months(opened.start_on, months) if months else None,
        funding_cohort=opened.funding_cohort,
        application_deadline=it.intake.deadline,
        closed_on=it.intake.closed.on if it.intake.closed else None,
        programmes=tuple(each.programme for each in offers),
        specifications=tuple(each.specification for each in offers),
        funded_caps=tuple(
            "" if each.funded_cap is None else str(each.funded_cap) for each in offers
        ),
        funded_used=tuple(str(it.places.used(each.programme)) for each in offers),
        groups_planned=len(groups),
        groups_confirmed=sum(each.confirmed is not None for each in groups),
        groups_cancelled=sum(each.cancelled is not None for each in groups),
        sessions=len(it.timetable.sessions),
        windows=len(it.timetable.windows),
        usually_at_once=opened.usual.at_once if opened.usual else None,
        usual_programmes=opened.usual.programmes if opened.usual else None,
        as_of_position=seen.position,
    )


intakes = Projection(
    name="intakes",
    row_type=IntakeRow,
    decider=cohort,
    parts=("intake", "groups", "timetable", "places"),
    row=row,
    tolerant=True,
)


@frozen(kw_only=True)
class RunningRow:
    """The intakes of one provider and partner that run on the day of looking."""

    provider: str
    partner: str
    """An empty text where there is none."""
    running: tuple[str, ...]
    """Their names, the oldest first."""
    programmes: int
    """How many programmes run in them together."""
    warnings: tuple[str, ...]
    """What is more than usual. Nothing is refused over it."""
    as_at: date


def running(cohorts: Iterable[IntakeRow], *, as_at: date) -> Iterator[RunningRow]:
    """Count the intakes that have begun and are not over, by provider and partner."""
    for place, those in groupby(sorted(cohorts, key=beside), key=lambda it: beside(it)[:2]):
        begun = [it for it in those if runs(it, as_at)]
        yield RunningRow(
            provider=place[0],
            partner=place[1],
            running=tuple(it.name for it in begun),
            programmes=sum(len(it.programmes) for it in begun),
            warnings=tuple(warnings(begun)),
            as_at=as_at,
        )


def beside(it: IntakeRow) -> tuple[str, str, date, str]:
    """What an intake stands beside: others of its provider and partner, the oldest first."""
    return it.provider, it.partner or "", it.start_on, it.cohort_id


def runs(it: IntakeRow, on: date) -> bool:
    """Whether an intake has begun and is not over on a day."""
    over = [last for last in (it.ends_on, it.closed_on) if last]
    return it.start_on <= on and all(on < last for last in over)


def warnings(begun: list[IntakeRow]) -> Iterator[str]:
    """What is more than the provider's document speaks of."""
    usual = max((it.usually_at_once for it in begun if it.usually_at_once), default=None)
    if usual and len(begun) > usual:
        yield f"{len(begun)} intakes run at once; {usual} at most are usual"
    for it in begun:
        if it.usual_programmes and len(it.programmes) > it.usual_programmes:
            offered = f"{it.name} offers {len(it.programmes)} programmes"
            yield f"{offered}; {it.usual_programmes} at most are usual"


intakes_running = Summary(
    name="running",
    row_type=RunningRow,
    key=("provider", "partner"),
    sources=(intakes,),
    rows=running,
)
