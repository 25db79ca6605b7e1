"""Makers of commands from access to the award."""

from datetime import datetime, timedelta
from typing import Any

from npq_domain import commands as ask
from npq_domain.aggregates.participant import gates
from npq_domain.aggregates.participant.facts.assessment import Attempt, Outcome
from npq_domain.aggregates.participant.facts.projects import Submission
from npq_domain.calendar import london_day, midnight
from npq_domain.personal import Personal
from npq_domain.testing.clock import INSTANT
from npq_domain.testing.participants.corrections import correct
from npq_domain.testing.participants.engagement import any_work, catch_up, excuse
from npq_domain.testing.participants.plots import A_DAY, AN_HOUR, Tale, plot


def seek_access(tale: Tale) -> Any:
    on = tale.later()
    if not gates.blockers(gates.access, tale.it, on):
        return ask.GrantAccess(on=on)
    if tale.it.assessment.refusals:
        return tale.one_of([excuse, catch_up, any_work, correct])(tale)
    return ask.RefuseAccess(on=on)


def attempt(tale: Tale) -> Attempt:
    """The attempt that is open."""
    return tale.it.assessment.attempt(tale.it.assessment.current)


def give_window(tale: Tale) -> Any:
    number = tale.it.assessment.current
    sitting = number + (attempt(tale).deferred is not None)
    return ask.SetWindow(
        attempt=number, cohort_id=plot(tale).intake.subject, sitting=sitting, on=tale.later()
    )


def release(tale: Tale) -> Any:
    words = tale.one_of([None, 1800, 2000, 2001])
    number = tale.it.assessment.current
    return ask.ReleaseCaseStudy(attempt=number, ref="case-7", words=words, at=moment(tale))


def submit(tale: Tale) -> Any:
    number, hours = tale.it.assessment.current, attempt(tale).hours
    if hours and tale.number(1, 8) == 1:
        closed = london_day(hours.closes_at)
        return ask.RecordMissedSubmission(attempt=number, on=max(closed, tale.day))
    words = tale.one_of([1500, 1500, 1499, 1501])
    return ask.SubmitResponse(attempt=number, words=words, sha256="ab" * 32, at=moment(tale))


def moment(tale: Tale) -> datetime:
    """An instant of the window, its very ends among them and what is just outside."""
    hours = attempt(tale).hours
    if hours is None:
        return midnight(tale.later())
    opens, closes = hours.opens_at, hours.closes_at
    days = 8 + attempt(tale).extension_days
    within = opens + timedelta(minutes=tale.number(0, days * A_DAY - AN_HOUR - 1))
    return tale.one_of([within, within, within, opens, closes - INSTANT, closes, opens - INSTANT])


def mark(tale: Tale) -> Any:
    return ask.MarkResponse(
        attempt=tale.it.assessment.current,
        marker="m-1",
        learn_that=tale.number(0, 20),
        learn_how_to=tale.number(-1, 20),
        outcome=tale.one_of([Outcome.PASSED, Outcome.PASSED, Outcome.FAILED]),
        sampled=tale.number(1, 4) == 1,
        on=tale.later(),
    )


def moderate(tale: Tale) -> Any:
    return ask.RecordModeration(
        attempt=tale.it.assessment.current,
        moderator=tale.one_of(["m-2", "m-1"]),
        outcome=tale.one_of(list(Outcome)),
        on=tale.later(),
    )


def awaits_moderation(it: Attempt | Submission) -> bool:
    return bool(it.marked and it.marked.sampled and not it.moderated)


def publish(tale: Tale) -> Any:
    return ask.PublishResult(attempt=tale.it.assessment.current, on=tale.later())


def passed(it: Attempt) -> bool:
    return it.result is not None and it.result.outcome is Outcome.PASSED


def resit(tale: Tale) -> Any:
    return ask.OfferResit(attempt=tale.it.assessment.current + 1, on=tale.later())


def award(tale: Tale) -> Any:
    return ask.AwardQualification(on=tale.later())


def after_award(tale: Tale) -> Any:
    on = tale.later()
    return tale.one_of(
        [
            ask.ReportMastersCredit(university="Leeds", credits=tale.number(-1, 60), on=on),
            ask.RevokeAward(reason=Personal("plagiarism"), on=on),
        ]
    )


def presume(tale: Tale) -> Any:
    """Ask for what comes much later."""
    kinds = [ask.GrantAccess, ask.RefuseAccess, ask.AwardQualification]
    return tale.one_of(kinds)(on=tale.later())
