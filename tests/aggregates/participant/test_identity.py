"""Identity: who the participant is, as DfE knows them."""

from datetime import date

import pytest

from npq_domain import commands as ask
from npq_domain import participant
from npq_domain.aggregates.participant.facts.identity import (
    NameChanged,
    ParticipantIdChanged,
    TrnVerified,
)
from npq_domain.personal import Personal
from npq_domain.testing import given
from tests.aggregates.ground import REGISTERED, applicant, registration

ADA, KING = Personal("Ada Byron"), Personal("Ada King")
TRN = Personal("0743795")
LATER = date(2023, 9, 5)


@pytest.mark.rule("4.20")
def test_a_trn_that_dfe_confirmed_is_verified() -> None:
    verify = ask.VerifyTrn(trn=TRN, on=LATER)
    applicant().when(verify).then(TrnVerified(trn=TRN, on=LATER))


def test_a_trn_that_is_verified_already_is_not_verified_again() -> None:
    verified = ask.VerifyTrn(trn=TRN, on=REGISTERED)
    seen = applicant().past.after(TrnVerified(trn=TRN, on=REGISTERED))
    given(participant, *seen.facts).when(verified).then_nothing()


def test_a_trn_known_but_unverified_is_verified() -> None:
    known = given(participant, registration(trn=TRN))
    known.when(ask.VerifyTrn(trn=TRN, on=LATER)).then(TrnVerified(trn=TRN, on=LATER))


@pytest.mark.parametrize("text", ["743795", "07437951", "0000000", "O743795", "٠٧٤٣٧٩٥", ""])
def test_what_is_no_trn_is_refused(text: str) -> None:
    applicant().when(ask.VerifyTrn(trn=Personal(text), on=LATER)).then_refused("invalid_trn")


@pytest.mark.rule("4.20")
@pytest.mark.parametrize("text", ["743795", "0000000"])
def test_a_registration_with_what_is_no_trn_is_refused(text: str) -> None:
    asked = registration(trn=Personal(text))
    given(participant).when(asked).then_refused("invalid_trn")


def test_a_registration_may_come_without_a_trn_and_then_nothing_is_verified() -> None:
    seen = given(participant, registration(trn=None, trn_verified=True))
    assert seen.state.identity.trn is None
    assert not seen.state.identity.trn_verified


def test_a_changed_name_keeps_the_one_before() -> None:
    changed = NameChanged(name=KING, previous=ADA, on=LATER)
    applicant().when(ask.ChangeName(name=KING, on=LATER)).then(changed)
    state = given(participant, registration(), changed).state
    assert (state.identity.name, state.identity.previous_names) == (KING, [ADA])


def test_a_name_that_is_known_already_is_no_change() -> None:
    applicant().when(ask.ChangeName(name=ADA, on=LATER)).then_nothing()


def test_a_merge_at_dfe_retires_the_former_participant_id() -> None:
    merge = ask.ChangeParticipantId(former="p-1", current="p-2", on=LATER)
    changed = ParticipantIdChanged(former="p-1", current="p-2", on=LATER)
    applicant().when(merge).then(changed)
    given(participant, registration(), changed).when(merge).then_nothing()
    assert given(participant, registration(), changed).state.identity.retired_ids == ["p-1"]


def test_a_merge_of_an_id_that_is_not_the_participants_is_refused() -> None:
    merge = ask.ChangeParticipantId(former="p-9", current="p-2", on=LATER)
    applicant().when(merge).then_refused("stale_participant_id")


def test_a_merge_that_was_another_person_s_is_voided_the_latest_first() -> None:
    merges = [
        ParticipantIdChanged(former="p-1", current="p-2", on=LATER),
        ParticipantIdChanged(former="p-2", current="p-3", on=LATER),
    ]
    merged = given(participant, registration(), *merges)
    last, first = (
        ask.VoidFact(version=version, reason=Personal("another Ada"), on=LATER)
        for version in (3, 2)
    )
    merged.when(first).then_refused("relied_on")
    after = given(participant, registration(), *merges, last)
    assert after.state.identity.participant_id == "p-2"
    assert len(after.when(first).facts) == 1


@pytest.mark.parametrize(
    "asked",
    [
        ask.VerifyTrn(trn=TRN, on=LATER),
        ask.ChangeName(name=KING, on=LATER),
        ask.ChangeParticipantId(former="p-1", current="p-2", on=LATER),
    ],
    ids=lambda it: type(it).__name__,
)
def test_nothing_is_known_of_who_never_registered(asked: object) -> None:
    given(participant).when(asked).then_refused("registration_missing")


def test_nothing_is_recorded_before_it_has_happened() -> None:
    tomorrow = ask.ChangeName(name=KING, on=date(2023, 9, 6))
    now = applicant().past.history[0].recorded_at
    applicant().when(tomorrow, now=now).then_refused("future_dated")


@pytest.mark.parametrize("text", ["", "  ", "A\nB", "\x1b[31mA", "x" * 129])
def test_what_is_no_name_is_refused(text: str) -> None:
    given(participant).when(registration(name=Personal(text))).then_refused("invalid_name")
    applicant().when(ask.ChangeName(name=Personal(text), on=LATER)).then_refused("invalid_name")


def test_a_name_may_be_128_characters_long_in_any_script() -> None:
    assert given(participant).when(registration(name=Personal("Ṣ" * 128))).facts
