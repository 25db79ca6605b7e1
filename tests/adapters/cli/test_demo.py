"""`demo`: the same as the verbs one by one, and the same again for the same seed."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import npq_adapters
from npq_adapters.cli.examples import FILES
from npq_domain.identifiers import cohort_subject
from tests.adapters.cli.conftest import Ran, Run

DATA = Path(npq_adapters.__path__[0], "example_data")
COHORT = cohort_subject("UCL", "Autumn 2023")


@pytest.fixture(scope="module")
def demo() -> Any:
    """What the demonstration says to programs."""
    ran = subprocess.run(
        [sys.executable, "-m", "npq_adapters.cli", "demo", "--json"],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        check=True,
    )
    return json.loads(ran.stdout)


def without_positions(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: it for name, it in row.items() if name != "as_of_position"} for row in rows]


def by_the_verbs(run: Run) -> None:
    """What a provider would type, file after file."""
    imported = imports(run)
    next(imported)
    next(imported)
    run("record", DATA / "commands.jsonl")
    assert len(list(imported)) == len(list((DATA / "registers").iterdir()))
    run("record", DATA / "assessment.jsonl")


def imports(run: Run) -> Iterator[Ran]:
    """Each import: the cohort, the applications, then the registers."""
    yield run("--json", "import", "cohort", DATA / "cohort.toml")
    yield run("--json", "import", "applications", DATA / "applications.json")
    for path in sorted((DATA / "registers").iterdir()):
        programme, _, component = path.stem.partition("-")
        which = ("--cohort", COHORT, "--component", component, "--programme", programme)
        yield run("--json", "import", "register", path, *which)


def test_the_verbs_one_by_one_give_the_same_views(demo: Any, run: Run) -> None:
    by_the_verbs(run)
    for name, rows in demo["views"].items():
        assert without_positions(run("--json", "show", name).json) == without_positions(rows)


def test_every_row_of_every_file_is_accounted_for(demo: Any) -> None:
    assert len(demo["steps"]) == len(FILES)
    for step in demo["steps"]:
        assert sum(step["totals"].values()) == step["read"] > 0
    lost = sum(it["totals"]["refused"] + it["totals"]["unreadable"] for it in demo["steps"])
    assert lost == len(demo["lost"]) > 0
    assert all(it["code"] and it["why"] for it in demo["lost"])


def test_the_intake_is_worth_looking_at(demo: Any) -> None:
    engagement, eligibility = demo["views"]["engagement"], demo["views"]["eligibility"]
    assert {it["met"] for it in engagement} == {True, False}
    assert {it["decision"] for it in eligibility} == {"pending", "accepted", "rejected"}
    assert {"passed", "failed", None} == {it["outcome"] for it in eligibility}
    assert len({it["programme"] for it in demo["views"]["cohort"]}) == 3


def test_files_taken_in_twice_record_nothing_the_second_time(run: Run) -> None:
    by_the_verbs(run)
    before = run("--json", "show", "eligibility").json
    assert {it.json["totals"]["recorded"] for it in imports(run)} == {0}
    for file in ("commands.jsonl", "assessment.jsonl"):
        outcomes = {it["outcome"] for it in run("record", DATA / file).lines}
        assert outcomes == {"repeated", "nothing", "refused"}
    assert run("--json", "show", "eligibility").json == before


def test_a_dry_run_tells_what_would_become_of_a_register_and_records_nothing(run: Run) -> None:
    run("import", "cohort", DATA / "cohort.toml")
    run("import", "applications", DATA / "applications.json")
    run("record", DATA / "commands.jsonl")
    before = run("--json", "show", "engagement").json
    which = ("--cohort", COHORT, "--component", "plg-2", "--programme", "NPQLT")
    register = DATA / "registers" / "NPQLT-plg-2.csv"
    dry = run("--json", "import", "register", register, *which, "--dry-run")
    assert run("--json", "show", "engagement").json == before
    wet = run("--json", "import", "register", register, *which)
    assert (dry.code, dry.json["totals"]) == (wet.code, wet.json["totals"])
    assert wet.json["read"] == sum(wet.json["totals"].values())


@pytest.mark.parametrize("columns", ["80", "100", "160"])
def test_the_demonstration_is_shown_in_tables(run: Run, columns: str) -> None:
    ran = run("demo", COLUMNS=columns, NPQ_LEDGER=None)
    assert ran.code == 0
    headings = ("What happened", "What was not recorded, and why", "Engagement", "Eligibility")
    assert [it for it in (*headings, "Cohort") if f"{it}  " not in ran.out] == []
    assert max(map(len, ran.out.splitlines())) <= int(columns)
    for last_heading in ("unreadable", "why", "in the way", "awarded"):
        assert last_heading in ran.out, "nothing is cut off at the right"


def test_the_same_seed_invents_the_same_people(run: Run) -> None:
    def drawn(seed: int) -> Any:
        return run("--json", "demo", "--participants", 12, "--seed", seed).json

    first, again, other = drawn(1), drawn(1), drawn(2)
    assert first == again
    assert first["views"] != other["views"]
    assert len(first["views"]["eligibility"]) == 12
    codes = {it["code"] for it in first["lost"] + other["lost"]}
    assert codes <= {"engagement_below_threshold"}, "invented people do nothing unlawful"


def test_a_ledger_that_is_kept_can_be_asked_later(run: Run, tmp_path: Path) -> None:
    kept = tmp_path / "kept of 50%.db"
    url = run("--json", "demo", "--participants", 2, "--keep", kept).json["ledger"]
    assert len(run("--ledger", url, "--json", "show", "roster").json) == 2


def test_a_file_that_is_there_already_is_never_written_to(run: Run, url: str) -> None:
    real = Path(url.removeprefix("sqlite:///"))
    before = real.read_bytes()
    ran = run("--json", "demo", "--participants", 1, "--keep", real)
    assert (ran.code, ran.json["error"]["code"]) == (2, "invalid")
    assert str(real) in ran.err
    assert real.read_bytes() == before


def test_the_demonstration_never_touches_the_ledger_in_use(run: Run) -> None:
    run("demo", "--participants", 1)
    assert run("--json", "show", "roster").json == []
