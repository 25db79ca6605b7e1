"""Who pays for each participant: by which policy, on whose word, and with a funded place or not."""

from datetime import date

from attrs import frozen

from npq_domain.aggregates.participant import participant, standing
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.funding import Funding
from npq_domain.catalogue.funding import FundingCode
from npq_domain.projections.projection import Projection, Seen


@frozen(kw_only=True)
class FundingEligibilityRow:
    """One participant's funding, as it stands."""

    participant: str
    person_ref: str
    application_id: str
    provider: str
    programme: str
    cohort_id: str | None
    cohort: str | None
    funding_cohort: str | None
    """DfE's, by the acceptance or a later change; before these, as registered."""
    registered_on: date
    policy_id: str | None
    """The policy that was asked, and which of its rows answered."""
    policy_row: int | None
    code: str | None
    """What counts by now: an administrator's word, else the policy's, else DfE's service's."""
    eligible: bool | None
    stated_eligible: bool | None
    """What DfE's service said with the registration."""
    funding: str | None
    """How DfE funds the cohort accepted for: zero, capped or full."""
    funded_place: bool | None
    previously_funded_by: tuple[str, ...]
    """The applications of the same person that DfE paid for already, where any is named."""
    review: bool
    """Whether DfE's service has yet to look at the case itself."""
    route: str | None
    dual_award: bool
    tsf_policy: str | None
    tsf_pence: int | None
    assessed_at: date | None
    overridden_by: str | None
    """The code that an administrator marked it with."""
    as_at: date
    as_of_position: int


def row(it: Participant, seen: Seen) -> FundingEligibilityRow | None:
    """The row of a participant who has registered."""
    registered, funding = it.application.registered, it.funding
    if registered is None:
        return None
    place = standing.joined(it)
    assessed, overridden, route = funding.assessed, funding.overridden, funding.route
    support = assessed.support if assessed else None
    return FundingEligibilityRow(
        participant=seen.subject,
        person_ref=registered.person_ref,
        application_id=registered.application_id,
        provider=standing.provider(it) or registered.provider,
        programme=registered.programme,
        cohort_id=str(place.cohort_id) if place else None,
        cohort=place.cohort if place else None,
        funding_cohort=standing.funding_cohort(it),
        registered_on=registered.on,
        policy_id=assessed.policy if assessed else None,
        policy_row=assessed.row if assessed else None,
        code=funding.code,
        eligible=funding.eligible,
        stated_eligible=funding.stated.eligible if funding.stated else None,
        funding=funding.mode.value if funding.mode else None,
        funded_place=funding.place,
        previously_funded_by=assessed.previously_funded_by if assessed else (),
        review=under_review(funding),
        route=route.route.value if route else None,
        dual_award=route is not None and route.dual_award,
        tsf_policy=support.policy if support else None,
        tsf_pence=support.pence if support else None,
        assessed_at=assessed.on if assessed else None,
        overridden_by=overridden.code.value if overridden else None,
        as_at=seen.as_at,
        as_of_position=seen.position,
    )


def under_review(it: Funding) -> bool:
    """Whether the policy leaves the case to DfE's own review, and no word of that has come."""
    return (
        it.overridden is None
        and it.assessed is not None
        and it.assessed.code is FundingCode.SUBJECT_TO_REVIEW
    )


funding = Projection(
    name="funding",
    row_type=FundingEligibilityRow,
    decider=participant,
    parts=("application", "funding", "enrolment", "training"),
    row=row,
    indexed=("cohort_id",),
)
