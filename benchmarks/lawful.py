"""Lawful histories of 60 facts, drawn from a seed: every fact was decided by the domain itself.

A participant registers, joins a cohort of UCL's or Best Practice Network's, takes part, sits the
assessment, and is awarded the qualification if it is due. Some miss sessions, some are excused,
some are corrected, some never get there. What a rule refuses is left out, as in life.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from hashlib import sha256
from itertools import count, islice
from typing import Any
from uuid import UUID

from attrs import Factory, define, frozen

from npq_adapters.store import Row
from npq_domain import commands
from npq_domain.aggregates import vocabulary
from npq_domain.aggregates.cohort import cohort
from npq_domain.aggregates.cohort.facts import Cohort
from npq_domain.aggregates.participant import participant
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.assessment import Outcome
from npq_domain.aggregates.participant.facts.corrections import FactVoided
from npq_domain.aggregates.participant.facts.engagement import AttendanceRecorded
from npq_domain.calendar import add_months, midnight
from npq_domain.catalogue import Specification, shipped
from npq_domain.catalogue.types import Activity
from npq_domain.errors import Refused
from npq_domain.history import live
from npq_domain.identifiers import cohort_subject, participant_subject
from npq_domain.personal import Personal
from npq_domain.policies.engagement import Excuse
from npq_domain.recorded import Actor, Recorded, Source
from npq_domain.vocabulary import Envelope

SEED = 7

LENGTH = 60
"""Facts of one participant."""
ENDING = 8
"""Of these, how many the assessment and the award take."""
STRETCHES = 24
"""How often somebody studies who keeps up with the plan."""
CORRECTED = 1 / 6
"""The share of participants of whom something was recorded in error."""

OPENED = date(2023, 5, 2)
START = date(2023, 10, 2)
WINDOW = date(2025, 4, 23)
SEEN_FROM = date(2025, 7, 31)
"""The day that views look from: all histories have ended."""

SPECIFICATIONS = (
    "reform/UCL/NPQH/1",
    "reform/BPN/NPQH/1",
    "reform/UCL/NPQSL/1",
    "reform/BPN/NPQSL/1",
)
EXCUSED = "jury service"
BY = Actor(role="provider", id="adm-17")


@define
class Life:
    """One participant's history as it grows: commands are decided on what is known so far."""

    subject: UUID
    intake: Cohort
    history: list[Recorded[Any]] = Factory(list)
    state: Participant = Factory(Participant)

    def ask(self, command: Any, at: datetime) -> bool:
        """Decide a command and keep what follows, unless it is refused."""
        # Nothing is recorded before what came ahead of it.
        now = max(at, self.history[-1].recorded_at) if self.history else at
        given = {
            "catalogue": shipped(),
            "cohort": self.intake,
            "history": self.history,
            "without": self.without,
        }
        try:
            facts = participant.decide(command, self.state, now=now, **given)
        except Refused:
            return False
        for fact in facts:
            self.record(fact, now)
        return True

    def go_on(self, study: Iterator[tuple[Any, date]], upto: int) -> None:
        """Study on until there are so many facts."""
        while len(self.history) < upto:
            command, day = next(study)
            self.ask(command, clock(day, 20))

    def record(self, fact: Any, now: datetime) -> None:
        version = len(self.history) + 1
        self.history.append(
            Recorded(
                subject=self.subject,
                version=version,
                name=vocabulary.name(type(fact)),
                recorded_at=now,
                by=BY,
                source=Source.PROVIDER,
                command_id=UUID(int=self.subject.int ^ version),
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


@frozen
class Course:
    """A specification, the cohort that offers it, and the days of its sessions."""

    specification: Specification
    cohort_id: UUID
    intake: Cohort
    sessions: tuple[tuple[str, int, date], ...]
    """Each session's component, minutes and day."""

    def units(self, activity: Activity) -> list[tuple[str, int]]:
        """What is recorded this way, with its planned minutes."""
        parts = self.specification.components
        return [(it.id, it.minutes or 900) for it in parts if it.activity is activity]


@cache
def course(key: str) -> Course:
    """A cohort that runs this specification, its sessions spread over the programme."""
    specification = shipped().specification(key)
    assert specification is not None
    events = [it for it in specification.components if it.activity is Activity.EVENT]
    days = [START + timedelta(days=7 + 52 * n) for n in range(len(events))]
    asked: list[Any] = [
        commands.OpenCohort(
            provider=specification.provider,
            name="Autumn 2023",
            season="autumn",
            start_on=START,
            on=OPENED,
        ),
        commands.OfferProgramme(specification=key, on=OPENED),
        *(
            commands.ScheduleSession(
                programme=specification.programme,
                component=it.id,
                starts_at=clock(day, 9),
                ends_at=clock(day, 9) + timedelta(minutes=it.minutes or 60),
                on=OPENED,
            )
            for it, day in zip(events, days, strict=True)
        ),
        commands.ScheduleAssessmentWindow(
            programme=specification.programme,
            opens_on=WINDOW,
            closes_on=WINDOW + timedelta(days=7),
            on=OPENED,
        ),
    ]
    intake = Cohort()
    for command in asked:
        facts = cohort.decide(command, intake, now=clock(OPENED), catalogue=shipped())
        for fact in facts:
            for part, step in cohort.steps[type(fact)]:
                step(getattr(intake, part), fact)
    return Course(
        specification=specification,
        cohort_id=cohort_subject(specification.provider, "Autumn 2023"),
        intake=intake,
        sessions=tuple(
            (it.id, it.minutes or 60, day) for it, day in zip(events, days, strict=True)
        ),
    )


def clock(day: date, hour: int = 17, minute: int = 0) -> datetime:
    """That time of a day, in UTC."""
    return datetime.combine(day, time(hour, minute), UTC)


def lives(number: int, seed: int = SEED) -> Iterator[tuple[Recorded[Any], ...]]:
    """So many participants' histories, of 60 facts each; the same again from the same seed."""
    dice = random.Random(seed)
    for each in range(number):
        at = course(SPECIFICATIONS[each % len(SPECIFICATIONS)])
        yield tuple(life(at, dice))


def life(at: Course, dice: random.Random) -> list[Recorded[Any]]:
    """One participant's history."""
    application_id = str(UUID(int=dice.getrandbits(128), version=4))
    subject = participant_subject(at.specification.provider, application_id)
    it = Life(subject, at.intake)
    study = studied(at, dice)
    taken = [*taking_part(at, dice), *islice(study, STRETCHES - 6)]
    lived = [*joining(at, dice, application_id), *sorted(taken, key=lambda dated: dated[1])]
    for command, day in lived:
        it.ask(command, clock(day, dice.randrange(8, 20), dice.randrange(60)))
    if dice.random() < CORRECTED:
        correct(it, dice)
    it.go_on(study, LENGTH - ENDING)
    for command, now in ending(at, dice):
        it.ask(command, now)
    it.go_on(study, LENGTH)
    return it.history


def joining(at: Course, dice: random.Random, application_id: str) -> Iterator[tuple[Any, date]]:
    """From the registration with DfE to the first day."""
    day = date(2023, 6, 5) + timedelta(days=dice.randrange(60))

    def later(days: int) -> date:
        return day + timedelta(days=days)

    number = dice.getrandbits(24)
    trn = Personal(f"{1_000_000 + dice.randrange(9_000_000)}")
    yield (
        commands.ReceiveRegistration(
            application_id=application_id,
            participant_id=str(UUID(int=dice.getrandbits(128), version=4)),
            name=Personal(f"Participant {number}"),
            email=Personal(f"participant{number}@school.example"),
            trn=trn,
            provider=at.specification.provider,
            programme=at.specification.programme,
            specification=at.specification.key,
            funding_cohort="2023a",
            on=day,
        ),
        day,
    )
    yield commands.ReportDfeStatus(status="pending", on=day), day
    yield commands.VerifyTrn(trn=trn, on=later(1)), later(1)
    yield commands.SendForm(on=later(1)), later(1)
    yield commands.ReturnForm(on=later(4)), later(4)
    head = Personal(f"Head {dice.randrange(500)}")
    yield commands.Endorse(role="headteacher", name=head, urn="100024", on=later(5)), later(5)
    yield commands.Accept(on=later(8)), later(8)
    yield commands.ReportDfeStatus(status="accepted", on=later(8)), later(8)
    yield commands.NotifyPartner(partner="hub-3", on=later(9)), later(9)
    yield commands.ContactApplicant(by="hub-3", on=later(12)), later(12)
    yield commands.AssignSupporter(role="mentor", supporter="m-41", on=later(20)), later(20)
    yield commands.Enrol(cohort_id=at.cohort_id, on=later(21)), later(21)
    first = START - timedelta(days=7)
    yield commands.IssuePlatformAccess(platform="extend", on=first), first


def taking_part(at: Course, dice: random.Random) -> Iterator[tuple[Any, date]]:
    """Sessions, check-ins, coaching and tasks; study comes where there is room."""
    for component, minutes, day in at.sessions:
        yield from session(component, minutes, day, dice)
    for number in range(1, 5):
        day = add_months(START, 4 * number)
        yield commands.RecordCheckIn(number=number, minutes=60, on=day), day
    for component, minutes in at.units(Activity.COACHING):
        for month in (3, 7, 11, 15):
            day = add_months(START, month)
            done = commands.RecordCoaching(component=component, minutes=minutes // 4, on=day)
            yield done, day
    for component, minutes in at.units(Activity.TASK):
        for month in (5, 10, 15):
            day = add_months(START, month)
            task = commands.CompleteFormativeTask(component=component, minutes=minutes // 3, on=day)
            yield task, day


def session(
    component: str, minutes: int, day: date, dice: random.Random
) -> Iterator[tuple[Any, date]]:
    """One session: attended, attended in part, or missed, and then perhaps excused."""
    chance = dice.random()
    if chance < 0.95:
        attended = minutes if chance < 0.92 else minutes // 2
        yield commands.RecordAttendance(component=component, minutes=attended, on=day), day
        return
    yield commands.RecordAbsence(component=component, on=day), day
    if chance < 0.98:
        after = day + timedelta(days=3)
        excuse = commands.ExcuseAttendance(
            component=component, effect=dice.choice(list(Excuse)), basis=EXCUSED, on=after
        )
        yield excuse, after


def correct(it: Life, dice: random.Random) -> None:
    """A register was misread: one attendance was shorter than recorded."""
    attended = [each for each in it.history if type(each.fact) is AttendanceRecorded]
    wrong = dice.choice(attended)
    fact: AttendanceRecorded = wrong.fact
    command = commands.CorrectFact(
        version=wrong.version,
        replacement=commands.RecordAttendance(
            component=fact.component, minutes=max(0, fact.minutes - 30), on=fact.on
        ),
        reason="left early",
        on=add_months(START, 17),
    )
    it.ask(command, clock(add_months(START, 17)))


def studied(at: Course, dice: random.Random) -> Iterator[tuple[Any, date]]:
    """A stretch of study every three weeks, without end, at a pace of the participant's own."""
    component, planned = at.units(Activity.STUDY)[0]
    pace = planned * dice.choice((8, 10, 10, 11, 12)) // (10 * STRETCHES)
    for number in count(1):
        day = START + timedelta(days=21 * number)
        record = commands.RecordStudy(
            component=component,
            minutes=pace,
            percent=min(100, 100 * number // STRETCHES),
            ref=f"record-{number}",
            on=day,
        )
        yield record, day


def ending(at: Course, dice: random.Random) -> Iterator[tuple[Any, datetime]]:
    """Access, the window, the response, its marking, the result and the award."""
    granted = WINDOW - timedelta(days=1)
    opening, marked = midnight(WINDOW), add_months(WINDOW, 1)
    published = marked + timedelta(days=14)
    outcome = Outcome.PASSED if dice.random() < 0.97 else Outcome.FAILED
    yield commands.GrantAccess(on=granted), clock(granted, 21)
    yield commands.SetWindow(cohort_id=at.cohort_id, on=granted), clock(granted, 21)
    released = opening + timedelta(hours=8)
    yield commands.ReleaseCaseStudy(ref="case-7", words=900, at=released), released
    handed_in = opening + timedelta(days=dice.randrange(1, 8), hours=12)
    digest = sha256(str(dice.random()).encode()).hexdigest()
    words = dice.randrange(1200, 1500)
    yield commands.SubmitResponse(words=words, sha256=digest, at=handed_in), handed_in
    marks = commands.MarkResponse(
        marker="mk-2", learn_that=14, learn_how_to=15, outcome=outcome, sampled=True, on=marked
    )
    yield marks, clock(marked)
    yield (
        commands.RecordModeration(moderator="mo-5", outcome=outcome, on=published),
        clock(published),
    )
    yield commands.PublishResult(on=published), clock(published)
    awarded = published + timedelta(days=7)
    yield commands.AwardQualification(on=awarded), clock(awarded)


def as_logged(histories: Iterable[Sequence[Recorded[Any]]]) -> list[Recorded[Any]]:
    """All facts in the order in which they were recorded: participants interleave."""
    everything = [fact for history in histories for fact in history]
    return sorted(everything, key=lambda it: (it.recorded_at, it.subject, it.version))


def row(it: Recorded[Any]) -> Row:
    """A fact as the ledger stores it."""
    envelope = Envelope(
        at=it.recorded_at, by=it.by, source=it.source, command=it.command_id, fact=it.fact
    )
    return Row(str(it.subject), it.version, it.name, vocabulary.encode(envelope))
