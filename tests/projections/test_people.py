"""One person over several enrolments: who is one with whom, and by which id."""

from datetime import date
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given as over
from hypothesis import strategies as st

from npq_domain import commands as ask
from npq_domain import participant
from npq_domain.aggregates.participant.facts.training import (
    TrainingWithdrawn,
    TransferredOut,
    WithdrawalReason,
)
from npq_domain.identifiers import participant_subject
from npq_domain.personal import Personal
from npq_domain.projections import EnrolmentRow, PersonRow, Seen, enrolments, people
from npq_domain.testing import given
from tests.aggregates.ground import (
    CATALOGUE,
    HEADSHIP,
    JOINED,
    MARKED,
    REGISTERED,
    SENIOR,
    accepted,
    member,
    registration,
)
from tests.projections.summing import summed
from tests.projections.test_decisions_stand import AWARD, PASSED

TODAY = date(2025, 6, 10)


def shown(state: Any, subject: str = "s-1", as_at: date = TODAY) -> EnrolmentRow:
    row = enrolments.row(state, Seen(subject=subject, position=1, as_at=as_at))
    assert row
    return row


def enrolment(subject: str, *merges: tuple[str, str, int], **other: Any) -> EnrolmentRow:
    """An application, and the merges that were told of it: from, into, on which day of May."""
    told = other.pop("participant_id", merges[0][0] if merges else subject)
    asked = registration(
        application_id=f"a-{subject}", participant_id=told, **{"person_ref": subject} | other
    )
    changes = [
        ask.ChangeParticipantId(former=former, current=current, on=date(2024, 5, day))
        for former, current, day in merges
    ]
    return shown(given(participant, asked, *changes, catalogue=CATALOGUE).state, subject)


def persons(*rows: EnrolmentRow) -> list[PersonRow]:
    return summed(people, rows, as_at=TODAY)


# One enrolment


def test_nobody_has_an_enrolment_before_registration() -> None:
    seen = Seen(subject="s", position=1, as_at=TODAY)
    assert enrolments.row(given(participant).state, seen) is None


def test_an_enrolment_is_shown_from_registration_to_award() -> None:
    merge = ask.ChangeParticipantId(former="p-1", current="P-9", on=MARKED)
    row = shown(member(SENIOR, *PASSED, AWARD, merge).state)
    assert row == EnrolmentRow(
        participant="s-1",
        participant_id="p-9",
        participant_ids=("p-1", "p-9"),
        merged_from=("p-1",),
        merged_into=("p-9",),
        merged_on=("2025-05-06",),
        person_ref="p-1",
        application_id="a-1",
        provider="UCL",
        programme="NPQSL",
        specification=SENIOR,
        funding_cohort=None,
        cohort_id=row.cohort_id,
        cohort="autumn 2023",
        group=None,
        registered_on=REGISTERED,
        decision="accepted",
        decided_on=JOINED,
        training_status="active",
        outcome="passed",
        awarded_on=MARKED,
        revoked=False,
        state="awarded",
        predecessor=None,
        successor=None,
        as_at=TODAY,
        as_of_position=1,
    )


WITHDRAWN = TrainingWithdrawn(reason=WithdrawalReason.OTHER, on=date(2024, 1, 8))
REVOKE = ask.RevokeAward(reason=Personal("an error"), on=TODAY)


@pytest.mark.parametrize(
    ("asked", "state", "status"),
    [
        ([registration()], "pending", None),
        (accepted(), "active", "active"),
        ([*accepted(), WITHDRAWN], "withdrawn", "withdrawn"),
    ],
    ids=["registered", "accepted", "withdrawn"],
)
def test_the_state_is_how_far_an_applicant_came(
    asked: list[Any], state: str, status: str | None
) -> None:
    row = shown(given(participant, *asked, catalogue=CATALOGUE).state)
    assert (row.state, row.training_status, row.outcome) == (state, status, None)


def test_the_state_is_how_far_a_participant_came() -> None:
    assert shown(member(SENIOR, *PASSED).state).state == "passed"
    revoked = shown(member(SENIOR, *PASSED, AWARD, REVOKE).state)
    assert (revoked.state, revoked.revoked, revoked.awarded_on) == ("revoked", True, None)


def test_a_withdrawal_still_to_come_is_none_yet() -> None:
    before = given(participant, *accepted(), WITHDRAWN, catalogue=CATALOGUE).state
    assert shown(before, as_at=date(2024, 1, 7)).training_status == "active"
    assert shown(before, as_at=date(2024, 1, 8)).training_status == "withdrawn"


# Who is one person


def test_two_enrolments_under_one_participant_id_are_one_person_s() -> None:
    first = enrolment("s-1", participant_id="p-1")
    second = enrolment(
        "s-2", participant_id="P-1", on=date(2023, 9, 2), programme="NPQH", specification=HEADSHIP
    )
    assert persons(second, first) == [
        PersonRow(
            person="s-1",
            participant_id="p-1",
            participant_ids=("p-1",),
            current_ids=("p-1",),
            person_refs=("s-1", "s-2"),
            enrolments=2,
            participants=("s-1", "s-2"),
            registered=("2023-09-01", "2023-09-02"),
            programmes=("NPQSL", "NPQH"),
            providers=("UCL", "UCL"),
            states=("pending", "pending"),
            as_at=TODAY,
        )
    ]


def test_two_enrolments_under_different_ids_are_two_people_s() -> None:
    assert [it.participants for it in persons(enrolment("s-1"), enrolment("s-2"))] == [
        ("s-1",),
        ("s-2",),
    ]


def test_a_merge_that_one_enrolment_heard_of_joins_another_that_did_not() -> None:
    heard = enrolment("s-1", ("p-1", "p-2", 1))
    before, after = (enrolment(f"s-{n}", participant_id=f"p-{n}") for n in (1, 2))
    for other in (evolve(before, participant="s-3"), after):
        [row] = persons(heard, other)
        assert (row.participant_id, row.participant_ids) == ("p-2", ("p-1", "p-2"))
        assert (row.current_ids, row.enrolments) == (("p-2",), 2)


def test_a_chain_of_merges_told_in_three_enrolments_ends_in_one_id() -> None:
    rows = [
        enrolment("s-1", ("p-2", "p-3", 9)),
        enrolment("s-2", participant_id="p-1"),
        enrolment("s-3", ("p-3", "p-4", 20), ("p-4", "p-5", 21)),
        enrolment("s-4", ("p-1", "p-2", 2)),
    ]
    [row] = persons(*rows)
    assert (row.participant_id, row.current_ids, row.enrolments) == ("p-5", ("p-5",), 4)
    assert row.participant_ids == ("p-1", "p-2", "p-3", "p-4", "p-5")


def test_a_merge_that_was_undone_brings_the_id_back() -> None:
    [row] = persons(enrolment("s-1", ("p-1", "p-2", 1), ("p-2", "p-1", 2)))
    assert (row.participant_id, row.current_ids) == ("p-1", ("p-1",))


def test_merges_in_a_circle_on_one_day_leave_every_id_as_good_as_the_others() -> None:
    rows = enrolment("s-1", ("p-1", "p-2", 1)), enrolment("s-2", ("p-2", "p-1", 1))
    [row] = persons(*rows)
    assert (row.participant_id, row.current_ids) == ("p-2", ("p-1", "p-2"))


def test_one_pseudonym_makes_one_person_of_ids_that_dfe_has_not_merged() -> None:
    later = date(2023, 10, 2)
    rows = (
        enrolment("s-1", participant_id="p-9", person_ref="r-1"),
        enrolment("s-2", participant_id="p-1", person_ref="r-1", on=later),
    )
    [row] = persons(*rows)
    assert (row.participant_id, row.current_ids) == ("p-1", ("p-1", "p-9"))


def test_a_pseudonym_that_reads_like_another_s_id_joins_nobody() -> None:
    rows = enrolment("s-1", participant_id="x"), enrolment("s-2", person_ref="x")
    assert len(persons(*rows)) == 2


def test_an_id_that_is_missing_joins_nobody() -> None:
    one, other = enrolment("s-1"), enrolment("s-2")
    nameless = [
        evolve(it, participant_id="", participant_ids=(), person_ref="") for it in (one, other)
    ]
    assert [(it.person, it.participant_id) for it in persons(*nameless)] == [
        ("s-1", ""),
        ("s-2", ""),
    ]


def test_a_history_that_was_handed_over_is_the_same_person_s() -> None:
    heir = participant_subject("BPN", "a-1")
    gone = TransferredOut(to="BPN", successor=heir, sha256=None, on=date(2024, 3, 1))
    row = shown(given(participant, *accepted(), gone, catalogue=CATALOGUE).state)
    assert (row.state, row.successor) == ("transferred_out", str(heir))
    other = evolve(enrolment(str(heir)), registered_on=date(2023, 9, 2))
    [joined] = persons(row, other)
    assert joined.participants == ("s-1", str(heir))


# In any order

NAMES = st.sampled_from([f"p-{n}" for n in range(8)])
MERGE = st.tuples(NAMES, NAMES, st.integers(1, 4).map(lambda day: f"2024-05-0{day}"))
EMPTY = enrolment("s-0")


@st.composite
def applications(draw: st.DrawFn) -> list[EnrolmentRow]:
    """Some applications, each with ids and merges of its own."""
    rows = []
    for number in range(draw(st.integers(1, 8))):
        merges = draw(st.lists(MERGE, max_size=3))
        told = [draw(NAMES), *(name for former, current, _ in merges for name in (former, current))]
        rows.append(
            evolve(
                EMPTY,
                participant=f"s-{number}",
                participant_id=told[-1],
                participant_ids=tuple(dict.fromkeys(told)),
                person_ref=draw(st.sampled_from(["", "r-1", f"s-{number}"])),
                registered_on=date(2024, 1, draw(st.integers(1, 3))),
                **along(merges),
            )
        )
    return rows


def along(merges: list[tuple[str, str, str]]) -> dict[str, Any]:
    """Merges as three columns."""
    columns = ("merged_from", "merged_into", "merged_on")
    return {name: tuple(it[at] for it in merges) for at, name in enumerate(columns)}


def shuffled(it: EnrolmentRow, order: Any) -> EnrolmentRow:
    """The same enrolment, its merges and ids told in another order."""
    merges = list(zip(it.merged_from, it.merged_into, it.merged_on, strict=True))
    names = list(it.participant_ids)
    order.shuffle(merges)
    order.shuffle(names)
    return evolve(it, participant_ids=tuple(names), **along(merges))


@over(rows=applications(), order=st.randoms(use_true_random=False))
def test_who_is_one_with_whom_depends_on_no_order(rows: list[EnrolmentRow], order: Any) -> None:
    other = [shuffled(it, order) for it in rows]
    order.shuffle(other)
    assert persons(*other) == persons(*rows)


@over(rows=applications())
def test_everybody_stands_once_and_nobody_shares_an_id(rows: list[EnrolmentRow]) -> None:
    found = persons(*rows)
    everybody = sorted(each for it in found for each in it.participants)
    assert everybody == sorted(it.participant for it in rows)
    names = [name for it in found for name in it.participant_ids]
    assert len(names) == len(set(names))
    assert len({it.person for it in found}) == len(found)
    for it in found:
        assert it.participant_id in it.current_ids
        assert set(it.current_ids) <= set(it.participant_ids)
