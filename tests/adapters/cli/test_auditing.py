"""`history` and `explain`."""

from typing import Any

from tests.adapters.cli.conftest import ADA, BOB, COHORT, Run, damage, jsonl, line


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


def test_a_history_tells_the_specification_the_evidence_and_what_lies_outside(
    npq_with: Run,
) -> None:
    school = {
        "programme": "NPQLT",
        "work_setting": "a_school",
        "institution": "school",
        "establishment_type": 1,
    }
    asked = [
        line(ADA, "AssessFunding", case=school, on="2023-06-02"),
        about_a_claim(),
        line(ADA, "DeferTraining", reason="bereavement", on="2023-12-01"),
        line(ADA, "RecordStudy", component="extend-study", minutes=60, on="2023-12-05"),
    ]
    ran = npq_with("record", "-", given=jsonl(asked))
    assert ran.code == 0, ran
    facts = npq_with("--json", "history", ADA).json["facts"]
    assert {it["spec_key"] for it in facts} == {"reform/UCL/NPQLT/1"}
    assert [it["policy_id"] for it in facts[8:]] == ["2022-06", None, None, None]
    assert facts[9]["evidence"] == [facts[6]["sha256"]]
    assert [it["outside"] for it in facts[9:]] == [None, None, "while deferred"]
    assert facts[5]["summary"] == "attendance recorded: component induction  minutes 120"
    assert "•••" in facts[2]["summary"]
    shown = npq_with("history", ADA).out
    assert shown.count("while deferred") == 1


def about_a_claim() -> Any:
    asked = line(
        ADA,
        "Declare",
        type="started",
        declared_at="2023-11-24T12:00:00Z",
        evidence=[{"version": 7, "kind": "training-event-attended"}],
        on="2023-11-24",
    )
    asked["data"]["id"] = "00000000-0000-4000-8000-000000000001"
    return asked


def test_a_cohort_has_a_history_too(npq_with: Run) -> None:
    facts = npq_with("--json", "history", COHORT).json["facts"]
    assert [it["outside"] for it in facts] == [None] * 4
    assert facts[1]["spec_key"] == "reform/UCL/NPQLT/1"


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
    assert list(gates) == ["acceptance", "place", "start", "access", "tasks", "award"]
    endorsed = gates["acceptance"]["requirements"][-1]
    assert endorsed["facts"] == [{"version": 3, "name": "participant.application-endorsed.v1"}]
    engaged = gates["access"]["requirements"][-1]
    assert "180/1140 minutes" in engaged["because"]
    assert [it["version"] for it in engaged["facts"]] == [7]


def test_an_explanation_may_look_from_an_earlier_day(npq_with: Run) -> None:
    ran = npq_with("--json", "explain", ADA, "acceptance", "--valid-at", "2023-06-05")
    assert [it["met"] for it in ran.json["gates"][0]["requirements"]] == [True, True, False]


def test_dfes_rules_for_the_place_are_explained_of_who_has_one_and_who_may(npq_with: Run) -> None:
    (gate,) = npq_with("--json", "explain", ADA, "place").json["gates"]
    assert (gate["open"], [it["code"] for it in gate["requirements"]]) == (
        True,
        ["other_accepted", "unknown_schedule", "schedule_not_allowed", "funded_place_not_allowed"],
    )
    shown = npq_with("explain", BOB, "place").out
    assert "cohort 2023a is funded in full" in shown


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
    name = damage(url, BOB, version=2)
    ran = npq_with("--json", "history", BOB)
    assert (ran.code, ran.json["error"]["code"]) == (3, "stored_fact_error")
    assert (ran.json["error"]["name"], ran.json["error"]["version"]) == (name, 2)
    assert "secret" not in ran.out + ran.err
