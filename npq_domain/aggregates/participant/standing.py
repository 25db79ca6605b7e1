"""Where a participant belongs by now: their cohort, their plan, their provider, their schedule.

The enrolment and the acceptance say it first; what befell training since may say otherwise. Gates,
decisions and views all ask here.
"""

from collections.abc import Mapping
from datetime import date

from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.application import ApplicationAccepted
from npq_domain.aggregates.participant.facts.enrolment import Enrolled
from npq_domain.aggregates.participant.facts.training import Rejoined, ScheduleChanged
from npq_domain.calendar import LAST_DAY
from npq_domain.catalogue.types import Schedule
from npq_domain.policies import deferral, engagement
from npq_domain.policies.deferral import Plan
from npq_domain.policies.engagement import Credit, Engagement, PlannedComponent


def joined(it: Participant, on: date = LAST_DAY) -> Enrolled | Rejoined | None:
    """The cohort whose days hold: the one they came back to, else the one they enrolled in."""
    return it.training.rejoined_by(on) or it.enrolment.enrolled


def start_on(it: Participant) -> date:
    """The day on which the cohort started that they are with; of who has none, the last of days."""
    found = joined(it)
    return found.start_on if found else LAST_DAY


def plan(it: Participant, credited: Mapping[str, Credit], on: date = LAST_DAY) -> Plan:
    """The plan that engagement is measured against, as was known by that day."""
    enrolled = it.enrolment.enrolled
    if enrolled is None or not it.training.changes:
        return enrolled.plan if enrolled else ()
    rejoined = it.training.rejoined_by(on)
    moved = rejoined.moved if rejoined else ()
    return deferral.plan(enrolled.plan, moved, it.training.gaps_by(on), credited)


def component(it: Participant, wanted: str) -> PlannedComponent | None:
    """A component of the plan, on the days of the cohort that the participant is with."""
    planned, rejoined = it.enrolment.plan.get(wanted), it.training.rejoined
    if planned is None or rejoined is None:
        return planned
    day = {each.component: each.due for each in rejoined.moved}.get(wanted)
    return deferral.on_its_day(planned, day)


def measured(it: Participant, on: date = LAST_DAY) -> Engagement | None:
    """Engagement for all that happened by a day; `None` where nothing says how to measure it."""
    enrolled = it.enrolment.enrolled
    if enrolled is None or enrolled.engagement is None:
        return None
    credited = it.engagement.by(on).credits
    return engagement.measure(enrolled.engagement, plan(it, credited, on), credited)


def provider(it: Participant) -> str | None:
    """Whose participant it is: the provider that took over last, else the one registered with."""
    if it.training.transferred_in:
        return it.training.transferred_in.provider
    return it.application.registered.provider if it.application.registered else None


def funding_cohort(it: Participant) -> str | None:
    """DfE's cohort that the application counts in: a later change says, else the acceptance.

    Before these, and where the acceptance knew of none, by the name it was registered by.
    """
    if it.training.cohort:
        return it.training.cohort.cohort
    decision = it.application.decision
    if isinstance(decision, ApplicationAccepted) and decision.funding_cohort:
        return decision.funding_cohort
    return it.application.registered.funding_cohort if it.application.registered else None


def placed(it: Participant) -> ScheduleChanged | ApplicationAccepted | None:
    """What put training on DfE's schedule that it follows: a change since the acceptance, or that.

    The acceptance may name a schedule without its terms, where DfE's cohort is not known.
    """
    decision = it.application.decision
    accepted = decision if isinstance(decision, ApplicationAccepted) else None
    return it.training.schedule or accepted


def schedule(it: Participant) -> str | None:
    """DfE's schedule that training follows, by its identifier."""
    return found.schedule if (found := placed(it)) else None


def terms(it: Participant) -> Schedule | None:
    """DfE's schedule that training follows, as it was when training came to follow it."""
    return found.terms if (found := placed(it)) else None
