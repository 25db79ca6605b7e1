"""What DfE pays by declaration and by the month."""

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from npq_domain.policies.payments import ContractTerms, monthly_service_fee, output_payment

TERMS = ContractTerms(
    per_participant=800_00,
    recruitment_target=72,
    output_percent=60,
    payment_periods=3,
    service_fee_percent=40,
    instalments=19,
)


def test_three_declarations_share_sixty_per_cent_of_800_pounds() -> None:
    assert output_payment(TERMS) == 160_00
    assert output_payment(evolve(TERMS, payment_periods=4)) == 120_00


def test_nineteen_months_share_forty_per_cent_of_72_times_800_pounds() -> None:
    assert monthly_service_fee(TERMS) == 1_212_63


def test_a_coaching_offer_is_paid_by_the_month_alone() -> None:
    offer = evolve(TERMS, output_percent=0, service_fee_percent=100, payment_periods=4)
    assert output_payment(offer) == 0
    assert monthly_service_fee(offer) == 3_031_58


@given(fee=st.integers(0, 10_000_00), percent=st.integers(0, 100), periods=st.integers(1, 24))
def test_the_shares_of_all_declarations_come_to_the_whole_within_a_penny_each(
    fee: int, percent: int, periods: int
) -> None:
    terms = evolve(TERMS, per_participant=fee, output_percent=percent, payment_periods=periods)
    assert abs(100 * periods * output_payment(terms) - fee * percent) <= 50 * periods
