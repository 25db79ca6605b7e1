"""Looking things up: programmes by any of their names, specifications by provider and day."""

import subprocess
import sys
from datetime import date, timedelta
from typing import Any

import pytest
from attrs import asdict, evolve, has
from hypothesis import given
from hypothesis import strategies as st

from npq_domain.catalogue import Programme, Specification, shipped
from npq_domain.catalogue.types import AssessmentRule, Kind, Mode
from npq_domain.policies.engagement import Credit, PlannedComponent, measure

DAYS = st.dates(date(2017, 1, 1), date(2030, 1, 1))
SPECIFICATIONS = {it.key: it for it in shipped().specifications}

REGISTRATION = date(2021, 7, 19)
COURSES = [
    # code, kind, DfE's course group, DfE's course identifier, offered from and until
    ("NPQSL", "npq", "leadership", "npq-senior-leadership", date(2017, 9, 1), None),
    ("NPQH", "npq", "leadership", "npq-headship", date(2017, 9, 1), None),
    ("NPQEL", "npq", "leadership", "npq-executive-leadership", date(2017, 9, 1), None),
    ("NPQEYL", "npq", "leadership", "npq-early-years-leadership", date(2022, 6, 6), None),
    ("NPQSENCO", "npq", "leadership", "npq-senco", date(2024, 7, 1), None),
    ("NPQLT", "npq", "specialist", "npq-leading-teaching", REGISTRATION, None),
    ("NPQLTD", "npq", "specialist", "npq-leading-teaching-development", REGISTRATION, None),
    ("NPQLBC", "npq", "specialist", "npq-leading-behaviour-culture", REGISTRATION, None),
    ("NPQLL", "npq", "specialist", "npq-leading-literacy", date(2022, 6, 6), None),
    ("NPQLPM", "npq", "specialist", "npq-leading-primary-mathematics", date(2023, 10, 2), None),
    ("EHCO", "support", "ehco", "npq-early-headship-coaching-offer", date(2022, 6, 1), None),
    ("ASO", "support", "support", "npq-additional-support-offer", REGISTRATION, date(2022, 5, 31)),
    ("NPQML", "npq", None, None, date(2017, 9, 1), date(2022, 8, 31)),
]  # fmt: skip


@pytest.mark.parametrize(("code", "kind", "group", "identifier", "first", "last"), COURSES)
def test_a_programme_is_what_dfe_says_it_is(
    code: str,
    kind: str,
    group: str | None,
    identifier: str | None,
    first: date,
    last: date | None,
) -> None:
    it = shipped().programme(code)
    assert it is not None
    assert (it.kind, it.group, it.course_identifier) == (Kind(kind), group, identifier)
    assert (it.first_offered, it.last_offered) == (first, last)
    assert it.audience


def test_there_are_no_other_programmes() -> None:
    assert {it.code for it in shipped().programmes} == {code for code, *_ in COURSES}


def test_every_name_of_a_programme_finds_it() -> None:
    for it in shipped().programmes:
        for name in (it.code, *it.aliases, *filter(None, [it.course_identifier])):
            assert shipped().programme(name) is it


def test_the_short_codes_that_dfe_uses_for_senco_are_one_programme() -> None:
    assert shipped().programme("NPQS") is shipped().programme("npq-senco")


def test_an_unknown_name_finds_nothing() -> None:
    assert shipped().programme("NPQX") is None
    assert shipped().specification("reform/UCL/NPQH/9") is None
    assert shipped().specification_for("UCL", "NPQX", date(2024, 1, 1)) is None
    assert shipped().specification_for("Nobody", "NPQH", date(2024, 1, 1)) is None
    assert not shipped().offered("NPQX", date(2024, 1, 1))


def test_aso_and_ehco_are_the_same_course_to_dfe() -> None:
    same = {it.code: it.same_course_as for it in shipped().programmes if it.same_course_as}
    assert same == {"EHCO": ("ASO",), "ASO": ("EHCO",)}


def test_the_active_providers_are_those_of_dfes_service() -> None:
    assert {it.name for it in shipped().providers if it.active} == {
        "Ambition Institute",
        "Best Practice Network",
        "Church of England",
        "LLSE",
        "National Institute of Teaching",
        "School-Led Network",
        "Teach First",
        "UCL Institute of Education",
    }


def test_every_seed_specification_is_there() -> None:
    assert sorted(SPECIFICATIONS) == [
        "2017/OLP/NPQEL/1",
        "2017/OLP/NPQH/1",
        "2017/OLP/NPQH/2",
        "2017/OLP/NPQML/1",
        "2017/OLP/NPQSL/1",
        "reform/BPN/NPQEL/1",
        "reform/BPN/NPQH/1",
        "reform/BPN/NPQSL/1",
        "reform/DfE/NPQH/1",
        "reform/UCL/NPQEL/1",
        "reform/UCL/NPQEYL/1",
        "reform/UCL/NPQH/1",
        "reform/UCL/NPQLBC/1",
        "reform/UCL/NPQLL/1",
        "reform/UCL/NPQLT/1",
        "reform/UCL/NPQLTD/1",
        "reform/UCL/NPQSL/1",
        "support/UCL/EHCO/1",
    ]


@pytest.mark.parametrize(
    ("provider", "programme", "on", "key"),
    [
        ("OLP", "NPQH", date(2017, 9, 1), "2017/OLP/NPQH/2"),
        ("OLP", "npq-headship", date(2022, 8, 31), "2017/OLP/NPQH/2"),
        ("OLP", "NPQH", date(2022, 9, 1), None),
        ("OLP", "NPQML", date(2022, 9, 1), None),
        ("UCL", "NPQH", date(2021, 7, 18), None),
        ("UCL", "NPQH", date(2021, 7, 19), "reform/UCL/NPQH/1"),
        ("UCL", "npq-early-headship-coaching-offer", date(2024, 1, 1), "support/UCL/EHCO/1"),
        ("BPN", "NPQLT", date(2024, 1, 1), None),
    ],
)
def test_the_specification_in_force_on_a_day(
    provider: str, programme: str, on: date, key: str | None
) -> None:
    found = shipped().specification_for(provider, programme, on)
    assert (found and found.key) == key


@given(st.sampled_from(shipped().specifications), DAYS)
def test_what_is_in_force_is_of_that_provider_and_programme(it: Specification, on: date) -> None:
    found = shipped().specification_for(it.provider, it.programme, on)
    if found is not None:
        assert (found.provider, found.programme) == (it.provider, it.programme)
        assert shipped().specification(found.key) is found


@given(st.sampled_from(shipped().programmes), DAYS)
def test_a_programme_is_offered_from_its_first_to_its_last_day(it: Programme, on: date) -> None:
    first, last = it.first_offered or date.min, it.last_offered or date.max
    assert shipped().offered(it.code, on) == (first <= on <= last)


def test_the_first_and_the_last_day_are_included() -> None:
    first, last = date(2017, 9, 1), date(2022, 8, 31)
    day = timedelta(days=1)
    around = [first - day, first, last, last + day]
    assert [shipped().offered("NPQML", on) for on in around] == [False, True, True, False]


def test_the_documents_disagree_about_one_duration_and_neither_is_corrected() -> None:
    spans = [SPECIFICATIONS[f"2017/OLP/NPQH/{it}"].duration for it in (1, 2)]
    assert [(it.least, it.most) for it in spans if it] == [(12, 15), (12, 18)]


def test_a_delivery_mode_replaces_components_and_leaves_the_rest() -> None:
    it = SPECIFICATIONS["2017/OLP/NPQH/2"]
    usual, distance = it.components_by(), it.components_by("distance")
    assert [each.id for each in distance] == [each.id for each in usual]
    assert [each.mode for each in distance] == [Mode.ONLINE] * 8
    assert distance[5:] == usual[5:]
    with pytest.raises(KeyError):
        it.components_by("by post")


def test_every_source_names_a_document() -> None:
    documents = tuple(f"{it.id}, " for it in shipped().documents)
    sources = [it for each in shipped().specifications for it in sources_in(each)]
    assert len(sources) > 300
    assert all(it.startswith(documents) for it in sources)


def sources_in(value: Any) -> list[str]:
    if isinstance(value, tuple):
        return [it for each in value for it in sources_in(each)]
    if not has(type(value)):
        return []
    inside = [it for each in asdict(value, recurse=False).values() for it in sources_in(each)]
    source = getattr(value, "source", None)
    return inside if source is None else [source, *inside]


@pytest.mark.parametrize(
    ("key", "missed", "num", "den", "met"),
    [
        ("reform/UCL/NPQH/1", ["plg-1"], 1650, 1770, True),
        ("reform/UCL/NPQH/1", ["induction"], 1650, 1770, True),
        ("reform/UCL/NPQH/1", ["face-to-face-1"], 1380, 1770, False),
        ("reform/UCL/NPQLT/1", ["induction"], 1020, 1140, False),
        ("reform/BPN/NPQSL/1", ["face-to-face-1"], 5040, 5400, True),
        ("reform/BPN/NPQH/1", ["face-to-face-1"], 5880, 6240, True),
        ("reform/BPN/NPQEL/1", ["face-to-face-1"], 6600, 6960, True),
        ("reform/BPN/NPQEL/1", ["face-to-face-1", "face-to-face-2"], 6240, 6960, False),
    ],
)
def test_missing_a_session_weighs_what_the_specification_makes_of_it(
    key: str, missed: list[str], num: int, den: int, met: bool
) -> None:
    it = SPECIFICATIONS[key]
    assert it.engagement is not None
    plan = [
        PlannedComponent(
            id=each.id, activity=each.activity, minutes=each.minutes, counts=each.counts
        )
        for each in it.components
    ]
    credits_ = {
        each.id: Credit(minutes=0 if each.id in missed else each.minutes or 0, closed=True)
        for each in it.components
    }
    engagement = measure(it.engagement, plan, credits_)
    assert (engagement.num, engagement.den, engagement.met) == (num, den, met)


def test_the_key_names_all_four_parts() -> None:
    it = SPECIFICATIONS["reform/UCL/NPQH/1"]
    assert evolve(it, version=2).key == "reform/UCL/NPQH/2"


def test_support_is_never_assessed_and_a_qualification_always_is() -> None:
    for it in shipped().specifications:
        programme = shipped().programme(it.programme)
        assert programme is not None
        assert isinstance(it.assessment, AssessmentRule)
        assert (it.assessment.kind.value == "none") == (programme.kind is Kind.SUPPORT)


def test_importing_the_catalogue_reads_no_file() -> None:
    code = (
        "from npq_domain.catalogue import loading;assert loading.shipped.cache_info().currsize == 0"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
