"""`record`: one command a line, one result a line."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from tests.adapters.cli.conftest import ADA, BOB, Run, damage, intake, jsonl, line


def test_every_line_has_its_result_and_standard_output_holds_nothing_else(run: Run) -> None:
    ran = run("--json", "record", "-", given=jsonl(intake()))
    assert (ran.code, ran.err) == (0, "")
    assert {it["outcome"] for it in ran.lines} == {"recorded"}
    assert [it["line"] for it in ran.lines] == list(range(1, len(ran.lines) + 1))
    assert ran.lines[0].keys() == {"line", "subject", "outcome", "facts", "code", "message"}


def test_people_are_told_how_many_there_were_of_each(run: Run) -> None:
    ran = run("record", "-", given=jsonl(intake()))
    assert ran.err == f"{len(ran.lines)} lines: {len(ran.lines)} recorded\n"


def test_what_is_so_already_is_nothing_and_a_known_id_is_repeated(npq_with: Run) -> None:
    asked = line(BOB, "SendForm", id=UUID(int=7), on="2023-06-02")
    again = line(BOB, "SendForm", on="2023-06-02")
    ran = npq_with("record", "-", given=jsonl([asked, asked, again]))
    assert [it["outcome"] for it in ran.lines] == ["recorded", "repeated", "nothing"]
    assert ran.code == 0


def test_a_refusal_stops_no_later_line_and_ends_the_run_with_1(npq_with: Run) -> None:
    given = [line(BOB, "Accept", on="2023-06-08"), line(BOB, "SendForm", on="2023-06-02")]
    ran = npq_with("record", "-", given=jsonl(given))
    assert [it["outcome"] for it in ran.lines] == ["refused", "recorded"]
    assert ran.lines[0]["code"] == "requirement_unmet"
    assert "nobody has endorsed" in ran.lines[0]["message"]
    assert ran.code == 1


def test_what_cannot_be_read_ends_the_run_with_2(npq_with: Run) -> None:
    given = ["no JSON", line(BOB, "Fly", on="2023-06-02"), line(BOB, "Accept", on="2023-06-08")]
    ran = npq_with("record", "-", given=jsonl(given))
    assert [it["outcome"] for it in ran.lines] == ["invalid", "invalid", "refused"]
    assert ran.code == 2


def test_who_asks_may_be_said_once_for_all_lines(npq_with: Run) -> None:
    asked = line(BOB, "SendForm", on="2023-06-02")
    del asked["by"]
    assert npq_with("record", "-", given=jsonl([asked])).code == 2
    assert npq_with("record", "-", "--by", "provider:a.b", given=jsonl([asked])).code == 0
    assert npq_with("--json", "history", BOB).json["facts"][-1]["by"]["id"] == "a.b"


def test_an_import_that_finds_no_file_says_which(run: Run) -> None:
    for args in (
        ("applications", "no.json"),
        ("cohort", "no.toml"),
        ("register", "no.csv", "--cohort", ADA, "--component", "plg-1"),
    ):
        ran = run("import", *args)
        assert (ran.code, ran.out) == (2, "")
        assert args[1] in ran.err


def test_a_history_that_cannot_be_read_fails_its_own_lines_and_ends_the_run_with_3(
    npq_with: Run, url: str
) -> None:
    damage(url, BOB, version=2)
    given = [line(BOB, "SendForm", on="2023-06-02"), line(ADA, "SendForm", on="2023-06-02")]
    ran = npq_with("--json", "record", "-", given=jsonl(given))
    assert [it["outcome"] for it in ran.lines] == ["failed", "recorded"]
    assert ran.lines[0]["code"] == "stored_fact_error"
    assert ran.lines[0]["message"].endswith(f"version 2 of {BOB}")
    assert "secret" not in ran.out + ran.err
    assert ran.code == 3


def test_a_run_that_ends_midway_says_so_in_one_line_more(
    started: Callable[..., "subprocess.Popen[bytes]"], url: str
) -> None:
    running = started("--json", "record", "-")
    assert running.stdin
    assert running.stdout
    first, second, *_ = jsonl(intake()).encode().splitlines(keepends=True)
    running.stdin.write(first)
    running.stdin.flush()
    assert json.loads(running.stdout.readline())["outcome"] == "recorded"
    Path(url.removeprefix("sqlite:///")).unlink()
    out, err = running.communicate(second)
    [told] = map(json.loads, out.splitlines())
    assert (running.returncode, told["error"]["code"]) == (4, "store_unavailable")
    assert err.count(b"\n") == 1


def test_a_run_that_cannot_go_on_says_so_in_one_line(npq_with: Run) -> None:
    gone = npq_with("--json", "--ledger", "sqlite:///no/such.db", "record", "-", given=jsonl([]))
    assert gone.code == 4
    [told] = gone.lines
    assert told["error"]["code"] == "not_initialised"
    for_people = npq_with("--ledger", "sqlite:///no/such.db", "record", "-", given=jsonl([]))
    assert (for_people.code, for_people.out) == (4, "")
