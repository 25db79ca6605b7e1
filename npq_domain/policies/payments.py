"""What a contract with DfE pays a provider: by declaration, and by the month.

Whole pence, halves rounded up; what is computed here is never what was paid, which DfE's statements
say. Source: DFE npq-registration, contract templates and statements.
"""

from fractions import Fraction

from attrs import frozen

Pence = int

WHOLE = 100
"""Per cent."""
HALF = Fraction(1, 2)


@frozen(kw_only=True)
class ContractTerms:
    """What a contract says of one course: a fee for each participant, paid in two parts."""

    per_participant: Pence
    recruitment_target: int
    output_percent: int
    """The part that is paid by declarations, in equal shares."""
    payment_periods: int
    """How many declarations share it: four for leadership, three for specialists."""
    service_fee_percent: int
    """The part that is paid by the month, for the target, whoever comes."""
    instalments: int
    """How many months share it."""


def output_payment(terms: ContractTerms) -> Pence:
    """What one declaration that DfE pays for is worth."""
    return pence(
        Fraction(terms.per_participant * terms.output_percent, WHOLE * terms.payment_periods)
    )


def monthly_service_fee(terms: ContractTerms) -> Pence:
    """What the provider is paid each month."""
    whole = terms.recruitment_target * terms.per_participant * terms.service_fee_percent
    return pence(Fraction(whole, WHOLE * terms.instalments))


def pence(amount: Fraction) -> Pence:
    """An exact amount in whole pence."""
    return (amount + HALF).__floor__()
