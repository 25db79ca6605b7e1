"""Evidence: which facts a claim rests on, and whether these still say what they said then."""

from typing import Any

from attrs import frozen

from npq_domain.aggregates.participant.facts.assessment import AssessmentAccessGranted
from npq_domain.aggregates.participant.facts.corrections import FactVoided
from npq_domain.aggregates.participant.facts.declarations import DeclarationMade, EvidenceLink
from npq_domain.aggregates.participant.facts.engagement import (
    AttendanceRecorded,
    CatchUpCompleted,
    CoachingSessionHeld,
    FormativeTaskCompleted,
    MentorCheckInRecorded,
    StudyRecorded,
)
from npq_domain.catalogue.types import EvidenceKind
from npq_domain.digests import digest
from npq_domain.history import History, voided
from npq_domain.recorded import Recorded

STUDIED = (StudyRecorded, FormativeTaskCompleted)
TOOK_PART = (AttendanceRecorded, CatchUpCompleted, CoachingSessionHeld, MentorCheckInRecorded)

SUPPORTING: dict[EvidenceKind, tuple[type, ...]] = {
    EvidenceKind.TRAINING_EVENT_ATTENDED: TOOK_PART,
    EvidenceKind.SELF_STUDY_MATERIAL_COMPLETED: STUDIED,
    EvidenceKind.MATERIALS_ENGAGED_WITH_OFFLINE: STUDIED,
    EvidenceKind.ENGAGEMENT_MET: (*TOOK_PART, *STUDIED, AssessmentAccessGranted),
    EvidenceKind.ENGAGEMENT_MET_REDUCED_INDUCTION: (*TOOK_PART, *STUDIED, AssessmentAccessGranted),
    EvidenceKind.ONE_TERM_INDUCTION: (*TOOK_PART, *STUDIED),
    EvidenceKind.OTHER: (object,),
}
"""Which facts can be evidence of a kind: other is for any."""


@frozen(kw_only=True)
class Examined:
    """One link of a claim, held against the history."""

    link: EvidenceLink
    matches: bool
    """Whether the fact is there, and says what it said when the claim was made."""
    voided_by: int | None
    """The version of the fact that took it out."""

    @property
    def holds(self) -> bool:
        """Whether the claim may still rest on it."""
        return self.matches and self.voided_by is None


def link(it: Recorded[Any], kind: EvidenceKind) -> EvidenceLink:
    """A fact as evidence of a kind."""
    return EvidenceLink(version=it.version, fact=it.name, sha256=digest(it), kind=kind)


def supports(fact: object, kind: EvidenceKind) -> bool:
    """Whether such a fact can be evidence of a kind at all."""
    return isinstance(fact, SUPPORTING[kind])


def examine(history: History, claim: DeclarationMade) -> tuple[Examined, ...]:
    """Every link of a claim, held against the whole history of its participant."""
    there = {it.version: it for it in history}
    gone = voided(history, FactVoided)
    return tuple(
        Examined(
            link=it,
            matches=it.version in there and matches(it, there[it.version]),
            voided_by=gone[it.version].version if it.version in gone else None,
        )
        for it in claim.evidence
    )


def matches(it: EvidenceLink, found: Recorded[Any]) -> bool:
    """Whether a fact is the one that was relied on, to the letter."""
    return (it.fact, it.sha256) == (found.name, digest(found))


def evidence_intact(history: History, claim: DeclarationMade) -> bool:
    """Whether every fact that a claim rests on still stands, and says what it said then."""
    return all(it.holds for it in examine(history, claim))
