"""What may be asked about funding."""

from datetime import date

from attrs import evolve, field, frozen

from npq_domain.aggregates.participant import gates
from npq_domain.aggregates.participant.commands.ground import accepted, in_order, registered
from npq_domain.aggregates.participant.commands.placing import (
    FUNDED_PLACE,
    capped_place,
    dfe_cohort,
    elsewhere,
    no_declarations,
)
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.application import (
    PriorApplication,
    RegistrationReceived,
)
from npq_domain.aggregates.participant.facts.funding import (
    FundedPlaceChanged,
    FundingAssessed,
    FundingOverridden,
    FundingOverride,
    FundingRoute,
    FundingRouteRecorded,
)
from npq_domain.catalogue import Catalogue
from npq_domain.catalogue.funding import FundingPolicy, Phase, Series
from npq_domain.catalogue.loading import within
from npq_domain.catalogue.types import FundingMode
from npq_domain.decider import Decisions, Facts, refuse_if, require, says_the_same
from npq_domain.errors import refusal
from npq_domain.personal import Personal, personal
from npq_domain.policies import funding
from npq_domain.policies.funding import FundingCase, Prior, Undecided
from npq_domain.policies.targeted_support import Support, SupportCase, targeted_support

POLICY = "DFE npq-registration, funding eligibility"
ROUTES = "BPN leadership NPQs 2023, Apprenticeship funded routes"


@frozen(kw_only=True)
class AssessFunding:
    """Ask a policy in force on the day of registration whether DfE pays.

    `case` says what is known of the applicant; which programme and which cohort it is, and
    whether it was DfE that registered a place of work abroad, is known already. `prior` are the
    person's other applications: those that DfE paid for count.
    """

    case: FundingCase
    policy: str | None = None
    """By its id; left out, it is the one that DfE's service decided by."""
    prior: tuple[PriorApplication, ...] = ()
    phase: Phase | None = None
    """Of the school, and how many pupils it has: for targeted support."""
    pupils: int | None = None
    on: date


def assess_funding(command: AssessFunding, it: Participant, *, catalogue: Catalogue) -> Facts:
    found = registered(it)
    in_order(command.on, found.on, "registered")
    policy = policy_of(command, found, catalogue)
    paid = paid_before(command, it, catalogue)
    verdict = funding.assess(policy, case(command, it, catalogue, paid_before=bool(paid)))
    if isinstance(verdict, Undecided):
        because = f"row {verdict.row} of {verdict.policy} decides nothing without it"
        raise refusal(verdict.code, f"{gates.words(verdict.code)}: {because}", verdict.source)
    fact = FundingAssessed(
        policy=verdict.policy,
        row=verdict.row,
        code=verdict.code,
        eligible=verdict.eligible,
        inputs=verdict.inputs,
        source=verdict.source,
        previously_funded_by=paid,
        support=support(command, found, catalogue, eligible=verdict.eligible),
        on=command.on,
    )
    if not says_the_same(fact, it.funding.assessed):
        yield fact


def policy_of(
    command: AssessFunding, found: RegistrationReceived, catalogue: Catalogue
) -> FundingPolicy:
    """The policy asked for, else DfE's service's of the day of registration, else a published one.

    Raises `no_funding_policy` where there is none, or not on that day.
    """
    series = (catalogue.funding_policy(found.on, each) for each in Series)
    policy = (
        catalogue.funding_policy_called(command.policy)
        if command.policy
        else next(filter(None, series), None)
    )
    if policy is None or not within(policy.valid_from, found.on, policy.valid_until):
        because = f"{command.policy or 'any funding policy'} was not in force on {found.on}"
        raise refusal("no_funding_policy", because, policy.source if policy else POLICY)
    return policy


def paid_before(command: AssessFunding, it: Participant, catalogue: Catalogue) -> tuple[str, ...]:
    """The person's other applications for which DfE has paid for this course or its equal."""
    found = registered(it)
    programme = catalogue.programme(command.case.programme)
    if programme is None or programme.code != found.programme:
        because = f"the application is for {found.programme}, not for {command.case.programme}"
        raise refusal("not_applicable", because, POLICY)
    return tuple(
        each.application_id
        for each in elsewhere(it, command.prior)
        if (other := catalogue.programme(each.programme))
        and funding.previously_funded(programme, [paid_for(each, other.code)])
    )


def paid_for(it: PriorApplication, programme: str) -> Prior:
    """An application as the policy looks at it."""
    return Prior(programme, it.accepted, bool(it.eligible_for_funding), it.funded_place)


def case(
    command: AssessFunding, it: Participant, catalogue: Catalogue, *, paid_before: bool
) -> FundingCase:
    """What the policy is told: the applicant's case, completed by what is known already."""
    found, cohort = registered(it), dfe_cohort(it, catalogue)
    return evolve(
        command.case,
        programme=found.programme,
        cohort_funding=cohort.funding if cohort else command.case.cohort_funding,
        in_england=command.case.in_england and found.setting.in_uk is not False,
        previously_funded=command.case.previously_funded or paid_before,
    )


def support(
    command: AssessFunding, found: RegistrationReceived, catalogue: Catalogue, *, eligible: bool
) -> Support | None:
    """What targeted support pays for a registration of that day; `None` when there was none."""
    policy = catalogue.targeted_support_policy(found.on)
    if policy is None:
        return None
    asked = SupportCase(
        programme=found.programme,
        scholarship_eligible=eligible,
        phase=command.phase,
        pupils=command.pupils,
    )
    return targeted_support(policy, asked)


@frozen(kw_only=True)
class OverrideFunding:
    """An administrator of DfE's marked the application as funded or as ineligible."""

    code: FundingOverride
    reason: Personal[str] = field(converter=personal)
    on: date


def override_funding(command: OverrideFunding, it: Participant) -> Facts:
    in_order(command.on, registered(it).on, "registered")
    known = it.funding.overridden
    if known is None or known.code is not command.code:
        yield FundingOverridden(code=command.code, reason=command.reason, on=command.on)


@frozen(kw_only=True)
class RecordFundingRoute:
    """Say who pays the fee."""

    route: FundingRoute
    on: date


def record_funding_route(
    command: RecordFundingRoute, it: Participant, *, catalogue: Catalogue
) -> Facts:
    found = registered(it)
    in_order(command.on, found.on, "registered")
    specification = catalogue.specification(found.specification)
    delivery = specification.delivery if specification else None
    levy = command.route is FundingRoute.LEVY
    refuse_if(
        levy and (delivery is None or command.route.value not in delivery.funding_routes),
        "route_not_offered",
        f"{found.specification} cannot be paid for by the {gates.words(command.route.value)}",
        delivery.source if delivery else ROUTES,
    )
    refuse_if(
        command.route is FundingRoute.SCHOLARSHIP and it.funding.eligible is False,
        "not_eligible",
        f"DfE does not pay for this application: {it.funding.code}",
        POLICY,
    )
    fact = FundingRouteRecorded(
        route=command.route,
        dual_award=levy and delivery is not None and bool(delivery.dual_award),
        on=command.on,
    )
    if not says_the_same(fact, it.funding.route):
        yield fact


@frozen(kw_only=True)
class ChangeFundedPlace:
    """Give an accepted participant a funded place, or take it away."""

    value: bool
    on: date


def change_funded_place(
    command: ChangeFundedPlace, it: Participant, *, catalogue: Catalogue
) -> Facts:
    accepted(it, command.on)
    if it.funding.place is command.value:
        return
    cohort = dfe_cohort(it, catalogue)
    if cohort is None or cohort.funding is not FundingMode.CAPPED:
        told = f"cohort {cohort.id} is {cohort.funding.value}" if cohort else "no cohort is known"
        raise refusal("not_applicable", f"only capped cohorts count places: {told}", FUNDED_PLACE)
    require(
        capped_place(it, cohort, asked=command.value),
        no_declarations(it, "the funded place changes"),
    )
    yield FundedPlaceChanged(value=command.value, on=command.on)


DECISIONS: Decisions = {
    AssessFunding: assess_funding,
    OverrideFunding: override_funding,
    RecordFundingRoute: record_funding_route,
    ChangeFundedPlace: change_funded_place,
}
