"""The gate to a place: what it takes to be accepted by the provider."""

from collections.abc import Callable, Iterator
from datetime import date

from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.application import Application
from npq_domain.aggregates.participant.gates.ground import REGISTRATION, by, words
from npq_domain.calendar import LAST_DAY
from npq_domain.catalogue.types import EntryKind, EntryRule
from npq_domain.errors import Requirement


def acceptance(it: Participant, on: date = LAST_DAY) -> Iterator[Requirement]:
    """What it takes to be accepted by the provider."""
    application = it.application
    registered = by(application.registered, on)
    yield Requirement(
        code="registration_missing",
        met=registered is not None,
        because=f"registered with DfE on {registered.on}" if registered else "never registered",
        source=REGISTRATION,
    )
    if registered is None:
        return
    if form := registered.terms.form:
        returned = by(application.form_returned, on)
        yield Requirement(
            code="form_not_returned",
            met=returned is not None,
            because=f"the provider's form came back on {returned.on}"
            if returned
            else "the provider's form has not come back",
            source=form.source,
        )
    for rule in registered.terms.entry:
        yield ENTRY[rule.kind](application, rule, on)
    if registered.terms.endorsement:
        yield endorsement(application, registered.terms.endorsement.source, on)


def endorsement(it: Application, source: str, on: date) -> Requirement:
    """Whether the school stands behind the application."""
    endorsed, declined = by(it.endorsed, on), it.declined
    return Requirement(
        code="endorsement_missing",
        met=endorsed is not None,
        because=f"endorsed by the {words(endorsed.role)} on {endorsed.on}"
        if endorsed
        else f"the {words(declined.role)} declined to endorse on {declined.on}"
        if declined
        else "nobody has endorsed the application",
        source=source,
        relied_on=("ApplicationEndorsed",) if endorsed else (),
    )


def gateway(it: Application, rule: EntryRule, on: date) -> Requirement:
    """Whether both judgements of the gateway were favourable."""
    seen = by(it.gateway, on)
    return Requirement(
        code="gateway_not_passed",
        met=seen is not None and seen.ready and seen.suitable,
        because=f"gateway of {seen.on}: {'' if seen.ready else 'not '}ready,"
        f" {'' if seen.suitable else 'not '}suitable"
        if seen
        else "the gateway has not been assessed",
        source=rule.source,
    )


def qualification_level(it: Application, rule: EntryRule, on: date) -> Requirement:
    """Whether a qualification of the level asked for was shown."""
    seen = by(it.evidence.get(EntryKind.QUALIFICATION_LEVEL), on)
    high = seen is not None and seen.level is not None and seen.level >= (rule.level or 0)
    relevant = seen is not None and (bool(seen.full_and_relevant) or not rule.full_and_relevant)
    return Requirement(
        code="entry_qualification_unmet",
        met=high and relevant,
        because=f"level {seen.level}, {'' if seen.full_and_relevant else 'not '}full and relevant,"
        f" of at least level {rule.level}"
        if seen
        else f"no qualification of level {rule.level} or above was shown",
        source=rule.source,
        relied_on=(seen.evidence,) if seen else (),
    )


def headship_years(it: Application, rule: EntryRule, on: date) -> Requirement:
    """Whether the applicant has been a head for less than so many years."""
    seen = by(it.evidence.get(EntryKind.HEADSHIP_YEARS), on)
    return Requirement(
        code="headship_too_long",
        met=seen is not None and seen.years is not None and seen.years < (rule.below_years or 0),
        because=f"{seen.years} years of headship; below {rule.below_years} are asked for"
        if seen
        else "the years of headship were not shown",
        source=rule.source,
        relied_on=(seen.evidence,) if seen else (),
    )


ENTRY: dict[EntryKind, Callable[[Application, EntryRule, date], Requirement]] = {
    EntryKind.GATEWAY: gateway,
    EntryKind.QUALIFICATION_LEVEL: qualification_level,
    EntryKind.HEADSHIP_YEARS: headship_years,
}
