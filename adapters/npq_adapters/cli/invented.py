"""People who never were: lawful stories drawn from a seed, for `npq demo --participants`.

A story is told by the specification that the cohort offers, and ends with its first refusal: who
does not get into the assessment hands nothing in.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid5

from attrs import frozen

from npq_domain.aggregates.cohort.facts import Cohort
from npq_domain.aggregates.cohort.facts.intake import CohortOpened
from npq_domain.aggregates.cohort.facts.timetable import WindowSet
from npq_domain.aggregates.participant.facts.application import FundingStated
from npq_domain.aggregates.participant.facts.assessment import Outcome
from npq_domain.calendar import add_days, london_day
from npq_domain.catalogue import Catalogue, Specification
from npq_domain.catalogue.types import Activity, ComponentSpec, EntryKind
from npq_domain.commands import (
    Accept,
    AssignSupporter,
    AwardQualification,
    CompleteCatchUp,
    CompleteFormativeTask,
    Endorse,
    Enrol,
    ExcuseAttendance,
    GrantAccess,
    MarkResponse,
    PublishResult,
    ReceiveRegistration,
    RecordAbsence,
    RecordAttendance,
    RecordCheckIn,
    RecordCoaching,
    RecordEntryEvidence,
    RecordGateway,
    RecordMissedSubmission,
    RecordModeration,
    RecordStudy,
    Reject,
    ReleaseCaseStudy,
    ReturnForm,
    SendForm,
    SetWindow,
    SubmitResponse,
)
from npq_domain.identifiers import participant_subject
from npq_domain.policies.engagement import Excuse
from npq_domain.recorded import happened_on

GIVEN = (
    "Amara Beth Callum Dina Emeka Farah Grace Hamza Imogen Jamal Keira Leon Maya Nadia Owen Priya"
    " Quentin Rosa Samir Tess Umar Vera Will Xanthe Yusuf Zoe"
)
FAMILY = (
    "Abbott Banerjee Clarke Dhillon Evans Fletcher Griffiths Hussain Iqbal Jones Kowalska Lewis"
    " Mensah Nowak Okafor Patel Quinn Roberts Shah Taylor Underwood Vaughan Walker Xu Young Zaman"
)

KEENNESS = ((1.0, 0.97, 0.9, 0.6), (60, 22, 12, 6))
"""How likely somebody is to be at a session, and how many are so likely."""

HOUR = 60
SITTING = 600
"""The most minutes of study recorded at once."""


@frozen(kw_only=True)
class Person:
    """Somebody invented, and what they are about to do."""

    subject: UUID
    application_id: str
    name: str
    trn: str
    specification: Specification
    cohort_id: UUID
    cohort: Cohort
    group: str | None
    draw: Random
    keen: float

    @property
    def opened(self) -> CohortOpened:
        """What was said of the intake when it was opened."""
        opened = self.cohort.intake.opened
        assert opened is not None  # noqa: S101 - or it could offer nothing
        return opened

    @property
    def start_on(self) -> date:
        """The first day of their programme."""
        return self.opened.start_on

    def chance(self, share: float) -> bool:
        """Whether something happens that happens to this share of people."""
        return self.draw.random() < share


def people(
    cohort_id: UUID, cohort: Cohort, catalogue: Catalogue, *, number: int, seed: int
) -> Iterator[Person]:
    """So many people, spread over what an open cohort offers; the same for the same seed."""
    offers = sorted(cohort.intake.programmes.values(), key=lambda it: it.programme)
    for each in range(number):
        draw = Random(f"{seed}/{each}")  # noqa: S311 - a demonstration, no secret
        specification = catalogue.specification(draw.choice(offers).specification)
        assert specification is not None  # noqa: S101 - the cohort could not offer it else
        application_id = str(uuid5(cohort_id, f"invented/{seed}/{each}"))
        yield Person(
            subject=participant_subject(specification.provider, application_id),
            application_id=application_id,
            name=f"{draw.choice(GIVEN.split())} {draw.choice(FAMILY.split())}",
            trn=f"{draw.randint(1_000_000, 9_999_999)}",
            specification=specification,
            cohort_id=cohort_id,
            cohort=cohort,
            group=draw.choice(groups(cohort, specification.programme)),
            draw=draw,
            keen=draw.choices(*KEENNESS)[0],
        )


def groups(cohort: Cohort, programme: str) -> list[str | None]:
    """The delivery groups of a programme that will run, or just none."""
    running = [
        name
        for name, it in cohort.groups.known.items()
        if it.planned and it.planned.programme == programme and it.confirmed and not it.cancelled
    ]
    return [*running] or [None]


def story(it: Person, until: date) -> Iterator[Any]:
    """The commands of somebody's life on the programme, as far as it has come by that day."""
    for chapter in (application, taking_part, assessment):
        for command in chapter(it):
            if happened_on(command) > until:
                return
            yield command
            if isinstance(command, Reject):
                return


def application(it: Person) -> Iterator[Any]:
    """From registration to the cohort."""
    specification, deadline = it.specification, it.cohort.intake.deadline
    last = min(filter(None, [deadline, it.start_on - timedelta(days=21)]))
    day = last - timedelta(days=it.draw.randint(0, 60))
    yield ReceiveRegistration(
        application_id=it.application_id,
        participant_id=str(uuid5(it.subject, "participant")),
        name=it.name,
        trn=it.trn,
        trn_verified=it.chance(0.9),
        provider=specification.provider,
        programme=specification.programme,
        specification=specification.key,
        funding_cohort=it.opened.funding_cohort,
        funding=FundingStated(eligible=it.chance(0.8)),
        on=day,
    )
    yield SendForm(on=add_days(day, 1))
    yield ReturnForm(on=add_days(day, 1 + it.draw.randint(1, 7)))
    decided = add_days(day, 12)
    for rule in specification.entry:
        yield EVIDENCE[rule.kind](rule, decided)
    if it.chance(0.06):
        yield Reject(on=decided)
        return
    if specification.endorsement:
        role = it.draw.choice(specification.endorsement.roles)
        yield Endorse(role=role, name=f"{it.draw.choice(GIVEN.split())} Endorser", on=decided)
    yield Accept(on=decided)
    yield Enrol(cohort_id=it.cohort_id, group=it.group, on=add_days(decided, 3))
    if specification.support:
        role = it.draw.choice(specification.support.roles)
        supporter = f"{role}-{it.draw.randint(1, 40)}"
        yield AssignSupporter(role=role, supporter=supporter, on=add_days(decided, 5))


EVIDENCE: dict[EntryKind, Callable[[Any, date], Any]] = {
    EntryKind.GATEWAY: lambda _, on: RecordGateway(ready=True, suitable=True, on=on),
    EntryKind.QUALIFICATION_LEVEL: lambda rule, on: RecordEntryEvidence(
        requirement=rule.kind,
        level=rule.level,
        full_and_relevant=True,
        evidence="certificate seen",
        on=on,
    ),
    EntryKind.HEADSHIP_YEARS: lambda rule, on: RecordEntryEvidence(
        requirement=rule.kind,
        years=rule.below_years - 1,
        evidence="letter of appointment seen",
        on=on,
    ),
}


def taking_part(it: Person) -> Iterator[Any]:
    """Sessions, study, coaching, tasks and check-ins, day by day."""
    done = [
        command for each in it.specification.components for command in ACTS[each.activity](it, each)
    ]
    done += check_ins(it)
    yield from sorted(done, key=happened_on)


def session(it: Person, component: ComponentSpec) -> Iterator[Any]:
    """One session: attended, or missed and perhaps made good."""
    held = it.cohort.timetable.session(it.specification.programme, it.group, component.id)
    if held is None:
        return
    on, minutes, rule = london_day(held.starts_at), component.minutes, it.specification.engagement
    if it.chance(it.keen):
        yield RecordAttendance(component=component.id, minutes=minutes or HOUR, on=on)
        return
    yield RecordAbsence(component=component.id, on=on)
    if rule and rule.catch_up and it.chance(0.6):
        yield CompleteCatchUp(
            component=component.id,
            minutes=minutes or HOUR,
            approved_by="facilitator-1",
            on=add_days(on, 14),
        )
    elif rule and rule.excuse and it.chance(0.4):
        yield ExcuseAttendance(
            component=component.id, effect=Excuse.CREDIT, basis="jury service", on=add_days(on, 2)
        )


def efforts(it: Person, component: ComponentSpec) -> Iterator[tuple[int, int, date]]:
    """Minutes, per cent and days of what people do by themselves; the less keen leave some out."""
    planned = component.minutes or 3 * HOUR
    sittings = -(-planned // SITTING) + 2
    for number in range(sittings):
        share = planned * (number + 1) // sittings - planned * number // sittings
        minutes = share if it.chance(it.keen) else share // 2
        days = 14 + number * 300 // sittings + it.draw.randint(0, 6)
        yield minutes, 100 * (number + 1) // sittings, add_days(it.start_on, days)


def study(it: Person, component: ComponentSpec) -> Iterator[Any]:
    """Units of study."""
    for minutes, percent, on in efforts(it, component):
        yield RecordStudy(component=component.id, minutes=minutes, percent=percent, on=on)


def coaching(it: Person, component: ComponentSpec) -> Iterator[Any]:
    """Hours with a coach."""
    for minutes, _, on in efforts(it, component):
        yield RecordCoaching(component=component.id, minutes=minutes, on=on)


def tasks(it: Person, component: ComponentSpec) -> Iterator[Any]:
    """Formative tasks."""
    for minutes, _, on in efforts(it, component):
        yield CompleteFormativeTask(component=component.id, minutes=minutes, on=on)


def check_ins(it: Person) -> Iterator[Any]:
    """The check-ins that the specification asks for; the last may be left out."""
    rule = it.specification.check_ins
    for number in range(1, rule.required + 1 if rule else 0):
        if number == 1 or it.chance(it.keen):
            on = add_days(it.start_on, 80 * number)
            yield RecordCheckIn(number=number, minutes=rule.minutes if rule else HOUR, on=on)


ACTS: dict[Activity, Callable[[Person, ComponentSpec], Iterator[Any]]] = {
    Activity.EVENT: session,
    Activity.STUDY: study,
    Activity.COACHING: coaching,
    Activity.TASK: tasks,
    Activity.CHECK_IN: lambda _, __: iter(()),
}
"""How each kind of component is taken part in; check-ins are a rule of their own."""


def assessment(it: Person) -> Iterator[Any]:
    """From the gate to the award, where the cohort has set a window for it."""
    window = it.cohort.timetable.windows.get((it.specification.programme, 1))
    if window is None:
        return
    before, after = window.opens_on - timedelta(days=14), add_days(window.closes_on, 1)
    yield GrantAccess(on=before)
    yield SetWindow(cohort_id=it.cohort_id, on=before)
    yield ReleaseCaseStudy(ref="case-study-1", at=window.opens_at + timedelta(hours=9))
    if it.chance(0.03):
        yield RecordMissedSubmission(on=after)
        return
    yield submission(it, window)
    yield from marking(it, after)


def submission(it: Person, window: WindowSet) -> Any:
    """A response within the window and its length."""
    rule = it.specification.assessment.response
    most = (rule.most if rule else None) or 1500
    least = (rule.least if rule else None) or most * 3 // 4
    return SubmitResponse(
        words=it.draw.randint(least, most),
        sha256=f"{it.draw.getrandbits(256):064x}",
        at=window.closes_at - timedelta(minutes=it.draw.randint(1, 7 * 24 * HOUR)),
    )


def marking(it: Person, after: date) -> Iterator[Any]:
    """Marks, a moderator's view of one in ten, the result, and the award of those who passed."""
    outcome = Outcome.PASSED if it.chance(0.95) else Outcome.FAILED
    sampled = it.chance(0.1)
    yield MarkResponse(
        marker=f"marker-{it.draw.randint(1, 9)}",
        learn_that=it.draw.randint(6, 10),
        learn_how_to=it.draw.randint(6, 10),
        outcome=outcome,
        sampled=sampled,
        on=add_days(after, 14),
    )
    if sampled:
        yield RecordModeration(moderator="moderator-1", outcome=outcome, on=add_days(after, 21))
    yield PublishResult(on=add_days(after, 28))
    if outcome is Outcome.PASSED:
        yield AwardQualification(on=add_days(after, 30))
