"""What may be asked about funding."""

from datetime import date

from attrs import evolve, field, frozen

from npq_domain.aggregates.participant import gates
from npq_domain.aggregates.participant.commands.ground import accepted, in_order, registered
from npq_domain.aggregates.participant.commands.placing import (
    FUNDED_PLACE,
    capped_place,
    dfe_cohort,
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
from npq_domain.catalogue.types import FundingMode
from npq_domain.decider import Decisions, Facts, refuse_if, require, says_the_same
from npq_domain.errors import refusal
from npq_domain.personal import Personal, personal
from npq_domain.policies import funding
from npq_domain.policies.funding import FundingCase, Prior, Undecided

POLICY = "DFE npq-registration, funding eligibility"
ROUTES = "BPN leadership NPQs 2023, Apprenticeship funded routes"


@frozen(kw_only=True)
class AssessFunding:
    """Ask the policy of the day of registration whether DfE pays.

    `case` says what is known of the applicant; which programme and which cohort it is, and
    whether it was DfE that registered a place of work abroad, is known already. `prior` are the
    person's other applications: those that DfE paid for count.
    """

    case: FundingCase
    prior: tuple[PriorApplication, ...] = ()
    on: date


def assess_funding(command: AssessFunding, it: Participant, *, catalogue: Catalogue) -> Facts:
    found = registered(it)
    in_order(command.on, found.on, "registered")
    policy = catalogue.funding_policy(found.on)
    if policy is None:
        because = f"no funding policy was in force on {found.on}"
        raise refusal("no_funding_policy", because, POLICY)
    verdict = funding.assess(policy, case(command, it, found, catalogue))
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
        on=command.on,
    )
    if not says_the_same(fact, it.funding.assessed):
        yield fact


def case(
    command: AssessFunding, it: Participant, found: RegistrationReceived, catalogue: Catalogue
) -> FundingCase:
    """What the policy is told: the applicant's case, completed by what is known already."""
    programme = catalogue.programme(command.case.programme)
    if programme is None or programme.code != found.programme:
        because = f"the application is for {found.programme}, not for {command.case.programme}"
        raise refusal("not_applicable", because, POLICY)
    cohort = dfe_cohort(it, catalogue)
    earlier = [
        Prior(each.programme, each.accepted, bool(each.eligible_for_funding), each.funded_place)
        for each in command.prior
    ]
    return evolve(
        command.case,
        programme=programme.code,
        cohort_funding=cohort.funding if cohort else command.case.cohort_funding,
        in_england=command.case.in_england and found.setting.in_uk is not False,
        previously_funded=command.case.previously_funded
        or funding.previously_funded(programme, earlier),
    )


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
