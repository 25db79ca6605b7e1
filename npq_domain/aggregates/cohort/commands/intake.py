"""What may be asked about an intake."""

from datetime import date

from attrs import field, frozen

from npq_domain.aggregates.cohort.commands.ground import COHORTS, opened
from npq_domain.aggregates.cohort.facts import Cohort
from npq_domain.aggregates.cohort.facts.intake import (
    CohortClosed,
    CohortOpened,
    DeadlineExtended,
    ProgrammeOffered,
)
from npq_domain.catalogue import Catalogue
from npq_domain.decider import Decisions, Facts, refuse_if, says_the_same
from npq_domain.errors import refusal
from npq_domain.personal import Personal, personal


@frozen(kw_only=True)
class OpenCohort:
    """Open an intake: who provides it, when it starts, until when applications are taken."""

    provider: str
    partner: str | None = None
    name: str
    season: str
    start_on: date
    funding_cohort: str | None = None
    """DfE's cohort with its suffix, such as 2023a."""
    application_deadline: date | None = None
    on: date


def open_cohort(command: OpenCohort, it: Cohort, *, catalogue: Catalogue) -> Facts:
    known, provider = it.intake.opened, catalogue.provider(command.provider)
    usual = provider.intake_rule if provider else None
    fact = CohortOpened(
        provider=command.provider,
        partner=command.partner,
        name=command.name,
        season=command.season,
        start_on=command.start_on,
        funding_cohort=command.funding_cohort,
        application_deadline=command.application_deadline,
        usual=known.usual if known else usual,
        on=command.on,
    )
    refuse_if(
        known and not says_the_same(fact, known),
        "already_opened",
        f"the cohort was opened otherwise: {known}",
        COHORTS,
    )
    if known is None:
        refuse_if(
            command.start_on < command.on,
            "starts_before_opening",
            f"a cohort opened on {command.on} cannot have started on {command.start_on}",
            COHORTS,
        )
        yield fact


@frozen(kw_only=True)
class OfferProgramme:
    """Offer a programme in this intake, by one of the provider's specifications."""

    specification: str
    capacity: int | None = None
    funded_cap: int | None = None
    on: date


def offer_programme(command: OfferProgramme, it: Cohort, *, catalogue: Catalogue) -> Facts:
    intake = opened(it, command.on)
    found = catalogue.specification(command.specification)
    if found is None or found.provider != intake.provider:
        because = f"{intake.provider} has no specification {command.specification!r}"
        raise refusal("unknown_programme", because, COHORTS)
    closed = catalogue.last_offered(found)
    refuse_if(
        closed and intake.start_on > closed,
        "programme_closed",
        f"{intake.name} starts on {intake.start_on}, and {found.key} was offered until {closed}",
        found.source,
    )
    refuse_if(
        min(command.capacity or 0, command.funded_cap or 0) < 0,
        "places_out_of_range",
        f"capacity {command.capacity}, funded places {command.funded_cap}: neither is below 0",
        COHORTS,
    )
    fact = ProgrammeOffered(
        programme=found.programme,
        specification=found.key,
        capacity=command.capacity,
        funded_cap=command.funded_cap,
        duration=found.duration,
        window=found.assessment.window,
        on=command.on,
    )
    known = it.intake.programmes.get(found.programme)
    refuse_if(
        known and known.specification != fact.specification,
        "already_offered",
        f"{found.programme} is offered by {known.specification if known else ''} already",
        COHORTS,
    )
    used = it.places.used(found.programme)
    refuse_if(
        command.funded_cap is not None and command.funded_cap < used,
        "cap_reached",
        f"{used} funded places are taken, more than {command.funded_cap}",
        COHORTS,
    )
    if not says_the_same(fact, known):
        yield fact


@frozen(kw_only=True)
class ExtendDeadline:
    """Take applications for longer."""

    application_deadline: date
    reason: Personal[str] = field(converter=personal)
    on: date


def extend_deadline(command: ExtendDeadline, it: Cohort) -> Facts:
    opened(it, command.on)
    now, then = it.intake.deadline, command.application_deadline
    refuse_if(
        now is None or then < now,
        "deadline_not_later",
        f"the deadline is {now}; {then} would bring it forward"
        if now
        else "there is no deadline to extend",
        COHORTS,
    )
    if then != now:
        yield DeadlineExtended(application_deadline=then, reason=command.reason, on=command.on)


@frozen(kw_only=True)
class CloseCohort:
    """Close the intake: nothing is added to it any more."""

    on: date


def close_cohort(command: CloseCohort, it: Cohort) -> Facts:
    if it.intake.closed is None:
        opened(it, command.on)
        yield CohortClosed(on=command.on)


DECISIONS: Decisions = {
    OpenCohort: open_cohort,
    OfferProgramme: offer_programme,
    ExtendDeadline: extend_deadline,
    CloseCohort: close_cohort,
}
