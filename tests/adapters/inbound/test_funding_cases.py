"""Tables of funding cases: every row is accounted for, and decided as if it came alone."""

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npq_adapters.inbound.funding_cases import (
    CASE,
    COLUMNS,
    OUTCOMES,
    Report,
    assess_cases,
)
from npq_domain.catalogue import shipped
from npq_domain.catalogue.funding import Institution
from npq_domain.errors import Invalid
from npq_domain.policies.funding import FundingCase, assess
from tests.policies.test_funding import CASES

EXAMPLE = Path(__file__).parents[3] / "examples" / "data" / "funding_cases.csv"
HEADER = "id,on,programme,in_england,work_setting,institution,establishment_type\n"
FUNDED = "a,2026-06-01,NPQH,yes,a_school,school,28\n"


def assessed(text: str | bytes, **rest: Any) -> Report:
    raw = text if isinstance(text, bytes) else text.encode()
    return assess_cases(shipped(), raw, "cases.csv", **rest)


def faults(text: str | bytes, **rest: Any) -> tuple[str, ...]:
    with pytest.raises(Invalid) as info:
        assessed(text, **rest)
    return info.value.faults


def message(row: str, header: str = HEADER, **rest: Any) -> str | None:
    (line,) = assessed(header + row, **rest).lines
    assert (line.outcome, line.code) == ("unreadable", "unreadable")
    return line.message


def test_a_case_is_told_its_code_the_row_that_decided_and_the_clause() -> None:
    (line,) = assessed(HEADER + FUNDED).lines
    assert attrs.asdict(line) == {
        "line": 2,
        "id": "a",
        "on": date(2026, 6, 1),
        "programme": "NPQH",
        "policy": "2026-06",
        "row": 17,
        "code": "funded",
        "eligible": True,
        "outcome": "assessed",
        "source": "DFE npq-registration, funding eligibility, school policy: any other course",
        "message": None,
    }


def test_a_case_without_the_institution_that_the_rules_ask_for_is_refused_alone() -> None:
    report = assessed(f"{HEADER}b,2026-06-01,NPQH,yes,a_school,,\n{FUNDED}")
    assert [(it.outcome, it.code, it.eligible) for it in report.lines] == [
        ("refused", "missing_institution", None),
        ("assessed", "funded", True),
    ]
    assert report.lines[0].message == (
        "cases.csv: line 2: missing_institution"
        " (DFE npq-registration, funding eligibility, school policy: mandatory institution)"
    )


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (
            "a,2026-06-01,NPQH,yes,school,,",
            (
                "work_setting: 'school' is none of early_years_or_childcare, a_school,"
                " an_academy_trust, a_16_to_19_educational_setting, another_setting, other"
            ),
        ),
        (
            "a,2026-06-01,NPQH,yes,a_school,pub,",
            (
                "institution: 'pub' is none of none, school, private_childcare_provider,"
                " local_authority"
            ),
        ),
        (
            "a,2026-06-01,NPQZ,yes,a_school,,",
            "programme: 'NPQZ' is no programme; there are "
            + ", ".join(it.code for it in shipped().programmes),
        ),
        (
            "a,2026-06-01,NPQH,perhaps,a_school,,",
            "in_england: 'perhaps' is none of true, yes, y, 1, false, no, n, 0",
        ),
        ("a,2026-06-01,NPQH,,a_school,,", "in_england: is empty"),
        ("a,1 June 2026,NPQH,yes,,,", "on: '1 June 2026' is no day such as 2024-03-01"),
        (
            "a,2026-06-01,NPQH,yes,a_school,school,academy",
            "establishment_type: 'academy' is no whole number",
        ),
        (
            "a,2026-06-01,NPQH,yes,a_school,,28",
            "establishment_type: given of no institution; fill in institution",
        ),
        (
            "a,2026-06-01,NPQH,yes,a_school,none,28",
            "establishment_type: given of no institution; fill in institution",
        ),
        ("a,2026-06-01,NPQH,yes", "4 fields, the header has 7"),
        (
            "a,2026-06-01,,no,x,,",
            (
                "programme: is empty;"
                " work_setting: 'x' is none of early_years_or_childcare, a_school,"
                " an_academy_trust, a_16_to_19_educational_setting, another_setting, other"
            ),
        ),
        (",,NPQH,no,,,", "on: is empty: fill it in, or give --on or --policy"),
        (
            "a,2021-07-18,NPQH,no,,,",
            "on: 2021-07-18: no policy of DfE's service is known of that day; give --policy",
        ),
        ("a\0b,2026-06-01,NPQH,yes,,,", "id: 'a\\x00b' has a NUL"),
        (
            f"{'a' * 2_001},2026-06-01,NPQH,yes,,,",
            f"id: '{'a' * 79}… has 2001 characters, 2000 at most",
        ),
        ('a,2026-06-01,NPQH,"yes"!,,,', "text after a closing quotation mark: '!'"),
    ],
)
def test_a_row_that_cannot_be_read_says_its_line_field_and_value(row: str, why: str) -> None:
    assert message(row) == f"cases.csv: line 2: {why}"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "line 1: there is no header, the file is empty"),
        ("id,programme\n", "line 1: column 'in_england' is missing"),
        ("programme,in_england,programme\n", "line 1: column 'programme' comes twice"),
        (
            "programme,in_england,in_englund\n",
            "line 1: column 'in_englund' is not known: is 'in_england' meant?",
        ),
        (b"programme,in_england,\xe9\n", "line 1: byte 0xe9 at offset 21 is not UTF-8 but"),
    ],
)
def test_a_file_whose_header_does_not_tell_its_columns_is_refused(
    text: str | bytes, fault: str
) -> None:
    assert any(it.startswith(fault) for it in faults(text)), faults(text)


def test_a_policy_that_there_is_not_is_told_with_those_there_are() -> None:
    (fault,) = faults(HEADER, policy="2016")
    ids = ", ".join(it.id for it in shipped().funding_policies)
    assert fault == f"'2016' is no funding policy; there are {ids}"


def test_a_day_may_be_given_for_all_rows_and_a_row_may_say_another() -> None:
    rows = f"{HEADER}a,,NPQLL,yes,a_school,school,1\nb,2026-06-01,NPQLL,yes,a_school,school,1\n"
    old, new = assessed(rows, on=date(2023, 10, 2)).lines
    assert (old.policy, old.code) == ("2022-06", "funded")
    assert (new.policy, new.code) == ("2026-06", "ineligible_establishment_not_a_pp50")


def test_a_policy_of_any_series_and_day_may_be_chosen_for_all_rows() -> None:
    (line,) = assessed(
        "programme,in_england,in_category_5_or_6_area\nNPQML,yes,yes\n", policy="2017-categories"
    ).lines
    assert (line.policy, line.code, line.on) == ("2017-categories", "funded", None)


def test_columns_may_be_spelt_as_spreadsheets_spell_them() -> None:
    (line,) = assessed(
        "\ufeffID;On;Programme;In England;Work Setting;Institution;Establishment Type;Notes\r\n"
        "7;2026-06-01;npq-headship;TRUE;a_school;school;01;new\r\n"
    ).lines
    assert (line.id, line.programme, line.code) == ("7", "NPQH", "funded")


def test_columns_that_say_nothing_of_a_case_are_told() -> None:
    report = assessed("programme,in_england,on,notes\nNPQH,no,2026-06-01,old\n\n")
    assert (report.unused, report.blank) == (("notes",), 1)


def test_the_example_reaches_every_row_of_the_rules_of_june_2026() -> None:
    report = assess_cases(shipped(), EXAMPLE.read_bytes(), str(EXAMPLE))
    policy = shipped().funding_policy_called("2026-06")
    assert policy is not None
    rows = [it.row for it in report.lines if it.policy == policy.id]
    assert rows == list(range(1, len(policy.rows) + 1))
    assert report.totals == {"assessed": 25, "refused": 1, "unreadable": 0}
    assert [(it.policy, it.code) for it in report.lines[-2:]] == [
        ("2025-08", "ineligible_establishment_type"),
        ("2022-06", "funded"),
    ]


# Whatever stands in the cells

CELLS = st.sampled_from(["", " ", "yes", "no", "NPQH", "a_school", "28", "2026-06-01", '"', "\0"])


@given(st.lists(st.lists(CELLS | st.text(max_size=6), max_size=9), max_size=8))
@settings(max_examples=60)
def test_every_row_is_one_of_three_things_and_none_is_lost(table: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(table)
    try:
        report = assessed(HEADER + text.getvalue().encode("utf-8", "replace").decode())
    except Invalid:
        return  # a quotation without an end takes the file with it
    assert sum(report.totals.values()) == len(report.lines)
    assert tuple(report.totals) == OUTCOMES
    assert all(it.message for it in report.lines if it.outcome != "assessed")


def cell(value: Any) -> str:
    """A value as a file has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(getattr(value, "value", value))


DAYS = st.sampled_from([it.valid_from for it in shipped().funding_policies if it.id > "2021"])


def can_be_written(it: FundingCase) -> bool:
    """Whether a file can say it and mean the same."""
    known = shipped().programme(it.programme)
    return (
        known is not None
        and known.code == it.programme
        and (it.institution is not Institution.NONE or it.establishment_type is None)
        and (it.establishment_type or 0) >= 0
    )


@given(st.lists(st.tuples(DAYS, CASES.filter(can_be_written)), max_size=6))
@settings(max_examples=60)
def test_a_case_in_a_file_is_decided_as_it_is_alone(cases: list[tuple[date, FundingCase]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["on", *CASE])
    for on, case in cases:
        writer.writerow([on, *(cell(getattr(case, name)) for name in CASE)])
    report = assessed(text.getvalue())
    for line, (on, case) in zip(report.lines, cases, strict=True):
        policy = shipped().funding_policy(on)
        assert policy is not None
        found = assess(policy, case)
        assert (line.policy, line.row, line.source) == (found.policy, found.row, found.source)


def test_every_field_of_a_case_has_a_column_of_its_name() -> None:
    assert set(COLUMNS) == {"id", "on", *(it.name for it in attrs.fields(FundingCase))}
