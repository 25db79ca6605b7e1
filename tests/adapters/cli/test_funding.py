"""`funding`: the policies with their clauses, and a table of cases in three forms."""

import csv
import io
from pathlib import Path

import pytest

from npq_adapters.cli import exits
from npq_domain.catalogue import shipped
from tests.adapters.cli.conftest import Run

EXAMPLE = Path(__file__).parents[3] / "examples" / "data" / "funding_cases.csv"
HEADER = "id,on,programme,in_england,work_setting\n"


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """One case that a policy decides, and one that cannot be read."""
    path = tmp_path / "cases.csv"
    path.write_text(f"{HEADER}=1+1,2026-06-01,NPQH,no,a_school\nb,2026-06-01,NPQH,no,a_pub\n")
    return path


def test_cases_come_out_as_csv_with_the_row_that_decided(run: Run) -> None:
    ran = run("funding", "assess", EXAMPLE, NPQ_LEDGER=None)
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert len(rows) == 26
    assert (rows[0]["policy"], rows[0]["row"], rows[0]["code"]) == (
        "2026-06",
        "1",
        "unfunded_cohort",
    )
    assert rows[0]["eligible"] == "false"
    assert ran.err.strip() == "26 read, 25 assessed, 1 refused, 0 unreadable"
    assert ran.code == exits.REFUSED


def test_a_row_that_cannot_be_read_ends_the_run_as_bad_input(run: Run, cases: Path) -> None:
    ran = run("funding", "assess", cases)
    first, second = csv.DictReader(io.StringIO(ran.out))
    assert (first["id"], first["code"]) == ("'=1+1", "not_in_england")
    assert second["message"].startswith(f"{cases}: line 3: work_setting: 'a_pub' is none of ")
    assert ran.code == exits.BAD_INPUT


def test_every_form_has_the_same_rows(run: Run, cases: Path) -> None:
    as_json = run("funding", "assess", cases, "--json").json
    assert [it["code"] for it in as_json["lines"]] == ["not_in_england", "unreadable"]
    assert as_json["totals"] == {"assessed": 1, "refused": 0, "unreadable": 1}
    assert as_json["codes"] == {"not_in_england": 1, "unreadable": 1}
    assert run("funding", "assess", cases, "--format", "json").json == as_json
    shown = run("funding", "assess", cases, "--format", "table").out
    assert "not_in_england" in shown
    assert "unreadable" in shown


def test_cases_may_come_from_standard_input(run: Run) -> None:
    ran = run(
        "funding", "assess", "-", "--on", "2026-06-01", given="programme,in_england\nNPQH,no\n"
    )
    assert (ran.code, "not_in_england" in ran.out) == (exits.DONE, True)


def test_all_cases_may_be_held_against_one_policy(run: Run) -> None:
    ran = run("funding", "assess", EXAMPLE, "--policy", "2022-06", "--json")
    assert {it["policy"] for it in ran.json["lines"]} == {"2022-06"}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--policy", "2016"], "'2016' is no funding policy; there are 2017-categories, 2021-07"),
        (["--policy", "2022-06", "--on", "2023-01-01"], "--policy and --on both say which policy"),
        (["--json", "--format", "csv"], "--json and --format csv ask for two forms at once"),
        (["--encoding", "klingon"], "'klingon' is none of utf-8"),
    ],
)
def test_what_cannot_be_meant_is_refused(run: Run, cases: Path, args: list[str], said: str) -> None:
    ran = run("funding", "assess", cases, *args)
    assert ran.code == exits.BAD_INPUT
    assert said in ran.err


def test_a_file_that_is_not_there_is_told(run: Run, tmp_path: Path) -> None:
    ran = run("funding", "assess", tmp_path / "none.csv")
    assert ran.code == exits.BAD_INPUT
    assert "No such file" in ran.err


def test_the_policies_are_listed_with_their_days(run: Run) -> None:
    shown = run("funding", "policies").out
    for it in shipped().funding_policies:
        assert it.id in shown
        assert str(it.valid_from) in shown
    assert [it["id"] for it in run("--json", "funding", "policies").json] == [
        "2017-categories",
        "2022-scholarships",
        *("2021-07", "2022-06", "2024-06", "2024-08", "2025-08", "2026-06"),
    ]


def test_a_policy_shows_every_row_with_its_clause(run: Run) -> None:
    shown = run("funding", "policies", "2026-06", COLUMNS="400").out
    policy = shipped().funding_policy_called("2026-06")
    assert policy is not None
    for row in policy.rows:
        assert row.source in shown
    assert "kind of nursery is not childminder" in shown
    assert "anything else" in shown
    rows = run("--json", "funding", "policies", "2026-06").json["rows"]
    assert [it["code"] for it in rows] == [it.code and it.code.value for it in policy.rows]


def test_a_policy_that_there_is_not_is_told_with_those_there_are(run: Run) -> None:
    ran = run("funding", "policies", "2016")
    assert ran.code == exits.BAD_INPUT
    assert "there are 2017-categories" in ran.err
