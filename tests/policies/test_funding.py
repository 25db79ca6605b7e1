"""Whose fees DfE pays: cases of every policy, by every row, and on both sides of each line."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from npq_domain.catalogue import shipped
from npq_domain.catalogue.boxes import Box, reached
from npq_domain.catalogue.funding import (
    Condition,
    EmploymentType,
    FundingCode,
    FundingPolicy,
    HeadteacherStatus,
    Institution,
    KindOfNursery,
    ScholarshipSetting,
    Series,
    WorkSetting,
)
from npq_domain.catalogue.funding_checks import ELSE, box, universe
from npq_domain.catalogue.types import FundingMode
from npq_domain.policies.funding import (
    FundingCase,
    Prior,
    Undecided,
    Verdict,
    assess,
    previously_funded,
)

POLICIES = shipped().funding_policies
EVERY_ROW = [(it, number) for it in POLICIES for number in range(1, len(it.rows) + 1)]
ELIGIBLE_TYPES = (
    *(1, 2, 3, 5, 6, 7, 8, 10, 12, 14, 15, 18, 24, 26, 28, 31, 32, 33, 34, 35, 36),
    *(38, 39, 40, 41, 42, 43, 44, 45, 46),
)
NO_TYPE = 11
"""Another independent school."""
SERVICE, PUBLISHED = Series.SERVICE, Series.PUBLISHED


def policy(on: date, series: Series = SERVICE) -> FundingPolicy:
    found = shipped().funding_policy(on, series)
    assert found is not None
    return found


def case(programme: str = "NPQH", **facts: Any) -> FundingCase:
    """A state school that is on no list, in England."""
    school = {
        "work_setting": WorkSetting.SCHOOL,
        "institution": Institution.SCHOOL,
        "establishment_type": 1,
    }
    return FundingCase(programme=programme, **{**school, **facts})


def nobody(programme: str = "NPQH", **facts: Any) -> FundingCase:
    """An applicant of whom only this is known."""
    return FundingCase(programme=programme, **facts)


def code(on: date, given: FundingCase, series: Series = SERVICE) -> str:
    found = assess(policy(on, series), given)
    return found.code.value if isinstance(found, Verdict) else found.code


def identify(value: Any) -> str | None:
    return value.id if isinstance(value, FundingPolicy) else None


# Every row of every policy


def cases_of(it: FundingPolicy, number: int) -> Box:
    """Cases that the rows before leave to a row, as the loader reckons them."""
    everything = universe(it)
    taken, _ = reached(everything, [box(everything, row) for row in it.rows])
    return taken[number - 1][0]


def one_of(cases: Box) -> FundingCase:
    """One case of a box."""
    said = {name: min(values, key=str) for name, values in cases.items()}
    known: dict[str, Any] = {name: None if it == ELSE else it for name, it in said.items()}
    programme = known.pop("programme", None) or "NPQML"
    return FundingCase(programme=programme, **known)


@pytest.mark.parametrize(("it", "number"), EVERY_ROW, ids=identify)
def test_every_row_of_every_policy_decides_a_case(it: FundingPolicy, number: int) -> None:
    row, given = it.rows[number - 1], one_of(cases_of(it, number))
    found = assess(it, given)
    assert (found.policy, found.row, found.inputs) == (it.id, number, given)
    assert found.source == row.source
    if row.refused:
        assert isinstance(found, Undecided)
        assert found.code == row.refused
    else:
        assert isinstance(found, Verdict)
        assert (found.code, found.eligible) == (row.code, row.eligible)


@pytest.mark.parametrize(("it", "number"), EVERY_ROW, ids=identify)
def test_a_case_that_misses_a_row_in_one_thing_is_not_decided_by_it(
    it: FundingPolicy, number: int
) -> None:
    everything = universe(it)
    own = box(everything, it.rows[number - 1])
    near = one_of(cases_of(it, number))
    for name, values in own.items():
        outside = sorted(everything[name] - values, key=str)
        other: dict[str, Any] = {name: None if outside[0] == ELSE else outside[0]}
        assert assess(it, attrs.evolve(near, **other)).row != number, name


def test_a_condition_asks_about_the_fields_of_a_case_and_no_others() -> None:
    assert {it.name for it in attrs.fields(Condition)} == {
        it.name for it in attrs.fields(FundingCase)
    }


# A result is a function of policy and inputs alone, and every input has one

CASES = st.builds(
    FundingCase,
    programme=st.sampled_from([it.code for it in shipped().programmes]) | st.text(max_size=8),
    establishment_type=st.none() | st.integers(-1, 60),
    **{
        it.name: st.booleans()
        for it in attrs.fields(FundingCase)
        if it.type is bool
    },
    cohort_funding=st.none() | st.sampled_from(FundingMode),
    work_setting=st.none() | st.sampled_from(WorkSetting),
    kind_of_nursery=st.none() | st.sampled_from(KindOfNursery),
    employment_type=st.none() | st.sampled_from(EmploymentType),
    headteacher_status=st.none() | st.sampled_from(HeadteacherStatus),
    institution=st.sampled_from(Institution),
    scholarship_setting=st.none() | st.sampled_from(ScholarshipSetting),
)  # fmt: skip


def first_that_holds(it: FundingPolicy, given: FundingCase) -> int:
    """What the rows say, read slowly."""
    return next(number for number, row in enumerate(it.rows, start=1) if holds(row, given))


def holds(row: Any, given: FundingCase) -> bool:
    return all(
        (getattr(given, name) in values) is wanted
        for condition, wanted in ((row.when, True), (row.other_than, False))
        for name, values in named(condition)
    )


def named(condition: Condition) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for name, value in attrs.asdict(condition, recurse=False).items():
        if value is not None:
            yield name, value if isinstance(value, tuple) else (value,)


@given(st.sampled_from(POLICIES), CASES)
def test_every_policy_decides_every_case_by_the_first_row_that_holds(
    it: FundingPolicy, given: FundingCase
) -> None:
    found = assess(it, given)
    assert found.row == first_that_holds(it, given)
    assert found == assess(it, attrs.evolve(given))


@given(st.sampled_from(POLICIES), CASES, CASES)
def test_what_a_policy_does_not_ask_about_changes_nothing(
    it: FundingPolicy, given: FundingCase, other: FundingCase
) -> None:
    unasked = {
        name: getattr(other, name)
        for name in attrs.fields_dict(FundingCase)
        if name not in universe(it)
    }
    assert assess(it, attrs.evolve(given, **unasked)).row == assess(it, given).row


# From one day to the next

BOUNDARIES = [
    # the last day of the old rules; a case; what they say; what the new ones say
    (
        date(2022, 6, 5),
        case(previously_funded=True),
        "funded",
        "previously_funded",
    ),
    (date(2024, 6, 11), case("NPQLL"), "funded", "ineligible_establishment_not_a_pp50"),
    (
        date(2024, 6, 11),
        nobody("NPQH", employment_type=EmploymentType.HOSPITAL_SCHOOL),
        "no_institution",
        "funded",
    ),
    (
        date(2024, 8, 12),
        case("NPQEYL", on_pp50_list=False),
        "ineligible_establishment_not_a_pp50",
        "not_entitled_ey_institution",
    ),
    (
        date(2024, 8, 12),
        case("NPQLL", establishment_type=15, on_disadvantaged_nurseries_list=True),
        "ineligible_establishment_not_a_pp50",
        "funded",
    ),
    (
        date(2025, 8, 20),
        case("NPQLL", on_rise_list=True),
        "ineligible_establishment_not_a_pp50",
        "funded",
    ),
    (date(2025, 8, 20), case("NPQLPM"), "funded", "ineligible_establishment_not_a_pp50"),
    (date(2026, 5, 31), case("NPQSL"), "ineligible_establishment_not_a_pp50", "funded"),
    (date(2026, 5, 31), case("NPQEYL"), "ineligible_establishment_not_a_pp50", "funded"),
    (
        date(2026, 5, 31),
        case(
            "NPQSL",
            work_setting=WorkSetting.EARLY_YEARS,
            establishment_type=15,
        ),
        "early_years_invalid_npq",
        "funded",
    ),
]


@pytest.mark.parametrize(("last", "given", "before", "after"), BOUNDARIES)
def test_rules_change_from_one_day_to_the_next(
    last: date, given: FundingCase, before: str, after: str
) -> None:
    assert code(last, given) == before
    assert code(last + timedelta(days=1), given) == after


@pytest.mark.parametrize(
    ("on", "name"),
    [
        (date(2021, 7, 18), None),
        (date(2021, 7, 19), "2021-07"),
        (date(2022, 6, 5), "2021-07"),
        (date(2022, 6, 6), "2022-06"),
        (date(2024, 6, 11), "2022-06"),
        (date(2024, 6, 12), "2024-06"),
        (date(2024, 8, 12), "2024-06"),
        (date(2024, 8, 13), "2024-08"),
        (date(2025, 8, 20), "2024-08"),
        (date(2025, 8, 21), "2025-08"),
        (date(2026, 5, 31), "2025-08"),
        (date(2026, 6, 1), "2026-06"),
        (date(2040, 1, 1), "2026-06"),
    ],
)
def test_each_day_has_the_policy_of_that_day(on: date, name: str | None) -> None:
    found = shipped().funding_policy(on)
    assert (found and found.id) == name


def test_a_policy_is_found_by_the_id_that_verdicts_bear() -> None:
    for it in POLICIES:
        assert shipped().funding_policy_called(it.id) is it
    assert shipped().funding_policy_called("2016-01") is None


# 2017

OLD, NEW_LISTS = date(2018, 1, 8), date(2023, 10, 2)


@pytest.mark.rule("1.4")
@pytest.mark.parametrize("programme", ["NPQML", "NPQSL", "NPQH", "NPQEL"])
def test_in_2017_a_school_in_a_category_5_or_6_area_is_funded(programme: str) -> None:
    given = nobody(programme, in_category_5_or_6_area=True)
    assert code(OLD, given, PUBLISHED) == "funded"


@pytest.mark.rule("1.4")
def test_in_2017_a_trust_or_diocese_with_one_school_in_such_an_area_is_funded() -> None:
    given = nobody("NPQSL", group_has_school_in_such_area=True)
    assert code(OLD, given, PUBLISHED) == "funded"


@pytest.mark.rule("1.4")
def test_in_2017_a_state_school_elsewhere_is_not_funded() -> None:
    given = case("NPQSL", scholarship_setting=ScholarshipSetting.STATE_FUNDED_SCHOOL)
    assert code(OLD, given, PUBLISHED) == "ineligible_establishment_type"
    assert code(date(2022, 8, 31), given, PUBLISHED) == "ineligible_establishment_type"
    assert code(date(2022, 9, 1), given, PUBLISHED) == "funded"


# Scholarships, 2022 to 2024

LISTED = [it for it in ScholarshipSetting if it is not ScholarshipSetting.OTHER]


@pytest.mark.rule("3.18")
@pytest.mark.parametrize("setting", LISTED)
def test_from_autumn_2022_each_listed_setting_is_funded(setting: ScholarshipSetting) -> None:
    given = nobody("NPQSL", scholarship_setting=setting)
    assert code(date(2022, 9, 1), given, PUBLISHED) == "funded"
    assert code(NEW_LISTS, given, PUBLISHED) == "funded"


@pytest.mark.rule("3.18")
@pytest.mark.parametrize("setting", [None, ScholarshipSetting.OTHER])
def test_a_setting_that_is_not_listed_is_not_funded(setting: ScholarshipSetting | None) -> None:
    given = nobody("NPQSL", scholarship_setting=setting)
    assert code(NEW_LISTS, given, PUBLISHED) == "ineligible_establishment_type"


@pytest.mark.rule("3.18")
@pytest.mark.parametrize(
    "employment",
    ["local_authority_virtual_school", "hospital_school", "young_offender_institution"],
)
def test_settings_listed_in_2022_are_only_reviewed_today_and_for_three_courses(
    employment: str,
) -> None:
    given = nobody(
        "NPQSL",
        scholarship_setting=ScholarshipSetting(employment.removeprefix("local_authority_")),
        work_setting=WorkSetting.ANOTHER,
        employment_type=EmploymentType(employment),
    )
    assert code(NEW_LISTS, given, PUBLISHED) == "funded"
    assert code(date(2026, 6, 1), given) == "subject_to_review"
    literacy = attrs.evolve(given, programme="NPQLL")
    assert code(date(2026, 6, 1), literacy) == "ineligible_establishment_type"


@pytest.mark.rule("2.6", "4.11")
@pytest.mark.parametrize("programme", [it.code for it in shipped().programmes if it.group])
def test_in_2023_every_programme_was_funded_for_every_state_school_in_england(
    programme: str,
) -> None:
    given = case(
        programme,
        scholarship_setting=ScholarshipSetting.STATE_FUNDED_SCHOOL,
        headteacher_status=HeadteacherStatus.IN_FIRST_FIVE_YEARS,
    )
    for on in (date(2023, 2, 1), date(2023, 9, 20)):
        assert code(on, given, PUBLISHED) == "funded"
        assert code(on, given) == "funded"


@pytest.mark.rule("4.11")
def test_in_2023_a_state_funded_16_to_19_organisation_was_funded() -> None:
    given = case(
        "NPQLT",
        work_setting=WorkSetting.SIXTEEN_TO_NINETEEN,
        establishment_type=18,
        scholarship_setting=ScholarshipSetting.STATE_FUNDED_16_TO_19,
    )
    assert code(NEW_LISTS, given, PUBLISHED) == "funded"
    assert code(NEW_LISTS, given) == "funded"


@pytest.mark.rule("2.6")
def test_in_2023_an_independent_school_was_not_funded() -> None:
    given = case("NPQH", establishment_type=NO_TYPE, scholarship_setting=ScholarshipSetting.OTHER)
    assert code(NEW_LISTS, given, PUBLISHED) == "ineligible_establishment_type"
    assert code(NEW_LISTS, given) == "ineligible_establishment_type"


@pytest.mark.rule("3.17", "2.6")
def test_outside_england_nobody_is_funded() -> None:
    given = case(
        "NPQH", in_england=False, scholarship_setting=ScholarshipSetting.STATE_FUNDED_SCHOOL
    )
    assert code(NEW_LISTS, given, PUBLISHED) == "not_in_england"
    for on in (NEW_LISTS, date(2024, 7, 1), date(2025, 1, 1), date(2025, 9, 1), date(2026, 6, 1)):
        assert code(on, given) == "not_in_england"
    assert code(date(2022, 1, 1), given) == "school_outside_catchment"


# June 2026, row by row

TODAY = date(2026, 6, 1)


def test_in_a_cohort_that_is_not_funded_nobody_is() -> None:
    assert code(TODAY, case(cohort_funding=FundingMode.ZERO)) == "unfunded_cohort"
    assert code(TODAY, case(cohort_funding=FundingMode.CAPPED)) == "funded"


def test_an_unfunded_cohort_comes_before_everything_else() -> None:
    given = case(cohort_funding=FundingMode.ZERO, in_england=False, previously_funded=True)
    assert code(TODAY, given) == "unfunded_cohort"


def test_not_being_in_england_comes_before_having_been_funded_before() -> None:
    assert code(TODAY, case(in_england=False, previously_funded=True)) == "not_in_england"
    assert code(TODAY, case(previously_funded=True)) == "previously_funded"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (HeadteacherStatus.WHEN_COURSE_STARTS, "funded"),
        (HeadteacherStatus.IN_FIRST_TWO_YEARS, "funded"),
        (HeadteacherStatus.IN_FIRST_FIVE_YEARS, "funded"),
        (HeadteacherStatus.OVER_TWO_YEARS, "not_new_headteacher_requesting_ehco"),
        (HeadteacherStatus.OVER_FIVE_YEARS, "not_new_headteacher_requesting_ehco"),
        (HeadteacherStatus.NO, "not_new_headteacher_requesting_ehco"),
        (None, "not_new_headteacher_requesting_ehco"),
    ],
)
def test_the_coaching_offer_is_for_new_headteachers(
    status: HeadteacherStatus | None, expected: str
) -> None:
    assert code(TODAY, case("EHCO", headteacher_status=status)) == expected
    assert code(TODAY, nobody("EHCO", headteacher_status=status)) == expected


def test_a_new_headteacher_does_not_make_another_course_funded() -> None:
    new = HeadteacherStatus.IN_FIRST_FIVE_YEARS
    given = case("NPQH", headteacher_status=new, establishment_type=NO_TYPE)
    assert code(TODAY, given) == "ineligible_establishment_type"


@pytest.mark.parametrize(
    ("kind", "listed", "expected"),
    [
        (KindOfNursery.CHILDMINDER, True, "funded"),
        (KindOfNursery.CHILDMINDER, False, "not_entitled_childminder"),
        (KindOfNursery.PRIVATE, False, "funded"),
        (KindOfNursery.PRESCHOOL_CLASS, False, "funded"),
        (KindOfNursery.ANOTHER, False, "funded"),
        (KindOfNursery.MAINTAINED, False, "funded"),
    ],
)
def test_a_childminder_has_to_be_listed_for_early_years_leadership(
    kind: KindOfNursery, listed: bool, expected: str
) -> None:
    given = nobody(
        "NPQEYL",
        work_setting=WorkSetting.EARLY_YEARS,
        kind_of_nursery=kind,
        on_childminders_list=listed,
    )
    assert code(TODAY, given) == expected
    other = attrs.evolve(given, programme="NPQLL")
    assert code(TODAY, other) == "early_years_invalid_npq"


@pytest.mark.parametrize("programme", ["NPQSENCO", "NPQH", "NPQSL"])
def test_a_maintained_nursery_is_funded_for_three_other_courses(programme: str) -> None:
    given = case(programme, work_setting=WorkSetting.EARLY_YEARS, establishment_type=15)
    assert code(TODAY, given) == "funded"
    assert code(TODAY, attrs.evolve(given, programme="NPQEL")) == "early_years_invalid_npq"
    assert code(TODAY, attrs.evolve(given, establishment_type=1)) == "early_years_invalid_npq"


@pytest.mark.parametrize("number", range(60))
@pytest.mark.parametrize(
    "setting", [WorkSetting.SCHOOL, WorkSetting.TRUST, WorkSetting.SIXTEEN_TO_NINETEEN]
)
def test_thirty_types_of_establishment_are_eligible_and_no_others(
    number: int, setting: WorkSetting
) -> None:
    given = case(establishment_type=number, work_setting=setting)
    expected = "funded" if number in ELIGIBLE_TYPES else "ineligible_establishment_type"
    assert code(TODAY, given) == expected


def test_there_are_thirty_types_and_one_that_is_not_known_is_none_of_them() -> None:
    assert len(set(ELIGIBLE_TYPES)) == 30
    assert code(TODAY, case(establishment_type=None)) == "ineligible_establishment_type"


def test_a_school_on_the_rise_list_is_funded_whatever_its_type() -> None:
    given = case("NPQLT", establishment_type=NO_TYPE, on_rise_list=True)
    assert code(TODAY, given) == "funded"
    assert code(TODAY, attrs.evolve(given, on_rise_list=False)) == "ineligible_establishment_type"


@pytest.mark.parametrize("setting", [WorkSetting.SCHOOL, WorkSetting.TRUST])
def test_a_school_that_nobody_has_named_cannot_be_assessed(setting: WorkSetting) -> None:
    given = nobody("NPQH", work_setting=setting, on_rise_list=True)
    for on in (date(2025, 8, 21), TODAY):
        found = assess(policy(on), given)
        assert isinstance(found, Undecided)
        assert found.code == "missing_institution"
        assert found.source.startswith("DFE npq-registration, ")
    assert code(date(2024, 9, 1), given) == "not_on_early_years_register"
    assert code(date(2024, 7, 1), given) == "no_institution"


def test_outside_schools_no_institution_is_missed() -> None:
    assert code(TODAY, nobody(work_setting=WorkSetting.OTHER)) == "ineligible_establishment_type"


@pytest.mark.parametrize("programme", ["NPQLPM", "NPQLBC", "NPQLL", "NPQLT", "NPQLTD", "NPQEL"])
def test_six_courses_are_for_settings_on_the_pp50_list(programme: str) -> None:
    assert code(TODAY, case(programme)) == "ineligible_establishment_not_a_pp50"
    assert code(TODAY, case(programme, on_pp50_list=True)) == "funded"


@pytest.mark.parametrize("programme", ["NPQH", "NPQSENCO", "NPQSL", "NPQEYL"])
def test_the_other_courses_are_for_every_eligible_school(programme: str) -> None:
    assert code(TODAY, case(programme)) == "funded"


@pytest.mark.parametrize(
    ("programme", "approved", "expected"),
    [
        ("NPQLTD", True, "funded"),
        ("NPQLTD", False, "ineligible_establishment_type"),
        ("NPQLT", True, "not_lead_mentor_course"),
        ("NPQH", True, "not_lead_mentor_course"),
    ],
)
def test_a_lead_mentor_is_funded_for_one_course_at_an_accredited_provider(
    programme: str, approved: bool, expected: str
) -> None:
    given = nobody(
        programme,
        work_setting=WorkSetting.ANOTHER,
        employment_type=EmploymentType.ITT_LEAD_MENTOR,
        approved_itt_provider=approved,
    )
    assert code(TODAY, given) == expected


def test_whom_an_adviser_sent_is_looked_at_by_hand() -> None:
    given = nobody("NPQLT", work_setting=WorkSetting.OTHER, referred_by_adviser=True)
    found = assess(policy(TODAY), given)
    assert isinstance(found, Verdict)
    assert found.code is FundingCode.REFERRED_BY_RETURN_TO_TEACHING_ADVISER
    assert not found.eligible
    not_sent = attrs.evolve(given, referred_by_adviser=False)
    assert code(TODAY, not_sent) == "ineligible_establishment_type"


# DfE's own scenarios of 2026: every course that it offers, in every kind of setting but schools

COURSES = [it.code for it in shipped().programmes if it.group and it.last_offered is None]
NURSERIES = [
    nobody(work_setting=WorkSetting.EARLY_YEARS, kind_of_nursery=it) for it in KindOfNursery
]
SETTINGS = [
    *(
        attrs.evolve(it, institution=Institution.SCHOOL, establishment_type=15)
        if it.kind_of_nursery is KindOfNursery.MAINTAINED
        else it
        for it in NURSERIES
    ),
    *(
        nobody(work_setting=WorkSetting.ANOTHER, employment_type=it, approved_itt_provider=True)
        for it in EmploymentType
        if it is not EmploymentType.OTHER
    ),
    nobody(work_setting=WorkSetting.OTHER, referred_by_adviser=True),
    nobody(work_setting=WorkSetting.OTHER, referred_by_adviser=False),
]


def test_so_many_of_dfes_scenarios_end_in_each_code() -> None:
    """Source: DFE npq-registration, eligibility testing scenarios, autumn 2026, in England."""
    given = [attrs.evolve(it, programme=each) for it in SETTINGS for each in COURSES]
    assert Counter(code(TODAY, it) for it in given) == {
        "funded": 8,
        "early_years_invalid_npq": 42,
        "not_new_headteacher_requesting_ehco": 12,
        "not_entitled_childminder": 1,
        "subject_to_review": 12,
        "not_lead_mentor_course": 9,
        "ineligible_establishment_type": 38,
        "referred_by_return_to_teaching_adviser": 10,
    }


# Before

FIRST, THEN = date(2022, 1, 10), date(2023, 1, 10)


def test_private_childcare_was_funded_for_early_years_leadership_if_registered() -> None:
    given = nobody(
        "NPQEYL",
        institution=Institution.PRIVATE_CHILDCARE_PROVIDER,
        on_early_years_register=True,
    )
    assert code(THEN, given) == "funded"
    unregistered = attrs.evolve(given, on_early_years_register=False)
    assert code(THEN, unregistered) == "not_on_early_years_register"
    assert code(THEN, attrs.evolve(given, programme="NPQLL")) == "early_years_invalid_npq"
    assert code(FIRST, given) == "ineligible_institution_type"


def test_until_june_2024_some_schools_were_funded_whatever_their_type() -> None:
    given = case(establishment_type=NO_TYPE, on_always_funded_list=True)
    assert code(THEN, given) == "funded"
    assert code(date(2024, 8, 12), given) == "funded"
    assert code(date(2024, 8, 13), given) == "ineligible_establishment_type"


def test_other_independent_special_schools_came_later_than_the_other_types() -> None:
    assert code(FIRST, case(establishment_type=10)) == "ineligible_establishment_type"
    assert code(THEN, case(establishment_type=10)) == "funded"


def test_a_nursery_has_to_be_disadvantaged_between_august_2025_and_june_2026() -> None:
    given = case("NPQH", work_setting=WorkSetting.EARLY_YEARS, establishment_type=15)
    disadvantaged = attrs.evolve(given, on_disadvantaged_nurseries_list=True)
    assert code(date(2025, 8, 20), given) == "funded"
    assert code(date(2025, 8, 21), given) == "ineligible_establishment_type"
    assert code(date(2025, 8, 21), disadvantaged) == "funded"
    assert code(TODAY, given) == "funded"


# Funded before

NPQH = Prior(programme="NPQH", accepted=True, eligible_for_funding=True, funded_place=None)


def programme(name: str) -> Any:
    return shipped().programme(name)


def test_nobody_is_funded_twice_for_one_course() -> None:
    assert previously_funded(programme("NPQH"), [NPQH])
    assert previously_funded(programme("NPQH"), [attrs.evolve(NPQH, funded_place=True)])
    assert not previously_funded(programme("NPQSL"), [NPQH])
    assert not previously_funded(programme("NPQH"), [])


@pytest.mark.parametrize(
    "otherwise", [{"accepted": False}, {"eligible_for_funding": False}, {"funded_place": False}]
)
def test_only_an_accepted_application_with_a_funded_place_counts(otherwise: Any) -> None:
    assert not previously_funded(programme("NPQH"), [attrs.evolve(NPQH, **otherwise)])


def test_the_additional_support_offer_counts_as_the_coaching_offer() -> None:
    """Of the same kind since EHCO came, on 1 June 2022."""
    support = attrs.evolve(NPQH, programme="ASO")
    assert previously_funded(programme("EHCO"), [support])
    assert previously_funded(programme("ASO"), [attrs.evolve(NPQH, programme="EHCO")])
    assert not previously_funded(programme("NPQH"), [support])


def test_who_had_the_support_offer_is_refused_the_coaching_offer_since_6_june_2022() -> None:
    new = HeadteacherStatus.IN_FIRST_FIVE_YEARS
    had = previously_funded(programme("EHCO"), [attrs.evolve(NPQH, programme="ASO")])
    given = case("EHCO", headteacher_status=new, previously_funded=had)
    assert code(date(2022, 6, 5), given) == "funded"
    assert code(date(2022, 6, 6), given) == "previously_funded"


# What an unknown value meets


@pytest.mark.parametrize(
    "kind",
    [
        FundingCode,
        WorkSetting,
        KindOfNursery,
        EmploymentType,
        HeadteacherStatus,
        Institution,
        ScholarshipSetting,
    ],
)
def test_an_unknown_wire_value_is_no_member(kind: Any) -> None:
    with pytest.raises(ValueError, match="a_submarine"):
        kind("a_submarine")
