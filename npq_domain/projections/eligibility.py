"""What each participant is eligible for: acceptance, the assessment, the award; and what blocks it.

Funding has a view of its own. Decisions made stand beside what the gates say now.
"""

from collections.abc import Sequence
from datetime import date, datetime

from attrs import frozen

from npq_domain.aggregates.participant import gates, participant, standing
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.appeals import Appeals
from npq_domain.aggregates.participant.facts.application import (
    Application,
    ApplicationAccepted,
    ApplicationRejected,
    GatewayAssessed,
)
from npq_domain.aggregates.participant.facts.assessment import Attempt, OutcomeCorrected
from npq_domain.aggregates.participant.facts.projects import (
    Submission,
    Task,
    TaskOutcomeCorrected,
)
from npq_domain.calendar import LAST_DAY, london_day
from npq_domain.projections.projection import Projection, Seen


@frozen(kw_only=True)
class EligibilityRow:
    """One participant's application, assessment and award, as they stand."""

    participant: str
    person_ref: str
    application_id: str
    provider: str
    programme: str
    specification: str
    funding_cohort: str | None
    cohort_id: str | None
    cohort: str | None
    group: str | None
    # application
    registered_on: date
    dfe_status: str | None
    form_due: date | None
    form_returned: date | None
    form_overdue: bool
    """Late, or not back although due before the day of looking."""
    gateway: str | None
    entry: tuple[str, ...]
    """Entry requirements with evidence seen."""
    endorsed_by: str | None
    decision: str
    """pending, accepted or rejected."""
    decided_on: date | None
    funded_place: bool | None
    application_blockers: tuple[str, ...]
    # assessment
    access: str
    """not_decided, refused, granted or revoked."""
    basis_then: str | None
    """The figures on which access was granted."""
    basis_now: str | None
    """The figures of that same day as they are known now."""
    basis_changed: bool
    """Whether they disagree: access stands, and this is where it shows."""
    attempt: int
    window_opens_at: datetime | None
    window_closes_at: datetime | None
    """With the days of `extension_days`."""
    extension_days: int
    deferred: bool
    """Whether this attempt was put off to a later window."""
    claims_open: int
    """Claims of circumstances that wait for a decision."""
    days_left: int | None
    """London days left to hand in, the day of looking included: 1 on the window's last day."""
    attempts_submitted: int
    """Responses handed in, or accounts of tasks."""
    submitted_at: datetime | None
    """Of the current attempt, as are the columns around it."""
    words: int | None
    missed: bool
    assessment_blockers: tuple[str, ...]
    # award
    kind: str
    engagement_met: bool | None
    outcome: str | None
    """The latest outcome, as published or corrected.

    Of several tasks, passed when all are, failed when one is.
    """
    dfe_outcome: str | None
    """What DfE was told last, which may be that nothing told before counts."""
    outcome_corrected_on: date | None
    ignored_by_dfe: bool
    """Whether the correction is one that DfE's service passes over: a pass after a pass."""
    appeal: str | None
    """The one that was lodged last: lodged, upheld or rejected."""
    tasks: tuple[str, ...]
    """How far each assessed project is."""
    placement_days: str | None
    """Working days spent at the placement school, of how many."""
    moderation: str | None
    """not_sampled, pending or done."""
    awarded_on: date | None
    award_basis_then: tuple[str, ...]
    """The conditions as they stood when the award was made."""
    award_basis_now: tuple[str, ...]
    """The conditions of that same day as they are known now."""
    award_basis_changed: bool
    revoked: bool
    credits: int | None
    award_blockers: tuple[str, ...]
    questioned: tuple[str, ...]
    """Decisions that an auditor questioned: access, result, award."""
    as_at: date
    as_of_position: int


def row(it: Participant, seen: Seen) -> EligibilityRow | None:
    """The row of a participant who has registered."""
    application, place = it.application, standing.joined(it)
    registered = application.registered
    if registered is None:
        return None
    assessment, award = it.assessment, it.award
    attempt = assessment.attempt(assessment.current)
    told, corrected = it.declarations.latest_outcome, outcome_corrected(it)
    access_basis, award_basis = access_then_and_now(it), award_then_and_now(it)
    outcome, tasks = gates.outcome(it), gates.tasks_of(it)
    asked = tuple(gates.award(it))
    return EligibilityRow(
        participant=seen.subject,
        person_ref=registered.person_ref,
        application_id=registered.application_id,
        provider=standing.provider(it) or registered.provider,
        programme=registered.programme,
        specification=registered.specification,
        funding_cohort=standing.funding_cohort(it),
        cohort_id=str(place.cohort_id) if place else None,
        cohort=place.cohort if place else None,
        group=place.group if place else None,
        registered_on=registered.on,
        dfe_status=application.dfe_status.status if application.dfe_status else None,
        form_due=application.form_sent.due_on if application.form_sent else None,
        form_returned=application.form_returned.on if application.form_returned else None,
        form_overdue=form_overdue(application, seen.as_at),
        gateway=gateway(application.gateway),
        entry=tuple(sorted(kind.value for kind in application.evidence)),
        endorsed_by=application.endorsed.role if application.endorsed else None,
        decision=decision(application),
        decided_on=application.decision.on if application.decision else None,
        funded_place=it.funding.place,
        application_blockers=gates.blockers(gates.acceptance, it),
        access=access(it),
        basis_then=access_basis[0],
        basis_now=access_basis[1],
        basis_changed=access_basis[0] != access_basis[1],
        attempt=assessment.current,
        window_opens_at=attempt.window.opens_at if attempt.window else None,
        window_closes_at=attempt.hours.closes_at if attempt.hours else None,
        extension_days=attempt.extension_days,
        deferred=attempt.deferred is not None,
        claims_open=len(it.circumstances.open),
        days_left=days_left(attempt, seen.as_at),
        attempts_submitted=handed_in(it),
        submitted_at=attempt.submitted.at if attempt.submitted else None,
        words=attempt.submitted.words if attempt.submitted else None,
        missed=attempt.missed is not None,
        assessment_blockers=gates.blockers(gates.tasks if gates.projects(it) else gates.access, it),
        kind=registered.terms.kind.value,
        engagement_met=next((each.met for each in asked if each.code == ENGAGEMENT), None),
        outcome=outcome.value if outcome else None,
        dfe_outcome=told.state.value if told else None,
        outcome_corrected_on=corrected.on if corrected else None,
        ignored_by_dfe=isinstance(corrected, OutcomeCorrected) and corrected.ignored_by_dfe,
        appeal=appeal(it.appeals),
        tasks=tuple(f"{name} {how_far(each)}" for name, each in tasks.items()),
        placement_days=placement_days(it),
        moderation=moderation([each.current for each in tasks.values()] or [attempt]),
        awarded_on=award.awarded.on if award.awarded else None,
        award_basis_then=award_basis[0],
        award_basis_now=award_basis[1],
        award_basis_changed=award_basis[0] != award_basis[1],
        revoked=award.revoked is not None,
        credits=sum(award.credits.values()) if award.credits else None,
        award_blockers=gates.unmet(asked),
        questioned=tuple(sorted({each.decision.value for each in it.appeals.questioned})),
        as_at=seen.as_at,
        as_of_position=seen.position,
    )


ENGAGEMENT = "engagement_below_threshold"
"""Which of the award's requirements tells of engagement."""


def form_overdue(it: Application, as_at: date) -> bool:
    """Whether the form came back late, or is due and not back."""
    due = it.form_sent.due_on if it.form_sent else None
    if due is None:
        return False
    return (it.form_returned.on if it.form_returned else as_at) > due


def gateway(it: GatewayAssessed | None) -> str | None:
    """The gateway's outcome in a word."""
    if it is None:
        return None
    return "passed" if it.ready and it.suitable else "failed"


DECIDED: dict[type, str] = {
    type(None): "pending",
    ApplicationAccepted: "accepted",
    ApplicationRejected: "rejected",
}


def decision(it: Application) -> str:
    """How the application was decided."""
    return DECIDED[type(it.decision)]


def access(it: Participant) -> str:
    """How access to the assessment was decided."""
    if it.assessment.access:
        return "granted"
    if it.assessment.revoked:
        return "revoked"
    return "refused" if it.assessment.refusals else "not_decided"


def access_then_and_now(it: Participant) -> tuple[str | None, str | None]:
    """The figures that access was granted on, and those of the same day as they are known now."""
    granted, enrolled = it.assessment.access, it.enrolment.enrolled
    rule = enrolled.engagement if enrolled else None
    if granted is None or rule is None:
        return None, None
    if granted.num is None or granted.den is None or granted.threshold_percent is None:
        return None, None
    then = gates.share(granted.num, granted.den, rule.strategy, granted.threshold_percent)
    now = next(gates.reached(it, granted.on), None)
    return then, now.because if now else None


def award_then_and_now(it: Participant) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The conditions of the award, and those of the same day as they are known now."""
    awarded = it.award.awarded
    if awarded is None:
        return (), ()
    return awarded.basis, tuple(each.because for each in gates.award(it, awarded.on))


def outcome_corrected(it: Participant) -> OutcomeCorrected | TaskOutcomeCorrected | None:
    """The latest correction that is in force: of the response, or of any task."""
    tasks = (each.latest_result for each in it.projects.tasks.values())
    results = (it.assessment.latest_result, *tasks)
    put_right = [each for each in results if isinstance(each, CORRECTED)]
    return max(put_right, key=lambda each: each.on, default=None)


CORRECTED = (OutcomeCorrected, TaskOutcomeCorrected)


def appeal(it: Appeals) -> str | None:
    """How far the appeal has come that was lodged last."""
    last = max(it.lodged.values(), key=lambda each: (each.on, each.attempt), default=None)
    if last is None:
        return None
    decided = it.decided.get((last.task, last.attempt))
    if decided is None:
        return "lodged"
    return "upheld" if decided.upheld else "rejected"


def days_left(it: Attempt, as_at: date) -> int | None:
    """Days until the midnight that closes the window, counting the day of looking."""
    hours = it.hours
    if hours is None or it.submitted or it.missed:
        return None
    return max(0, (london_day(hours.closes_at) - as_at).days)


def handed_in(it: Participant) -> int:
    """How many responses or accounts were handed in, over all attempts."""
    every: list[Attempt | Submission] = [*it.assessment.attempts.values()]
    for task in it.projects.tasks.values():
        every += task.submissions.values()
    return sum(each.submitted is not None for each in every)


def placement_days(it: Participant) -> str | None:
    """The working days spent at the placement school, of those that a task asks for."""
    asked = [each.placement_days_least for each in gates.projects(it) if each.placement_days_least]
    done = gates.in_days(it.projects.half_days_by(LAST_DAY))
    return f"{done}/{max(asked)}" if asked else None


def how_far(it: Task) -> str:
    """How far the written account of a task is."""
    latest, result = it.current, it.latest_result
    if result and (latest.published or it.passed):
        return result.outcome.value
    return "marked" if latest.marked else "submitted" if latest.submitted else "open"


def moderation(judged: Sequence[Attempt | Submission]) -> str | None:
    """How far the moderation of what has been marked is."""
    marked = [it for it in judged if it.marked]
    if not marked:
        return None
    if any(it.marked and it.marked.sampled and not it.moderated for it in marked):
        return "pending"
    return "done" if any(it.moderated for it in marked) else "not_sampled"


eligibility = Projection(
    name="eligibility",
    row_type=EligibilityRow,
    decider=participant,
    parts=(
        "application",
        "funding",
        "enrolment",
        "engagement",
        "training",
        "projects",
        "assessment",
        "circumstances",
        "appeals",
        "declarations",
        "award",
    ),
    row=row,
    indexed=("cohort_id",),
)
