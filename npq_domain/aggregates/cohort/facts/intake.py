"""Intake: the cohort opens, offers programmes, and closes.

The class names below are the storage format: add facts, never alter them.
"""

from datetime import date

from attrs import Factory, define, frozen

from npq_domain.catalogue.types import IntakeRule, Span, WindowRule
from npq_domain.decider import Fold
from npq_domain.personal import Personal


@frozen(kw_only=True)
class CohortOpened:
    """A provider opened an intake."""

    provider: str
    partner: str | None
    name: str
    season: str
    """autumn or spring: the intakes of UCL/ETH handbook 2023, section 4, Cohorts."""
    start_on: date
    funding_cohort: str | None
    application_deadline: date | None
    usual: IntakeRule | None
    """How many intakes the provider usually has at once, where its document says so."""
    on: date


@frozen(kw_only=True)
class ProgrammeOffered:
    """The intake offers a programme, by this specification."""

    programme: str
    specification: str
    capacity: int | None
    """How many the provider means to take. Shown, not enforced: who has joined is known to the
    roster, which is a view; only funded places are counted here, one by one."""
    funded_cap: int | None
    """How many funded places the provider's contract gives it."""
    duration: Span | None
    window: WindowRule | None
    on: date


@frozen(kw_only=True)
class DeadlineExtended:
    """Applications are taken for longer."""

    application_deadline: date
    reason: Personal[str]
    on: date


@frozen(kw_only=True)
class CohortClosed:
    """The intake is over: nothing is added to it any more."""

    on: date


@define
class Intake:
    """What the cohort is and what it offers."""

    opened: CohortOpened | None = None
    programmes: dict[str, ProgrammeOffered] = Factory(dict)
    deadline: date | None = None
    closed: CohortClosed | None = None


fold = Fold[Intake]()


@fold.on(CohortOpened)
def _(it: Intake, fact: CohortOpened) -> None:
    it.opened, it.deadline = fact, fact.application_deadline


@fold.on(ProgrammeOffered)
def _(it: Intake, fact: ProgrammeOffered) -> None:
    it.programmes[fact.programme] = fact


@fold.on(DeadlineExtended)
def _(it: Intake, fact: DeadlineExtended) -> None:
    it.deadline = fact.application_deadline


@fold.on(CohortClosed)
def _(it: Intake, fact: CohortClosed) -> None:
    it.closed = fact
