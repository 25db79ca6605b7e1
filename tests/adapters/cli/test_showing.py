"""`show`: one view in three forms."""

import csv
import io
import re
import sqlite3
from contextlib import closing
from datetime import date

import psycopg
import pytest

from npq_adapters.cli import exits, showing, tables
from npq_domain.aggregates.participant.facts.funding import FundingRoute
from npq_domain.projections import VIEWS
from tests.adapters.cli.conftest import ADA, BOB, COHORT, Run, damage, intake, jsonl, line
from tests.conftest import Backend


def test_a_view_is_current_whenever_it_is_shown(npq_with: Run) -> None:
    (row,) = npq_with("--json", "show", "engagement").json
    assert (row["participant"], row["num"], row["den"]) == (str(ADA), 180, 1140)


def test_who_pays_is_shown_once_it_was_assessed(npq_with: Run) -> None:
    school = {
        "programme": "NPQLT",
        "work_setting": "a_school",
        "institution": "school",
        "establishment_type": 1,
    }
    asked = [
        line(BOB, "AssessFunding", case=school, phase="Primary", pupils=90, on="2023-06-05"),
        line(BOB, "RecordFundingRoute", route="scholarship", on="2023-06-05"),
    ]
    assert npq_with("record", "-", given=jsonl(asked)).code == 0
    rows = {it["participant"]: it for it in npq_with("--json", "show", "funding").json}
    told = rows[str(BOB)]
    assert (told["code"], told["eligible"], told["route"]) == ("funded", True, "scholarship")
    assert (told["policy_id"], told["tsf_pence"]) == ("2022-06", None)
    assert (rows[str(ADA)]["funding"], rows[str(ADA)]["funded_place"]) == ("full", None)
    shown = npq_with("show", "funding").out
    assert all(it in shown for it in ("Bob, O'Hara", "2023a", "funded", "scholarship"))


def test_a_route_that_nobody_knows_is_refused_with_those_that_are_known(npq_with: Run) -> None:
    asked = line(BOB, "RecordFundingRoute", route="lottery", on="2023-06-05")
    ran = npq_with("--json", "record", "-", given=jsonl([asked]))
    (answer,) = ran.lines
    assert answer["outcome"] == "invalid"
    assert all(it.value in answer["message"] for it in FundingRoute)


@pytest.mark.parametrize("view", ["funding", "declarations", "roster", "enrolments"])
def test_every_view_of_participants_is_shown_in_every_form_of_one_cohort(
    npq_with: Run, view: str
) -> None:
    rows = npq_with("--json", "show", view, "--cohort", COHORT).json
    assert [it["participant"] for it in rows] == [str(ADA)]
    text = npq_with("show", view, "--cohort", COHORT, "--format", "csv").out
    (cells,) = csv.DictReader(io.StringIO(text))
    assert list(cells) == list(rows[0])
    assert cells["provider"] == "UCL"
    assert npq_with("show", view, "--cohort", COHORT).code == 0


def test_what_is_blocked_is_shown_with_its_codes_and_chosen_by_them(npq_with: Run) -> None:
    def chosen(view: str, *where: str) -> list[str]:
        args = [word for it in where for word in ("--where", it)]
        rows = npq_with("--json", "show", view, "--as-at", "2023-09-30", *args).json
        return [it["participant"] for it in rows]

    (ada,) = npq_with(
        "--json", "show", "declarations", "--as-at", "2023-09-30", "--cohort", COHORT
    ).json
    assert (ada["due_next"], ada["blocked"]) == ("started", ["before_schedule"])
    assert chosen("declarations", "blocked=before_schedule", "due_next=started") == [str(ADA)]
    assert chosen("declarations", "blocked=no_such_code") == []
    assert "before schedule" in npq_with("show", "declarations", "--as-at", "2023-09-30").out
    assert set(chosen("funding", "funding_cohort=2023a", "review=no")) == {str(ADA), str(BOB)}
    assert chosen("funding", "funding=full", "tsf_pence=", "policy_id=") == [str(ADA)]


def test_names_are_for_people_only(npq_with: Run) -> None:
    assert "Byron" in npq_with("show", "eligibility").out
    for form in ("json", "csv"):
        assert "Byron" not in npq_with("show", "eligibility", "--format", form).out


def test_what_people_wrote_neither_styles_nor_steers_the_terminal(npq_with: Run) -> None:
    shown = npq_with("show", "roster").out
    assert "Ada [bold]Byron" in shown
    assert tables.text("Ada\x1b[31m").plain == "Ada�[31m"


def test_every_form_has_the_same_rows(npq_with: Run) -> None:
    rows = npq_with("show", "eligibility", "--json").json
    table = list(
        csv.DictReader(io.StringIO(npq_with("show", "eligibility", "--format", "csv").out))
    )
    assert [it["participant"] for it in table] == [it["participant"] for it in rows]
    assert list(table[0]) == list(rows[0])


def test_csv_is_quoted_as_rfc_4180_has_it(npq_with: Run) -> None:
    shown = npq_with("show", "roster", "--format", "csv").out
    assert '"Bob, O\'Hara"' in shown
    assert shown.count("\r\n") == shown.count("\n") == 3


def test_names_are_not_even_read_for_programs(npq_with: Run, url: str) -> None:
    npq_with("show", "eligibility")
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        database.execute("UPDATE view_roster SET name = CAST(x'ff' AS TEXT)")
        database.commit()
    for form in ("json", "csv"):
        assert npq_with("show", "eligibility", "--format", form).code == 0
    assert npq_with("--json", "show", "eligibility").code == 0
    assert npq_with("show", "eligibility").code == exits.UNAVAILABLE


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_no_spreadsheet_runs_what_people_wrote(first: str) -> None:
    assert showing.csv_cell(f"{first}1+1") == f"'{first}1+1"
    assert showing.csv_cell((f"{first}a", "b")) == f"'{first}a; b"


def test_numbers_days_and_plain_texts_stay_as_they_are_in_csv() -> None:
    values = (-3, date(2024, 1, 31), "O'Hara = 1", "", None, True)
    assert [showing.csv_cell(it) for it in values] == [
        "-3",
        "2024-01-31",
        "O'Hara = 1",
        "",
        "",
        "true",
    ]


def test_a_name_that_is_a_formula_is_a_text_in_csv(npq_with: Run) -> None:
    renamed = line(BOB, "ChangeName", name='=HYPERLINK("http://x")', on="2023-06-02")
    assert npq_with("record", "-", given=jsonl([renamed])).code == 0
    shown = npq_with("show", "roster", "--format", "csv").out
    assert '"\'=HYPERLINK(""http://x"")"' in shown
    assert "=HYPERLINK" in npq_with("show", "roster", "--json").out


def test_rows_are_chosen_by_the_values_of_their_columns(npq_with: Run) -> None:
    def chosen(*where: str) -> list[str]:
        args = [word for it in where for word in ("--where", it)]
        return [it["participant"] for it in npq_with("--json", "show", "eligibility", *args).json]

    assert set(chosen()) == {str(ADA), str(BOB)}
    assert chosen("decision=accepted") == [str(ADA)]
    assert chosen("decision=pending", "registered_on=2023-06-01") == [str(BOB)]
    assert chosen("missed=no", "attempt=1", "endorsed_by=") == [str(BOB)]
    assert chosen("application_blockers=endorsement_missing") == [str(BOB)]
    assert chosen("decision=accepted", "decision=pending") == []


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("stats=x", "no column 'stats'"),
        ("attempt=many", "'many' is no int"),
        ("registered_on=soon", "'soon' is no date"),
        ("missed=perhaps", "'perhaps' is no bool"),
        ("decision", "COLUMN=VALUE"),
    ],
)
def test_a_condition_that_cannot_be_meant_is_wrong_usage(
    npq_with: Run, where: str, words: str
) -> None:
    ran = npq_with("show", "eligibility", "--where", where)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err


def test_a_cohort_is_chosen_by_its_id(npq_with: Run) -> None:
    assert len(npq_with("--json", "show", "eligibility", "--cohort", COHORT).json) == 1
    assert npq_with("--json", "show", "eligibility", "--cohort", ADA).json == []


def test_a_view_may_be_seen_from_another_day(npq_with: Run) -> None:
    (then,) = npq_with("--json", "show", "engagement", "--as-at", "2023-10-04").json
    assert (then["status"], then["as_at"]) == ("on_track", "2023-10-04")
    (now,) = npq_with("--json", "show", "engagement").json
    assert now["status"] == "at_risk"


def test_two_forms_at_once_are_wrong_usage(npq_with: Run) -> None:
    assert npq_with("--json", "show", "engagement", "--format", "csv").code == 2


@pytest.mark.parametrize("view", [it.name for it in VIEWS])
@pytest.mark.parametrize("columns", ["80", "100", "160"])
def test_a_table_keeps_within_the_terminal(npq_with: Run, view: str, columns: str) -> None:
    for way in ((), ("--wide",)):
        shown = npq_with("show", view, *way, COLUMNS=columns)
        assert shown.code == 0
        assert max(map(len, shown.out.splitlines())) <= int(columns)


def test_where_there_is_little_room_columns_give_way_and_nothing_is_cut_off(npq_with: Run) -> None:
    narrow, roomy = (
        npq_with("show", "engagement", COLUMNS=columns).out for columns in ("80", "160")
    )
    assert ("check-" in narrow, "check-" in roomy) == (False, True)
    assert all(figure in narrow for figure in ("Byron", "15.7 %", "180/1140", "at risk"))


def test_a_row_of_more_columns_than_fit_stands_by_itself(npq_with: Run) -> None:
    shown = npq_with("show", "engagement", "--wide", COLUMNS="80").out
    assert re.search(rf"^ participant +{ADA} *$", shown, re.MULTILINE)
    assert re.search(r"^ sessions_missed +0 *$", shown, re.MULTILINE)


def test_the_worst_stands_first(npq_with: Run) -> None:
    shown = npq_with("show", "engagement").out
    assert "15.7 %" in shown
    assert "at risk" in shown


def test_a_rebuilt_view_has_the_same_rows(npq_with: Run) -> None:
    before = npq_with("--json", "show", "cohort").json
    ran = npq_with("--json", "rebuild")
    assert ran.json["rebuilt"] == [it.name for it in VIEWS]
    assert "rebuilding" in ran.err
    assert npq_with("--json", "show", "cohort").json == before
    assert npq_with("--json", "rebuild", "roster").json["rebuilt"] == ["roster"]
    assert npq_with("--json", "rebuild", "roster", "--workers", "2").json["rebuilt"] == ["roster"]
    assert npq_with("--json", "rebuild", "--workers", "0").code == 2


def test_a_view_is_compared_with_itself_made_anew(npq_with: Run, url: str) -> None:
    npq_with("show", "engagement")
    (same,) = npq_with("--json", "rebuild", "engagement", "--compare").json["swaps"]
    assert (same["view"], same["rows"], same["differences"], same["differing"]) == (
        "engagement",
        1,
        0,
        [],
    )
    assert same["digest"] == same["compared_with"]
    assert "no difference" in npq_with("rebuild", "engagement", "--compare").out
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as db, db:
        db.execute("UPDATE view_engagement SET num = 1140")
    ran = npq_with("--json", "rebuild", "engagement", "--compare")
    (other,) = ran.json["swaps"]
    assert ran.code == exits.INTEGRITY
    assert other["differing"] == [
        {"key": [str(ADA)], "column": "num", "before": 1140, "after": 180}
    ]
    assert npq_with("--json", "show", "engagement").json[0]["num"] == 180


def test_what_differed_is_told_though_another_view_stops(npq_with: Run, url: str) -> None:
    npq_with("show", "engagement")
    damage(url, ADA, 9)

    def spoil() -> None:
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as db, db:
            db.execute("UPDATE view_engagement SET num = 1140")

    spoil()
    ran = npq_with("--json", "rebuild", "--compare")
    assert ran.code == exits.INTEGRITY
    differing = {it["view"]: it["differing"] for it in ran.json["swaps"]}
    assert differing["engagement"] == [
        {"key": [str(ADA)], "column": "num", "before": 1140, "after": 180}
    ]
    assert ran.json["rebuilt"] == [*differing]
    assert "eligibility" not in differing
    assert "eligibility" in ran.json["error"]["message"]
    spoil()
    ran = npq_with("rebuild", "--compare")
    assert ran.code == exits.INTEGRITY
    assert "1140" in ran.out
    assert "stopped" in ran.err


def test_what_could_not_be_compared_does_not_pass_for_what_was(npq_with: Run, url: str) -> None:
    def compared() -> tuple[int, str | None]:
        ran = npq_with("--json", "rebuild", "cohort", "--compare")
        return ran.code, {it["view"]: it["uncompared"] for it in ran.json["swaps"]}["cohort"]

    first = npq_with("rebuild", "cohort", "--compare")
    assert first.code == exits.DONE
    assert "made for the first time: nothing to compare" in first.out
    npq_with("record", "-", given=jsonl([line(BOB, "ReturnForm", on="2023-06-05")]))
    npq_with("show", "eligibility")
    assert compared() == (
        exits.UNAVAILABLE,
        "stood elsewhere than what it is made from: not compared, ask again",
    )
    assert compared() == (exits.DONE, None)
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as db, db:
        db.execute("UPDATE view_checkpoints SET mark = 'of another' WHERE view = 'cohort'")
    assert compared() == (exits.INTEGRITY, "was made of another log: nothing to compare")
    assert compared() == (exits.DONE, None)


def test_a_view_that_goes_on_without_a_fact_says_so_and_one_that_may_not_stops(
    npq_with: Run, url: str
) -> None:
    before = npq_with("--json", "show", "engagement").json
    name = damage(url, ADA, 9)
    shown = npq_with("--json", "show", "engagement")
    assert shown.code == 0
    assert shown.json == before
    assert shown.err == ""  # it reads no such facts
    stopped = npq_with("--json", "show", "eligibility")
    assert (stopped.code, stopped.json["error"]["name"]) == (exits.INTEGRITY, name)
    position = stopped.json["error"]["position"]
    shown = npq_with("show", "roster")
    assert f"position {position} of the log" in shown.err


def test_progress_tells_facts_rate_and_the_time_left(npq_with: Run) -> None:
    lines = npq_with("rebuild", "engagement").err.splitlines()
    assert re.fullmatch(r"rebuilding: (\d+) of \1 facts, [\d,]+ facts/s", lines[-1])


def test_a_postgresql_ledger_is_asked_by_the_same_words(npq_with: Run, postgres: Backend) -> None:
    assert npq_with("--ledger", postgres.owner, "init").code == 0
    printed = npq_with("--ledger", postgres.owner, "grants", "--writer", "npq_writer")
    assert printed.code == 0
    with psycopg.connect(postgres.owner.partition("&schema=")[0]) as owner:
        owner.execute(printed.out.encode())
    recorded = npq_with("--ledger", postgres.url, "record", "-", given=jsonl(intake()))
    assert recorded.code == 0
    for view in (it.name for it in VIEWS):
        there = npq_with("--ledger", postgres.url, "--json", "show", view).json
        assert there == npq_with("--json", "show", view).json
