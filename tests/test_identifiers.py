"""Identifiers: what a TRN looks like, and how subjects get ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npq_domain.identifiers import (
    cohort_subject,
    normal_trn,
    participant_subject,
    trn_fault,
    urn_fault,
)

digits = st.text("0123456789", min_size=5, max_size=7)


@pytest.mark.parametrize("text", ["0743795", "1234567", "0000001"])
def test_seven_digits_are_a_trn(text: str) -> None:
    assert trn_fault(text) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0000000", "nobody's TRN"),
        ("743795", "has 6 digits, a TRN has 7"),
        ("07437951", "has 8 digits, a TRN has 7"),
        ("", "has 0 digits, a TRN has 7"),
        ("074379X", "characters other than the digits"),
        ("٠٧٤٣٧٩٥", "characters other than the digits"),
        ("0743795\n", "characters other than the digits"),
        ("０743795", "characters other than the digits"),  # noqa: RUF001 - a full-width digit
    ],
)
def test_a_fault_of_a_trn_is_told_with_the_value(text: str, says: str) -> None:
    fault = trn_fault(text)
    assert fault is not None
    assert says in fault
    assert repr(text) in fault


def test_six_digits_are_a_schools_urn() -> None:
    assert urn_fault("100001") is None


@pytest.mark.parametrize(
    "text", ["", "10000", "1000011", " 100001", "100001\n", "EY1234", "10000\u0661"]
)
def test_a_fault_of_a_urn_is_told_with_the_value(text: str) -> None:
    assert urn_fault(text) == f"{text!r} is no URN of a school, which has 6 digits"


@pytest.mark.parametrize(
    ("written", "trn"),
    [
        ("RP07/43795", "0743795"),
        ("rp 07 43795", "0743795"),
        ("743795", "0743795"),
        ("43795", "0043795"),
        ("07-43795", "0743795"),
        ("0743795", "0743795"),
    ],
)
def test_a_trn_as_people_write_it_is_brought_to_seven_digits(written: str, trn: str) -> None:
    assert normal_trn(written) == trn


@pytest.mark.parametrize("written", ["4379", "07437951", "74379A", "٠٧٤٣٧٩٥", "", "RP"])
def test_what_cannot_be_brought_to_seven_digits_comes_back_as_it_was(written: str) -> None:
    assert normal_trn(written) == written
    assert trn_fault(written)


@given(digits)
def test_to_normalise_a_trn_twice_is_to_do_it_once(text: str) -> None:
    once = normal_trn(text)
    assert normal_trn(once) == once
    assert len(once) == 7


@given(st.text())
def test_whatever_was_written_is_a_trn_after_all_or_has_a_fault(text: str) -> None:
    trn = normal_trn(text)
    assert (trn_fault(trn) is None) == (
        len(trn) == 7 and trn.isascii() and trn.isdigit() and trn != "0000000"
    )


def test_the_same_application_is_the_same_participant_at_each_import() -> None:
    one = participant_subject("UCL", "DB3A7848-7308-4879-942A-C4A70CED400A")
    assert one == participant_subject("UCL", "db3a7848-7308-4879-942a-c4a70ced400a")
    assert one != participant_subject("BPN", "db3a7848-7308-4879-942a-c4a70ced400a")


def test_cohorts_and_participants_never_share_an_id() -> None:
    assert cohort_subject("UCL", "autumn 2023") != participant_subject("UCL", "autumn 2023")
    assert cohort_subject("UCL", "autumn 2023") != cohort_subject("UCL", "Autumn 2023")


def test_subject_ids_are_the_storage_format_and_never_change() -> None:
    assert str(participant_subject("UCL", "a-1")) == PARTICIPANT
    assert str(cohort_subject("UCL", "autumn 2023")) == COHORT


PARTICIPANT = "0c68bd48-dcfa-545a-817e-e7c02df4bebc"
COHORT = "6e5a529a-37a8-5eb6-aa7f-e268ca285743"
