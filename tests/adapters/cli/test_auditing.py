"""`history` and `explain`."""

import sqlite3
from contextlib import closing

from tests.adapters.cli.conftest import ADA, BOB, COHORT, Run, jsonl, line


def test_a_history_tells_what_when_by_whom_and_whether_it_still_stands(npq_with: Run) -> None:
    facts = npq_with("--json", "history", ADA).json["facts"]
    assert [it["version"] for it in facts] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert facts[5]["name"] == "participant.attendance-recorded.v1"
    assert facts[5]["happened_on"] == "2023-10-05"
    assert facts[5]["voided_by"] == 8
    assert [it["voided_by"] for it in facts if it["version"] != 6] == [None] * 7
    assert facts[5]["by"] == {"role": "provider", "id": "j.doe", "on_behalf_of": None}
    assert facts[5]["lag_days"] > 0
    assert facts[5]["data"]["minutes"] == 120


def test_personal_values_show_only_to_those_who_ask(npq_with: Run) -> None:
    hidden, shown = (
        npq_with("--json", "history", ADA),
        npq_with("--json", "history", ADA, "--reveal"),
    )
    assert "Grace Hopper" not in hidden.out
    assert hidden.json["facts"][2]["data"]["name"] == "•••"
    assert shown.json["facts"][2]["data"]["name"] == "Grace Hopper"
    assert "Grace" not in npq_with("history", ADA).out
    assert "Grace" in npq_with("history", ADA, "--reveal").out


def test_a_history_of_a_day_holds_what_had_happened_by_then(npq_with: Run) -> None:
    facts = npq_with("--json", "history", ADA, "--valid-at", "2023-06-08").json["facts"]
    assert [it["version"] for it in facts] == [1, 2, 3, 4]


def test_a_history_known_before_anything_was_written_is_empty(npq_with: Run) -> None:
    ran = npq_with("history", ADA, "--known-at", "2023-06-08T12:00:00Z")
    assert ran.code == 2
    assert "nothing was recorded" in ran.err


def test_a_time_without_an_offset_is_wrong_usage(npq_with: Run) -> None:
    ran = npq_with("history", ADA, "--known-at", "2023-06-08T12:00:00")
    assert ran.code == 2
    assert "offset" in ran.err


def test_a_timeline_reads_like_a_story(npq_with: Run) -> None:
    shown = npq_with("history", ADA).out
    assert "attendance recorded  component induction  minutes 120" in shown
    assert "voided by #8" in shown
    assert "provider:j.doe (provider)" in shown


def test_an_unmet_requirement_is_an_answer_and_no_error(npq_with: Run) -> None:
    ran = npq_with("--json", "explain", BOB, "acceptance")
    (gate,) = ran.json["gates"]
    assert (ran.code, gate["open"]) == (0, False)
    assert [it["code"] for it in gate["requirements"] if not it["met"]] == [
        "form_not_returned",
        "endorsement_missing",
    ]
    assert all(it["source"] for it in gate["requirements"])


def test_every_gate_is_explained_with_the_facts_relied_on(npq_with: Run) -> None:
    gates = {it["gate"]: it for it in npq_with("--json", "explain", ADA).json["gates"]}
    assert list(gates) == ["acceptance", "start", "access", "tasks", "award"]
    endorsed = gates["acceptance"]["requirements"][-1]
    assert endorsed["facts"] == [{"version": 3, "name": "participant.application-endorsed.v1"}]
    engaged = gates["access"]["requirements"][-1]
    assert "180/1140 minutes" in engaged["because"]
    assert [it["version"] for it in engaged["facts"]] == [7]


def test_an_explanation_may_look_from_an_earlier_day(npq_with: Run) -> None:
    ran = npq_with("--json", "explain", ADA, "acceptance", "--valid-at", "2023-06-05")
    assert [it["met"] for it in ran.json["gates"][0]["requirements"]] == [True, True, False]


def test_gates_are_for_people_and_unknown_subjects_have_none(npq_with: Run) -> None:
    for subject, word in ((COHORT, "cohort"), ("6f1dd0a5-0000-4000-8000-000000000000", "nothing")):
        ran = npq_with("explain", subject)
        assert ran.code == 2
        assert word in ran.err


def test_an_explanation_reads_plainly(npq_with: Run) -> None:
    shown = npq_with("explain", BOB, "acceptance").out
    assert "Acceptance  closed: 2 unmet" in shown
    assert "nobody has endorsed the application" in shown
    npq_with("record", "-", given=jsonl([line(BOB, "ReturnForm", on="2023-06-05")]))
    assert "closed: 1 unmet" in npq_with("explain", BOB, "acceptance").out


def test_a_row_that_cannot_be_read_is_a_failure_of_integrity(npq_with: Run, url: str) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        broken = "INSERT INTO stored_events (originator_id, originator_version, topic, state)"
        values = (str(BOB), 2, "participant.application-form-sent.v1", b'{"fact": "secret"}')
        database.execute(f"{broken} VALUES (?, ?, ?, ?)", values)
        database.commit()
    ran = npq_with("--json", "history", BOB)
    assert (ran.code, ran.json["error"]["code"]) == (3, "stored_fact_error")
    assert (ran.json["error"]["name"], ran.json["error"]["version"]) == (values[2], 2)
    assert "secret" not in ran.out + ran.err
