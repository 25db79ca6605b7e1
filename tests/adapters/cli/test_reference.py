"""`commands`, `facts`, `catalogue`."""

import re
from pathlib import Path

import pytest

from npq_domain import commands
from npq_domain.aggregates import vocabulary
from npq_domain.catalogue import shipped
from tests.adapters.cli.conftest import Run
from tests.adapters.inbound.house import CATALOGUE_TOML, application, page, write


def test_every_command_is_printed_with_its_schema(run: Run) -> None:
    printed = run("commands", "--json", NPQ_LEDGER=None).json
    assert sorted(it["command"] for it in printed) == sorted(commands.__all__)
    endorse = next(it for it in printed if it["command"] == "Endorse")
    assert "role" in str(endorse["schema"])


def test_every_fact_is_printed_by_its_stored_name(run: Run) -> None:
    printed = run("facts", "--json", NPQ_LEDGER=None).json
    assert sorted(it["name"] for it in printed) == sorted(vocabulary)
    assert {it["version"] for it in printed} == {1}
    assert all(it["schema"] and it["about"] for it in printed)


def test_people_see_names_and_fields(run: Run) -> None:
    assert "[late_reason]" in run("commands").out
    assert "participant.attendance-recorded.v1" in run("facts").out


def test_of_one_command_people_see_what_each_field_takes(run: Run) -> None:
    shown = run("commands", "DecideCircumstances").out
    assert re.search(r"granted +true or false", shown)
    assert re.search(r"by_panel +optional +true or false", shown)
    assert re.search(r"kind +EffectKind: extend_days, later_window, excuse, none", shown)
    (only,) = run("--json", "commands", "DecideCircumstances").json
    assert only["command"] == "DecideCircumstances"


def test_every_command_and_fact_can_be_asked_for_by_its_name(run: Run) -> None:
    for verb, key in (("commands", "command"), ("facts", "name")):
        for it in run("--json", verb).json:
            assert run(verb, it[key]).code == 0


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("defer", "there is no 'defer'; there is DeferTraining"),
        ("DeferTrainning", "there is no 'DeferTrainning'; there is DeferTraining"),
        ("xyz", "there is no 'xyz': without NAME all are listed"),
    ],
)
def test_a_name_that_is_not_there_is_answered_with_those_like_it(
    run: Run, name: str, hint: str
) -> None:
    ran = run("commands", name)
    assert (ran.code, hint in ran.err) == (2, True)


def test_the_catalogue_lists_every_programme_and_specification(run: Run) -> None:
    printed = run("catalogue", "--json", NPQ_LEDGER=None).json
    assert [it["code"] for it in printed["programmes"]] == [it.code for it in shipped().programmes]
    keys = [it["key"] for it in printed["specifications"]]
    assert keys == [it.key for it in shipped().specifications]


def test_a_programme_shows_every_figure_with_its_source(run: Run) -> None:
    shown = run("catalogue", "npq-headship", "--provider", "BPN").out
    assert "reform/BPN/NPQH/1" in shown
    assert "threshold percent" in shown
    assert "BPN leadership NPQs 2023" in shown


def test_what_was_open_on_a_day_is_what_a_registration_would_get(run: Run) -> None:
    printed = run("--json", "catalogue", "NPQH", "--provider", "OLP", "--on", "2018-01-01").json
    assert [it["key"] for it in printed["specifications"]] == ["2017/OLP/NPQH/2"]
    later = run("--json", "catalogue", "NPQML", "--on", "2023-01-01").json
    assert later == {"programmes": [], "specifications": []}


@pytest.mark.parametrize("folder", [False, True])
def test_your_own_specifications_are_on_top_of_those_shipped(
    run: Run, tmp_path: Path, *, folder: bool
) -> None:
    file = write(tmp_path / "own.toml", CATALOGUE_TOML)
    path = tmp_path if folder else file
    for ran in (
        run("--catalogue", path, "--json", "catalogue"),
        run("catalogue", "--catalogue", path, "--json"),
        run("catalogue", "--json", NPQ_CATALOGUE=str(path)),
    ):
        keys = [it["key"] for it in ran.json["specifications"]]
        assert keys == [*(it.key for it in shipped().specifications), "reform/OWN/NPQX/1"]


def test_a_ledger_decides_by_your_own_specifications_too(run: Run, tmp_path: Path) -> None:
    own = write(tmp_path / "own.toml", CATALOGUE_TOML)
    given = page(tmp_path / "p.json", application(1, course_identifier="npq-for-x"))
    for ran in (
        run("import", "applications", given),
        run("import", "applications", given, "--provider", "OWN"),
    ):
        assert ran.code == 2
    ran = run("--catalogue", own, "--json", "import", "applications", given)
    assert (ran.code, ran.json["provider"]) == (0, "OWN")
    (row,) = run("--json", "show", "eligibility").json
    assert row["programme"] == "NPQX"


def test_a_catalogue_that_cannot_be_read_is_bad_input(run: Run, tmp_path: Path) -> None:
    bad = write(tmp_path / "bad.toml", "[[programme]]\ncode = 1\n")
    for path in (bad, tmp_path / "none.toml"):
        for verb in (("catalogue",), ("show", "roster"), ("demo", "--participants", 1)):
            ran = run("--catalogue", path, *verb)
            assert (ran.code, ran.out) == (2, "")
            assert str(path) in ran.err


def test_what_is_not_in_the_catalogue_is_wrong_usage(run: Run) -> None:
    for args in (("NPQXX",), ("--provider", "XXX")):
        ran = run("catalogue", *args)
        assert ran.code == 2
        assert args[-1] in ran.err
