"""What a participant's life asks for, from the registration to one of eight endings.

The commands are those that providers' offices send; the domain's own deciders say what follows
from them. Registers arrive late and are corrected, applications for a spring intake come in the
last days before 20 December, responses in the last hours of their window, and claims are paid
statement by statement. Nothing here is drawn but from the dice that it is given.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cache, cached_property
from hashlib import sha256
from typing import Any
from uuid import UUID

from attrs import Factory, define, evolve, field, frozen

from benchmarks.lawful import BY, clock
from npq_domain import commands
from npq_domain.aggregates import vocabulary
from npq_domain.aggregates.cohort import cohort
from npq_domain.aggregates.cohort.facts import Cohort
from npq_domain.aggregates.participant import participant
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.application import FundingStated, Setting
from npq_domain.aggregates.participant.facts.assessment import Outcome, SubmissionMissed
from npq_domain.aggregates.participant.facts.corrections import FactVoided
from npq_domain.aggregates.participant.facts.engagement import AttendanceRecorded
from npq_domain.aggregates.participant.facts.projects import Contrast, CriterionMark
from npq_domain.aggregates.participant.facts.training import (
    DeferralReason,
    TrainingResumed,
    TrainingStatus,
    WithdrawalReason,
)
from npq_domain.calendar import add_days, add_months, midnight
from npq_domain.catalogue import Specification, shipped
from npq_domain.catalogue.types import (
    Activity,
    DeclarationType,
    FundingMode,
    ProjectSpec,
    School,
    Scope,
    Section,
)
from npq_domain.errors import Refused
from npq_domain.history import live
from npq_domain.identifiers import cohort_subject
from npq_domain.personal import Personal
from npq_domain.policies.declarations import DeclarationState
from npq_domain.policies.engagement import Excuse
from npq_domain.recorded import Recorded, Source


class Ending(Enum):
    """How a life ends. The first four have completed, and all of these but one have passed."""

    AWARDED = "awarded"
    RESAT = "awarded after a resit"
    RESUMED = "awarded after a deferral"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    DEFERRED = "deferred, not back yet"
    HANDED_NOTHING_IN = "handed nothing in"
    STOPPED = "stopped taking part"


COMPLETED = frozenset({Ending.AWARDED, Ending.RESAT, Ending.RESUMED, Ending.FAILED})
PASSED = COMPLETED - {Ending.FAILED}

NAMES = NAME, EMAIL, TRN, HEAD = "Somebody", "somebody@school.example", "1234567", "Some Head"
"""Whose life it is, and who endorses it."""
HOME, AWAY = "116241", "138702"
STRETCHES = {12: 13, 15: 13, 18: 18}
"""How often somebody studies in a programme of so many months."""
MISREAD = 0.3
"""The share of lives in which a register is corrected."""
LATE = 0.2
"""The share of registers that arrive weeks late."""
ILL = 0.05
"""The share of sessions that are missed."""


@frozen(kw_only=True)
class Course:
    """A specification, the intake that offers it, and the days of its sessions."""

    specification: Specification
    start: date
    name: str
    funding_cohort: str
    opened: date
    sessions: tuple[tuple[str, int, date], ...]
    """Each session's component, minutes and day."""
    intake: Cohort = field(factory=Cohort)
    asked: tuple[Any, ...] = ()
    """The commands by which the intake came about, all on one day."""
    facts: tuple[Any, ...] = ()
    """What followed from each of them: one fact."""

    @cached_property
    def cohort_id(self) -> UUID:
        return cohort_subject(self.specification.provider, self.name)

    @property
    def autumn(self) -> bool:
        return self.start.month > 6

    @property
    def months(self) -> int:
        return months(self.specification)

    def window(self, sitting: int = 1) -> date:
        """The first day of a sitting."""
        return add_days(add_months(self.start, self.months + 4 * (sitting - 1)), 7)

    def units(self, activity: Activity) -> list[tuple[str, int]]:
        """What is recorded this way, with its planned minutes."""
        parts = self.specification.components
        return [(it.id, it.minutes or 900) for it in parts if it.activity is activity]


def months(specification: Specification) -> int:
    """How long a programme takes."""
    return specification.duration.most if specification.duration else 12


@cache
def course(key: str, start: date, funding_cohort: str, name: str) -> Course:
    """An intake that runs this specification, its sessions spread over the programme."""
    specification = shipped().specification(key)
    assert specification is not None
    opened = add_days(start, -160)
    events = [it for it in specification.components if it.activity is Activity.EVENT]
    every = (30 * months(specification) - 45) // max(1, len(events))
    sessions = tuple(
        (it.id, it.minutes or 60, add_days(start, 7 + every * number))
        for number, it in enumerate(events)
    )
    made = Course(
        specification=specification,
        start=start,
        name=name,
        funding_cohort=funding_cohort,
        opened=opened,
        sessions=sessions,
    )
    return opened_by(made, opening(made))


def opened_by(at: Course, by: Iterable[Any]) -> Course:
    """The same intake, opened by these commands, all on one day."""
    intake, asked, facts = Cohort(), tuple(by), []
    for command in asked:
        [fact] = cohort.decide(command, intake, now=clock(at.opened), catalogue=shipped())
        facts.append(fact)
        for part, step in cohort.steps[type(fact)]:
            step(getattr(intake, part), fact)
    return evolve(at, intake=intake, asked=asked, facts=tuple(facts))


def opening(at: Course) -> Iterator[Any]:
    """What it takes to open an intake: its programme, its sessions and two sittings."""
    specification, on = at.specification, at.opened
    yield commands.OpenCohort(
        provider=specification.provider,
        name=at.name,
        season="autumn" if at.autumn else "spring",
        start_on=at.start,
        on=on,
    )
    yield commands.OfferProgramme(specification=specification.key, on=on)
    for component, minutes, day in at.sessions:
        yield commands.ScheduleSession(
            programme=specification.programme,
            component=component,
            starts_at=clock(day, 9),
            ends_at=clock(day, 9) + timedelta(minutes=minutes),
            on=on,
        )
    if specification.assessment.window:
        for sitting in (1, 2):
            yield commands.ScheduleAssessmentWindow(
                programme=specification.programme,
                sitting=sitting,
                opens_on=at.window(sitting),
                closes_on=add_days(at.window(sitting), 7),
                on=on,
            )


@frozen
class Asked:
    """A command that something followed from, and when it was asked."""

    number: int
    command: Any
    now: datetime


@define
class Life:
    """One participant's history as it grows: commands are decided on what is known so far."""

    subject: UUID
    intake: Cohort
    asked: list[Asked] = Factory(list)
    history: list[Recorded[Any]] = Factory(list)
    state: Participant = Factory(Participant)

    def ask(self, command: Any, at: datetime) -> tuple[Any, ...]:
        """Decide a command and keep what follows; nothing does if it is refused."""
        # Nothing is recorded before what came ahead of it.
        now = max(at, self.history[-1].recorded_at) if self.history else at
        given = {need: GIVEN[need](self) for need in participant.needs(command) - {"now"}}
        try:
            facts = participant.decide(command, self.state, now=now, **given)
        except Refused:
            return ()
        if facts:
            self.asked.append(Asked(len(self.asked) + 1, command, now))
        for fact in facts:
            self.record(fact, now)
        return facts

    @property
    def live(self) -> dict[int, Any]:
        """The facts that stand, by version."""
        return {it.version: it.fact for it in live(self.history, participant.void)}

    def record(self, fact: Any, now: datetime) -> None:
        self.history.append(
            Recorded(
                subject=self.subject,
                version=len(self.history) + 1,
                name=vocabulary.name(type(fact)),
                recorded_at=now,
                by=BY,
                source=Source.PROVIDER,
                command_id=numbered(self.subject, len(self.asked)),
                fact=fact,
            )
        )
        if isinstance(fact, FactVoided):
            self.state = self.without(fact.version)
        else:
            for part, step in participant.steps[type(fact)]:
                step(getattr(self.state, part), fact)

    def without(self, version: int) -> Participant:
        """The state as it would be without that version."""
        standing = live(self.history, participant.void)
        return participant.replay(it.fact for it in standing if it.version != version)


GIVEN: dict[str, Callable[[Life], Any]] = {
    "catalogue": lambda _: shipped(),
    "cohort": lambda it: it.intake,
    "history": lambda it: it.history,
    "live": lambda it: it.live,
    "versions": lambda it: len(it.history),
    "without": lambda it: it.without,
}
"""What decisions may ask for by keyword."""


def numbered(subject: UUID, number: int) -> UUID:
    """An id of a participant's own: their subject's first twenty digits, and a number."""
    return UUID(f"{str(subject)[:24]}{number:012x}")


Dated = tuple[Any, datetime]
"""A command, and when it is asked at the soonest."""


def life(
    subject: UUID, application_id: str, at: Course, ending: Ending, dice: random.Random
) -> Life:
    """One participant's history, which comes to this ending."""
    it = Life(subject, at.intake)
    for command, now in joining(at, subject, application_id, dice):
        it.ask(command, now)
    leaves = leaving(at, ending, dice)
    last = leaves or add_days(add_months(at.start, at.months), -10)
    done = [*taking_part(at, dice), *claims(at, subject)]
    for command, now in sorted(done, key=lambda each: each[1]):
        if command.on <= last or (leaves is None and isinstance(command, REPORTS)):
            it.ask(command, now)
    if dice.random() < MISREAD:
        correct(it, dice, last)
    for command, now in ENDINGS[ending](Tale(subject, at, last, dice)):
        it.ask(command, now)
    return it


REPORTS = (commands.ReportDeclarationState,)


def leaving(at: Course, ending: Ending, dice: random.Random) -> date | None:
    """The day from which nothing more is done; `None` for who goes through to the end."""
    if ending in {Ending.WITHDRAWN, Ending.DEFERRED, Ending.STOPPED}:
        return add_days(at.start, dice.randrange(120, 30 * at.months - 90))
    return None


# From the registration to the first day.


def registered_on(at: Course, dice: random.Random) -> date:
    """Through the summer for an autumn; at the last for a spring, as its deadline nears."""
    if at.autumn:
        return add_days(at.start, -dice.randrange(45, 95))
    deadline = date(at.start.year - 1, 12, 20)
    return add_days(deadline, -min(60, int(dice.expovariate(1 / 6))))


def joining(at: Course, subject: UUID, application_id: str, dice: random.Random) -> Iterator[Dated]:
    """What happens before the programme begins."""
    specification, first = at.specification, registered_on(at, dice)
    agreed = add_days(first, 8) if at.autumn else date(at.start.year, 1, 5)

    def dated(command: Any) -> Dated:
        return command, clock(command.on, dice.randrange(8, 20), dice.randrange(60))

    def after(days: int, earliest: date = first) -> date:
        return add_days(earliest, days)

    for command in applying(at, subject, application_id, first):
        yield dated(command)
    yield dated(commands.Accept(funded_place=funded_place(at), on=after(0, agreed)))
    yield dated(commands.ReportDfeStatus(status="accepted", on=after(0, agreed)))
    yield dated(commands.NotifyPartner(partner="hub-3", on=after(1, agreed)))
    yield dated(commands.ContactApplicant(by="hub-3", on=after(4, agreed)))
    rule = specification.support
    role = dice.choice(rule.roles) if rule else "mentor"
    supporter = commands.AssignSupporter(role=role, supporter="m-41", on=after(6, agreed))
    yield dated(supporter)
    yield dated(commands.Enrol(cohort_id=at.cohort_id, on=after(8, agreed)))
    yield dated(commands.IssuePlatformAccess(platform="extend", on=add_days(at.start, -5)))


def applying(at: Course, subject: UUID, application_id: str, on: date) -> Iterator[Any]:
    """The application and all that is shown with it, in a week's time."""
    specification = at.specification
    yield commands.ReceiveRegistration(
        application_id=application_id,
        participant_id=str(numbered(subject, 0)),
        name=Personal(NAME),
        email=Personal(EMAIL),
        trn=Personal(TRN),
        provider=specification.provider,
        programme=specification.programme,
        specification=specification.key,
        setting=Setting(school_urn=HOME),
        funding_cohort=at.funding_cohort,
        funding=FundingStated(eligible=True),
        on=on,
    )
    yield commands.ReportDfeStatus(status="pending", on=on)
    yield commands.VerifyTrn(trn=Personal(TRN), on=add_days(on, 1))
    yield commands.SendForm(on=add_days(on, 1))
    for rule in specification.entry:
        if rule.kind.value == "gateway":
            yield commands.RecordGateway(ready=True, suitable=True, on=add_days(on, 3))
        else:
            yield commands.RecordEntryEvidence(
                requirement=rule.kind,
                level=rule.level,
                full_and_relevant=rule.full_and_relevant,
                years=1 if rule.below_years else None,
                evidence="file:certificate",
                on=add_days(on, 3),
            )
    yield commands.ReturnForm(on=add_days(on, 4))
    yield commands.Endorse(role="headteacher", name=Personal(HEAD), urn=HOME, on=add_days(on, 5))


def funded_place(at: Course) -> bool | None:
    """What is said of the place where DfE's cohort is capped."""
    found = shipped().funding_cohort(at.funding_cohort)
    return True if found and found.funding is FundingMode.CAPPED else None


# From the first day to the last.


def taking_part(at: Course, dice: random.Random) -> Iterator[Dated]:
    """Sessions, check-ins, coaching, tasks and study, as their registers arrive."""
    for component, minutes, day in at.sessions:
        for command in session(component, minutes, day, dice):
            yield command, arriving(command.on, dice)
    for command in work(at, dice):
        yield command, clock(command.on, dice.randrange(8, 20), dice.randrange(60))


def arriving(on: date, dice: random.Random) -> datetime:
    """When a register is there: soon, or weeks late."""
    days = dice.randrange(14, 40) if dice.random() < LATE else dice.randrange(3)
    return clock(add_days(on, days), dice.randrange(8, 20), dice.randrange(60))


def session(component: str, minutes: int, day: date, dice: random.Random) -> Iterator[Any]:
    """One session: attended, or missed for a good reason and then caught up or excused."""
    if dice.random() >= ILL:
        yield commands.RecordAttendance(component=component, minutes=minutes, on=day)
        return
    yield commands.RecordAbsence(component=component, on=day)
    after = add_days(day, 3)
    yield commands.ExcuseAttendance(
        component=component, effect=dice.choice(list(Excuse)), basis=Personal("ill"), on=after
    )
    yield commands.CompleteCatchUp(
        component=component, minutes=minutes, approved_by="a-1", on=add_days(day, 9)
    )


def work(at: Course, dice: random.Random) -> Iterator[Any]:
    """What is done between the sessions."""
    rule = at.specification.check_ins
    for number in range(1, rule.required + 1 if rule else 1):
        on = add_months(at.start, number * at.months // 5)
        yield commands.RecordCheckIn(number=number, minutes=60, on=add_days(on, dice.randrange(9)))
    for component, minutes in at.units(Activity.COACHING):
        for number in range(1, 5):
            on = add_months(at.start, number * at.months // 5)
            yield commands.RecordCoaching(component=component, minutes=-(-minutes // 4), on=on)
    for component, minutes in at.units(Activity.TASK):
        for number in range(1, 4):
            on = add_months(at.start, number * at.months // 4)
            part = -(-minutes // 3)
            yield commands.CompleteFormativeTask(component=component, minutes=part, on=on)
    yield from study(at, dice)


def study(at: Course, dice: random.Random) -> Iterator[Any]:
    """Stretches of study, in the courses' turns, at a pace of the participant's own."""
    units, stretches = at.units(Activity.STUDY), STRETCHES[at.months]
    every = (30 * at.months - 40) // stretches
    pace = dice.choice((10, 10, 11, 12))
    for number in range(1, stretches + 1):
        component, planned = units[(number - 1) * len(units) // stretches]
        minutes = -(-planned * len(units) * pace // (10 * stretches))
        yield commands.RecordStudy(
            component=component,
            minutes=minutes,
            percent=min(100, 100 * number // stretches),
            ref=f"record-{number}",
            on=add_days(at.start, every * number - dice.randrange(5)),
        )


def correct(it: Life, dice: random.Random, last: date) -> None:
    """A register was misread: one attendance was some minutes shorter than recorded."""
    attended = [
        each
        for version, each in it.live.items()
        if type(each) is AttendanceRecorded and each.minutes > 60
        for each in [it.history[version - 1]]
    ]
    if not attended:
        return
    wrong = dice.choice(attended)
    fact: AttendanceRecorded = wrong.fact
    command = commands.CorrectFact(
        version=wrong.version,
        replacement=commands.RecordAttendance(
            component=fact.component, minutes=fact.minutes - 15, on=fact.on
        ),
        reason=Personal("left early"),
        on=max(last, fact.on),
    )
    it.ask(command, clock(max(last, fact.on), 18))


def claims(at: Course, subject: UUID) -> Iterator[Dated]:
    """Claims on the way, each from its statement to its payment."""
    for number, (kind, day) in enumerate(
        (
            (DeclarationType.STARTED, 35),
            (DeclarationType.RETAINED_1, 200),
            (DeclarationType.RETAINED_2, 400),
        )
    ):
        if day < 30 * at.months - 60:
            yield from claim(numbered(subject, 0xD00 + number), kind, add_days(at.start, day))


def claim(
    claim_id: UUID, kind: DeclarationType, on: date, *, has_passed: bool | None = None
) -> Iterator[Dated]:
    """One claim, and what DfE's service says of it: all on the days of its statements."""
    made = commands.Declare(
        id=claim_id, type=kind, declared_at=midnight(on), has_passed=has_passed, on=on
    )
    yield made, clock(on, 16)
    states = (DeclarationState.ELIGIBLE, DeclarationState.PAYABLE, DeclarationState.PAID)
    for state, days in zip(states, (1, 25, 50), strict=True):
        told = add_days(on, days)
        yield (
            commands.ReportDeclarationState(
                id=claim_id, state=state, statement=f"{on:%Y-%m}", on=told
            ),
            clock(told, 6),
        )


# The endings.

End = Iterator[Dated]


@frozen
class Tale:
    """A life that comes to its end: whose it is, where, and the last day on which work is done."""

    subject: UUID
    at: Course
    last: date
    dice: random.Random


def awarded(it: Tale) -> End:
    yield from assessed(it, Outcome.PASSED)


def resat(it: Tale) -> End:
    yield from assessed(it, Outcome.FAILED, Outcome.PASSED)


def failed(it: Tale) -> End:
    yield from assessed(it, Outcome.FAILED)


def resumed(it: Tale) -> End:
    """A break near the end, and back in the same cohort."""
    reason = it.dice.choice(list(DeferralReason))
    left, back = add_days(it.last, 1), add_days(it.last, 9)
    yield commands.DeferTraining(reason=reason, expected_return=back, on=left), clock(left)
    yield commands.ResumeTraining(on=back), clock(back)
    yield from assessed(it, Outcome.PASSED)


def withdrawn(it: Tale) -> End:
    on, reason = add_days(it.last, 1), it.dice.choice(REASONS)
    yield commands.WithdrawFromTraining(reason=reason, on=on), clock(on)


def deferred(it: Tale) -> End:
    on, reason = add_days(it.last, 1), it.dice.choice(list(DeferralReason))
    back = add_days(on, 365)
    yield commands.DeferTraining(reason=reason, expected_return=back, on=on), clock(on)


def handed_nothing_in(it: Tale) -> End:
    if it.at.specification.assessment.window:
        yield from access(it.at, 1)
        over = add_days(it.at.window(), 9)
        yield commands.RecordMissedSubmission(on=over), clock(over)


def stopped(it: Tale) -> End:
    if it.at.specification.assessment.window:
        on = add_days(it.at.window(), -1)
        yield commands.RefuseAccess(on=on), clock(on, 21)


ENDINGS: dict[Ending, Callable[[Tale], End]] = {
    Ending.AWARDED: awarded,
    Ending.RESAT: resat,
    Ending.RESUMED: resumed,
    Ending.FAILED: failed,
    Ending.WITHDRAWN: withdrawn,
    Ending.DEFERRED: deferred,
    Ending.HANDED_NOTHING_IN: handed_nothing_in,
    Ending.STOPPED: stopped,
}

REASONS = (
    WithdrawalReason.INSUFFICIENT_CAPACITY,
    WithdrawalReason.CHANGE_IN_PRIORITIES,
    WithdrawalReason.PERSONAL_MOVING_SCHOOL,
    WithdrawalReason.QUALITY_OF_STRUCTURE,
)


def assessed(it: Tale, *outcomes: Outcome) -> End:
    """One attempt after the other; then the award if it is due, and the claim of completion."""
    sat = sitting if it.at.specification.assessment.window else tasks
    over, has_passed = it.at.start, outcomes[-1] is Outcome.PASSED
    for attempt, outcome in enumerate(outcomes, 1):
        for command, now in sat(it.at, attempt, outcome, it.dice):
            over = max(over, now.date())
            yield command, now
    done = add_days(over, 7)
    if has_passed:
        yield commands.AwardQualification(on=done), clock(done)
    claimed = numbered(it.subject, 0xDFF)
    yield from claim(claimed, DeclarationType.COMPLETED, add_days(done, 1), has_passed=has_passed)


def access(at: Course, attempt: int) -> End:
    """The gate is passed, and the window is told."""
    granted = add_days(at.window(attempt), -1)
    if attempt == 1:
        yield commands.GrantAccess(on=granted), clock(granted, 21)
    else:
        yield commands.OfferResit(attempt=attempt, on=granted), clock(granted, 20)
    yield (
        commands.SetWindow(attempt=attempt, cohort_id=at.cohort_id, sitting=attempt, on=granted),
        clock(granted, 21),
    )


def sitting(at: Course, attempt: int, outcome: Outcome, dice: random.Random) -> End:
    """The eight days: most hand in at the last. Then marking, moderation and the result."""
    yield from access(at, attempt)
    opens = midnight(at.window(attempt))
    released = opens + timedelta(hours=8)
    case = commands.ReleaseCaseStudy(attempt=attempt, ref="case-7", words=900, at=released)
    yield case, released
    hours = min(150.0, dice.expovariate(1 / 18))
    handed_in = (opens + timedelta(days=8) - timedelta(hours=2 + hours)).replace(microsecond=0)
    digest = sha256(str(dice.random()).encode()).hexdigest()
    rule = at.specification.assessment.response
    most = rule.most if rule and rule.most else 1500
    response = commands.SubmitResponse(
        attempt=attempt, words=most - dice.randrange(300), sha256=digest, at=handed_in
    )
    yield response, handed_in
    marked, sampled = add_days(at.window(attempt), 25), dice.random() < 0.25
    points = 15 if outcome is Outcome.PASSED else 6
    marks = commands.MarkResponse(
        attempt=attempt,
        marker="mk-2",
        learn_that=points,
        learn_how_to=points - 1,
        outcome=outcome,
        sampled=sampled,
        on=marked,
    )
    yield marks, clock(marked)
    published = add_days(marked, 14)
    if sampled:
        moderation = commands.RecordModeration(
            attempt=attempt, moderator="mo-5", outcome=outcome, on=add_days(marked, 7)
        )
        yield moderation, clock(moderation.on)
    yield commands.PublishResult(attempt=attempt, on=published), clock(published, 9)


def tasks(at: Course, attempt: int, outcome: Outcome, dice: random.Random) -> End:
    """The projects of the 2017 era; of who has to try again, the last one alone."""
    projects = at.specification.assessment.projects
    for number, project in enumerate(projects):
        last = number == len(projects) - 1
        if attempt == 1:
            yield from preparing(at, project)
        if attempt == 1 or last:
            judged = outcome if last else Outcome.PASSED
            yield from judging(at, project, attempt, judged, dice)


def preparing(at: Course, project: ProjectSpec) -> End:
    """The plan before a board, the implementation, the placement: as far as a project has them."""
    day = add_days(at.start, 30 * at.months - 170)
    day = add_days(day, 2 - day.weekday())  # a Wednesday: no bank holiday but at Christmas
    if project.scope is Scope.PLACEMENT_SCHOOL:
        agreed = commands.AgreePlacement(urn=AWAY, contrast=(Contrast.GEOGRAPHY,), on=day)
        yield agreed, clock(day)
    if project.board:
        board = AWAY if project.board is School.PLACEMENT else HOME
        plan = commands.PresentPlan(
            task=project.id, board=board, feedback=Personal("go on"), on=add_days(day, 7)
        )
        yield plan, clock(plan.on)
    if project.terms_least:
        began = add_days(day, 9)
        yield commands.StartImplementation(task=project.id, on=began), clock(began)
        ended = add_days(day, 150)
        done = commands.CompleteImplementation(task=project.id, terms=2, on=ended)
        yield done, clock(ended)
    for number in range(project.placement_days_least or 0):
        spent = add_days(day, 14 + 7 * number)
        yield commands.LogPlacementDay(on=spent), clock(spent)


def judging(
    at: Course, project: ProjectSpec, attempt: int, outcome: Outcome, dice: random.Random
) -> End:
    """The written account, its marks and its result."""
    handed_in = add_days(at.start, 30 * at.months + 20 + 120 * (attempt - 1))
    marked, published = add_days(handed_in, 28), add_days(handed_in, 56)
    account = commands.SubmitTask(
        task=project.id,
        attempt=attempt,
        scope=project.scope,
        schools=(HOME, AWAY),
        sections=tuple(Section),
        words=5_000 + dice.randrange(500),
        on=handed_in,
    )
    yield account, clock(handed_in, 20)
    points = 4 if outcome is Outcome.PASSED else 1
    marks = commands.MarkTask(
        task=project.id,
        attempt=attempt,
        marker="mk-2",
        marks=(CriterionMark(criterion="impact", marks=points),),
        outcome=outcome,
        sampled=True,
        on=marked,
    )
    yield marks, clock(marked)
    seen = add_days(marked, 14)
    moderation = commands.ModerateTask(
        task=project.id, attempt=attempt, moderator="mo-5", outcome=outcome, on=seen
    )
    yield moderation, clock(seen)
    result = commands.PublishTaskResult(task=project.id, attempt=attempt, on=published)
    yield result, clock(published, 9)


def came_to(it: Life, at: Course, ending: Ending) -> bool:
    """Whether the domain made of a life what its script was for."""
    state = it.state
    by_task = (len(task.results) for task in state.projects.tasks.values())
    results = max(len(state.assessment.results), *by_task, 0, 0)
    came_back = any(isinstance(each.fact, TrainingResumed) for each in it.history)
    missed = any(isinstance(each.fact, SubmissionMissed) for each in it.history)
    looks = (bool(state.award.awarded), results, state.training.status, came_back)
    had_to_miss = ending is Ending.HANDED_NOTHING_IN and at.specification.assessment.window
    return looks == LOOKS[ending] and missed is bool(had_to_miss)


ACTIVE = TrainingStatus.ACTIVE

LOOKS: dict[Ending, tuple[bool, int, TrainingStatus, bool]] = {
    Ending.AWARDED: (True, 1, ACTIVE, False),
    Ending.RESAT: (True, 2, ACTIVE, False),
    Ending.RESUMED: (True, 1, ACTIVE, True),
    Ending.FAILED: (False, 1, ACTIVE, False),
    Ending.WITHDRAWN: (False, 0, TrainingStatus.WITHDRAWN, False),
    Ending.DEFERRED: (False, 0, TrainingStatus.DEFERRED, False),
    Ending.HANDED_NOTHING_IN: (False, 0, ACTIVE, False),
    Ending.STOPPED: (False, 0, ACTIVE, False),
}
"""How each ending looks: whether awarded, how many results, how training stands, whether back."""
