"""Strategies for the lives of cohorts, and plain intakes to enrol participants in."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from attrs import frozen
from hypothesis import strategies as st

from npq_domain import commands as ask
from npq_domain.aggregates.cohort import cohort
from npq_domain.aggregates.cohort.facts import Cohort
from npq_domain.calendar import LONDON, add_days, add_months
from npq_domain.catalogue import Catalogue, Specification, shipped
from npq_domain.catalogue.types import Activity
from npq_domain.identifiers import cohort_subject
from npq_domain.personal import Personal
from npq_domain.testing.lives import Life, Maker, Milestone, Telling, beginning, tell
from npq_domain.testing.past import Past

STARTS = (date(2018, 10, 1), date(2022, 10, 3), date(2023, 10, 2), date(2024, 2, 29))
"""An autumn under each framework, the autumn of both and the spring that a leap day begins."""

GROUP = "north"
SITTINGS = (1, 2, 3)
AN_HOUR = 60


@frozen(kw_only=True)
class Intake:
    """A cohort that is ready to be joined, and the commands by which it came about."""

    subject: UUID
    commands: tuple[Any, ...]
    cohort: Cohort
    start_on: date


@cache
def intake(specification: Specification, start_on: date, catalogue: Catalogue) -> Intake:
    """An intake of one programme: a group, a session every third week, and three sittings."""
    name = f"{specification.programme} {start_on:%B %Y}"
    asked = tuple(preparations(specification, name, start_on))
    past = Past(decider=cohort)
    for it in asked:
        past = past.after(*past.decide(it, {"catalogue": catalogue}))
    subject = cohort_subject(specification.provider, name)
    return Intake(subject=subject, commands=asked, cohort=past.state, start_on=start_on)


def preparations(specification: Specification, name: str, start_on: date) -> Iterator[Any]:
    """The commands by which an intake of one programme comes about."""
    opened = add_days(start_on, -200)
    yield ask.OpenCohort(
        provider=specification.provider,
        name=name,
        season="spring" if start_on.month < 7 else "autumn",  # noqa: PLR2004 - July
        start_on=start_on,
        application_deadline=add_days(start_on, -10),
        on=opened,
    )
    yield ask.OfferProgramme(specification=specification.key, funded_cap=2, on=opened)
    yield ask.PlanDeliveryGroup(
        group=GROUP, programme=specification.programme, place="Leeds", on=opened
    )
    for number, component in enumerate(events(specification)):
        starts_at, ends_at = hours(specification, component, add_days(start_on, 21 * number))
        yield ask.ScheduleSession(
            programme=specification.programme,
            component=component,
            starts_at=starts_at,
            ends_at=ends_at,
            on=opened,
        )
    for sitting in SITTINGS:
        if rule := specification.assessment.window:
            first = first_day(specification, start_on, sitting)
            yield ask.ScheduleAssessmentWindow(
                programme=specification.programme,
                sitting=sitting,
                opens_on=first,
                closes_on=add_days(first, rule.days - 1),
                on=opened,
            )


def first_day(specification: Specification, start_on: date, sitting: int) -> date:
    """When a sitting opens: after the programme, and each resit four months later."""
    rule, duration = specification.assessment.window, specification.duration
    least = rule.months_least if rule else None
    months = least or (duration.most if duration else None) or 12
    return add_months(start_on, months + 4 * (sitting - 1))


def events(specification: Specification) -> list[str]:
    """The components that have sessions."""
    return [it.id for it in specification.components if it.activity is Activity.EVENT]


def hours(specification: Specification, component: str, day: date) -> tuple[datetime, datetime]:
    """When a session of a component usually begins and ends, on that day."""
    found = next(it for it in specification.components if it.id == component)
    clock = time.fromisoformat(found.starts or "09:30")
    starts_at = datetime.combine(day, clock, LONDON).astimezone(UTC)
    return starts_at, starts_at + timedelta(minutes=found.minutes or AN_HOUR)


def open_cohort(telling: Telling[Cohort]) -> Any:
    return ask.OpenCohort(
        provider=told(telling).provider,
        name="autumn",
        season="autumn",
        start_on=add_days(telling.day, telling.number(-1, 60)),
        funding_cohort=telling.one_of([None, None, "2024a", "2026a"]),
        application_deadline=telling.one_of([None, add_days(telling.day, 20)]),
        on=telling.day,
    )


def offer(telling: Telling[Cohort]) -> Any:
    wanted = telling.one_of([it.key for it in fellows(telling)])
    cap = telling.one_of([None, 1, 2])
    return ask.OfferProgramme(specification=wanted, funded_cap=cap, on=telling.later())


def plan_group(telling: Telling[Cohort]) -> Any:
    return ask.PlanDeliveryGroup(
        group=telling.one_of(GROUPS),
        programme=programme(telling),
        place=telling.one_of(["Leeds", "Bath"]),
        on=telling.later(),
    )


def schedule(telling: Telling[Cohort]) -> Any:
    opened, found = telling.it.intake.opened, offered(telling)
    start_on = opened.start_on if opened else telling.day
    component = telling.one_of([*events(found), "no-such-session"])
    listed = component if component in events(found) else found.components[0].id
    starts_at, ends_at = hours(found, listed, add_days(start_on, telling.number(-1, 90)))
    return ask.ScheduleSession(
        programme=found.programme,
        group=telling.one_of([None, *telling.it.groups.known]),
        component=component,
        starts_at=starts_at,
        ends_at=ends_at,
        on=telling.later(),
    )


def reschedule(telling: Telling[Cohort]) -> Any:
    held = telling.it.timetable.sessions
    if not held:
        return None
    code, group, component = telling.one_of(list(held))
    by = timedelta(hours=telling.number(-1, 48))
    return ask.RescheduleSession(
        programme=code,
        group=group,
        component=component,
        starts_at=held[code, group, component].starts_at + by,
        ends_at=held[code, group, component].ends_at + by,
        on=telling.later(),
    )


def cancel_session(telling: Telling[Cohort]) -> Any:
    slots = list(telling.it.timetable.sessions)
    if not slots:
        return None
    code, group, component = telling.one_of(slots)
    return ask.CancelSession(
        programme=code, group=group, component=component, reason="snow", on=telling.later()
    )


def set_window(telling: Telling[Cohort]) -> Any:
    opened, found = telling.it.intake.opened, offered(telling)
    sitting = telling.one_of(SITTINGS)
    known = (found.programme, sitting) in telling.it.timetable.windows
    kind = ask.MoveAssessmentWindow if known else ask.ScheduleAssessmentWindow
    start_on = opened.start_on if opened else telling.day
    first = add_days(first_day(found, start_on, sitting), telling.number(-1, 100))
    return kind(
        programme=found.programme,
        sitting=sitting,
        opens_on=first,
        closes_on=add_days(first, telling.one_of([7, 7, 7, 6, 8])),
        set_by=telling.one_of([None, "DfE"]),
        on=telling.later(),
    )


def reserve(telling: Telling[Cohort]) -> Any:
    kind = telling.one_of([ask.ReserveFundedPlace, ask.ReserveFundedPlace, ask.ReleaseFundedPlace])
    somebody = UUID(int=telling.number(1, 4))
    return kind(programme=programme(telling), participant=somebody, on=telling.later())


def decide_group(telling: Telling[Cohort]) -> Any:
    group, on = telling.one_of(list(telling.it.groups.known) or GROUPS), telling.later()
    return telling.one_of(
        [
            ask.ConfirmDeliveryGroup(group=group, on=on),
            ask.AssignFacilitator(group=group, facilitator=telling.one_of(["f-1", "f-2"]), on=on),
            ask.CancelDeliveryGroup(group=group, reason=telling.one_of(["too few", ""]), on=on),
        ]
    )


def extend(telling: Telling[Cohort]) -> Any:
    then = add_days(telling.day, telling.number(-30, 60))
    return ask.ExtendDeadline(
        application_deadline=then, reason=Personal("few have applied"), on=telling.later()
    )


def close(telling: Telling[Cohort]) -> Any:
    return ask.CloseCohort(on=telling.later()) if telling.number(1, 5) == 1 else None


GROUPS = (GROUP, "south")


def told(telling: Telling[Cohort]) -> Specification:
    """The specification that the life was begun with."""
    found: Specification = telling.besides["specification"]
    return found


def fellows(telling: Telling[Cohort]) -> list[Specification]:
    """Every specification of its provider."""
    catalogue: Catalogue = telling.besides["catalogue"]
    return [it for it in catalogue.specifications if it.provider == told(telling).provider]


def offered(telling: Telling[Cohort]) -> Specification:
    """One that the intake offers, or the one that the life was begun with."""
    catalogue: Catalogue = telling.besides["catalogue"]
    keys = [it.specification for it in telling.it.intake.programmes.values()]
    key = telling.one_of(keys) if keys else told(telling).key
    return catalogue.specification(key) or told(telling)


def programme(telling: Telling[Cohort]) -> str:
    return offered(telling).programme


ROAD: tuple[Milestone, ...] = (
    (lambda it: it.it.intake.opened, open_cohort),
    (lambda it: it.it.intake.programmes, offer),
    (lambda it: it.it.groups.known, plan_group),
    (lambda it: len(it.it.timetable.sessions) > 2, schedule),  # noqa: PLR2004 - a few
    (lambda it: it.it.timetable.windows, set_window),
    (lambda it: it.it.places.held, reserve),
)

ASIDES: tuple[Maker, ...] = (
    open_cohort, offer, plan_group, schedule, schedule, reschedule, cancel_session,
    set_window, set_window, reserve, reserve, decide_group, decide_group, extend, close,
)  # fmt: skip


def cohort_lives(
    catalogue: Catalogue | None = None, *, least: int = 0, most: int = 30
) -> st.SearchStrategy[Life[Cohort]]:
    """The life of a cohort of any provider, of so many commands."""
    known = catalogue or shipped()

    # Without arguments, which Hypothesis would print: a catalogue is hundreds of lines.
    @st.composite
    def cohort_life(draw: st.DrawFn) -> Life[Cohort]:
        key = draw(st.sampled_from([it.key for it in known.specifications]))
        day = add_days(draw(st.sampled_from(STARTS)), -60)
        besides = {"catalogue": known, "specification": known.specification(key)}
        return tell(beginning(draw, cohort, day, besides), ROAD, ASIDES, least, most)

    return cohort_life()
