"""`person`, and the views of enrolments and of people."""

from uuid import UUID

import pytest

from tests.adapters.cli.conftest import ADA, APPLICATIONS, BOB, COHORT, Run, jsonl, line

SURVIVOR = "0c4a1f3e-1d52-4c3b-9f41-6a1f8f3f2b99"
LATER = UUID(int=7)


@pytest.fixture
def merged(npq_with: Run) -> Run:
    """Ada applied again under another id, and DfE has merged the two."""
    asked = [
        line(
            LATER,
            "ReceiveRegistration",
            application_id=str(LATER),
            participant_id=SURVIVOR,
            name="Ada Byron",
            provider="UCL",
            programme="NPQH",
            on="2024-06-03",
        ),
        line(
            ADA,
            "ChangeParticipantId",
            former=APPLICATIONS["ada"],
            current=SURVIVOR,
            on="2024-06-10",
        ),
    ]
    assert npq_with("record", "-", given=jsonl(asked)).code == 0
    return npq_with


@pytest.mark.parametrize("name", [APPLICATIONS["ada"], SURVIVOR.upper(), str(LATER)])
def test_a_person_is_shown_with_all_enrolments_and_one_timeline(merged: Run, name: str) -> None:
    found = merged("--json", "person", name).json
    person = found["person"]
    assert (person["participant_id"], person["current_ids"]) == (SURVIVOR, [SURVIVOR])
    assert person["participant_ids"] == sorted([APPLICATIONS["ada"], SURVIVOR])
    assert [it["programme"] for it in found["enrolments"]] == ["NPQLT", "NPQH"]
    assert person["states"] == ["active", "pending"]
    days = [it["happened_on"] for it in found["facts"]]
    assert days == sorted(days)
    assert [it["subject"] for it in found["facts"]] == [*[str(ADA)] * 8, str(LATER), str(ADA)]
    voided = next(it for it in found["facts"] if it["voided_by"])
    assert (voided["voided_by"], voided["voided_in"]) == (8, str(ADA))


def test_a_person_is_shown_to_people(merged: Run) -> None:
    shown = merged("person", APPLICATIONS["ada"]).out
    for words in (f"Person {SURVIVOR}", "2 enrolments", "retired: 0c4a1f3e", "NPQH UCL #1"):
        assert words in shown
    assert "Byron" not in shown
    assert "Byron" in merged("person", SURVIVOR, "--reveal").out
    for columns in ("100", "160"):
        lines = merged("person", SURVIVOR, COLUMNS=columns).out.splitlines()
        assert max(map(len, lines)) <= int(columns)


def test_ids_that_dfe_has_not_merged_are_told(npq_with: Run) -> None:
    again = line(
        LATER,
        "ReceiveRegistration",
        application_id=str(LATER),
        participant_id=SURVIVOR,
        person_ref=APPLICATIONS["ada"],
        name="Ada Byron",
        provider="UCL",
        programme="NPQH",
        on="2024-06-03",
    )
    assert npq_with("record", "-", given=jsonl([again])).code == 0
    assert "not merged by DfE" in npq_with("person", SURVIVOR).out


def test_what_is_nobody_s_id_is_wrong_usage(npq_with: Run) -> None:
    ran = npq_with("person", "p-9")
    assert (ran.code, ran.out) == (2, "")
    assert "nobody's participant id" in ran.err
    early = npq_with("person", APPLICATIONS["ada"], "--known-at", "2023-06-08T12:00:00Z")
    assert early.code == 2
    assert "by 2023-06-08T12:00:00+00:00" in early.err


def test_a_cohort_is_nobody(npq_with: Run) -> None:
    assert npq_with("person", COHORT).code == 2


def test_the_views_show_who_is_one_person(merged: Run) -> None:
    rows = {it["person"]: it for it in merged("--json", "show", "people").json}
    assert rows[str(ADA)]["participants"] == [str(ADA), str(LATER)]
    assert rows[str(BOB)]["enrolments"] == 1
    chosen = merged("--json", "show", "people", "--where", f"participant_ids={SURVIVOR}").json
    assert [it["person"] for it in chosen] == [str(ADA)]
    shown = merged("show", "people").out
    assert "NPQLT UCL active, NPQH UCL pending" in shown
    assert "3 enrolments" in merged("show", "enrolments").out
    with_cohort = merged("--json", "show", "enrolments", "--cohort", COHORT).json
    assert [it["participant"] for it in with_cohort] == [str(ADA)]
