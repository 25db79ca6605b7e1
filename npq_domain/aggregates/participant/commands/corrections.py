"""What may be asked about what was recorded in error."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any, get_args

from attrs import field, frozen

from npq_domain.aggregates.participant.commands import application, engagement, projects
from npq_domain.aggregates.participant.commands.application import (
    RecordEntryEvidence,
    RecordGateway,
    ReturnForm,
    SendForm,
)
from npq_domain.aggregates.participant.commands.engagement import (
    AssignSupporter,
    CompleteCatchUp,
    CompleteFormativeTask,
    ExcuseAttendance,
    RecordAbsence,
    RecordAttendance,
    RecordCheckIn,
    RecordCoaching,
    RecordStudy,
)
from npq_domain.aggregates.participant.commands.ground import in_order
from npq_domain.aggregates.participant.commands.projects import (
    AgreePlacement,
    CompleteImplementation,
    LogPlacementDay,
    PresentPlan,
    StartImplementation,
)
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.appeals import AppealLodged
from npq_domain.aggregates.participant.facts.application import (
    ApplicationFormReturned,
    ApplicationFormSent,
    EntryEvidenceRecorded,
    GatewayAssessed,
)
from npq_domain.aggregates.participant.facts.assessment import SubmissionMissed
from npq_domain.aggregates.participant.facts.circumstances import CircumstancesClaimed
from npq_domain.aggregates.participant.facts.corrections import FactVoided
from npq_domain.aggregates.participant.facts.engagement import (
    AbsenceRecorded,
    AttendanceExcused,
    AttendanceRecorded,
    CatchUpCompleted,
    CoachingSessionHeld,
    FormativeTaskCompleted,
    MentorCheckInRecorded,
    StudyRecorded,
    SupporterAssigned,
)
from npq_domain.aggregates.participant.facts.identity import ParticipantIdChanged
from npq_domain.aggregates.participant.facts.projects import (
    PlacementAgreed,
    PlacementDayLogged,
    PlanPresentedToBoard,
    ProjectImplementationCompleted,
    ProjectImplementationStarted,
)
from npq_domain.aggregates.participant.facts.training import (
    STATUS,
    TrainingDeferred,
    TrainingResumed,
    TrainingStatus,
    TrainingWithdrawn,
    TransferredOut,
)
from npq_domain.catalogue import Catalogue
from npq_domain.decider import Decisions, Facts, keywords, not_in_future, refuse_if, require
from npq_domain.errors import refusal
from npq_domain.history import History
from npq_domain.personal import Personal, personal
from npq_domain.recorded import happened_on

RECORDS = "only records of what was seen are voided; decisions are revoked or corrected as such"

VOIDABLE = (
    ParticipantIdChanged,
    ApplicationFormSent,
    ApplicationFormReturned,
    GatewayAssessed,
    EntryEvidenceRecorded,
    SupporterAssigned,
    AttendanceRecorded,
    AbsenceRecorded,
    CatchUpCompleted,
    AttendanceExcused,
    StudyRecorded,
    CoachingSessionHeld,
    FormativeTaskCompleted,
    MentorCheckInRecorded,
    PlanPresentedToBoard,
    ProjectImplementationStarted,
    ProjectImplementationCompleted,
    PlacementAgreed,
    PlacementDayLogged,
    SubmissionMissed,
    TrainingDeferred,
    TrainingResumed,
    TrainingWithdrawn,
    TransferredOut,
    CircumstancesClaimed,
    AppealLodged,
)
"""Facts that somebody saw and wrote down, and may have written down wrongly.

A void is not among them: what was voided by mistake is recorded anew.
"""

Replacement = (
    SendForm
    | ReturnForm
    | RecordGateway
    | RecordEntryEvidence
    | AssignSupporter
    | RecordAttendance
    | RecordAbsence
    | CompleteCatchUp
    | ExcuseAttendance
    | RecordStudy
    | RecordCoaching
    | CompleteFormativeTask
    | RecordCheckIn
    | PresentPlan
    | StartImplementation
    | CompleteImplementation
    | AgreePlacement
    | LogPlacementDay
)
"""What may be asked in place of what was recorded in error."""

Without = Callable[[int], Participant]
"""The participant as they would be had the fact of that version never been recorded."""


@frozen(kw_only=True)
class VoidFact:
    """The fact of that version was recorded in error: it no longer counts."""

    version: int
    reason: Personal[str] = field(converter=personal)
    on: date


def void_fact(command: VoidFact, it: Participant, *, history: History) -> Facts:
    fact = recorded_as(command.version, history)
    if command.version in it.corrections.voided:
        return
    refuse_if(
        it.training.status is TrainingStatus.TRANSFERRED_OUT and fact != it.training.last,
        "transferred_out",
        "the history went to another provider; only that it went can be voided",
        RECORDS,
    )
    refuse_if(
        not isinstance(fact, VOIDABLE),
        "not_voidable",
        f"version {command.version} is {type(fact).__name__}",
        RECORDS,
    )
    relied, why = RELIED_ON.get(type(fact), (None, ""))
    refuse_if(relied and relied(fact, it), "relied_on", why, RECORDS)
    in_order(command.on, happened_on(fact), "recorded to have happened")
    yield FactVoided(version=command.version, reason=command.reason, on=command.on)


RELIED_ON: dict[type, tuple[Callable[[Any, Participant], bool], str]] = {
    ParticipantIdChanged: (
        lambda fact, it: fact != it.identity.merges[-1],
        "the participant id changed again since; void that first",
    ),
    SubmissionMissed: (
        lambda fact, it: it.assessment.current > fact.attempt,
        "a resit was offered because this attempt was missed",
    ),
    CircumstancesClaimed: (
        lambda fact, it: fact.claim in it.circumstances.decided,
        "the claim has been decided",
    ),
    AppealLodged: (
        lambda fact, it: (fact.task, fact.attempt) in it.appeals.decided,
        "the appeal has been decided",
    ),
    **dict.fromkeys(
        STATUS,
        (
            lambda fact, it: fact != it.training.last,
            "training changed again since; void that first",
        ),
    ),
}
"""Records that a decision rests on, from when on, and why they are voided no more."""


def recorded_as(version: int, history: History) -> object:
    """The fact of that version, or `unknown_fact`."""
    if not 1 <= version <= len(history):
        because = f"there is no fact of version {version}; the last is {len(history)}"
        raise refusal("unknown_fact", because, RECORDS)
    return history[version - 1].fact


@frozen(kw_only=True)
class CorrectFact:
    """Void a fact and record what should have stood in its place, in one step."""

    version: int
    replacement: Replacement
    reason: Personal[str] = field(converter=personal)
    on: date


def correct_fact(
    command: CorrectFact,
    it: Participant,
    *,
    history: History,
    without: Without,
    catalogue: Catalogue,
    now: datetime,
) -> Facts:
    found = REPLACING.get(type(command.replacement))
    if found is None:
        because = f"{type(command.replacement).__name__} replaces no record"
        raise refusal("not_applicable", because, RECORDS)
    decide = partial(found, **({"catalogue": catalogue} if "catalogue" in keywords(found) else {}))
    require(not_in_future(command.replacement, now))
    void = VoidFact(version=command.version, reason=command.reason, on=command.on)
    if command.version in it.corrections.voided:
        refuse_if(
            tuple(decide(command.replacement, it)),
            "already_voided",
            f"version {command.version} is voided already, and its replacement is not recorded",
            RECORDS,
        )
        return
    voided = tuple(void_fact(void, it, history=history))
    target = recorded_as(command.version, history)
    replacing = tuple(decide(command.replacement, without(command.version)))
    for fact in replacing:
        refuse_if(
            not alike(fact, target),
            "not_applicable",
            f"{type(fact).__name__} does not stand in place of {type(target).__name__}",
            RECORDS,
        )
    yield from voided
    yield from replacing


def alike(fact: object, target: object) -> bool:
    """Whether a fact can stand in another's place: one of its kind, or a session told otherwise."""
    session = (AttendanceRecorded, AbsenceRecorded)
    return type(fact) is type(target) or (isinstance(fact, session) and isinstance(target, session))


REPLACING: Decisions = {
    kind: decide
    for chapter in (application, engagement, projects)
    for kind, decide in chapter.DECISIONS.items()
    if kind in get_args(Replacement)
}

DECISIONS: Decisions = {VoidFact: void_fact, CorrectFact: correct_fact}
