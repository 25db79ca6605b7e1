"""What decisions of several chapters take for granted, or refuse over."""

import re
from datetime import date
from typing import TypeVar

from npq_domain.aggregates.cohort.commands.ground import offered, opened, running
from npq_domain.aggregates.cohort.facts import Cohort
from npq_domain.aggregates.cohort.facts.intake import CohortOpened
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.application import (
    ApplicationAccepted,
    RegistrationReceived,
)
from npq_domain.aggregates.participant.facts.enrolment import Enrolled
from npq_domain.aggregates.participant.gates import ACCEPTANCE, ENROLMENT, REGISTRATION
from npq_domain.catalogue import Catalogue
from npq_domain.catalogue.rules import DatedRule
from npq_domain.decider import Facts, refuse_if
from npq_domain.errors import refusal
from npq_domain.recorded import happened_on
from npq_domain.vocabulary import kebab

F = TypeVar("F")

ORDER = "nothing follows from what had not happened yet"


def registered(it: Participant) -> RegistrationReceived:
    """The registration, or `registration_missing`."""
    if it.application.registered is None:
        raise refusal("registration_missing", "DfE has passed on no registration", REGISTRATION)
    return it.application.registered


def accepted(it: Participant, on: date) -> ApplicationAccepted:
    """The acceptance, if it was no later than that day: `not_accepted`, `out_of_order`."""
    decision = it.application.decision
    if not isinstance(decision, ApplicationAccepted):
        raise refusal("not_accepted", "the application has not been accepted", ACCEPTANCE)
    in_order(on, decision.on, "accepted")
    return decision


def enrolled(it: Participant) -> Enrolled:
    """The enrolment, or `not_enrolled`."""
    if it.enrolment.enrolled is None:
        raise refusal("not_enrolled", "has not joined a cohort", ENROLMENT)
    return it.enrolment.enrolled


def started(it: Participant, on: date) -> Enrolled:
    """The enrolment, if the programme had started by that day: `not_accepted`, `before_start`."""
    enrolment, rejected = enrolled(it), it.training.rejected
    refuse_if(
        rejected is not None and rejected < on,
        "not_accepted",
        f"the application was rejected on {rejected}, and {on} is after it",
        ACCEPTANCE,
    )
    refuse_if(
        on < enrolment.start_on,
        "before_start",
        f"{on} is before the programme started on {enrolment.start_on}",
        ENROLMENT,
    )
    return enrolment


def joinable(
    cohort: Cohort, it: RegistrationReceived | Enrolled, group: str | None, on: date
) -> CohortOpened:
    """The intake, if it offers on that day what the participant is on, in that group of it.

    Raises `cohort_not_opened`, `cohort_closed`, `out_of_order`, `programme_not_offered`,
    `unknown_group` or `group_cancelled`.
    """
    intake, offer = opened(cohort, on), offered(cohort, it.programme, on)
    if group is not None:
        running(cohort, group, on, it.programme)
    refuse_if(
        offer.specification != it.specification,
        "programme_not_offered",
        f"{intake.name} offers {offer.specification}, the participant is on {it.specification}",
        ENROLMENT,
    )
    return intake


def dated(catalogue: Catalogue, name: str, it: Participant, on: date) -> DatedRule | None:
    """A dated rule, if it holds on that day for who is on the framework of this participant."""
    framework = registered(it).specification.partition("/")[0]
    return catalogue.rule(name, on, framework)


def in_order(on: date, since: date, what: str) -> None:
    """Refuse what is dated before that which it follows from: `out_of_order`."""
    refuse_if(on < since, "out_of_order", f"{on} is before it was {what}, on {since}", ORDER)


def once(fact: F, known: F | None, code: str, source: str) -> Facts:
    """Record a fact once: nothing if it is known, refused if another stands in its place."""
    if known is not None and known != fact:
        because = f"{named(known)} of {happened_on(known)} stands; correct that first"
        raise refusal(code, because, source)
    if known is None:
        yield fact


def refuse_bad_digest(sha256: str | None, source: str) -> None:
    """Refuse what is no SHA-256 digest: `invalid_digest`. None at all is no bad one."""
    refuse_if(
        sha256 is not None and not re.fullmatch("[0-9a-f]{64}", sha256),
        "invalid_digest",
        f"{(sha256 or '')[:80]!r} is not a SHA-256 digest of 64 lower-case hex digits",
        source,
    )


def named(fact: object) -> str:
    """A kind of fact as people say it: `AttendanceRecorded` is "attendance recorded"."""
    return kebab(type(fact).__name__).replace("-", " ")
