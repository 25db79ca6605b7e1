"""What a school is paid for a teacher who takes an NPQ: at every edge of every row."""

from datetime import date
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from npq_domain.catalogue import shipped
from npq_domain.catalogue.funding import Phase, TargetedSupportPolicy
from npq_domain.policies.targeted_support import SupportCase, targeted_support

POUND = 100
EDGES = (0, 1, 150, 151, 600, 601)

PRIMARY = (0, 800, 800, 200, 200, 200)
OTHERS = (0, 200, 200, 200, 200, 0)


def policy(on: date = date(2023, 12, 20)) -> TargetedSupportPolicy:
    found = shipped().targeted_support_policy(on)
    assert found is not None
    return found


def case(phase: Phase | None, pupils: int | None, **facts: Any) -> SupportCase:
    said = {"programme": "NPQSL", "scholarship_eligible": True, **facts}
    return SupportCase(phase=phase, pupils=pupils, **said)


@pytest.mark.rule("3.19")
@pytest.mark.parametrize(
    ("phase", "pupils", "pounds"),
    [
        (phase, pupils, pounds)
        for phase, sums in {
            Phase.PRIMARY: PRIMARY,
            Phase.MIDDLE_DEEMED_PRIMARY: PRIMARY,
            Phase.SECONDARY: OTHERS,
            Phase.MIDDLE_DEEMED_SECONDARY: OTHERS,
            Phase.SIXTEEN_PLUS: OTHERS,
            Phase.ALL_THROUGH: OTHERS,
            Phase.NOT_APPLICABLE: OTHERS,
            Phase.NURSERY: OTHERS,
        }.items()
        for pupils, pounds in zip(EDGES, sums, strict=True)
    ],
)
def test_a_school_is_paid_by_its_phase_and_its_pupils(
    phase: Phase, pupils: int, pounds: int
) -> None:
    assert targeted_support(policy(), case(phase, pupils)).pence == pounds * POUND


@pytest.mark.rule("3.19")
def test_the_sum_is_in_whole_pence_and_says_its_row_and_its_clause() -> None:
    found = targeted_support(policy(), case(Phase.PRIMARY, 150))
    assert (found.policy, found.row, found.pence) == ("2023-targeted-support", 1, 80000)
    assert found.source.startswith("BPN leadership NPQs 2023, ")
    assert found.inputs == case(Phase.PRIMARY, 150)


@pytest.mark.rule("3.19")
@pytest.mark.parametrize("phase", [Phase.PRIMARY, Phase.SECONDARY])
def test_nothing_is_paid_for_the_coaching_offer_in_primaries_neither(phase: Phase) -> None:
    assert targeted_support(policy(), case(phase, 100, programme="EHCO")).pence == 0
    assert targeted_support(policy(), case(phase, 100, programme="NPQH")).pence > 0


@pytest.mark.rule("3.19")
def test_nothing_is_paid_beside_fees_that_dfe_does_not_pay() -> None:
    found = targeted_support(policy(), case(Phase.PRIMARY, 100, scholarship_eligible=False))
    assert (found.row, found.pence) == (None, 0)


@pytest.mark.parametrize(("phase", "pupils"), [(None, 100), (Phase.PRIMARY, None), (None, None)])
def test_what_is_not_known_is_not_paid_for(phase: Phase | None, pupils: int | None) -> None:
    assert targeted_support(policy(), case(phase, pupils)).pence == 0


@pytest.mark.parametrize(
    ("on", "known"),
    [
        (date(2023, 8, 31), False),
        (date(2023, 9, 1), True),
        (date(2024, 6, 26), True),
        (date(2024, 6, 27), False),
    ],
)
def test_there_is_a_fund_for_the_year_2023_24_alone(on: date, known: bool) -> None:
    assert (shipped().targeted_support_policy(on) is not None) is known


@given(
    st.sampled_from(Phase),
    st.integers(-5, 2_000),
    st.sampled_from([it.code for it in shipped().programmes]),
    st.booleans(),
)
def test_a_sum_is_one_of_three_and_a_function_of_the_case(
    phase: Phase, pupils: int, programme: str, eligible: bool
) -> None:
    given_case = case(phase, pupils, programme=programme, scholarship_eligible=eligible)
    found = targeted_support(policy(), given_case)
    assert found.pence in {0, 20000, 80000}
    assert found == targeted_support(policy(), evolve(given_case))
    assert (found.row is None) is (found.pence == 0)
