"""Retention: what keeps personal data, and who may be erased."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from npq_domain import commands as ask
from npq_domain import participant
from npq_domain.aggregates.participant.facts.retention import (
    LegalHoldPlaced,
    LegalHoldReleased,
    PersonalDataErased,
)
from npq_domain.catalogue import Catalogue, load, shipped
from npq_domain.catalogue.types import DeclarationType, EvidenceKind
from npq_domain.errors import Invalid
from npq_domain.personal import Personal
from npq_domain.testing import given
from npq_domain.testing.scenes import Scene
from npq_domain.values import DeclarationState, ErasureBasis, Evidence
from tests.adapters.sealed import registration

WHY = Personal("they wrote to us")
ON = date(2023, 9, 20)
CLAIM = UUID(int=1)
CLAIMED = date(2023, 11, 24)
KEPT_UNTIL = date(2029, 11, 24)


def accepted(*more: Any, **besides: Any) -> Scene[Any]:
    """Somebody who was accepted, and what happened to them after."""
    road = (
        registration(),
        ask.ReturnForm(on=ON),
        ask.Endorse(role="headteacher", name=Personal("Grace Hopper"), on=ON),
        ask.Accept(on=ON),
    )
    return given(participant, *road, *more, **besides)


DECLARED = ask.Declare(
    id=CLAIM,
    type=DeclarationType.STARTED,
    declared_at=datetime(2023, 11, 24, 12, tzinfo=UTC),
    evidence=(
        Evidence(version=2, kind=EvidenceKind.OTHER),
        Evidence(version=3, kind=EvidenceKind.OTHER),
    ),
    on=CLAIMED,
)


def erase(on: date = KEPT_UNTIL, reason: str = "retention ran out") -> ask.ErasePersonalData:
    return ask.ErasePersonalData(basis=ErasureBasis.NO_LONGER_NECESSARY, reason=reason, on=on)


def hold(name: str = "case 1", on: date = ON) -> ask.PlaceLegalHold:
    return ask.PlaceLegalHold(hold=name, reason=WHY, on=on)


def release(name: str = "case 1", on: date = CLAIMED) -> ask.ReleaseLegalHold:
    return ask.ReleaseLegalHold(hold=name, reason=WHY, on=on)


def erased(on: date, *, reason: str = "retention ran out") -> PersonalDataErased:
    return PersonalDataErased(
        basis=ErasureBasis.NO_LONGER_NECESSARY,
        reason=reason,
        retention=("claims_on_contract",),
        on=on,
    )


def test_of_whom_nothing_was_claimed_everything_may_be_erased_at_once() -> None:
    accepted().when(erase(ON)).then(erased(ON))


def test_what_a_claim_rests_on_is_kept_for_six_years_to_the_day() -> None:
    claimed = accepted(DECLARED)
    claimed.when(erase(date(2029, 11, 23))).then_refused("under_retention")
    claimed.when(erase(KEPT_UNTIL)).then(erased(KEPT_UNTIL))


def test_a_refusal_names_the_rule_its_days_and_its_source() -> None:
    refused = accepted(DECLARED).when(erase(CLAIMED)).refused
    assert refused is not None
    [rule] = refused.requirements
    assert "claimed on 2023-11-24, kept until 2029-11-24" in rule.because
    assert (rule.source, rule.relied_on) == ("Limitation Act 1980, section 5", ("claimed",))


def test_the_years_begin_again_with_whatever_is_heard_of_a_claim() -> None:
    paid = date(2024, 2, 29)
    report = ask.ReportDeclarationState(
        id=CLAIM, state=DeclarationState.PAID, statement="s-1", on=paid
    )
    heard = accepted(DECLARED, report)
    heard.when(erase(date(2030, 2, 27))).then_refused("under_retention")
    heard.when(erase(date(2030, 2, 28))).then(erased(date(2030, 2, 28)))


@pytest.mark.parametrize("on", [ON, KEPT_UNTIL])
def test_under_a_legal_hold_nothing_is_erased(on: date) -> None:
    accepted(hold()).when(erase(on)).then_refused("under_legal_hold")


def test_a_hold_and_a_rule_are_both_told() -> None:
    both = ("under_legal_hold", "under_retention")
    accepted(DECLARED, hold()).when(erase(CLAIMED)).then_refused("under_legal_hold", *both)


def test_a_hold_is_placed_once_and_released_once_and_may_come_again() -> None:
    placed = LegalHoldPlaced(hold="case 1", reason=WHY, on=ON)
    accepted().when(hold()).then(placed)
    accepted(hold()).when(hold(on=CLAIMED)).then_nothing()
    released = LegalHoldReleased(hold="case 1", reason=WHY, on=CLAIMED)
    accepted(hold()).when(release()).then(released)
    accepted(hold(), release()).when(release(on=KEPT_UNTIL)).then_nothing()
    again = LegalHoldPlaced(hold="case 1", reason=WHY, on=KEPT_UNTIL)
    accepted(hold(), release()).when(hold(on=KEPT_UNTIL)).then(again)
    accepted(hold(), release()).when(erase(CLAIMED)).then(erased(CLAIMED))


def test_every_hold_has_to_be_released() -> None:
    one_left = accepted(hold("case 1"), hold("case 2"), release("case 1"))
    one_left.when(erase()).then_refused("under_legal_hold")
    refused = one_left.when(erase()).refused
    assert "case 2" in str(refused)
    assert "case 1" not in str(refused)


def test_no_hold_is_released_that_was_not_placed_or_before_it_was() -> None:
    accepted().when(release()).then_refused("no_such_hold")
    accepted(hold("case 2")).when(release()).then_refused("no_such_hold")
    accepted(hold(on=CLAIMED)).when(release(on=ON)).then_refused("out_of_order")
    accepted(hold(), release()).when(hold(on=ON)).then_refused("out_of_order")


@pytest.mark.parametrize("text", ["", " ", "two\nlines", "x" * 201])
def test_a_reason_and_a_hold_say_something_in_one_line(text: str) -> None:
    accepted().when(erase(reason=text)).then_refused("reason_missing")
    accepted().when(hold(text)).then_refused("reason_missing")


def test_a_reason_may_be_a_whole_line() -> None:
    accepted().when(erase(ON, reason="x" * 200)).then(erased(ON, reason="x" * 200))


def test_who_was_never_registered_is_neither_held_nor_erased() -> None:
    for command in (hold(), release(), erase()):
        given(participant).when(command).then_refused("registration_missing")


def test_a_ledger_in_the_clear_cannot_erase() -> None:
    accepted(sealed=False).when(erase()).then_refused("not_sealed")


def test_to_erase_twice_is_to_erase_once() -> None:
    other = ask.ErasePersonalData(basis=ErasureBasis.OBJECTION, reason="again", on=KEPT_UNTIL)
    gone = accepted(erase())
    gone.when(other).then_nothing()
    gone.when(other, sealed=False).then_nothing()


def test_nothing_personal_is_recorded_after_an_erasure() -> None:
    gone = accepted(erase(ON))
    gone.when(hold()).then_refused("personal_data_erased")
    gone.when(ask.ChangeName(name=Personal("Ada"), on=ON)).then_refused("personal_data_erased")
    gone.when(ask.ChangeName(name=Personal("Canaria Byron-Quill"), on=ON)).then_nothing()
    assert gone.when(DECLARED).facts


def test_an_erasure_is_no_record_that_can_be_voided() -> None:
    gone = accepted(erase(ON))
    void = ask.VoidFact(version=5, reason=WHY, on=ON)
    gone.when(void).then_refused("not_voidable")
    accepted(hold()).when(void).then_refused("not_voidable")


def test_after_a_transfer_the_provider_still_holds_and_erases_its_own_copy() -> None:
    left = accepted(ask.TransferOut(to="LLSE", on=ON))
    left.when(hold()).then(LegalHoldPlaced(hold="case 1", reason=WHY, on=ON))
    left.when(erase(ON)).then(erased(ON))


MORE = """
[[document]]
id = "our contract"
title = "Contract"
publisher = "DfE"

[[retention]]
id = "contract"
years = {years}
since = "{since}"
says = "records are kept"
source = "our contract, schedule 9"
"""


def with_rule(folder: Path, since: str, years: int = 10) -> Catalogue:
    file = folder / "ours.toml"
    file.write_text(MORE.format(since=since, years=years), "utf-8")
    return load(file, on_top_of=shipped())


@pytest.mark.parametrize("since", ["registered", "accepted"])
def test_a_providers_own_rule_has_to_have_run_out_as_well(tmp_path: Path, since: str) -> None:
    rules = with_rule(tmp_path, since)
    kept = accepted(catalogue=rules)
    kept.when(erase(date(2033, 9, 19))).then_refused("under_retention")
    [fact] = kept.when(erase(date(2033, 9, 20))).facts
    assert fact.retention == ("claims_on_contract", "contract")


def test_a_rule_that_counts_from_what_never_was_asks_for_nothing(tmp_path: Path) -> None:
    rules = with_rule(tmp_path, "awarded")
    assert accepted(catalogue=rules).when(erase(ON)).facts


@pytest.mark.parametrize(
    ("since", "years", "fault"),
    [("eaten", 6, "since"), ("awarded", 101, "is more than 100"), ("awarded", 0, "is too small")],
)
def test_a_rule_that_cannot_be_is_refused(
    tmp_path: Path, since: str, years: int, fault: str
) -> None:
    with pytest.raises(Invalid, match=fault):
        with_rule(tmp_path, since, years)
