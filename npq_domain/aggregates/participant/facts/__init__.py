"""What can have happened to a participant, chapter by chapter, and what is known after it."""

from typing import Any

from attrs import Factory, define

from npq_domain.aggregates.participant.facts import (
    application,
    assessment,
    award,
    corrections,
    engagement,
    enrolment,
    identity,
)
from npq_domain.aggregates.participant.facts.application import Application
from npq_domain.aggregates.participant.facts.assessment import Assessment
from npq_domain.aggregates.participant.facts.award import Award
from npq_domain.aggregates.participant.facts.corrections import Corrections
from npq_domain.aggregates.participant.facts.engagement import Engaged
from npq_domain.aggregates.participant.facts.enrolment import Enrolment
from npq_domain.aggregates.participant.facts.identity import Identity
from npq_domain.decider import Fold


@define
class Participant:
    """One person on one run of one programme at one provider, as known after replay.

    The chapters funding, projects, training and declarations will stand beside these.
    """

    identity: Identity = Factory(Identity)
    application: Application = Factory(Application)
    enrolment: Enrolment = Factory(Enrolment)
    engagement: Engaged = Factory(Engaged)
    assessment: Assessment = Factory(Assessment)
    award: Award = Factory(Award)
    corrections: Corrections = Factory(Corrections)


FOLDS: dict[str, Fold[Any]] = {
    "identity": identity.fold,
    "application": application.fold,
    "enrolment": enrolment.fold,
    "engagement": engagement.fold,
    "assessment": assessment.fold,
    "award": award.fold,
    "corrections": corrections.fold,
}
"""The fold of each part of the state, by the part's name."""
