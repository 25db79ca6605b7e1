"""`declarations`, and the view of that name."""

from typing import Any
from uuid import UUID

import pytest

from tests.adapters.cli.conftest import ADA, BOB, COHORT, Run, jsonl, line
from tests.adapters.tampering import unguarded

ONE = UUID(int=1)


def about(command: str, identity: UUID = ONE, **data: Any) -> dict[str, Any]:
    """A command about a declaration of Ada's; its id is a field of the command's own."""
    asked = line(ADA, command, **data)
    asked["data"]["id"] = str(identity)
    return asked


def started(identity: UUID = ONE, **other: Any) -> dict[str, Any]:
    usual = {
        "type": "started",
        "declared_at": "2023-11-24T12:00:00Z",
        "evidence": [{"version": 7, "kind": "training-event-attended"}],
        "on": "2023-11-24",
    }
    return about("Declare", identity, **usual | other)


def recorded(run: Run, *lines: dict[str, Any]) -> None:
    ran = run("--json", "record", "-", given=jsonl(list(lines)))
    assert ran.code == 0, ran


@pytest.fixture
def claimed(npq_with: Run) -> Run:
    """Ada has started, on the evidence of the session she attended."""
    recorded(npq_with, started())
    return npq_with


def test_every_claim_is_shown_with_its_evidence_its_hash_and_whether_it_holds(
    claimed: Run,
) -> None:
    (claim,) = claimed("--json", "declarations", ADA).json["declarations"]
    assert (claim["id"], claim["type"], claim["state"]) == (str(ONE), "started", "submitted")
    (link,) = claim["evidence"]
    assert (link["version"], link["fact"]) == (7, "participant.attendance-recorded.v1")
    assert (link["matches"], link["voided_by"], claim["evidence_intact"]) == (True, None, True)
    shown = claimed("declarations", ADA).out
    assert "#7 attendance recorded  training-event-attended" in shown
    assert link["sha256"][:12] in shown
    assert "1 declared, 1 on evidence that holds" in shown


def test_evidence_that_was_voided_is_told_by_whom(claimed: Run) -> None:
    recorded(claimed, line(ADA, "VoidFact", version=7, reason="not there", on="2023-12-01"))
    (claim,) = claimed("--json", "declarations", ADA).json["declarations"]
    assert [it["voided_by"] for it in claim["evidence"]] == [10]
    assert not claim["evidence_intact"]
    assert "voided by #10" in claimed("declarations", ADA).out


def test_evidence_that_was_altered_in_the_store_is_found_out(claimed: Run, url: str) -> None:
    with unguarded(url) as database:
        database.execute(
            "UPDATE stored_events"
            " SET state = CAST(replace(CAST(state AS TEXT), '180', '170') AS BLOB)"
            " WHERE originator_id = ? AND originator_version = 7",
            (str(ADA),),
        )
    (claim,) = claimed("--json", "declarations", ADA).json["declarations"]
    assert [it["matches"] for it in claim["evidence"]] == [False]
    assert "says something else" in claimed("declarations", ADA).out


def test_whoever_has_no_declarations_is_told_so_and_a_cohort_has_none(npq_with: Run) -> None:
    assert npq_with("--json", "declarations", BOB).json["declarations"] == []
    assert "Nothing was declared of " in npq_with("declarations", BOB).out
    assert npq_with("declarations", COHORT).code == 2


def test_a_claim_without_evidence_says_so(npq_with: Run) -> None:
    recorded(npq_with, started(evidence=[]))
    shown = npq_with("declarations", ADA).out
    assert "1 declared, 1 on none" in shown
    assert "nothing" in shown


def test_a_date_without_a_time_is_no_declaration_date(npq_with: Run) -> None:
    bare = started(declared_at="2023-11-24")
    ran = npq_with("--json", "record", "-", given=jsonl([bare]))
    assert ran.lines[0]["outcome"] == "invalid"
    assert "declared_at" in str(ran.lines[0])


def test_a_state_is_read_with_dashes_or_underscores(claimed: Run) -> None:
    for state in ("awaiting_clawback", "clawed-back"):
        recorded(claimed, about("ReportDeclarationState", state=state, on="2024-02-01"))
    facts = claimed("--json", "history", ADA).json["facts"]
    assert [it["data"]["state"] for it in facts[-2:]] == ["awaiting-clawback", "clawed-back"]


def test_an_unknown_state_is_refused_with_the_known_ones(claimed: Run) -> None:
    asked = about("ReportDeclarationState", state="lost", on="2024-02-01")
    ran = claimed("--json", "record", "-", given=jsonl([asked]))
    assert ran.lines[0]["outcome"] == "invalid"
    assert "awaiting-clawback" in str(ran.lines[0])


def test_the_view_shows_what_is_made_and_what_is_due_and_overdue(claimed: Run) -> None:
    rows = {it["participant"]: it for it in claimed("--json", "show", "declarations").json}
    (ada,) = (
        it
        for it in claimed("--json", "show", "declarations", "--as-at", "2024-03-12").json
        if it["participant"] == str(ADA)
    )
    assert (ada["started"], ada["made"], ada["live"], ada["evidence"]) == ("submitted", 1, 1, 1)
    assert (ada["due_next"], ada["due_on"]) == ("retained-1", "2024-03-11")
    assert ada["overdue"] == ["retained-1"]
    assert rows[str(BOB)]["made"] == 0
    shown = claimed("show", "declarations", "--as-at", "2024-03-11").out
    assert "retained-1 2024-03-11" in shown


def test_catching_up_and_rebuilding_make_equal_rows(claimed: Run) -> None:
    def rows() -> Any:
        return claimed("--json", "show", "declarations", "--as-at", "2024-03-12").json

    before = rows()
    recorded(claimed, line(ADA, "VoidFact", version=7, reason="not there", on="2023-12-01"))
    caught_up = rows()
    assert caught_up != before
    assert claimed("rebuild", "declarations").code == 0
    assert rows() == caught_up


def test_the_dashboard_counts_declarations_by_type_and_state_and_who_is_overdue(
    claimed: Run,
) -> None:
    def dashboard(as_at: str) -> Any:
        rows = claimed("--json", "show", "cohort", "--as-at", as_at).json
        return [(it["declarations"], it["declarations_overdue"]) for it in rows if it["enrolled"]]

    assert dashboard("2024-03-11") == [(["started submitted 1"], 0)]
    assert dashboard("2024-03-12") == [(["started submitted 1"], 1)]
    recorded(claimed, about("ReportDeclarationState", state="paid", on="2024-02-01"))
    assert dashboard("2024-03-12") == [(["started paid 1"], 1)]
