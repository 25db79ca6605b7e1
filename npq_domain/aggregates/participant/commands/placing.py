"""DfE's rules for a place in one of its cohorts: the schedule, the funded place, other places.

They hold where the application names a cohort that the catalogue knows, and a course that DfE's
service has; elsewhere nothing is asked.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from attrs import frozen

from npq_domain.aggregates.participant import standing
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.application import (
    ApplicationAccepted,
    PriorApplication,
)
from npq_domain.catalogue import Catalogue, FundingCohort, Programme, Schedule
from npq_domain.catalogue.types import FundingMode
from npq_domain.decider import require
from npq_domain.errors import Requirement

PLACING = "DFE npq-registration, applications: accept"
FUNDED_PLACE = "DFE npq-registration, applications: funded place"
DECLARED = "DFE npq-registration, applications: declarations submitted, eligible, payable or paid"


@frozen(kw_only=True)
class Place:
    """What an acceptance copies of the cohort that it is for."""

    schedule: str | None
    terms: Schedule | None = None
    cohort: str | None = None
    funding: FundingMode | None = None


def dfe_cohort(it: Participant, catalogue: Catalogue) -> FundingCohort | None:
    """The cohort of DfE's that the application counts in, if the catalogue knows it."""
    name = standing.funding_cohort(it)
    return catalogue.funding_cohort(name) if name else None


def dfe_course(
    it: Participant, catalogue: Catalogue
) -> tuple[Programme, FundingCohort, str] | None:
    """The programme, DfE's cohort and the course group, where DfE's rules hold."""
    registered, cohort = it.application.registered, dfe_cohort(it, catalogue)
    programme = catalogue.programme(registered.programme) if registered else None
    if cohort is None or programme is None or programme.group is None:
        return None
    return programme, cohort, programme.group


def place(
    it: Participant,
    catalogue: Catalogue,
    *,
    schedule: str | None,
    funded_place: bool | None,
    prior: Iterable[PriorApplication],
    on: date,
) -> Place:
    """The place that an acceptance of that day takes, or `Refused` with all that is unmet."""
    course = dfe_course(it, catalogue)
    if course is None:
        return Place(schedule=schedule)
    programme, cohort, group = course
    found = (
        catalogue.schedule(cohort.id, schedule)
        if schedule
        else catalogue.schedule_on(cohort.id, group, on)
    )
    require(
        no_other_place(programme, cohort, elsewhere(it, prior), catalogue),
        *lawful_schedule(found, schedule, programme, cohort, on),
        PLACES[cohort.funding](it, cohort, asked=funded_place),
    )
    return Place(
        schedule=found.identifier if found else None,
        terms=found,
        cohort=cohort.id,
        funding=cohort.funding,
    )


def placed(it: Participant, on: date, *, catalogue: Catalogue) -> Iterator[Requirement]:
    """The gate of a place: of one that was taken, as it stands; else of one taken on that day.

    Of an applicant nobody has said yet whether it is to be a funded place: told is what may be.
    """
    course, decision = dfe_course(it, catalogue), it.application.decision
    if course is None:
        return
    programme, cohort, group = course
    if isinstance(decision, ApplicationAccepted):
        found, asked = standing.terms(it), it.funding.place
        yield no_other_place(programme, cohort, elsewhere(it, decision.prior), catalogue)
    else:
        found = catalogue.schedule_on(cohort.id, group, on)
        eligible = it.funding.eligible is True
        asked = {FundingMode.CAPPED: eligible, FundingMode.ZERO: False}.get(cohort.funding)
    yield from lawful_schedule(found, None, programme, cohort, on)
    yield PLACES[cohort.funding](it, cohort, asked=asked)


def elsewhere(it: Participant, prior: Iterable[PriorApplication]) -> Iterator[PriorApplication]:
    """The person's other applications: a list of all of them has this one among them."""
    own = it.application.registered.application_id if it.application.registered else ""
    return (each for each in prior if each.application_id.lower() != own.lower())


def no_other_place(
    programme: Programme,
    cohort: FundingCohort,
    prior: Iterable[PriorApplication],
    catalogue: Catalogue,
) -> Requirement:
    """Nobody is on the same course twice in one cohort: a withdrawn application does not count."""
    same = {programme.code, *programme.same_course_as}
    others = [
        each.application_id
        for each in prior
        if each.accepted
        and not each.withdrawn
        and (known := catalogue.programme(each.programme))
        and known.code in same
        and each.funding_cohort
        and catalogue.funding_cohort(each.funding_cohort) is cohort
    ]
    return Requirement(
        code="other_accepted",
        met=not others,
        because=f"accepted for {programme.code} in cohort {cohort.id} already: {', '.join(others)}"
        if others
        else f"not accepted for {programme.code} in cohort {cohort.id} elsewhere",
        source=PLACING,
    )


def lawful_schedule(
    found: Schedule | None,
    asked: str | None,
    programme: Programme,
    cohort: FundingCohort,
    on: date,
) -> Iterator[Requirement]:
    """There is such a schedule in the cohort, and it is one for the course's group."""
    yield Requirement(
        code="unknown_schedule",
        met=found is not None,
        because=f"cohort {cohort.id} has no schedule {asked!r}"
        if asked
        else f"cohort {cohort.id} has no schedule for who is accepted for {programme.code} on {on}",
        source=PLACING,
    )
    if found is not None:
        yield Requirement(
            code="schedule_not_allowed",
            met=programme.group in found.groups,
            because=f"{found.identifier} is for {', '.join(found.groups)},"
            f" {programme.code} is of the group {programme.group}",
            source=found.source,
        )


def capped_place(it: Participant, _: FundingCohort, *, asked: bool | None) -> Requirement:
    """Places are counted: it is said whether this is one, and only who is eligible has one."""
    if asked is None:
        return Requirement(
            code="funded_place_required",
            met=False,
            because="the cohort is capped: say whether this is a funded place",
            source=FUNDED_PLACE,
        )
    return Requirement(
        code="funded_place_not_allowed",
        met=not asked or it.funding.eligible is True,
        because=f"not eligible for funding: {it.funding.code or 'nobody has assessed it'}"
        if not it.funding.eligible
        else f"eligible for funding: {it.funding.code or 'as DfE says'}",
        source=FUNDED_PLACE,
    )


def full_place(_: Participant, cohort: FundingCohort, *, asked: bool | None) -> Requirement:
    """Every eligible place is funded, so nothing is said of this one."""
    return Requirement(
        code="funded_place_not_allowed",
        met=asked is None,
        because=f"cohort {cohort.id} is funded in full: leave out whether this is a funded place",
        source=FUNDED_PLACE,
    )


def unfunded_place(_: Participant, cohort: FundingCohort, *, asked: bool | None) -> Requirement:
    """No place is funded, and that is said."""
    return Requirement(
        code="funded_place_required" if asked is None else "funded_place_not_allowed",
        met=asked is False,
        because=f"cohort {cohort.id} has no funded places: say that this is none",
        source=FUNDED_PLACE,
    )


PLACES: dict[FundingMode, Callable[..., Requirement]] = {
    FundingMode.CAPPED: capped_place,
    FundingMode.FULL: full_place,
    FundingMode.ZERO: unfunded_place,
}
"""What may be said of a funded place, by how DfE funds the cohort."""


def no_declarations(it: Participant, what: str) -> Requirement:
    """No claim stands that DfE pays for, or may still."""
    live = it.declarations.live
    told = ", ".join(f"{each.type.value} of {each.at.date()}" for each in live)
    return Requirement(
        code="declarations_present",
        met=not live,
        because=f"void these before {what}: {told}" if live else "no declaration stands",
        source=DECLARED,
    )
