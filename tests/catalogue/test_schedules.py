"""DfE's cohorts and schedules: every date of its tables, and which schedule a day falls into."""

from datetime import date
from pathlib import Path

import pytest

from npq_domain.catalogue import Schedule, load, shipped
from npq_domain.catalogue.types import FundingMode
from npq_domain.errors import Invalid

YEARLY = (2021, 2022, 2023, 2024)


@pytest.mark.parametrize(
    ("cohort", "funding"),
    [
        ("2021a", FundingMode.FULL),
        ("2022a", FundingMode.FULL),
        ("2023a", FundingMode.FULL),
        ("2024a", FundingMode.CAPPED),
        ("2025a", FundingMode.CAPPED),
        ("2025b", FundingMode.CAPPED),
        ("2026a", FundingMode.ZERO),
        ("2026b", FundingMode.CAPPED),
    ],
)
def test_a_cohort_is_funded_as_dfe_funds_it(cohort: str, funding: FundingMode) -> None:
    known = shipped().funding_cohort(cohort)
    assert known
    assert known.funding is funding


@pytest.mark.parametrize("year", YEARLY)
def test_the_year_alone_names_the_only_cohort_of_it(year: int) -> None:
    assert shipped().funding_cohort(f"{year}") is shipped().funding_cohort(f"{year}a")


@pytest.mark.parametrize("name", ["2025", "2026", "2020a", "2027a", "autumn 2023"])
def test_what_names_no_one_cohort_finds_none(name: str) -> None:
    assert shipped().funding_cohort(name) is None
    assert shipped().schedule(name, "npq-leadership-autumn") is None
    assert shipped().schedule_on(name, "leadership", date(2025, 10, 1)) is None


def of(cohort: str, identifier: str) -> Schedule:
    found = shipped().schedule(cohort, identifier)
    assert found, (cohort, identifier)
    return found


# When a schedule applies

APPLIES = [
    ("2021a", "autumn", "2021-11-01", "2021-12-31"),
    ("2021a", "spring", "2022-01-01", "2022-03-31"),
    ("2022a", "autumn", "2022-10-01", "2022-12-31"),
    ("2022a", "spring", "2023-01-01", "2023-03-31"),
    ("2023a", "autumn", "2023-10-01", "2023-12-31"),
    ("2023a", "spring", "2024-01-01", "2024-03-31"),
    ("2024a", "autumn", "2024-10-01", "2024-12-31"),
    ("2025a", "spring", "2025-02-01", None),
    ("2025a", "autumn", "2025-08-01", None),
    ("2025b", "autumn", "2025-08-01", None),
    ("2026a", "spring", "2026-01-01", "2026-03-31"),
    ("2026b", "autumn", "2026-10-01", "2026-12-31"),
]


@pytest.mark.parametrize(("cohort", "season", "first", "last"), APPLIES)
@pytest.mark.parametrize("group", ["leadership", "specialist"])
def test_a_season_applies_from_its_day(
    cohort: str, season: str, first: str, last: str | None, group: str
) -> None:
    found = of(cohort, f"npq-{group}-{season}")
    assert found.groups == (group,)
    assert found.applies_from.isoformat() == first
    assert (found.applies_to and found.applies_to.isoformat()) == last


EHCO = [
    ("2021a", "june", "2022-06-01", "2022-10-31"),
    *(
        (f"{year}a", month, f"{year + later}-{first}", f"{year + later}-{last}")
        for year in (2022, 2023, 2024)
        for month, later, first, last in (
            ("november", 0, "11-01", "11-30"),
            ("december", 0, "12-01", "12-31"),
            ("march", 1, "03-01", "05-31"),
            ("june", 1, "06-01", "10-31"),
        )
    ),
    ("2025a", "march", "2025-03-01", "2025-05-31"),
    ("2025a", "june", "2025-06-01", "2025-10-31"),
    ("2025b", "november", "2025-11-01", "2025-11-30"),
    ("2025b", "december", "2025-12-01", "2025-12-31"),
    ("2026a", "march", "2026-03-01", "2026-05-31"),
    ("2026a", "june", "2026-06-01", "2026-10-31"),
    ("2026b", "november", "2026-11-01", "2026-11-30"),
    ("2026b", "december", "2026-12-01", "2026-12-31"),
]


@pytest.mark.parametrize(("cohort", "month", "first", "last"), EHCO)
def test_the_coaching_offer_begins_in_its_month(
    cohort: str, month: str, first: str, last: str
) -> None:
    found = of(cohort, f"npq-ehco-{month}")
    assert found.groups == ("ehco",)
    assert (found.applies_from.isoformat(), str(found.applies_to)) == (first, last)


@pytest.mark.parametrize(
    ("month", "first"),
    [("november", "2021-11-01"), ("december", "2021-12-01"), ("march", "2022-03-01"),
     ("june", "2022-06-01")],
)  # fmt: skip
def test_the_additional_support_offer_had_schedules_in_2021_alone(month: str, first: str) -> None:
    found = of("2021a", f"npq-aso-{month}")
    assert (found.groups, found.applies_from.isoformat()) == (("support",), first)
    assert shipped().schedule("2022a", f"npq-aso-{month}") is None


def test_these_are_all_the_schedules() -> None:
    assert len(shipped().schedules) == 2 * len(APPLIES) + len(EHCO) + 4
    assert shipped().schedule("2024a", "npq-leadership-spring") is None


@pytest.mark.parametrize("it", shipped().schedules, ids=lambda it: f"{it.cohort}-{it.identifier}")
def test_specialist_schedules_alone_have_no_second_retention_point(it: Schedule) -> None:
    types = [each.value for each in it.declaration_types]
    every = ["started", "retained-1", "retained-2", "completed"]
    assert types == [
        each for each in every if each != "retained-2" or "specialist" not in it.groups
    ]


# Milestones

MILESTONES = [
    ("2021a", "autumn", "2021-12-25", "2022-06-25", "2022-11-25", "2023-02-24", "2023-08-25"),
    ("2021a", "spring", "2022-02-25", "2022-10-25", "2023-04-25", "2023-05-25", "2023-12-25"),
    ("2022a", "autumn", "2022-11-24", "2023-03-10", "2024-01-25", "2024-02-25", "2024-08-25"),
    ("2022a", "spring", "2023-06-23", "2023-10-25", "2024-05-24", "2024-05-24", "2024-12-20"),
    ("2023a", "autumn", "2023-11-24", "2024-03-11", "2025-01-24", "2025-02-25", "2025-08-25"),
    ("2023a", "spring", "2024-06-25", "2024-10-25", "2025-05-25", "2025-05-25", "2025-12-19"),
    ("2024a", "autumn", "2024-11-25", "2025-05-26", "2026-01-24", "2026-02-21", "2026-07-25"),
    ("2025a", "spring", "2025-05-30", "2025-12-19", "2026-07-24", "2026-08-21", "2027-02-25"),
]


def milestones(it: Schedule) -> dict[str, str]:
    return {each.type.value: each.on.isoformat() for each in it.milestones}


@pytest.mark.parametrize(
    ("cohort", "season", "started", "first", "second", "specialist", "leadership"), MILESTONES
)
def test_a_milestone_is_on_its_day(
    cohort: str,
    season: str,
    started: str,
    first: str,
    second: str,
    specialist: str,
    leadership: str,
) -> None:
    both = {"started": started, "retained-1": first}
    assert milestones(of(cohort, f"npq-specialist-{season}")) == both | {"completed": specialist}
    assert milestones(of(cohort, f"npq-leadership-{season}")) == both | {
        "retained-2": second,
        "completed": leadership,
    }


def test_other_schedules_have_no_published_milestones() -> None:
    told = {(cohort, season) for cohort, season, *_ in MILESTONES}
    silent = [
        it
        for it in shipped().schedules
        if (it.cohort, it.identifier.rpartition("-")[2]) not in told
    ]
    assert not any(it.milestones for it in silent)


# Acceptance

BOTH = ("leadership", "specialist")


@pytest.mark.parametrize(
    ("cohort", "day", "season"),
    [
        # from 26 December to 2 April spring, from 3 April to 25 December autumn
        *((cohort, day, season)
          for cohort in ("2021a", "2022a", "2023a")
          for day, season in (
              ("2023-12-25", "autumn"), ("2023-12-26", "spring"), ("2023-12-31", "spring"),
              ("2024-01-01", "spring"), ("2024-04-02", "spring"), ("2024-04-03", "autumn"),
          )),
        # cohort 2024 is autumn's throughout its own range, and has no spring outside it
        ("2024a", "2024-06-28", "autumn"),
        ("2024a", "2024-12-26", "autumn"),
        ("2024a", "2025-04-02", "autumn"),
        ("2024a", "2025-06-06", "autumn"),
        ("2024a", "2025-06-07", "autumn"),
        ("2024a", "2024-04-02", None),
        ("2024a", "2025-12-26", None),
        # cohort 2025: spring up to 6 June 2025, autumn from 1 August 2025
        ("2025a", "2024-06-28", "spring"),
        ("2025a", "2025-06-06", "spring"),
        ("2025a", "2025-06-07", "autumn"),
        ("2025a", "2025-07-31", "autumn"),
        ("2025a", "2025-08-01", "autumn"),
        ("2025b", "2025-08-01", "autumn"),
        ("2025b", "2025-12-26", "autumn"),
        ("2025b", "2026-04-02", "autumn"),
        ("2025b", "2026-04-30", "autumn"),
        ("2025b", "2025-06-06", None),
        # cohort 2026 goes by its suffix, whatever the day
        ("2026a", "2025-11-03", "spring"),
        ("2026a", "2026-09-01", "spring"),
        ("2026b", "2026-07-01", "autumn"),
        ("2026b", "2027-01-15", "autumn"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("group", BOTH)
def test_an_acceptance_falls_into_the_schedule_of_its_day(
    cohort: str, day: str, season: str | None, group: str
) -> None:
    found = shipped().schedule_on(cohort, group, date.fromisoformat(day))
    assert (found and found.identifier) == (season and f"npq-{group}-{season}")


@pytest.mark.parametrize(
    ("cohort", "day", "month"),
    [
        ("2021a", "2021-11-30", "june"),
        ("2022a", "2022-08-31", "june"),
        ("2022a", "2022-09-01", "november"),
        ("2022a", "2022-11-30", "november"),
        ("2022a", "2022-12-01", "december"),
        ("2022a", "2023-02-28", "december"),
        ("2022a", "2023-03-01", "march"),
        ("2022a", "2023-05-31", "march"),
        ("2022a", "2023-06-01", "june"),
        ("2022a", "2024-09-01", "june"),
        ("2023a", "2024-02-29", "december"),
        ("2023a", "2024-03-01", "march"),
        ("2024a", "2024-09-01", "november"),
        ("2024a", "2025-06-30", "june"),
        ("2025a", "2025-05-01", "june"),
        ("2025b", "2025-11-30", "november"),
        ("2025b", "2025-12-01", "december"),
        ("2026a", "2026-06-30", "march"),
        ("2026b", "2026-12-01", "december"),
        ("2026b", "2027-03-01", None),
    ],
)
def test_an_acceptance_of_the_coaching_offer_falls_into_a_month(
    cohort: str, day: str, month: str | None
) -> None:
    found = shipped().schedule_on(cohort, "ehco", date.fromisoformat(day))
    assert (found and found.identifier) == (month and f"npq-ehco-{month}")


def test_every_acceptance_of_the_additional_support_offer_fell_into_december() -> None:
    found = shipped().schedule_on("2021a", "support", date(2022, 3, 1))
    assert found is of("2021a", "npq-aso-december")


def test_a_programme_of_no_course_group_falls_into_no_schedule() -> None:
    assert shipped().schedule_on("2021a", "another", date(2022, 3, 1)) is None


# Tables that contradict themselves are refused at load

PAPER = """
[[document]]
id = "Paper"
title = "A paper"
publisher = "Someone"
[[funding_cohort]]
id = "2031a"
aliases = ["2031"]
funding = "capped"
source = "Paper, page 1"
[[programme]]
code = "X"
title = "A course"
kind = "npq"
audience = "anybody"
group = "a"
source = "Paper, page 1"
"""
SCHEDULE = """
[[schedule]]
identifier = "npq-a-b"
cohort = "2031a"
groups = ["a"]
applies_from = 2031-10-01
declaration_types = ["started"]
source = "Paper, page 1"
"""
ASSIGNMENT = """
[[assignment]]
groups = ["a"]
schedules = ["npq-a-b"]
source = "Paper, page 1"
"""

PROVIDER = """
[[provider]]
id = "P"
name = "A provider"
active = true
groups = { deadline = "20 Dec", confirmed_from = "01-01", source = "Paper, page 1" }
source = "Paper, page 1"
"""


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        (SCHEDULE.replace('"2031a"', '"2032a"'),
         "$.schedule[0].cohort: there is no funding_cohort '2032a'"),
        (SCHEDULE * 2, "$.schedule[1]: schedule '2031a/npq-a-b' is there already"),
        (SCHEDULE + "applies_to = 2031-09-30", "$.schedule[0].applies_from: 2031-10-01 is more"),
        (SCHEDULE + 'milestones = [{ type = "completed", on = 2032-01-01 }]',
         "$.schedule[0].milestones[0].type: completed is not declared in this schedule"),
        (SCHEDULE + 'milestones = [{ type = "started", on = 2031-09-30 }]',
         "$.schedule[0].milestones[0].on: 2031-09-30 is before the schedule applies"),
        (SCHEDULE + 'milestones = [{ type = "started", on = 2032-01-01 },'
                    ' { type = "started", on = 2032-01-02 }]',
         "$.schedule[0].milestones[1].type: started is there twice"),
        (SCHEDULE.replace('["a"]', "[]"), "$.schedule[0].groups: names none"),
        (SCHEDULE.replace('["a"]', '["a", "a"]'), "$.schedule[0].groups: names one twice"),
        (SCHEDULE.replace('["a"]', '["b"]'), "$.schedule[0].groups: there is no course group 'b'"),
        (SCHEDULE.replace('["started"]', "[]"), "$.schedule[0].declaration_types: names none"),
        (SCHEDULE.replace('"started"', '"started", "started"'),
         "$.schedule[0].declaration_types: names one twice"),
        (SCHEDULE.replace('"2031a"', '"2031"'),
         "$.schedule[0].cohort: '2031' is another name of funding_cohort '2031a'"),
        (SCHEDULE.replace('"started"', '"begun"'), "$.schedule[0].declaration_types[0]: 'begun'"),
        (ASSIGNMENT, "$.assignment[0].schedules: there is no identifier of a schedule 'npq-a-b'"),
        (SCHEDULE + ASSIGNMENT + 'yearly_first = "26-12"\nyearly_last = "04-02"',
         "$.assignment[0].yearly_first: '26-12' is not a day of the year such as '12-26'"),
        (SCHEDULE + ASSIGNMENT + 'yearly_first = "12-26"',
         "$.assignment[0].yearly_last: is missing; the other is there"),
        (SCHEDULE + ASSIGNMENT + "first = 2032-01-02\nlast = 2032-01-01",
         "$.assignment[0].first: 2032-01-02 is more than last"),
        (SCHEDULE + ASSIGNMENT.replace('["a"]', '["b"]'),
         "$.assignment[0].groups: there is no course group 'b'"),
        (SCHEDULE + ASSIGNMENT.replace('["npq-a-b"]', "[]"),
         "$.assignment[0].schedules: names none"),
        (PROVIDER,
         "$.provider[0].groups.deadline: '20 Dec' is not a day of the year such as '12-26'"),
        ('[[funding_cohort]]\nid = "2031"\nfunding = "full"\nsource = "Paper, page 1"',
         "$.funding_cohort[1]: funding_cohort '2031' is there already"),
        ('[[funding_cohort]]\nid = "2032A"\nfunding = "full"\nsource = "Paper, page 1"',
         "$.funding_cohort[1].id: '2032A' is not a year and a letter such as '2026a'"),
        ('[[funding_cohort]]\nid = "2032"\nfunding = "full"\nsource = "Paper, page 1"',
         "$.funding_cohort[1].id: '2032' is not a year and a letter such as '2026a'"),
        ('[[funding_cohort]]\nid = "2032a"\nfunding = "half"\nsource = "Paper, page 1"',
         "$.funding_cohort[1].funding: 'half' is none of zero, capped, full"),
    ],
)  # fmt: skip
def test_a_table_that_contradicts_itself_is_refused(more: str, fault: str, tmp_path: Path) -> None:
    file = tmp_path / "schedules.toml"
    file.write_text(PAPER + more)
    with pytest.raises(Invalid) as refused:
        load(file)
    assert fault in str(refused.value)


def test_a_table_of_ones_own_stands_beside_what_is_shipped(tmp_path: Path) -> None:
    file = tmp_path / "schedules.toml"
    file.write_text(PAPER + SCHEDULE + ASSIGNMENT)
    joined = load(file, on_top_of=shipped())
    found = joined.schedule_on("2031", "a", date(2031, 11, 1))
    assert found
    assert found.identifier == "npq-a-b"
    assert joined.schedule_on("2023a", "leadership", date(2023, 10, 1))
