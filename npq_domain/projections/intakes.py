"""What each cohort is and offers: one row an intake."""

from datetime import date

from attrs import frozen

from npq_domain.aggregates.cohort import cohort
from npq_domain.aggregates.cohort.facts import Cohort
from npq_domain.projections.projection import Projection, Seen


@frozen(kw_only=True)
class IntakeRow:
    """One intake. `funded_caps` and `funded_used` go with `programmes`, place by place."""

    cohort_id: str
    provider: str
    partner: str | None
    name: str
    season: str
    start_on: date
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
    as_of_position: int


def row(it: Cohort, seen: Seen) -> IntakeRow | None:
    """The row of a cohort that was opened."""
    opened = it.intake.opened
    if opened is None:
        return None
    offers = sorted(it.intake.programmes.values(), key=lambda each: each.programme)
    groups = it.groups.known.values()
    return IntakeRow(
        cohort_id=seen.subject,
        provider=opened.provider,
        partner=opened.partner,
        name=opened.name,
        season=opened.season,
        start_on=opened.start_on,
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
        as_of_position=seen.position,
    )


intakes = Projection(
    name="intakes",
    row_type=IntakeRow,
    decider=cohort,
    parts=("intake", "groups", "timetable", "places"),
    row=row,
)
