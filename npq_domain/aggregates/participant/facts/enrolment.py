"""Enrolment: the participant joins a cohort, with a plan of their own.

The class names below are the storage format: add facts, never alter them.
"""

from datetime import date
from uuid import UUID

from attrs import Factory, define, frozen

from npq_domain.catalogue.types import (
    AssessmentRule,
    CheckInRule,
    CreditRule,
    EngagementRule,
    LearningTime,
    Span,
    SupportRule,
)
from npq_domain.decider import Fold
from npq_domain.policies.engagement import PlannedComponent


@frozen(kw_only=True)
class Enrolled:
    """The participant joined a cohort. What they will be held to is copied here, once."""

    person_ref: str
    programme: str
    cohort_id: UUID
    cohort: str
    group: str | None
    start_on: date
    delivery_mode: str | None
    specification: str
    plan: tuple[PlannedComponent, ...]
    engagement: EngagementRule | None
    check_ins: CheckInRule | None
    credits: CreditRule | None
    support: SupportRule | None
    assessment: AssessmentRule
    duration: Span | None
    learning: LearningTime | None
    late_reason: str | None
    """Why an application after the cohort's deadline was let in."""
    on: date


@frozen(kw_only=True)
class PlatformAccessIssued:
    """The participant was sent a login to the learning platform."""

    platform: str
    on: date


@frozen(kw_only=True)
class PartnerNotified:
    """The delivery partner was sent the participant's details."""

    partner: str
    on: date


@frozen(kw_only=True)
class ApplicantContacted:
    """The delivery partner told the participant how to begin."""

    by: str
    on: date


@define
class Enrolment:
    """The enrolment in force, and the first steps into it."""

    enrolled: Enrolled | None = None
    plan: dict[str, PlannedComponent] = Factory(dict)
    platforms: list[str] = Factory(list)
    partners: list[str] = Factory(list)
    contacted_by: list[str] = Factory(list)


fold = Fold[Enrolment]()


@fold.on(Enrolled)
def _(it: Enrolment, fact: Enrolled) -> None:
    it.enrolled = fact
    it.plan = {each.id: each for each in fact.plan}


@fold.on(PlatformAccessIssued)
def _(it: Enrolment, fact: PlatformAccessIssued) -> None:
    it.platforms.append(fact.platform)


@fold.on(PartnerNotified)
def _(it: Enrolment, fact: PartnerNotified) -> None:
    it.partners.append(fact.partner)


@fold.on(ApplicantContacted)
def _(it: Enrolment, fact: ApplicantContacted) -> None:
    it.contacted_by.append(fact.by)
