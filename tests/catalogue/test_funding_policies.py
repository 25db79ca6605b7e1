"""Funding policies as files: a slip in a row, or a day without one, is told by file and row."""

from pathlib import Path

import pytest

from npq_domain.catalogue import load, shipped
from npq_domain.catalogue.funding import FundingCode, Series
from npq_domain.errors import Invalid

BASE = """\
[[document]]
id = "Paper"
title = "A paper"
publisher = "Someone"

[[programme]]
code = "NPQX"
title = "NPQ for X"
kind = "npq"
aliases = ["X"]
audience = "Anyone"
source = "Paper, page 1"
"""

POLICY = """
[[funding_policy]]
id = "{id}"
series = "service"
title = "A policy"
valid_from = {first}
{last}
source = "Paper, page 2"
"""

ROW = """
[[funding_policy.rows]]
{when}
{says}
source = "Paper, page 3"
"""

FUNDED = 'code = "funded"\neligible = true'
NOT = 'code = "ineligible_establishment_type"\neligible = false'
MISSING = 'refused = "missing_institution"'


def policy(
    *rows: tuple[str, str], id: str = "one", first: str = "2020-01-01", last: str = ""
) -> str:
    head = POLICY.format(id=id, first=first, last=f"valid_until = {last}" if last else "")
    return head + "".join(ROW.format(when=when, says=says) for when, says in rows)


def faults(folder: Path, *texts: str) -> list[str]:
    """What is wrong with these policies, each in its own file."""
    (folder / "base.toml").write_text(BASE)
    for number, text in enumerate(texts, start=1):
        (folder / f"policy-{number}.toml").write_text(text)
    try:
        load(folder)
    except Invalid as error:
        place = Path(error.place).name
        return [f"{place}: {fault}" for fault in error.faults]
    return []


FINE = policy(('when.programme = ["NPQX"]', FUNDED), ("", NOT))


def test_a_policy_whose_rows_decide_every_case_is_taken(tmp_path: Path) -> None:
    assert faults(tmp_path, FINE) == []
    (found,) = load(tmp_path).funding_policies
    assert [it.code for it in found.rows] == [
        FundingCode.FUNDED,
        FundingCode.INELIGIBLE_ESTABLISHMENT_TYPE,
    ]


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (
            [('when.programme = ["NPQX"]', FUNDED)],
            "$.funding_policy[0].rows: no row for a case with programme anything else",
        ),
        (
            [("when.in_england = true", FUNDED)],
            "$.funding_policy[0].rows: no row for a case with in_england false",
        ),
        (
            [("", FUNDED), ("when.in_england = true", NOT)],
            "$.funding_policy[0].rows[1]: row 2 is never reached: row 1 takes all its cases",
        ),
        (
            [
                ('when.work_setting = ["a_school", "other"]', FUNDED),
                ('when.work_setting = ["other"]\nwhen.in_england = false', NOT),
                ("", NOT),
            ],
            "$.funding_policy[0].rows[1]: row 2 is never reached: row 1 takes all its cases",
        ),
        (
            [("when.in_england = true", FUNDED), ("when.in_england = false", NOT), ("", NOT)],
            (
                "$.funding_policy[0].rows[2]: row 3 is never reached:"
                " the rows before it take all its cases"
            ),
        ),
        (
            [
                ('when.programme = ["NPQX"]', FUNDED),
                ('when.programme = ["NPQX"]', NOT),
                ("", NOT),
            ],
            (
                "$.funding_policy[0].rows[1]: row 2 says ineligible_establishment_type where row 1,"
                " of the same condition, says funded"
            ),
        ),
        (
            [
                ('when.programme = ["NPQX"]\nother_than.programme = ["NPQX"]', FUNDED),
                ("", NOT),
            ],
            "$.funding_policy[0].rows[0]: row 1 is for no case: what it asks for it excludes",
        ),
        (
            [("when.programme = []", FUNDED), ("", NOT)],
            "$.funding_policy[0].rows[0].when.programme: names nothing; leave the key out",
        ),
        (
            [('when.programme = ["NPQY"]', FUNDED), ("", NOT)],
            "$.funding_policy[0].rows[0].when.programme: 'NPQY' is the code of no programme",
        ),
        (
            [('other_than.programme = ["X"]', FUNDED), ("", NOT)],
            "$.funding_policy[0].rows[0].other_than.programme: 'X' is the code of no programme",
        ),
        (
            [("when.in_england = true", FUNDED), ("", FUNDED.replace("true", "false"))],
            "$.funding_policy[0].rows[1].eligible: funded is false here, and true in row 1",
        ),
        (
            [("", 'code = "funded"')],
            "$.funding_policy[0].rows[0].eligible: is missing",
        ),
        (
            [("", "eligible = true")],
            "$.funding_policy[0].rows[0].code: is missing",
        ),
        (
            [("", f"{FUNDED}\n{MISSING}")],
            "$.funding_policy[0].rows[0].refused: beside a code there is nothing to refuse",
        ),
        (
            [('when.work_setting = ["school"]', FUNDED), ("", NOT)],
            (
                "$.funding_policy[0].rows[0].when.work_setting[0]: 'school' is none of"
                " early_years_or_childcare, a_school, an_academy_trust,"
                " a_16_to_19_educational_setting, another_setting, other"
            ),
        ),
        (
            [("when.in_engand = true", FUNDED), ("", NOT)],
            (
                "$.funding_policy[0].rows[0].when.in_engand: no such key, with value True;"
                " in_england is meant?"
            ),
        ),
        (
            [('when.in_england = "yes"', FUNDED), ("", NOT)],
            "$.funding_policy[0].rows[0].when.in_england: 'yes' is not true or false",
        ),
        (
            [("when.establishment_type = 15", FUNDED), ("", NOT)],
            "$.funding_policy[0].rows[0].when.establishment_type: 15 is not an array",
        ),
        (
            [("", 'code = "fundet"\neligible = true')],
            "$.funding_policy[0].rows[0].code: 'fundet' is none of "
            + ", ".join(it.value for it in FundingCode),
        ),
    ],
)
def test_a_policy_that_contradicts_itself_is_told_by_its_row(
    tmp_path: Path, rows: list[tuple[str, str]], fault: str
) -> None:
    assert f"policy-1.toml: {fault}" in faults(tmp_path, policy(*rows))


def test_a_policy_without_rows_is_refused(tmp_path: Path) -> None:
    head = policy().replace("[[funding_policy]]", "[[funding_policy]]\nrows = []")
    assert faults(tmp_path, head) == [
        "policy-1.toml: $.funding_policy[0].rows: no row for a case with anything at all"
    ]


def test_two_policies_of_one_day_are_refused(tmp_path: Path) -> None:
    one = policy(("", NOT), id="one", first="2020-01-01", last="2020-12-31")
    two = policy(("", NOT), id="two", first="2020-12-31")
    assert faults(tmp_path, one, two) == [
        (
            "policy-2.toml: $.funding_policy[0].valid_from: 2020-12-31, but 'one' is in force until"
            " 2020-12-31"
        )
    ]
    assert faults(tmp_path, one, two.replace("2020-12-31", "2021-01-01")) == []


def test_a_policy_without_a_last_day_has_no_successor(tmp_path: Path) -> None:
    two = policy(("", NOT), id="two", first="2021-01-01")
    (fault,) = faults(tmp_path, FINE, two)
    assert "'one' is in force until a day that is not given" in fault


def test_a_day_without_a_policy_between_two_is_refused(tmp_path: Path) -> None:
    one = policy(("", NOT), id="one", first="2020-01-01", last="2020-12-30")
    two = policy(("", NOT), id="two", first="2021-01-01")
    (fault,) = faults(tmp_path, one, two)
    assert fault.startswith("policy-2.toml: $.funding_policy[0].valid_from: 2021-01-01, but 'one'")
    assert "ends on 2020-12-30: no policy for the days between" in fault


def test_policies_of_two_series_do_not_hinder_each_other(tmp_path: Path) -> None:
    other = FINE.replace('"service"', '"published"').replace('"one"', '"two"')
    assert faults(tmp_path, FINE, other) == []


def test_a_last_day_before_the_first_is_refused(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, policy(("", NOT), first="2020-01-02", last="2020-01-01"))
    assert "valid_from: 2020-01-02 is more than valid_until, 2020-01-01" in fault


def test_a_policy_of_your_own_may_not_share_days_with_those_shipped(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(BASE + policy(("", NOT), id="mine", first="2027-01-01"))
    with pytest.raises(Invalid, match="'2026-06' is in force until"):
        load(own, on_top_of=shipped())


SUPPORT = """
[[targeted_support_policy]]
id = "{id}"
title = "A fund"
valid_from = {first}
not_for = ["{barred}"]
source = "Paper, page 4"

[[targeted_support_policy.rows]]
phases = ["Primary"]
pupils_least = 1
pupils_most = {most}
pence = {pence}
source = "Paper, page 4"
"""


def support(
    id: str = "one", first: str = "2020-01-01", barred: str = "NPQX", most: int = 9, pence: int = 1
) -> str:
    return SUPPORT.format(id=id, first=first, barred=barred, most=most, pence=pence)


@pytest.mark.parametrize(
    ("texts", "fault"),
    [
        ([support(barred="NPQY")], ".not_for: 'NPQY' is the code of no programme"),
        ([support(most=0)], ".rows[0].pupils_most: 0 is too small"),
        ([support(pence=-5)], ".rows[0].pence: -5 is too small"),
        (
            [support(), support(id="two", first="2021-01-01")],
            ".valid_from: 2021-01-01, but 'one' is in force until a day that is not given",
        ),
        (
            [
                support()
                + SUPPORT.partition("\n\n")[2]
                .replace("pupils_least = 1", "pupils_least = 9")
                .format(most=20, pence=2)
            ],
            ".rows[1]: Primary of 9 pupils is in row 1 already",
        ),
        (
            [support().replace('"Primary"', '"Infants"')],
            (
                ".rows[0].phases[0]: 'Infants' is none of Nursery, Primary, Middle deemed primary,"
                " Middle deemed secondary, Secondary, 16 plus, All-through, Not applicable"
            ),
        ),
    ],
)
def test_a_slip_in_a_targeted_support_policy_is_told(
    tmp_path: Path, texts: list[str], fault: str
) -> None:
    found = faults(tmp_path, *texts)
    assert any(it.endswith(f"$.targeted_support_policy[0]{fault}") for it in found), found


def test_what_is_shipped_is_in_its_order_and_every_policy_has_a_catch_all() -> None:
    for series in Series:
        policies = [it for it in shipped().funding_policies if it.series is series]
        assert policies == sorted(policies, key=lambda it: it.valid_from)
        for each in policies:
            assert each.rows[-1].code is not None
