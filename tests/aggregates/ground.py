"""Who and what the examples are about: two programmes of one hub, one autumn, one participant."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from attrs import evolve

from npq_domain import cohort, participant
from npq_domain import commands as ask
from npq_domain.aggregates.cohort.facts import Cohort
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.application import ApplicationAccepted
from npq_domain.catalogue import Specification, shipped
from npq_domain.catalogue.types import AttemptRule, EngagementRule, EntryKind, WordRule
from npq_domain.identifiers import cohort_subject
from npq_domain.personal import Personal
from npq_domain.testing import Scene, given
from npq_domain.testing.intakes import preparations

SENIOR = "reform/UCL/NPQSL/1"
HEADSHIP = "reform/UCL/NPQH/1"
EARLY_YEARS = "reform/UCL/NPQEYL/1"
SPECIALIST = "reform/UCL/NPQLT/1"
DFE_HEADSHIP = "reform/DfE/NPQH/1"
BPN_HEADSHIP = "reform/BPN/NPQH/1"
HEADSHIP_2017 = "2017/OLP/NPQH/2"
COACHING_OFFER = "support/UCL/EHCO/1"
KIND = "reform/UCL/NPQSL/99"
"""NPQSL as a provider might run it that lets sessions be caught up and the response be short."""

START = date(2023, 10, 2)
REGISTERED = date(2023, 9, 1)
JOINED = date(2023, 9, 20)

shipped_senior = shipped().specification(SENIOR)
assert shipped_senior
assert shipped_senior.engagement
kind_rule: EngagementRule = evolve(shipped_senior.engagement, catch_up=True)
# As shipped, but the 2017 suite never closed, and one programme more.
CATALOGUE = evolve(
    shipped(),
    frameworks=tuple(evolve(it, last_offered=None) for it in shipped().frameworks),
    specifications=(
        *shipped().specifications,
        evolve(
            shipped_senior,
            version=99,
            engagement=kind_rule,
            assessment=evolve(
                shipped_senior.assessment,
                attempts=AttemptRule(most=2, source="the provider's handbook"),
                response=WordRule(least=1000, most=1500, source="the provider's handbook"),
            ),
        ),
    ),
)


def spec(key: str) -> Specification:
    found = CATALOGUE.specification(key)
    assert found
    return found


def intake(key: str, name: str = "autumn 2023") -> Scene[Cohort]:
    """A cohort that offers this specification from the autumn of 2023."""
    asked = preparations(spec(key), name, START)
    return given(cohort, *asked, catalogue=CATALOGUE)


def intake_id(key: str, name: str = "autumn 2023") -> UUID:
    return cohort_subject(spec(key).provider, name)


def registration(key: str = SENIOR, **other: Any) -> ask.ReceiveRegistration:
    found = spec(key)
    asked = ask.ReceiveRegistration(
        application_id="a-1",
        participant_id="p-1",
        name=Personal("Ada Byron"),
        email=Personal("ada@school.example"),
        provider=found.provider,
        programme=found.programme,
        specification=key,
        on=REGISTERED,
    )
    return evolve(asked, **other)


def accepted(key: str = SENIOR) -> list[Any]:
    """All that is asked of an applicant, and the acceptance."""
    found = spec(key)
    asked: list[Any] = [registration(key), *shown(key)]
    if found.form:
        asked += [ask.SendForm(on=REGISTERED), ask.ReturnForm(on=REGISTERED)]
    if found.endorsement:
        asked.append(ask.Endorse(role="headteacher", name=Personal("Grace Hopper"), on=REGISTERED))
    return [*asked, ask.Accept(on=JOINED)]


def acceptance(**other: Any) -> ApplicationAccepted:
    """Taken on in a cohort that DfE's rules are silent about, unless it says otherwise."""
    silent = ApplicationAccepted(
        funded_place=None,
        schedule=None,
        terms=None,
        funding_cohort=None,
        funding=None,
        prior=(),
        on=JOINED,
    )
    return evolve(silent, **other)


def shown(key: str) -> list[Any]:
    """Every entry requirement, amply met."""
    return [
        ask.RecordGateway(ready=True, suitable=True, on=REGISTERED)
        if it.kind is EntryKind.GATEWAY
        else ask.RecordEntryEvidence(
            requirement=it.kind,
            level=6,
            full_and_relevant=True,
            years=1,
            evidence="file:1",
            on=REGISTERED,
        )
        for it in spec(key).entry
    ]


def enrolled(key: str = SENIOR) -> list[Any]:
    return [*accepted(key), ask.Enrol(cohort_id=intake_id(key), on=JOINED)]


def applicant(key: str = SENIOR, *more: Any) -> Scene[Participant]:
    """Registered, and nothing else but what is given."""
    return given(participant, registration(key), *more, catalogue=CATALOGUE)


def member(key: str = SENIOR, *more: Any) -> Scene[Participant]:
    """Enrolled in the intake of autumn 2023, and what is given besides."""
    at = intake(key).state
    return given(participant, *enrolled(key), *more, catalogue=CATALOGUE, cohort=at)


def attended(key: str = SENIOR, *, but: tuple[str, ...] = ()) -> list[Any]:
    """Everything that counts was done in full, but for these components."""
    kinds: dict[str, Any] = {
        "event": ask.RecordAttendance,
        "study": ask.RecordStudy,
        "coaching": ask.RecordCoaching,
        "task": ask.CompleteFormativeTask,
    }
    asked: list[Any] = []
    for it in spec(key).components:
        if it.counts and it.minutes and it.id not in but:
            kind, left, day = kinds[it.activity.value], it.minutes, 1
            while left:
                whole = min(left, 24 * 60)
                asked.append(kind(component=it.id, minutes=whole, on=date(2024, 1, day)))
                left, day = left - whole, day + 1
    return asked


def admitted(key: str = SENIOR) -> list[Any]:
    """Engaged in full and let into the assessment, with the window of the first sitting."""
    return [
        *attended(key),
        ask.GrantAccess(on=date(2025, 3, 20)),
        ask.SetWindow(cohort_id=intake_id(key), on=date(2025, 3, 20)),
    ]


def sitting(key: str = SENIOR) -> list[Any]:
    """Let into the assessment, with the case study in hand."""
    return [*admitted(key), ask.ReleaseCaseStudy(ref="case-7", words=2_000, at=OPENS)]


OPENS = datetime(2025, 4, 1, 23, tzinfo=UTC)
"""Midnight in London, in summer time, of 2 April 2025: eighteen months after the start."""
CLOSES = datetime(2025, 4, 9, 23, tzinfo=UTC)
MARKED = date(2025, 5, 6)
