"""Timelines: what an auditor reads beside each fact, and several subjects' facts as one story."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from attrs import evolve
from hypothesis import given as over
from hypothesis import strategies as st

from npq_domain import commands as ask
from npq_domain.aggregates.participant.facts.training import (
    DeferralReason,
    TrainingDeferred,
    TrainingWithdrawn,
    TransferredIn,
    WithdrawalReason,
)
from npq_domain.catalogue import shipped
from npq_domain.catalogue.funding import Institution, WorkSetting
from npq_domain.digests import digest
from npq_domain.personal import Personal
from npq_domain.policies.funding import FundingCase
from npq_domain.projections import Entry, joined, timeline
from npq_domain.recorded import Recorded
from npq_domain.testing import Scene
from npq_domain.testing.lives import Life
from npq_domain.testing.participants import participant_lives
from tests.aggregates.ground import SENIOR, applicant, intake, member, sitting
from tests.projections.test_decisions_stand import CLAIM, SUBMIT

ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))
WRITTEN = datetime(2025, 6, 1, 9, tzinfo=UTC)
DEFERRED = TrainingDeferred(reason=DeferralReason.OTHER, expected_return=None, on=date(2024, 2, 5))
LEFT = TrainingWithdrawn(reason=WithdrawalReason.OTHER, on=date(2024, 2, 5))


def history(scene: Scene[Any], subject: UUID = ONE) -> tuple[Recorded[Any], ...]:
    """What is recorded of a scene, a minute a fact."""
    return tuple(
        msgspec.structs.replace(
            it, subject=subject, recorded_at=WRITTEN + timedelta(minutes=it.version)
        )
        for it in scene.past.history
    )


def last(*asked: Any) -> Entry:
    return timeline(history(member(SENIOR, *asked)))[-1]


# One subject


def test_a_fact_stands_with_its_digest_its_specification_and_how_late_it_was_written() -> None:
    scene = applicant(SENIOR, ask.ReturnForm(on=date(2025, 5, 30)))
    registered, returned = timeline(history(scene))
    assert (registered.spec_key, returned.spec_key) == (SENIOR, SENIOR)
    assert (returned.lag_days, returned.voided_by, returned.outside) == (2, None, None)
    assert returned.sha256 == digest(returned.recorded)
    assert (returned.evidence, returned.policy_id) == ((), None)


def test_what_is_dated_in_a_deferral_or_after_a_withdrawal_is_flagged() -> None:
    def study(day: int) -> ask.RecordStudy:
        return ask.RecordStudy(component="extend-study", minutes=60, on=date(2024, 2, day))

    assert [last(DEFERRED, study(day)).outside for day in (4, 5, 6)] == [
        None,
        None,
        "while deferred",
    ]
    assert [last(LEFT, study(day)).outside for day in (4, 5, 6)] == [
        None,
        None,
        "after withdrawal",
    ]


def test_a_deferral_that_was_voided_flags_nothing() -> None:
    scene = member(SENIOR, DEFERRED)
    version = len(scene.facts)
    study = ask.RecordStudy(component="extend-study", minutes=60, on=date(2024, 2, 6))
    void = ask.VoidFact(version=version, reason=Personal("a slip"), on=date(2024, 2, 7))
    *_, deferred, studied, voided = timeline(history(member(SENIOR, DEFERRED, study, void)))
    assert studied.outside is None
    assert deferred.voided_by == voided.recorded


def test_the_digests_that_a_fact_names_are_its_evidence() -> None:
    assert last(CLAIM).evidence == ("cd" * 32,)
    assert last(*sitting(SENIOR)).evidence == ()
    assert last(*sitting(SENIOR), SUBMIT).evidence == (SUBMIT.sha256,)


def test_a_funding_decision_names_its_policy() -> None:
    case = FundingCase(
        programme="NPQSL",
        work_setting=WorkSetting.SCHOOL,
        institution=Institution.SCHOOL,
        establishment_type=1,
    )
    asked = ask.AssessFunding(case=case, on=date(2023, 9, 1))
    assert timeline(history(applicant(SENIOR, asked)))[-1].policy_id == "2022-06"


def test_a_cohort_has_a_timeline_too() -> None:
    entries = timeline(history(intake(SENIOR)))
    assert {it.outside for it in entries} == {None}
    assert SENIOR in {it.spec_key for it in entries}


def test_of_nothing_there_is_no_timeline() -> None:
    assert (timeline(()), joined([]), joined([()])) == ((), (), ())


# Several subjects


def test_several_histories_become_one_by_the_day_things_happened_and_were_written() -> None:
    first = history(applicant(SENIOR, ask.ReturnForm(on=date(2023, 9, 9))), ONE)
    [registered] = history(applicant(SENIOR), TWO)
    later = evolve(registered.fact, on=date(2023, 9, 5))
    second = (msgspec.structs.replace(registered, fact=later),)
    assert [it.where for it in joined([second, first])] == [(ONE, 1), (TWO, 1), (ONE, 2)]


def test_of_one_day_what_was_written_first_comes_first() -> None:
    first, second = history(applicant(SENIOR), ONE), history(applicant(SENIOR), TWO)
    later = tuple(
        msgspec.structs.replace(it, recorded_at=it.recorded_at + timedelta(hours=1)) for it in first
    )
    assert [it.where for it in joined([later, second])] == [(TWO, 1), (ONE, 1)]


def handed_over(
    before: tuple[Recorded[Any], ...], to: UUID, provider: str = "BPN"
) -> tuple[Recorded[Any], ...]:
    """The history as it goes on under another subject."""
    came = TransferredIn(
        provider=provider,
        former_provider="UCL",
        predecessor=before[0].subject,
        sha256="ab" * 32,
        facts=len(before),
        on=date(2025, 6, 2),
    )
    facts = [msgspec.structs.replace(it, subject=to) for it in before]
    return (*facts, appended(facts[-1], came))


def appended(after: Recorded[Any], fact: Any) -> Recorded[Any]:
    """One fact more."""
    return msgspec.structs.replace(
        after,
        version=after.version + 1,
        name="participant.any.v1",
        recorded_at=after.recorded_at + timedelta(days=1),
        command_id=UUID(int=99 + after.version),
        fact=fact,
    )


def test_what_went_on_elsewhere_after_a_transfer_happened_once() -> None:
    before = history(applicant(SENIOR, ask.ReturnForm(on=date(2023, 9, 9))))
    after = handed_over(before, TWO)
    again = handed_over(after, THREE, "OLP")
    for those in ([before, after, again], [again, after, before]):
        entries = joined(those)
        assert [it.where for it in entries] == [(ONE, 1), (ONE, 2), (TWO, 3), (THREE, 4)]
        assert [it.taken_over_by for it in entries] == [(TWO, THREE), (TWO, THREE), (THREE,), ()]


def test_a_history_whose_former_subject_is_elsewhere_is_whole() -> None:
    after = handed_over(history(applicant(SENIOR)), TWO)
    assert [it.where for it in joined([after])] == [(TWO, 1), (TWO, 2)]


def test_what_was_voided_after_a_transfer_is_voided() -> None:
    before = history(applicant(SENIOR, ask.ReturnForm(on=date(2023, 9, 9))))
    after = handed_over(before, TWO)
    void = ask.VoidFact(version=2, reason=Personal("a slip"), on=date(2025, 6, 3))
    [fact] = applicant(SENIOR, ask.ReturnForm(on=date(2023, 9, 9))).when(void).facts
    entries = joined([before, (*after, appended(after[-1], fact))])
    voids = {it.where: it.voided_by.subject for it in entries if it.voided_by}
    assert voids == {(ONE, 2): TWO}


def test_two_that_say_to_have_come_from_one_another_are_told_all_the_same() -> None:
    before = history(applicant(SENIOR))
    one, two = handed_over(before, TWO), handed_over(handed_over(before, TWO)[:1], ONE)
    assert {it.where[1] for it in joined([one, two])} == {1, 2}


@over(
    lives=st.lists(participant_lives(shipped(), most=20), max_size=3),
    order=st.randoms(use_true_random=False),
)
def test_the_joined_timeline_depends_on_no_order_and_loses_nothing(
    lives: list[Life[Any]], order: Any
) -> None:
    those = [
        tuple(msgspec.structs.replace(it, subject=UUID(int=n)) for it in life.past.history)
        for n, life in enumerate(lives, 1)
    ]
    entries = joined(those)
    assert len(entries) == sum(map(len, those))
    days = [it.recorded.happened_on for it in entries]
    assert days == sorted(days)
    order.shuffle(those)
    assert joined(those) == entries
