"""Targeted support: what a school is paid for a teacher who takes an NPQ, in whole pence."""

from attrs import frozen

from npq_domain.catalogue.funding import Phase, TargetedSupportPolicy, TargetedSupportRow

Pence = int


@frozen(kw_only=True)
class SupportCase:
    """What a targeted support policy asks about an application, when it was registered."""

    programme: str
    """The short code, as the catalogue has it."""
    scholarship_eligible: bool
    """Whether DfE pays the fees: support is paid beside a scholarship, never without one."""
    phase: Phase | None
    pupils: int | None


@frozen(kw_only=True)
class Support:
    """What is paid, and by which row, counted from 1; `None` where none is for the case."""

    policy: str
    row: int | None
    pence: Pence
    inputs: SupportCase
    source: str


def targeted_support(policy: TargetedSupportPolicy, case: SupportCase) -> Support:
    """What the first row that is for a case pays; nothing if there is none."""
    paying = ((it, row) for it, row in enumerate(policy.rows, start=1) if fits(row, case))
    open_to = case.scholarship_eligible and case.programme not in policy.not_for
    number, row = next(paying, (None, None)) if open_to else (None, None)
    return Support(
        policy=policy.id,
        row=number,
        pence=row.pence if row else 0,
        inputs=case,
        source=row.source if row else policy.source,
    )


def fits(row: TargetedSupportRow, case: SupportCase) -> bool:
    """Whether a row is for a case. An unknown number of pupils is no number of pupils."""
    return (
        case.phase in row.phases
        and case.pupils is not None
        and row.pupils_least <= case.pupils
        and (row.pupils_most is None or case.pupils <= row.pupils_most)
    )
