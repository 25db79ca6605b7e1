"""Strategies for the lives of participants, from registration to award, on any specification."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from attrs import frozen
from hypothesis import strategies as st

from npq_domain import commands as ask
from npq_domain.aggregates.participant import gates, participant
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.appeals import Decision
from npq_domain.aggregates.participant.facts.application import (
    ApplicationAccepted,
    ApplicationRejected,
    FundingStated,
    PriorApplication,
    RejectionReason,
    Setting,
)
from npq_domain.aggregates.participant.facts.assessment import Attempt, Outcome
from npq_domain.aggregates.participant.facts.circumstances import (
    Circumstance,
    Effect,
    EffectKind,
    EvidenceRef,
)
from npq_domain.aggregates.participant.facts.funding import FundingOverride, FundingRoute
from npq_domain.aggregates.participant.facts.projects import Contrast, CriterionMark, Task
from npq_domain.aggregates.participant.facts.training import (
    DeferralReason,
    TrainingStatus,
    WithdrawalReason,
)
from npq_domain.calendar import add_days, london_day, midnight
from npq_domain.catalogue import Catalogue, Specification, shipped
from npq_domain.catalogue.funding import Institution, Phase, WorkSetting
from npq_domain.catalogue.types import (
    Activity,
    EntryKind,
    FundingMode,
    ProjectSpec,
    School,
    Scope,
    Section,
)
from npq_domain.personal import Personal
from npq_domain.policies.engagement import Credit, Excuse, PlannedComponent
from npq_domain.policies.funding import FundingCase
from npq_domain.testing.clock import INSTANT
from npq_domain.testing.declaring import deal_with_dfe, funding_cohort
from npq_domain.testing.intakes import GROUP, STARTS, Intake, intake
from npq_domain.testing.lives import Life, Maker, Milestone, Telling, beginning, tell

A_DAY = 24 * 60
AN_HOUR = 60

Tale = Telling[Participant]


@frozen(kw_only=True)
class Plot:
    """What is settled of a life before it begins."""

    specification: Specification
    intake: Intake
    absences: int
    """Of ten sessions, how many are missed."""


def plot(tale: Tale) -> Plot:
    found: Plot = tale.besides["plot"]
    return found


def plot_of(life: Life[Participant]) -> Plot:
    """What was settled of a life before it began."""
    found: Plot = life.besides["plot"]
    return found


# The usual road


def register(tale: Tale) -> Any:
    specification, usual = plot(tale).specification, funding_cohort(plot(tale).intake.start_on)
    trn = tale.one_of([None, Personal("0743795"), Personal("1234567")])
    return ask.ReceiveRegistration(
        application_id="db3a7848-7308-4879-942a-c4a70ced400a",
        participant_id=tale.one_of(IDS),
        name=Personal("Ada Byron"),
        email=tale.one_of([None, Personal("ada@school.example")]),
        trn=trn,
        trn_verified=trn is not None and tale.draw(st.booleans()),
        provider=specification.provider,
        programme=specification.programme,
        specification=specification.key,
        setting=Setting(school_urn=tale.one_of([None, HOME, HOME])),
        funding_cohort=tale.one_of([None, *[usual] * 3, "2024a", "2026a"]),
        funding=FundingStated(eligible=tale.draw(st.booleans())),
        on=tale.later(),
    )


def send_form(tale: Tale) -> Any:
    return ask.SendForm(on=tale.later())


def return_form(tale: Tale) -> Any:
    return ask.ReturnForm(on=tale.later())


def show_entry(tale: Tale) -> Any:
    wanted = next(iter(entry_open(tale)), tale.one_of(list(EntryKind)))
    if wanted is EntryKind.GATEWAY:
        ready, suitable = (tale.number(1, 5) > 1 for _ in range(2))
        return ask.RecordGateway(ready=ready, suitable=suitable, on=tale.later())
    return ask.RecordEntryEvidence(
        requirement=wanted,
        level=tale.one_of([3, 3, 6, 2]),
        full_and_relevant=tale.one_of([True, True, False]),
        years=tale.one_of([0, 4, 4, 5]),
        evidence="file:7",
        on=tale.later(),
    )


def entry_open(tale: Tale) -> Iterator[EntryKind]:
    """The entry requirements that are not met yet."""
    for rule in plot(tale).specification.entry:
        if not gates.ENTRY[rule.kind](tale.it.application, rule, tale.day).met:
            yield rule.kind


def endorse(tale: Tale) -> Any:
    role = tale.one_of(["headteacher", "principal", "line_manager"])
    name = tale.one_of(["Grace Hopper", "Grace Hopper", "ada  BYRON"])
    return ask.Endorse(role=role, name=Personal(name), on=tale.later())


def accept(tale: Tale) -> Any:
    if isinstance(tale.it.application.decision, ApplicationRejected):
        return ask.Reopen(reason=Personal("a mistake"), on=tale.later())
    other = PriorApplication(
        application_id="a-9",
        programme=plot(tale).specification.programme,
        funding_cohort=tale.one_of(COHORTS),
        accepted=True,
        withdrawn=tale.draw(st.booleans()),
    )
    return ask.Accept(
        funded_place=funded_place(tale),
        schedule=tale.one_of([None, None, None, "npq-leadership-autumn"]),
        prior=tale.one_of([(), (), (), (other,)]),
        on=tale.later(),
    )


def funded_place(tale: Tale) -> bool | None:
    """What may be said of a funded place in that cohort, mostly."""
    registered, catalogue = tale.it.application.registered, tale.besides["catalogue"]
    cohort = catalogue.funding_cohort((registered and registered.funding_cohort) or "")
    usual: dict[FundingMode | None, bool | None] = {
        None: None,
        FundingMode.FULL: None,
        FundingMode.ZERO: False,
        FundingMode.CAPPED: bool(tale.it.funding.eligible),
    }
    lawful = usual[cohort.funding if cohort else None]
    return tale.one_of([lawful, lawful, lawful, None, True, False])


def fund(tale: Tale) -> Any:
    """Find out who pays, or change it."""
    on = tale.later()
    case = FundingCase(
        programme=plot(tale).specification.programme,
        in_england=tale.draw(st.booleans()),
        work_setting=tale.one_of(list(WorkSetting)),
        institution=tale.one_of([Institution.SCHOOL, Institution.SCHOOL, Institution.NONE]),
        establishment_type=tale.one_of([1, 11]),
    )
    return tale.one_of(
        [
            ask.AssessFunding(case=case, phase=Phase.PRIMARY, pupils=tale.number(0, 200), on=on),
            ask.OverrideFunding(
                code=tale.one_of(list(FundingOverride)), reason=Personal("a letter"), on=on
            ),
            ask.RecordFundingRoute(route=tale.one_of(list(FundingRoute)), on=on),
            ask.ChangeFundedPlace(value=tale.draw(st.booleans()), on=on),
        ]
    )


COHORTS = ("2022a", "2023a", "2024a", "2026a")
"""One of each kind of funding, and another."""


def enrol(tale: Tale) -> Any:
    modes = [each.mode for each in plot(tale).specification.alternatives]
    return ask.Enrol(
        cohort_id=plot(tale).intake.subject,
        group=tale.one_of([None, GROUP]),
        delivery_mode=tale.one_of([None, *modes]),
        late_reason=tale.one_of([None, "moved house"]),
        on=tale.later(),
    )


def support(tale: Tale) -> Any:
    rule = plot(tale).specification.support
    roles = rule.roles if rule else ("mentor",)
    return ask.AssignSupporter(role=tale.one_of(roles), supporter="s-1", on=tale.later())


def take_part(tale: Tale) -> Any:
    return work_on(tale, next(iter(still_open(tale)), None))


def still_open(tale: Tale) -> Iterator[PlannedComponent]:
    """The components with something left to do."""
    for it in tale.it.enrolment.plan.values():
        credit = tale.it.engagement.credits.get(it.id, Credit())
        if not credit.closed and credit.minutes < (it.minutes or 1):
            yield it


def work_on(tale: Tale, it: PlannedComponent | None) -> Any:
    """Take part in a component the way it is recorded."""
    if it is None or it.activity not in WORK:
        return None
    return WORK[it.activity](tale, it)


def attend(tale: Tale, it: PlannedComponent) -> Any:
    if tale.number(1, 10) <= plot(tale).absences:
        reason = tale.one_of([None, Personal("ill")])
        return ask.RecordAbsence(component=it.id, reason=reason, on=course_day(tale))
    whole = AN_HOUR if it.minutes is None else it.minutes
    minutes = tale.one_of([whole, whole, whole, whole - 10, 0, whole + 1])
    return ask.RecordAttendance(component=it.id, minutes=minutes, on=session_day(tale, it))


def study(tale: Tale, it: PlannedComponent) -> Any:
    percent = tale.one_of([None, 50, 100])
    return ask.RecordStudy(
        component=it.id, minutes=stretch(tale, it), percent=percent, on=course_day(tale)
    )


def be_coached(tale: Tale, it: PlannedComponent) -> Any:
    return ask.RecordCoaching(component=it.id, minutes=stretch(tale, it), on=course_day(tale))


def do_task(tale: Tale, it: PlannedComponent) -> Any:
    return ask.CompleteFormativeTask(
        component=it.id, minutes=stretch(tale, it), on=course_day(tale)
    )


def stretch(tale: Tale, it: PlannedComponent) -> int:
    """Minutes of work: what is left, up to a day's, or some of it, or more."""
    done = tale.it.engagement.credits.get(it.id, Credit()).minutes
    left = min(A_DAY, max(0, (it.minutes or AN_HOUR) - done))
    return tale.one_of([left, left, left // 2, min(A_DAY, left + 30)])


WORK = {
    Activity.EVENT: attend,
    Activity.STUDY: study,
    Activity.COACHING: be_coached,
    Activity.TASK: do_task,
}


def course_day(tale: Tale) -> date:
    """A day after the programme has started, mostly."""
    on = tale.later(6)
    start = plot(tale).intake.start_on
    return on if tale.number(1, 20) == 1 else max(on, start)


def session_day(tale: Tale, it: PlannedComponent) -> date:
    """A day on which a component can be attended, mostly."""
    if it.opening is None or tale.number(1, 10) == 1:
        return course_day(tale)
    return add_days(it.opening.first, tale.number(0, (it.opening.last - it.opening.first).days + 1))


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


def publish(tale: Tale) -> Any:
    return ask.PublishResult(attempt=tale.it.assessment.current, on=tale.later())


def resit(tale: Tale) -> Any:
    return ask.OfferResit(attempt=tale.it.assessment.current + 1, on=tale.later())


def award(tale: Tale) -> Any:
    return ask.AwardQualification(on=tale.later())


def resume(tale: Tale) -> Any:
    """Come back: who has withdrawn, on a day when DfE lets them."""
    on = add_days(tale.day, tale.one_of([0, 1, 20, 60]))
    if tale.it.training.status is TrainingStatus.WITHDRAWN:
        on = max(on, RESUMED_SINCE)
    return ask.ResumeTraining(
        cohort_id=tale.one_of([None, None, None, plot(tale).intake.subject]), on=on
    )


RESUMED_SINCE = date(2023, 8, 10)
GOING_ON = (TrainingStatus.ACTIVE, TrainingStatus.TRANSFERRED_OUT)


# The assessed projects of the 2017 era


def by_projects(tale: Tale) -> bool:
    return bool(plot(tale).specification.assessment.projects)


def to_pass(tale: Tale) -> list[ProjectSpec]:
    """The tasks that are still to be passed."""
    return [
        each
        for each in plot(tale).specification.assessment.projects
        if not task_passed(tale.it.projects.task(each.id))
    ]


def task_passed(it: Task) -> bool:
    return it.latest_result is not None and it.latest_result.outcome is Outcome.PASSED


def work_on_task(tale: Tale) -> Any:
    """The next thing to do for the first task that is still to be passed."""
    project = to_pass(tale)[0]
    return next(make for passed, make in TASK_ROAD if not passed(tale, project))(tale, project)


def any_task(tale: Tale) -> Any:
    """Anything about any task, whether it is its time or not."""
    known = gates.projects(tale.it) or (NO_TASK,)
    _, make = tale.one_of(TASK_ROAD)
    return make(tale, tale.one_of([*known, *known, NO_TASK]))


def soon(tale: Tale) -> date:
    """One of the next few days, after the programme has started."""
    return max(tale.later(3), plot(tale).intake.start_on)


def agree_placement(tale: Tale, _: ProjectSpec) -> Any:
    contrast = tale.one_of([(Contrast.GEOGRAPHY,), (Contrast.PERFORMANCE, Contrast.OTHER), ()])
    return ask.AgreePlacement(urn=tale.one_of([AWAY, AWAY, HOME]), contrast=contrast, on=soon(tale))


def present_plan(tale: Tale, project: ProjectSpec) -> Any:
    usual = AWAY if project.board is School.PLACEMENT else HOME
    feedback = tale.one_of([None, Personal("do fewer things"), Personal("go on")])
    return ask.PresentPlan(
        task=project.id,
        board=tale.one_of([usual, usual, usual, AWAY]),
        feedback=feedback,
        on=soon(tale),
    )


def start_implementation(tale: Tale, project: ProjectSpec) -> Any:
    return ask.StartImplementation(task=project.id, on=soon(tale))


def complete_implementation(tale: Tale, project: ProjectSpec) -> Any:
    terms = tale.one_of([2, 2, 3, 1, 0])
    return ask.CompleteImplementation(task=project.id, terms=terms, on=soon(tale))


def spend_a_day(tale: Tale, _: ProjectSpec) -> Any:
    return ask.LogPlacementDay(half_days=tale.one_of([2, 2, 2, 2, 1, 3]), on=soon(tale))


def hand_in(tale: Tale, project: ProjectSpec) -> Any:
    """Hand the account in, or first take out what stands in its way."""
    task, on = tale.it.projects.task(project.id), soon(tale)
    wrong = {"board_after_start": task.started, "too_few_terms": task.completed}
    for code in (each.code for each in gates.task(tale.it, project, on) if not each.met):
        if wrong.get(code) is not None:
            version = tale.past.facts.index(wrong[code]) + 1
            return ask.VoidFact(version=version, reason=Personal("a slip"), on=on)
    return ask.SubmitTask(
        task=project.id,
        attempt=latest(task) + bool(task.current.published),
        scope=tale.one_of([project.scope] * 6 + list(Scope)),
        schools=tale.one_of([(HOME, AWAY), (HOME, AWAY), (HOME,)]),
        sections=tale.one_of([tuple(Section), tuple(Section), (Section.DESIGN,)]),
        words=tale.one_of([None, 5_000, -1]),
        sha256=tale.one_of([None, "ab" * 32, "ab"]),
        on=on,
    )


def latest(task: Task) -> int:
    """The attempt at a task that was last, or is the first."""
    return max(task.submissions, default=1)


def mark_task(tale: Tale, project: ProjectSpec) -> Any:
    marks = [CriterionMark(criterion="impact", marks=tale.number(-1, 12))]
    return ask.MarkTask(
        task=project.id,
        attempt=latest(tale.it.projects.task(project.id)),
        marker="m-1",
        marks=tuple(marks),
        outcome=tale.one_of([Outcome.PASSED, Outcome.PASSED, Outcome.FAILED]),
        sampled=tale.number(1, 3) == 1,
        on=soon(tale),
    )


def moderate_task(tale: Tale, project: ProjectSpec) -> Any:
    return ask.ModerateTask(
        task=project.id,
        attempt=latest(tale.it.projects.task(project.id)),
        moderator=tale.one_of(["m-2", "m-2", "m-1"]),
        outcome=tale.one_of(list(Outcome)),
        on=soon(tale),
    )


def publish_task(tale: Tale, project: ProjectSpec) -> Any:
    attempt = latest(tale.it.projects.task(project.id))
    return ask.PublishTaskResult(task=project.id, attempt=attempt, on=soon(tale))


def blocked(tale: Tale, project: ProjectSpec, *codes: str) -> bool:
    """Whether one of these stands in the way of handing a task in."""
    known = gates.task(tale.it, project, add_days(tale.day, 3))
    return any(each.code in codes for each in known if not each.met)


HOME, AWAY = "100001", "100002"

NO_TASK = ProjectSpec(id="no-such-task", title="None", scope=Scope.TEAM, source="none")

TASK_ROAD: tuple[tuple[Callable[[Tale, ProjectSpec], object], Callable[..., Any]], ...] = (
    (lambda it, each: not blocked(it, each, "placement_not_agreed"), agree_placement),
    (lambda it, each: not blocked(it, each, "plan_not_presented"), present_plan),
    (lambda it, each: not blocked(it, each, "feedback_missing"), present_plan),
    (
        lambda it, each: not each.terms_least or it.it.projects.task(each.id).started,
        start_implementation,
    ),
    (
        lambda it, each: not each.terms_least or it.it.projects.task(each.id).completed,
        complete_implementation,
    ),
    (lambda it, each: not blocked(it, each, "too_few_days"), spend_a_day),
    (lambda it, each: is_handed_in(it.it.projects.task(each.id)), hand_in),
    (lambda it, each: it.it.projects.task(each.id).current.marked, mark_task),
    (lambda it, each: not task_awaits_moderation(it.it.projects.task(each.id)), moderate_task),
    (lambda it, each: it.it.projects.task(each.id).current.published, publish_task),
)
"""Whether a point of the road of a task is passed, and what to ask when it is not."""


def is_handed_in(it: Task) -> bool:
    """Whether an account is in, and was not failed."""
    return it.current.submitted is not None and not it.current.published


def task_awaits_moderation(it: Task) -> bool:
    found = it.current
    return bool(found.marked and found.marked.sampled and not found.moderated)


# The whole of the road


def missed(tale: Tale) -> list[str]:
    return list(tale.it.engagement.sessions) or ["induction"]


def extenuate(tale: Tale) -> Any:
    """Claim circumstances, or decide what was claimed."""
    on, waiting = tale.later(6), tale.it.circumstances.open
    if waiting:
        granted = tale.number(1, 5) > 1
        effect = EFFECTS[tale.one_of(GRANTS if granted else [EffectKind.NONE])]
        return ask.DecideCircumstances(
            claim=waiting[0],
            granted=granted,
            effect=effect(tale),
            decided_by="board",
            by_panel=tale.draw(st.booleans()),
            on=on,
        )
    letter = EvidenceRef(kind="letter", uri=Personal("file:9"), sha256="cd" * 32)
    return ask.ClaimCircumstances(
        claim=f"c-{tale.number(1, 3)}",
        kind=tale.one_of(list(Circumstance)),
        since=tale.day,
        until=add_days(tale.day, tale.number(-1, 20)),
        evidence=tale.one_of([(letter,), (letter,), ()]),
        on=on,
    )


GRANTS = (EffectKind.EXTEND_DAYS, *EffectKind)
EFFECTS: dict[EffectKind, Callable[[Tale], Effect]] = {
    EffectKind.EXTEND_DAYS: lambda tale: Effect(
        kind=EffectKind.EXTEND_DAYS,
        attempt=tale.it.assessment.current,
        days=tale.one_of([7, 3, 1, 0]),
    ),
    EffectKind.LATER_WINDOW: lambda tale: Effect(
        kind=EffectKind.LATER_WINDOW, attempt=tale.it.assessment.current
    ),
    EffectKind.EXCUSE: lambda tale: Effect(
        kind=EffectKind.EXCUSE,
        component=tale.one_of(missed(tale)),
        excuse=tale.one_of(list(Excuse)),
    ),
    EffectKind.NONE: lambda _: Effect(kind=EffectKind.NONE),
}


ROAD: tuple[Milestone, ...] = (
    (lambda it: it.it.application.registered, register),
    (lambda it: not plot(it).specification.form or it.it.application.form_sent, send_form),
    (lambda it: not plot(it).specification.form or it.it.application.form_returned, return_form),
    (lambda it: not any(entry_open(it)), show_entry),
    (lambda it: not plot(it).specification.endorsement or it.it.application.endorsed, endorse),
    (lambda it: isinstance(it.it.application.decision, ApplicationAccepted), accept),
    (lambda it: it.it.enrolment.enrolled, enrol),
    (lambda it: it.it.engagement.supporters, support),
    (lambda it: not any(still_open(it)), take_part),
    (lambda it: it.it.training.status in GOING_ON, resume),
    (lambda it: not to_pass(it), work_on_task),
    (lambda it: not by_projects(it) or it.it.award.awarded, award),
    (lambda it: it.it.assessment.access, seek_access),
    (lambda it: attempt(it).window, give_window),
    (lambda it: not plot(it).absences or it.it.circumstances.claims, extenuate),
    (lambda it: attempt(it).submitted or not it.it.circumstances.open, extenuate),
    (lambda it: attempt(it).released or attempt(it).missed, release),
    (lambda it: attempt(it).submitted or attempt(it).missed, submit),
    (lambda it: attempt(it).marked or attempt(it).missed, mark),
    (lambda it: attempt(it).missed or not awaits_moderation(attempt(it)), moderate),
    (lambda it: attempt(it).published or attempt(it).missed, publish),
    (lambda it: passed(attempt(it)), resit),
    (lambda it: it.it.award.awarded, award),
)


def awaits_moderation(it: Attempt) -> bool:
    return bool(it.marked and it.marked.sampled and not it.moderated)


def passed(it: Attempt) -> bool:
    return it.result is not None and it.result.outcome is Outcome.PASSED


# What leaves the road


def any_work(tale: Tale) -> Any:
    plan = list(tale.it.enrolment.plan.values())
    return work_on(tale, tale.one_of(plan)) if plan else None


def catch_up(tale: Tale) -> Any:
    component = tale.one_of(missed(tale))
    minutes = tale.one_of([30, 60, 120, 360])
    return ask.CompleteCatchUp(
        component=component, minutes=minutes, approved_by="a-1", on=tale.later()
    )


def excuse(tale: Tale) -> Any:
    return ask.ExcuseAttendance(
        component=tale.one_of(missed(tale)),
        effect=tale.one_of(list(Excuse)),
        basis=Personal("bereavement"),
        on=tale.later(),
    )


def check_in(tale: Tale) -> Any:
    return ask.RecordCheckIn(number=tale.number(0, 4), minutes=60, on=course_day(tale))


def identify(tale: Tale) -> Any:
    on = tale.later()
    known = tale.it.identity.participant_id
    return tale.one_of(
        [
            ask.ChangeName(name=Personal(tale.one_of(["Ada King", "Ada Byron"])), on=on),
            ask.VerifyTrn(trn=Personal(tale.one_of(["0743795", "0000000", "743795"])), on=on),
            ask.ChangeParticipantId(former=known, current=tale.one_of(IDS), on=on),
            ask.ReportDfeStatus(status=tale.one_of(["pending", "accepted"]), on=on),
        ]
    )


def waver(tale: Tale) -> Any:
    on = tale.later()
    return tale.one_of(
        [
            ask.DeclineEndorsement(role="headteacher", on=on),
            ask.WithdrawEndorsement(reason=Personal("left"), on=on),
            ask.Reject(reason=tale.one_of(list(RejectionReason)), on=on),
            ask.Reopen(reason=Personal("a mistake"), on=on),
        ]
    )


def welcome(tale: Tale) -> Any:
    on = tale.later()
    return tale.one_of(
        [
            ask.IssuePlatformAccess(platform="extend", on=on),
            ask.NotifyPartner(partner="ETH", on=on),
            ask.ContactApplicant(by="ETH", on=on),
        ]
    )


def void(tale: Tale) -> Any:
    last = len(tale.past.facts)
    version = tale.one_of([last, last, tale.number(0, last + 1)])
    return ask.VoidFact(version=version, reason=Personal("a slip"), on=tale.later())


def correct(tale: Tale) -> Any:
    wrong = [
        (version, fact)
        for version, fact in enumerate(tale.past.facts, 1)
        if getattr(fact, "component", None) in tale.it.enrolment.plan
    ]
    if not wrong:
        return None
    version, fact = tale.one_of(wrong)
    replacement = work_on(tale, tale.it.enrolment.plan[fact.component])
    return replacement and ask.CorrectFact(
        version=version,
        replacement=replacement,
        reason=Personal("a slip"),
        on=max(replacement.on, tale.later()),
    )


def contest(tale: Tale) -> Any:
    """Ask something against a decision: mostly what there is a decision for."""
    appeals, results = tale.it.appeals, tale.it.assessment.results
    told = results or any(it.results for it in tale.it.projects.tasks.values())
    if appeals.lodged.keys() - appeals.decided.keys() and tale.number(1, 3) > 1:
        return decide_appeal(tale)
    return tale.one_of(CONTESTS[bool(told)])(tale)


def lodge_appeal(tale: Tale) -> Any:
    task, attempt = any_work_judged(tale)
    return ask.LodgeAppeal(task=task, attempt=attempt, grounds=WHY, on=tale.later(6))


def decide_appeal(tale: Tale) -> Any:
    upheld, (task, attempt) = tale.draw(st.booleans()), any_work_judged(tale)
    return ask.DecideAppeal(
        task=task,
        attempt=attempt,
        upheld=upheld,
        outcome=tale.one_of(list(Outcome)) if upheld else None,
        decided_by="board",
        on=tale.later(6),
    )


def correct_outcome(tale: Tale) -> Any:
    on, (task, attempt) = tale.later(6), any_work_judged(tale)
    right: dict[str, Any] = {
        "attempt": attempt,
        "outcome": tale.one_of(list(Outcome)),
        "completed_on": tale.one_of([None, add_days(on, -1), add_days(on, 1)]),
        "reason": WHY,
        "on": on,
    }
    return ask.CorrectTaskOutcome(task=task, **right) if task else ask.CorrectOutcome(**right)


def revoke_access(tale: Tale) -> Any:
    return ask.RevokeAccess(reason=WHY, on=tale.later(6))


def question(tale: Tale) -> Any:
    decision = tale.one_of(list(Decision))
    return ask.QuestionDecision(decision=decision, reason=WHY, on=tale.later(6))


def any_work_judged(tale: Tale) -> tuple[str | None, int]:
    """A task that has a result, of who is assessed by projects; else an attempt at the response."""
    told = [
        (name, each.attempt)
        for name, task in tale.it.projects.tasks.items()
        for each in task.results
    ]
    return tale.one_of(told or [(None, tale.number(1, tale.it.assessment.current))])


CONTESTS: dict[bool, tuple[Maker, ...]] = {
    False: (revoke_access, revoke_access, question, lodge_appeal, decide_appeal),
    True: (lodge_appeal, correct_outcome, question, revoke_access),
}
"""What is asked while there is no result, and once there is one."""

WHY = Personal("a register was wrong")


def presume(tale: Tale) -> Any:
    """Ask for what comes much later."""
    kinds = [ask.GrantAccess, ask.RefuseAccess, ask.AwardQualification]
    return tale.one_of(kinds)(on=tale.later())


def after_award(tale: Tale) -> Any:
    on = tale.later()
    return tale.one_of(
        [
            ask.ReportMastersCredit(university="Leeds", credits=tale.number(-1, 60), on=on),
            ask.RevokeAward(reason=Personal("plagiarism"), on=on),
        ]
    )


def leave(tale: Tale) -> Any:
    """Put training off, or withdraw; or once more what is so already."""
    on = add_days(tale.day, tale.number(0, 30))
    back = tale.one_of([None, None, add_days(on, 90), on])
    deferral = tale.one_of(list(DeferralReason))
    withdrawal = tale.one_of(list(WithdrawalReason))
    return tale.one_of(
        [
            ask.DeferTraining(reason=deferral, expected_return=back, on=on),
            ask.DeferTraining(reason=deferral, on=on),
            ask.WithdrawFromTraining(reason=withdrawal, on=on),
            ask.ResumeTraining(on=on),
        ]
    )


def move(tale: Tale) -> Any:
    """Change the schedule, or, seldom, the provider: that ends the story here."""
    on = tale.later()
    if tale.number(1, 10) > 1:
        return ask.ChangeSchedule(
            schedule=tale.one_of(SCHEDULES), cohort=tale.one_of(FUNDING_COHORTS), on=on
        )
    provider = plot(tale).specification.provider
    return tale.one_of(
        [
            ask.TransferOut(to=tale.one_of(["LLSE", provider]), sha256="ab" * 32, on=on),
            ask.TransferIn(
                provider=tale.one_of(["LLSE", provider]),
                former_provider=provider,
                predecessor=tale.past.subject,
                sha256="ab" * 32,
                facts=len(tale.past.facts),
                on=on,
            ),
        ]
    )


SCHEDULES = ("npq-leadership-autumn", "npq-leadership-spring", "npq-specialist-spring", "npq-x")
FUNDING_COHORTS = (None, "2022a", "2023a", "2024a", "2026a", "1999a")
IDS = ("ac3d1243-7308-4879-942a-c4a70ced400a", "7f1c5b1a-93b5-45ad-9a1e-1d5c6f2c8f5e")

ASIDES: tuple[Maker, ...] = (
    any_work, any_work, any_work, catch_up, excuse, check_in, identify, identify, waver, welcome,
    void, void, correct, correct, presume, give_window, release, submit, mark, moderate, publish,
    resit, after_award, extenuate, extenuate, contest, contest, leave, leave, leave, move,
    any_task,
    deal_with_dfe, deal_with_dfe, deal_with_dfe, fund, fund,
)  # fmt: skip


def may_begin(catalogue: Catalogue, specification: Specification, start_on: date) -> bool:
    """Whether one may register for this specification in time for an intake of that day."""
    on, closed = add_days(start_on, -90), catalogue.last_offered(specification)
    offered = catalogue.offered(specification.programme, on) and (not closed or start_on <= closed)
    return offered and catalogue.in_force(specification, on)


def participant_lives(
    catalogue: Catalogue | None = None,
    specifications: Iterable[Specification] = (),
    *,
    least: int = 0,
    most: int = 60,
    asides: Sequence[Maker] = ASIDES,
) -> st.SearchStrategy[Life[Participant]]:
    """The life of a participant on one of these specifications, of so many commands.

    Without any, every specification of the catalogue may be drawn. `asides` are what leaves the
    usual road.
    """
    known = catalogue or shipped()
    by_key = {it.key: it for it in tuple(specifications) or known.specifications}

    # Without arguments, which Hypothesis would print: a catalogue is hundreds of lines.
    @st.composite
    def participant_life(draw: st.DrawFn) -> Life[Participant]:
        specification = by_key[draw(st.sampled_from(list(by_key)))]
        starts = [it for it in STARTS if may_begin(known, specification, it)]
        joined = intake(specification, draw(st.sampled_from(starts)), known)
        chosen = Plot(
            specification=specification,
            intake=joined,
            absences=draw(st.sampled_from([0, 0, 1, 5])),
        )
        besides = {"catalogue": known, "cohort": joined.cohort, "plot": chosen}
        tale = beginning(draw, participant, add_days(joined.start_on, -90), besides)
        return tell(tale, ROAD, asides, least, most)

    return participant_life()
