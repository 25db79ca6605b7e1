"""Whose fees DfE pays: a case, held against the rows of a policy; the first that holds decides.

The result is a function of the policy and the case alone, and every case has one.
"""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any

import attrs
from attrs import frozen

from npq_domain.catalogue.funding import (
    Condition,
    EmploymentType,
    FundingCode,
    FundingPolicy,
    FundingRow,
    HeadteacherStatus,
    Institution,
    KindOfNursery,
    ScholarshipSetting,
    WorkSetting,
)
from npq_domain.catalogue.types import FundingMode, Programme


@frozen(kw_only=True)
class FundingCase:
    """What a policy may ask about an application. What is not known is left out."""

    programme: str
    """The short code, as the catalogue has it."""
    cohort_funding: FundingMode | None = None
    in_england: bool = True
    previously_funded: bool = False
    """See `previously_funded`: of the same course, or of one that DfE counts as the same."""
    work_setting: WorkSetting | None = None
    kind_of_nursery: KindOfNursery | None = None
    employment_type: EmploymentType | None = None
    headteacher_status: HeadteacherStatus | None = None
    approved_itt_provider: bool = False
    """Whether the employer is on DfE's list of accredited providers of teacher training."""
    referred_by_adviser: bool = False
    """Whether a return-to-teaching adviser sent the applicant."""
    institution: Institution = Institution.NONE
    establishment_type: int | None = None
    """The code in DfE's register of schools."""
    on_rise_list: bool = False
    on_pp50_list: bool = False
    """Of schools, by URN; for a 16 to 19 setting, of further education, by UKPRN."""
    on_childminders_list: bool = False
    on_early_years_register: bool = False
    on_disadvantaged_early_years_list: bool = False
    on_disadvantaged_nurseries_list: bool = False
    on_always_funded_list: bool = False
    """Whether its URN was one of those funded whatever their type, until June 2024."""
    scholarship_setting: ScholarshipSetting | None = None
    """Where the applicant works, in the words of published lists."""
    in_category_5_or_6_area: bool = False
    group_has_school_in_such_area: bool = False
    """Whether a school of the same trust or diocese is in a category 5 or 6 area."""


@frozen(kw_only=True)
class Verdict:
    """What a policy says of a case, and by which row."""

    policy: str
    row: int
    """Counted from 1."""
    code: FundingCode
    eligible: bool
    inputs: FundingCase
    source: str


@frozen(kw_only=True)
class Undecided:
    """A case that a policy cannot decide, for it lacks what the rows below ask about."""

    policy: str
    row: int
    code: str
    """Of the error, such as missing_institution."""
    inputs: FundingCase
    source: str


FIELDS = tuple(it.name for it in attrs.fields(Condition))
VALUES = attrgetter(*FIELDS)
"""A case as a tuple, in the order of a condition's fields."""

Test = tuple[int, Collection[Any], bool]
"""Which value of the case has to be among which, or must not be."""

FEW = 8
"""So many values are found faster one by one than by their hashes, which Python makes of enums."""


@frozen
class Prior:
    """An earlier application of the same person, at any provider."""

    programme: str
    accepted: bool
    eligible_for_funding: bool
    funded_place: bool | None


def assess(policy: FundingPolicy, case: FundingCase) -> Verdict | Undecided:
    """What the first row that holds says of a case."""
    number, row = deciding(policy, VALUES(case))
    return said(policy, number, row, case)


def deciding(policy: FundingPolicy, values: Sequence[Any]) -> tuple[int, FundingRow]:
    """The row that decides, and its number, for the values of a case in the order of `FIELDS`."""
    for number, tests, row in compiled(policy):
        for place, named, among in tests:
            if (values[place] in named) is not among:
                break
        else:
            return number, row
    msg = f"{policy.id} has no row for {values!r}"  # a policy of a catalogue always has one
    raise ValueError(msg)


def said(
    policy: FundingPolicy, number: int, row: FundingRow, case: FundingCase
) -> Verdict | Undecided:
    """A row's answer."""
    code, eligible = row.code, row.eligible
    if code is None or eligible is None:
        refused = row.refused or ""
        return Undecided(policy=policy.id, row=number, code=refused, inputs=case, source=row.source)
    return Verdict(
        policy=policy.id,
        row=number,
        code=code,
        eligible=eligible,
        inputs=case,
        source=row.source,
    )


@lru_cache(maxsize=256)
def compiled(policy: FundingPolicy) -> tuple[tuple[int, tuple[Test, ...], FundingRow], ...]:
    """The rows as tests of a case's values."""
    return tuple(
        (number, (*tests(row.when, among=True), *tests(row.other_than, among=False)), row)
        for number, row in enumerate(policy.rows, start=1)
    )


def tests(condition: Condition, *, among: bool) -> Iterable[Test]:
    """What a condition asks, field by field."""
    for place, name in enumerate(FIELDS):
        named = getattr(condition, name)
        if named is not None:
            values = named if isinstance(named, tuple) else (named,)
            yield place, values if len(values) <= FEW else frozenset(values), among


def previously_funded(programme: Programme, earlier: Iterable[Prior]) -> bool:
    """Whether DfE has paid for this course before, or for one that it counts as the same.

    An application counts that was accepted, was eligible for funding, and was not given an
    unfunded place. Source: DFE npq-registration, funding rules, previously funded.
    """
    same = {programme.code, *programme.same_course_as}
    return any(
        it.programme in same
        and it.accepted
        and it.eligible_for_funding
        and it.funded_place is not False
        for it in earlier
    )
