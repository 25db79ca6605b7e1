"""Who pays, as data: policies of ordered rows, each a condition and what follows from it.

A condition is a table of fields: every field it names has to have one of the values given for it,
and what it does not name may be anything. The first row whose condition holds decides.
"""

from datetime import date
from enum import Enum

from attrs import frozen

from npq_domain.catalogue.types import FundingMode


class FundingCode(Enum):
    """What DfE's service says of a case: the wire values."""

    FUNDED = "funded"
    SUBJECT_TO_REVIEW = "subject_to_review"
    REFERRED_BY_RETURN_TO_TEACHING_ADVISER = "referred_by_return_to_teaching_adviser"
    UNFUNDED_COHORT = "unfunded_cohort"
    NOT_IN_ENGLAND = "not_in_england"
    PREVIOUSLY_FUNDED = "previously_funded"
    NOT_NEW_HEADTEACHER = "not_new_headteacher_requesting_ehco"
    NOT_ENTITLED_CHILDMINDER = "not_entitled_childminder"
    EARLY_YEARS_INVALID_NPQ = "early_years_invalid_npq"
    INELIGIBLE_ESTABLISHMENT_TYPE = "ineligible_establishment_type"
    NOT_A_PP50 = "ineligible_establishment_not_a_pp50"
    NOT_LEAD_MENTOR_COURSE = "not_lead_mentor_course"
    INELIGIBLE_INSTITUTION_TYPE = "ineligible_institution_type"
    # By hand, whatever a policy says.
    MARKED_FUNDED = "marked_funded_by_policy"
    MARKED_INELIGIBLE = "marked_ineligible_by_policy"
    # Of earlier policies alone.
    NOT_NEW_HEADTEACHER_ASO = "not_new_headteacher_requesting_aso"
    NO_INSTITUTION = "no_institution"
    SCHOOL_OUTSIDE_CATCHMENT = "school_outside_catchment"
    EARLY_YEARS_OUTSIDE_CATCHMENT = "early_years_outside_catchment"
    NOT_ON_EARLY_YEARS_REGISTER = "not_on_early_years_register"
    NOT_ENTITLED_EY_INSTITUTION = "not_entitled_ey_institution"


class WorkSetting(Enum):
    """Where the applicant works: DfE's wire values."""

    EARLY_YEARS = "early_years_or_childcare"
    SCHOOL = "a_school"
    TRUST = "an_academy_trust"
    SIXTEEN_TO_NINETEEN = "a_16_to_19_educational_setting"
    ANOTHER = "another_setting"
    OTHER = "other"


class KindOfNursery(Enum):
    """Which kind of early years setting: DfE's wire values."""

    MAINTAINED = "local_authority_maintained_nursery"
    PRESCHOOL_CLASS = "preschool_class_as_part_of_school"
    PRIVATE = "private_nursery"
    CHILDMINDER = "childminder"
    ANOTHER = "another_early_years_setting"


class EmploymentType(Enum):
    """As what the applicant is employed outside schools: DfE's wire values."""

    HOSPITAL_SCHOOL = "hospital_school"
    ITT_LEAD_MENTOR = "lead_mentor_for_accredited_itt_provider"
    SUPPLY_TEACHER = "local_authority_supply_teacher"
    VIRTUAL_SCHOOL = "local_authority_virtual_school"
    YOUNG_OFFENDER_INSTITUTION = "young_offender_institution"
    OTHER = "other"


class HeadteacherStatus(Enum):
    """Whether and for how long the applicant has been a headteacher: DfE's wire values."""

    NO = "no"
    WHEN_COURSE_STARTS = "yes_when_course_starts"
    IN_FIRST_TWO_YEARS = "yes_in_first_two_years"
    OVER_TWO_YEARS = "yes_over_two_years"
    IN_FIRST_FIVE_YEARS = "yes_in_first_five_years"
    OVER_FIVE_YEARS = "yes_over_five_years"


class Institution(Enum):
    """What DfE's registers know the workplace as, if they know it."""

    NONE = "none"
    SCHOOL = "school"
    PRIVATE_CHILDCARE_PROVIDER = "private_childcare_provider"
    LOCAL_AUTHORITY = "local_authority"


class ScholarshipSetting(Enum):
    """The settings that published lists of scholarships name."""

    STATE_FUNDED_SCHOOL = "state_funded_school"
    STATE_FUNDED_16_TO_19 = "state_funded_16_to_19_organisation"
    INDEPENDENT_SPECIAL_SCHOOL = "independent_special_school"
    VIRTUAL_SCHOOL = "virtual_school"
    HOSPITAL_SCHOOL = "hospital_school"
    YOUNG_OFFENDER_INSTITUTION = "young_offender_institution"
    OTHER = "other"


class Phase(Enum):
    """A school's phase of education, as DfE's register of schools words it."""

    NURSERY = "Nursery"
    PRIMARY = "Primary"
    MIDDLE_DEEMED_PRIMARY = "Middle deemed primary"
    MIDDLE_DEEMED_SECONDARY = "Middle deemed secondary"
    SECONDARY = "Secondary"
    SIXTEEN_PLUS = "16 plus"
    ALL_THROUGH = "All-through"
    NOT_APPLICABLE = "Not applicable"


class Series(Enum):
    """Whose word a policy is: in each series, one policy is in force on a day."""

    SERVICE = "service"
    """What DfE's registration service decides by."""
    PUBLISHED = "published"
    """What providers' documents say that DfE funds."""


@frozen(kw_only=True)
class Condition:
    """Which cases a row is for; a field left out may be anything.

    The fields are those of `npq_domain.policies.funding.FundingCase`, by the same names.
    """

    programme: tuple[str, ...] | None = None
    """Short codes."""
    cohort_funding: tuple[FundingMode, ...] | None = None
    in_england: bool | None = None
    previously_funded: bool | None = None
    work_setting: tuple[WorkSetting, ...] | None = None
    kind_of_nursery: tuple[KindOfNursery, ...] | None = None
    employment_type: tuple[EmploymentType, ...] | None = None
    headteacher_status: tuple[HeadteacherStatus, ...] | None = None
    approved_itt_provider: bool | None = None
    referred_by_adviser: bool | None = None
    institution: tuple[Institution, ...] | None = None
    establishment_type: tuple[int, ...] | None = None
    on_rise_list: bool | None = None
    on_pp50_list: bool | None = None
    on_childminders_list: bool | None = None
    on_early_years_register: bool | None = None
    on_disadvantaged_early_years_list: bool | None = None
    on_disadvantaged_nurseries_list: bool | None = None
    on_always_funded_list: bool | None = None
    scholarship_setting: tuple[ScholarshipSetting, ...] | None = None
    in_category_5_or_6_area: bool | None = None
    group_has_school_in_such_area: bool | None = None


@frozen(kw_only=True)
class FundingRow:
    """One row: when it applies, and the code that follows, or why nothing can be decided."""

    when: Condition = Condition()
    other_than: Condition = Condition()
    """What is named here has to have none of these values."""
    code: FundingCode | None = None
    eligible: bool | None = None
    refused: str | None = None
    """In place of a code: the code of the error, for a case that lacks what the rows below ask."""
    source: str


@frozen(kw_only=True, eq=False)
class FundingPolicy:
    """What decides whose fees DfE pays, for registrations from one day to another."""

    id: str
    series: Series
    title: str
    valid_from: date
    valid_until: date | None = None
    rows: tuple[FundingRow, ...]
    source: str


@frozen(kw_only=True)
class TargetedSupportRow:
    """One row of a targeted support policy: for whom, and how much."""

    phases: tuple[Phase, ...]
    pupils_least: int
    pupils_most: int | None = None
    pence: int
    source: str


@frozen(kw_only=True, eq=False)
class TargetedSupportPolicy:
    """What a school is paid for each teacher who takes an NPQ, in whole pence."""

    id: str
    title: str
    valid_from: date
    valid_until: date | None = None
    not_for: tuple[str, ...] = ()
    """Codes of programmes that nothing is paid for."""
    rows: tuple[TargetedSupportRow, ...]
    source: str
