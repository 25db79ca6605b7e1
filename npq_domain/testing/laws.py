"""What has to hold of any lawful life, as functions that a suite calls; each fails by `assert`."""

# ruff: noqa: S101, PT017 - a law is broken by an assertion

from collections.abc import Iterable, Mapping
from copy import deepcopy
from functools import cache
from itertools import pairwise
from typing import Any
from uuid import UUID

import msgspec
from attrs import evolve
from cattrs import Converter

from npq_domain.aggregates.cohort.facts import Cohort
from npq_domain.aggregates.cohort.facts.places import FundedPlaceReserved
from npq_domain.aggregates.participant import gates, standing
from npq_domain.aggregates.participant.evidence import evidence_intact
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.application import ApplicationAccepted
from npq_domain.aggregates.participant.facts.assessment import (
    AssessmentAccessGranted,
    AssessmentAccessRevoked,
    AssessmentDeferred,
    Outcome,
    OutcomeCorrected,
    ResitOffered,
    ResultPublished,
    SummativeSubmitted,
    WindowExtended,
)
from npq_domain.aggregates.participant.facts.award import QualificationAwarded
from npq_domain.aggregates.participant.facts.circumstances import (
    CircumstancesDecided,
    EffectKind,
)
from npq_domain.aggregates.participant.facts.corrections import FactVoided
from npq_domain.aggregates.participant.facts.declarations import DeclarationMade
from npq_domain.aggregates.participant.facts.engagement import (
    AbsenceRecorded,
    AttendanceExcused,
    AttendanceRecorded,
    CatchUpCompleted,
)
from npq_domain.aggregates.participant.facts.enrolment import Enrolled
from npq_domain.aggregates.participant.facts.funding import FundedPlaceChanged
from npq_domain.aggregates.participant.facts.projects import TaskSubmitted
from npq_domain.aggregates.participant.facts.training import TrainingResumed, TrainingStatus
from npq_domain.aggregates.participant.gates import declaring
from npq_domain.calendar import LAST_DAY
from npq_domain.catalogue.types import FundingMode, School
from npq_domain.errors import Refused
from npq_domain.personal import Personal
from npq_domain.policies import engagement
from npq_domain.policies.engagement import Engagement
from npq_domain.recorded import Source
from npq_domain.testing.clock import asked_on
from npq_domain.testing.lives import Life, Step
from npq_domain.testing.past import TESTER, Past
from npq_domain.vocabulary import Envelope, Vocabulary, plain_converter

NOBODY = UUID(int=0)
NO_REASON = Personal("recorded in error")


def replay_is_deterministic(life: Life[Any]) -> None:
    """Two replays of the same facts know the same, and nothing of either is shared."""
    first, second = life.state, life.state
    assert first == second
    assert first is not second


def each_command(life: Life[Any]) -> Iterable[tuple[Past[Any], Step, Past[Any]]]:
    """Each step of a life, with the past before it and after it."""
    past = Past(decider=life.past.decider)
    for step in life.steps:
        after = past.after(*step.facts)
        yield past, step, after
        past = after


def a_refusal_appends_nothing(life: Life[Any]) -> None:
    """The facts of a life are those of its steps, and refused steps have none."""
    assert all(not step.facts for step in life.steps if step.refused)
    assert life.facts == tuple(fact for step in life.steps for fact in step.facts)


def a_retry_is_silent(life: Life[Any]) -> None:
    """Every command may be asked again: after its own facts it leads to none."""
    for _, step, after in each_command(life):
        if step.facts:
            assert after.decide(step.command, life.besides) == (), step


def a_decision_changes_nothing(past: Past[Any], command: Any, besides: Mapping[str, Any]) -> None:
    """To decide leaves each state as it was; it answers, or refuses with reasons, and no more."""
    others = deepcopy(besides.get("cohort"))
    own = past.state
    try:
        past.decide(command, besides)
    except Refused as refused:
        assert refused.requirements
        assert all(not it.met and it.because and it.source for it in refused.requirements)
        assert str(refused)
    assert own == past.state
    assert others == besides.get("cohort")


def a_fact_comes_back(vocabulary: Vocabulary, fact: Any) -> None:
    """A fact is stored and read as it was, by msgspec and by cattrs alike."""
    name = vocabulary.name(type(fact))
    envelope = Envelope(
        at=asked_on(fact), by=TESTER, source=Source.PROVIDER, command=NOBODY, fact=fact
    )
    stored = vocabulary.encode(envelope)
    assert vocabulary.reader(name)(stored).fact == fact
    plain = msgspec.json.decode(stored)["fact"]
    converter = by_cattrs()
    assert converter.structure(plain, type(fact)) == fact
    again = converter.structure(
        msgspec.json.decode(msgspec.json.encode(converter.unstructure(fact))), type(fact)
    )
    assert again == fact


@cache
def by_cattrs() -> Converter:
    """One for all facts: it learns each class once."""
    return plain_converter()


def a_void_undoes(past: Past[Any]) -> None:
    """To void the last fact is as if it had never been, but for the record that it was voided."""
    void: Any = past.decider.void
    if void is None or not past.facts or isinstance(past.facts[-1], void):
        return
    last = past.history[-1]
    never = evolve(past, facts=past.facts[:-1]).state
    voided = past.after(void(version=last.version, reason=NO_REASON, on=last.happened_on)).state
    for part, fold in past.decider.folds.items():
        assert void in fold.steps or getattr(never, part) == getattr(voided, part)


def measured(it: Participant) -> Engagement | None:
    """A participant's engagement; `None` where the specification has no rule for it."""
    return standing.measured(it)


def engagement_keeps_within_bounds(it: Participant) -> None:
    """0 ≤ credited ≤ planned, and what can be reached lies between credit and plan."""
    found = measured(it)
    if found is None:
        return
    assert 0 <= found.credited_minutes <= found.planned_minutes
    assert 0 <= found.num <= found.attainable <= found.den
    for each in found.strands.values():
        assert 0 <= each.credited <= each.attainable <= each.planned
    assert not (found.met and found.status is engagement.Status.UNREACHABLE)


RAISES = (CatchUpCompleted, AttendanceExcused, FactVoided, Enrolled, TrainingResumed)
"""The only facts by which what was out of reach comes within reach, or counts no longer."""


def what_is_attainable_rises_only_by_grace(life: Life[Participant]) -> None:
    """Time and absence only ever take away: what is lost is won back by these facts alone."""
    for before, step, after in each_command(life):
        was, now = measured(before.state), measured(after.state)
        if was and now and not any(isinstance(it, RAISES) for it in step.facts):
            for strand, tally in was.strands.items():
                still = now.strands[strand]
                assert still.planned - still.attainable >= tally.planned - tally.attainable, step


def a_gap_takes_nothing_that_is_credited(it: Participant) -> None:
    """What leaves the plan fell due in a deferral, and bears no credit; nothing is added to it."""
    enrolled = it.enrolment.enrolled
    if enrolled is None:
        return
    credited = it.engagement.credits
    kept = {each.id for each in standing.plan(it, credited)}
    assert kept <= it.enrolment.plan.keys()
    gone = [each for each in enrolled.plan if each.id not in kept]
    assert not any(each.id in credited and credited[each.id].minutes for each in gone)
    assert not gone or any(end < LAST_DAY for _, end in it.training.gaps)


MOVES = {
    TrainingStatus.ACTIVE: {TrainingStatus.DEFERRED, TrainingStatus.WITHDRAWN},
    TrainingStatus.DEFERRED: {TrainingStatus.ACTIVE, TrainingStatus.WITHDRAWN},
    TrainingStatus.WITHDRAWN: {TrainingStatus.ACTIVE},
    TrainingStatus.TRANSFERRED_OUT: set(),
}
"""From each status, the statuses that may come next; from all but the last, a transfer too."""


def training_changes_as_it_may(life: Life[Participant]) -> None:
    """Active and deferred by turns, withdrawn and back; after a transfer nothing but its void."""
    for before, step, after in each_command(life):
        was, now = before.state.training.status, after.state.training.status
        if any(isinstance(it, FactVoided) for it in step.facts):
            continue
        ended = was is TrainingStatus.TRANSFERRED_OUT
        assert not (ended and step.facts), step
        assert now is was or now is TrainingStatus.TRANSFERRED_OUT or now in MOVES[was], step


def a_status_has_its_gap(it: Participant) -> None:
    """Deferrals do not overlap, and one that has not ended is how training stands."""
    gaps = it.training.gaps
    assert all(first <= end for first, end in gaps)
    assert all(end <= later for (_, end), (later, _) in pairwise(gaps))
    lasting = any(end == LAST_DAY for _, end in gaps)
    assert lasting == (it.training.status is TrainingStatus.DEFERRED)


def order_does_not_matter(it: Participant, shuffled: Participant) -> None:
    """Engagement follows from the set of facts: any order of them gives the same figures."""
    assert measured(it) == measured(shuffled)


def an_award_rests_on_engagement_and_a_pass(life: Life[Participant]) -> None:
    """Whenever the award was made, engagement was met and the latest result was a pass."""
    for before, step, _ in each_command(life):
        if any(isinstance(it, QualificationAwarded) for it in step.facts):
            state = before.state
            found = measured(state)
            assert found is None or found.met
            assert gates.outcome(state) is Outcome.PASSED


def a_response_is_handed_in_with_access_and_in_time(life: Life[Participant]) -> None:
    """Whenever a response was handed in, access was granted and the window was open."""
    for before, step, _ in each_command(life):
        for fact in step.facts:
            if isinstance(fact, SummativeSubmitted):
                sat = before.state.assessment
                assert isinstance(sat.access, AssessmentAccessGranted)
                assert sat.attempt(fact.attempt).window is not None
                hours = sat.attempt(fact.attempt).hours
                assert hours is not None
                assert hours.opens_at <= fact.at < hours.closes_at


def a_funded_place_is_as_the_cohort_allows(life: Life[Participant]) -> None:
    """Full cohorts tell no places apart, others fund none; a capped one only who is eligible."""
    for before, step, after in each_command(life):
        funding = after.state.funding
        assert funding.mode is not FundingMode.FULL or funding.place is None
        assert funding.mode is not FundingMode.ZERO or not funding.place
        given = (ApplicationAccepted, FundedPlaceChanged)
        capped = funding.mode is FundingMode.CAPPED and funding.place
        if capped and any(isinstance(it, given) for it in step.facts):
            assert before.state.funding.eligible


def a_claim_has_one_effect_at_most(life: Life[Participant]) -> None:
    """Every effect belongs to the one decision of a claim that was made before, on evidence."""
    for before, step, _ in each_command(life):
        decided = [it for it in step.facts if isinstance(it, CircumstancesDecided)]
        effects = [it for it in step.facts if isinstance(it, WindowExtended | AssessmentDeferred)]
        if not decided:
            assert not effects
            continue
        [decision], known = decided, before.state.circumstances
        assert known.claims[decision.claim].evidence
        assert decision.claim not in known.decided
        assert len(step.facts) <= 1 + (decision.effect.kind is not EffectKind.NONE)
        assert all(it.claim == decision.claim for it in effects)
        assert not any(isinstance(it, AttendanceRecorded | AbsenceRecorded) for it in step.facts)


def the_latest_result_is_in_force(life: Life[Participant]) -> None:
    """Results are only ever added, and the latest is in force; after a pass nothing is sat."""
    for before, step, after in each_command(life):
        was, now = before.state.assessment, after.state.assessment
        told = [it for it in step.facts if isinstance(it, ResultPublished | OutcomeCorrected)]
        assert now.results == [*was.results, *told]
        assert now.latest_result == next(reversed([*was.results, *told]), None)
        sat = [it for it in step.facts if isinstance(it, SummativeSubmitted | ResitOffered)]
        assert not (sat and was.passed)
        for name, task in after.state.projects.tasks.items():
            former = before.state.projects.task(name)
            assert task.results[: len(former.results)] == former.results
            handed_in = [it for it in step.facts if isinstance(it, TaskSubmitted)]
            assert not (former.passed and any(it.task == name for it in handed_in))


def access_is_not_taken_from_who_used_it(life: Life[Participant]) -> None:
    """Access is revoked before anything is handed in, or never."""
    for before, step, _ in each_command(life):
        if any(isinstance(it, AssessmentAccessRevoked) for it in step.facts):
            attempts = before.state.assessment.attempts.values()
            assert not any(it.submitted for it in attempts)


def a_task_rests_on_what_its_specification_asks(life: Life[Participant]) -> None:
    """Whenever an account was handed in, plan, terms, placement and sections were as asked."""
    for before, step, _ in each_command(life):
        for fact in step.facts:
            if isinstance(fact, TaskSubmitted):
                rests_on_what_is_asked(before.state, fact)


def rests_on_what_is_asked(it: Participant, fact: TaskSubmitted) -> None:
    """One account, held against its project."""
    project = next(each for each in gates.projects(it) if each.id == fact.task)
    task, placement = it.projects.task(fact.task), it.projects.placement
    if project.board_before_implementation and task.started:
        assert min(each.on for each in task.plans) < task.started.on
    if project.terms_least:
        assert task.completed is not None
        assert task.completed.terms >= project.terms_least
    if project.placement_days_least:
        spent = [each for day, each in it.projects.days.items() if day <= fact.on]
        assert sum(each.half_days for each in spent) >= 2 * project.placement_days_least
    if project.contrast:
        assert placement is not None
        assert placement.contrast
        assert placement.urn != gates.schools(it)[School.HOME]
    assert fact.scope is project.scope
    assert set(project.sections) <= set(fact.sections)


def what_is_open_for_a_while_is_attended_within(life: Life[Participant]) -> None:
    """Whenever a component with a window of its own was attended, the window was open."""
    for before, step, _ in each_command(life):
        for fact in step.facts:
            if isinstance(fact, AttendanceRecorded):
                window = before.state.enrolment.plan[fact.component].opening
                assert window is None or window.first <= fact.on <= window.last


def funded_places_keep_to_the_cap(before: Cohort, step: Step, after: Cohort) -> None:
    """No place is reserved beyond the cap in force, and nobody holds two."""
    for fact in step.facts:
        if isinstance(fact, FundedPlaceReserved):
            cap = before.intake.programmes[fact.programme].funded_cap
            assert cap is None or after.places.used(fact.programme) <= cap
            assert fact.participant not in before.places.held


def of_each_type_one_declaration_is_live(it: Participant) -> None:
    """DfE never has two claims of one type to pay for."""
    live = [each.type for each in it.declarations.live]
    assert len(live) == len(set(live))


def what_is_not_live_never_becomes_live_again(life: Life[Participant]) -> None:
    """A claim that was voided, clawed back or found ineligible stays out, whatever is reported."""
    for before, step, after in each_command(life):
        was, now = before.state.declarations, after.state.declarations
        gone = was.made.keys() - {it.id for it in was.live}
        assert not gone & {it.id for it in now.live}, step


def where_order_is_asked_for_declarations_follow_it(life: Life[Participant]) -> None:
    """Whenever something was declared, everything that comes before it was live."""
    for before, step, _ in each_command(life):
        state = before.state
        rule, schedule = declaring.own_rule(state), standing.terms(state)
        for fact in step.facts:
            if isinstance(fact, DeclarationMade) and rule and rule.in_order:
                assert schedule is not None
                types = schedule.declaration_types
                live = {it.type for it in state.declarations.live}
                assert set(types[: types.index(fact.type)]) <= live


def evidence_holds_when_it_is_claimed(past: Past[Participant]) -> None:
    """Every fact that a new claim rests on stands, and is the one that was hashed."""
    if past.facts and isinstance(past.facts[-1], DeclarationMade):
        assert evidence_intact(past.history, past.facts[-1])
