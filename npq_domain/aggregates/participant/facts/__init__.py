"""What can have happened to a participant, chapter by chapter, and what is known after it."""

from typing import Any

from attrs import Factory, define

from npq_domain.aggregates.participant.facts import (
    appeals,
    application,
    assessment,
    award,
    circumstances,
    corrections,
    declarations,
    engagement,
    enrolment,
    funding,
    identity,
    projects,
    retention,
    training,
)
from npq_domain.aggregates.participant.facts.appeals import Appeals
from npq_domain.aggregates.participant.facts.application import Application
from npq_domain.aggregates.participant.facts.assessment import Assessment
from npq_domain.aggregates.participant.facts.award import Award
from npq_domain.aggregates.participant.facts.circumstances import Circumstances
from npq_domain.aggregates.participant.facts.corrections import Corrections
from npq_domain.aggregates.participant.facts.declarations import Declarations
from npq_domain.aggregates.participant.facts.engagement import Engaged
from npq_domain.aggregates.participant.facts.enrolment import Enrolment
from npq_domain.aggregates.participant.facts.funding import Funding
from npq_domain.aggregates.participant.facts.identity import Identity
from npq_domain.aggregates.participant.facts.projects import Projects
from npq_domain.aggregates.participant.facts.retention import Retention
from npq_domain.aggregates.participant.facts.training import Training
from npq_domain.decider import Fold


@define
class Participant:
    """One person on one run of one programme at one provider, as known after replay."""

    identity: Identity = Factory(Identity)
    application: Application = Factory(Application)
    funding: Funding = Factory(Funding)
    enrolment: Enrolment = Factory(Enrolment)
    engagement: Engaged = Factory(Engaged)
    projects: Projects = Factory(Projects)
    assessment: Assessment = Factory(Assessment)
    training: Training = Factory(Training)
    circumstances: Circumstances = Factory(Circumstances)
    appeals: Appeals = Factory(Appeals)
    declarations: Declarations = Factory(Declarations)
    award: Award = Factory(Award)
    corrections: Corrections = Factory(Corrections)
    retention: Retention = Factory(Retention)


FOLDS: dict[str, Fold[Any]] = {
    "identity": identity.fold,
    "application": application.fold,
    "funding": funding.fold,
    "enrolment": enrolment.fold,
    "engagement": engagement.fold,
    "projects": projects.fold,
    "assessment": assessment.fold,
    "training": training.fold,
    "circumstances": circumstances.fold,
    "appeals": appeals.fold,
    "declarations": declarations.fold,
    "award": award.fold,
    "corrections": corrections.fold,
    "retention": retention.fold,
}
"""The fold of each part of the state, by the part's name."""
