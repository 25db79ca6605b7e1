"""Marking, moderation and publication: the same rules for a response and for a project."""

from datetime import date
from typing import Any, Protocol

from npq_domain.aggregates.participant.commands.ground import in_order
from npq_domain.aggregates.participant.facts.assessment import Outcome
from npq_domain.catalogue.types import AttemptRule
from npq_domain.decider import refuse_if
from npq_domain.errors import refusal
from npq_domain.recorded import happened_on

MODERATION = "OLP NPQH page, Assessment: subject to national moderation"
RESULTS = "DFE npq-registration, participant outcomes"


class Marking(Protocol):
    """A marker's judgement."""

    @property
    def marker(self) -> str: ...
    @property
    def sampled(self) -> bool: ...
    @property
    def on(self) -> date: ...


class Dated(Protocol):
    """A fact of a day."""

    @property
    def on(self) -> date: ...


class Judged(Protocol):
    """A piece of work, and how it was judged."""

    @property
    def submitted(self) -> Any: ...
    @property
    def marked(self) -> Marking | None: ...
    @property
    def moderated(self) -> Dated | None: ...
    @property
    def published(self) -> Dated | None: ...
    @property
    def outcome(self) -> Outcome | None: ...


def markable(it: Judged, on: date, what: str, source: str) -> None:
    """Refuse to mark what was not handed in by then: `nothing_to_mark`, `out_of_order`."""
    refuse_if(it.submitted is None, "nothing_to_mark", f"nothing was handed in for {what}", source)
    in_order(on, happened_on(it.submitted), "handed in")


def moderatable(it: Judged, moderator: str, on: date, what: str) -> None:
    """Refuse to moderate what is not marked, or by its marker.

    Raises `nothing_to_moderate`, `out_of_order`, `moderator_is_marker`.
    """
    if it.marked is None:
        raise refusal("nothing_to_moderate", f"{what} has not been marked", MODERATION)
    in_order(on, (it.moderated or it.marked).on, "marked or moderated")
    refuse_if(
        it.marked.marker.strip().casefold() == moderator.strip().casefold(),
        "moderator_is_marker",
        f"{moderator} marked it and cannot moderate it",
        MODERATION,
    )


def not_published(it: Judged, what: str) -> None:
    """Refuse to moderate anew what was published: `already_published`."""
    refuse_if(it.published, "already_published", f"the result of {what} is published", MODERATION)


def publishable(it: Judged, on: date, what: str) -> Outcome:
    """The outcome to publish: `nothing_to_publish`, `moderation_pending`, `out_of_order`."""
    outcome, marked = it.outcome, it.marked
    if outcome is None or marked is None:
        raise refusal("nothing_to_publish", f"{what} has not been marked", RESULTS)
    refuse_if(
        marked.sampled and it.moderated is None,
        "moderation_pending",
        f"{what} is in the moderation sample and not moderated yet",
        MODERATION,
    )
    in_order(on, (it.moderated or marked).on, "marked or moderated")
    return outcome


class Told(Protocol):
    """A result that was told."""

    @property
    def attempt(self) -> int: ...
    @property
    def outcome(self) -> Outcome: ...
    @property
    def dated_on(self) -> date: ...
    @property
    def on(self) -> date: ...


class Correction(Protocol):
    """What is asked for in place of a result."""

    @property
    def attempt(self) -> int: ...
    @property
    def outcome(self) -> Outcome: ...
    @property
    def completed_on(self) -> date | None: ...
    @property
    def on(self) -> date: ...


def result_of(it: Told | None, what: str, code: str) -> Told:
    """The result that is in question, or a refusal under `code`."""
    if it is None:
        raise refusal(code, f"no result of {what} is published", RESULTS)
    return it


def completed_on(asked: Correction) -> date:
    """The day that the outcome is to bear."""
    return asked.completed_on or asked.on


def correctable(asked: Correction, latest: Told | None, submitted: Any, what: str) -> None:
    """Refuse an outcome that cannot take the place of the one in force.

    Raises `future_dated`, `superseded`, `out_of_order`.
    """
    day = completed_on(asked)
    refuse_if(
        day > asked.on, "future_dated", f"an outcome of {day} is not told on {asked.on}", RESULTS
    )
    refuse_if(
        latest and latest.attempt != asked.attempt and asked.outcome is not Outcome.PASSED,
        "superseded",
        f"the result of attempt {latest.attempt if latest else ''} is in force, not that of {what}",
        RESULTS,
    )
    if submitted:
        in_order(day, happened_on(submitted), "handed in")
    after_the_latest(latest, asked.on)


def after_the_latest(latest: Told | None, on: date) -> None:
    """Refuse a result that is told before the one it would take the place of."""
    if latest:
        in_order(on, latest.on, "published or corrected")


def not_passed_before(passed: Told | None, attempt: int) -> None:
    """Refuse to go on with an attempt after another became a pass: a pass is final."""
    refuse_if(
        passed and passed.attempt != attempt,
        "already_passed",
        f"attempt {passed.attempt if passed else ''} was passed",
        RESULTS,
    )


def one_too_many(rule: AttemptRule | None, attempt: int) -> None:
    """Refuse an attempt beyond those that the specification allows: `no_attempts_left`."""
    if rule and attempt > rule.most:
        because = f"{rule.most} attempts are allowed in all"
        raise refusal("no_attempts_left", because, rule.source)
