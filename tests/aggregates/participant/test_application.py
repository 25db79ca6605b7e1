"""Application: from registration with DfE to the provider's decision."""

from datetime import date
from typing import Any

import pytest
from attrs import evolve

from npq_domain import commands as ask
from npq_domain import participant
from npq_domain.aggregates.participant.facts.application import (
    ApplicationEndorsed,
    ApplicationFormReturned,
    ApplicationFormSent,
    ApplicationRejected,
    ApplicationReopened,
    DfeStatusReported,
    EndorsementDeclined,
    EndorsementWithdrawn,
    EntryEvidenceRecorded,
    GatewayAssessed,
    RegistrationReceived,
    RejectionReason,
    Setting,
)
from npq_domain.catalogue.types import EntryKind, FormRule
from npq_domain.personal import Personal
from npq_domain.testing import given
from tests.aggregates.ground import (
    BPN_HEADSHIP,
    CATALOGUE,
    COACHING_OFFER,
    EARLY_YEARS,
    HEADSHIP,
    HEADSHIP_2017,
    JOINED,
    SENIOR,
    acceptance,
    accepted,
    applicant,
    enrolled,
    intake,
    member,
    registration,
)

DAY = date(2023, 9, 4)
GRACE = Personal("Grace Hopper")
WHY = Personal("the post was cut")


# Registration


@pytest.mark.rule("2.8")
def test_a_registration_pins_the_providers_specification_of_that_day() -> None:
    seen = given(participant, registration(specification=None, programme="npq-senior-leadership"))
    (fact,) = seen.facts
    assert isinstance(fact, RegistrationReceived)
    assert (fact.programme, fact.specification) == ("NPQSL", SENIOR)
    assert (fact.person_ref, fact.terms.form and fact.terms.form.days) == ("p-1", 5)


def test_a_registration_received_again_is_the_same_one() -> None:
    applicant().when(registration(on=DAY)).then_nothing()


def test_another_application_is_another_participant() -> None:
    applicant().when(registration(application_id="a-2")).then_refused("already_registered")


def test_a_programme_that_nobody_knows_is_refused() -> None:
    asked = registration(programme="NPQXX", specification=None)
    given(participant).when(asked).then_refused("unknown_programme")


def test_a_programme_that_the_provider_has_no_specification_of_is_refused() -> None:
    asked = registration(provider="BPN", specification=None, programme="NPQLT")
    given(participant).when(asked).then_refused("unknown_programme")


def test_a_specification_of_another_provider_is_refused() -> None:
    asked = registration(specification="reform/BPN/NPQSL/1")
    given(participant).when(asked).then_refused("unknown_programme")


@pytest.mark.rule("3.2")
def test_middle_leadership_took_registrations_until_the_2017_suite_closed() -> None:
    last = evolve(registration("2017/OLP/NPQML/1"), on=date(2022, 8, 31))
    assert given(participant, last).facts
    given(participant).when(evolve(last, on=date(2022, 9, 1))).then_refused("programme_closed")


def test_primary_mathematics_took_no_registration_before_it_was_offered() -> None:
    asked = registration(programme="NPQLPM", specification=None, on=date(2023, 10, 1))
    given(participant).when(asked).then_refused("programme_closed")


def test_a_status_of_dfes_is_recorded_once() -> None:
    report = ask.ReportDfeStatus(status="rejected", reason="registration_expired", on=DAY)
    fact = DfeStatusReported(status="rejected", reason="registration_expired", on=DAY)
    applicant().when(report).then(fact)
    applicant(SENIOR, fact).when(report).then_nothing()


@pytest.mark.rule("4.20")
def test_a_registration_tells_number_name_programme_and_lead_provider() -> None:
    told = registration(trn=Personal("0743795"), trn_verified=True)
    (fact,) = given(participant, told).facts
    assert (fact.trn, fact.trn_verified) == (Personal("0743795"), True)
    assert (fact.name, fact.programme, fact.provider) == (Personal("Ada Byron"), "NPQSL", "UCL")


@pytest.mark.rule("0.2")
def test_a_registration_tells_the_role_across_schools_and_asks_for_none() -> None:
    leader = Setting(employment_role="National Leader of Education")
    told = registration(HEADSHIP_2017, setting=leader)
    (fact,) = given(participant, told, catalogue=CATALOGUE).facts
    assert fact.setting.employment_role == "National Leader of Education"
    assert applicant(HEADSHIP_2017).facts[0].setting.employment_role is None


@pytest.mark.rule("3.2")
@pytest.mark.parametrize("code", ["NPQLT", "NPQLTD", "NPQLBC"])
def test_the_specialist_programmes_take_registrations_where_middle_leadership_ended(
    code: str,
) -> None:
    asked = registration(f"reform/UCL/{code}/1", on=date(2022, 9, 1))
    assert given(participant, asked).facts


# The provider's form


@pytest.mark.rule("4.21")
def test_the_form_falls_due_five_calendar_days_after_it_was_sent() -> None:
    sent = ApplicationFormSent(due_on=date(2023, 9, 9), on=DAY)
    applicant().when(ask.SendForm(on=DAY)).then(sent)
    applicant(SENIOR, sent).when(ask.SendForm(on=DAY)).then_nothing()


@pytest.mark.rule("4.21")
@pytest.mark.parametrize(
    ("sent_on", "due_on"),
    [
        (date(2023, 9, 4), date(2023, 9, 11)),
        (date(2023, 9, 8), date(2023, 9, 15)),
        (date(2023, 9, 9), date(2023, 9, 15)),
        (date(2023, 12, 21), date(2024, 1, 2)),
    ],
    ids=["a Monday", "a Friday", "a Saturday", "before Christmas and New Year"],
)
def test_where_the_specification_counts_working_days_the_form_falls_due_after_five_of_them(
    sent_on: date, due_on: date
) -> None:
    rule = FormRule(days=5, working_days=True, source="the provider's handbook")
    seen = applicant().facts[0]
    strict = evolve(seen, terms=evolve(seen.terms, form=rule))
    asked = given(participant, strict).when(ask.SendForm(on=sent_on))
    asked.then(ApplicationFormSent(due_on=due_on, on=sent_on))


def test_a_form_sent_or_returned_on_another_day_has_to_be_corrected_first() -> None:
    later = date(2023, 9, 6)
    sent = applicant(SENIOR, ask.SendForm(on=DAY))
    sent.when(ask.SendForm(on=later)).then_refused("already_recorded")
    back = applicant(SENIOR, ask.SendForm(on=DAY), ask.ReturnForm(on=DAY))
    back.when(ask.ReturnForm(on=later)).then_refused("already_recorded")
    sent.when(ask.ReturnForm(on=date(2023, 9, 3))).then_refused("out_of_order")


def test_a_provider_without_a_rule_for_its_form_sets_no_day() -> None:
    asked = applicant(HEADSHIP_2017).when(ask.SendForm(on=DAY))
    asked.then(ApplicationFormSent(due_on=None, on=DAY))


@pytest.mark.rule("4.21")
def test_a_form_that_comes_back_late_is_recorded_as_late_and_not_refused() -> None:
    late = date(2023, 9, 30)
    seen = applicant(SENIOR, ask.SendForm(on=DAY))
    seen.when(ask.ReturnForm(on=late)).then(ApplicationFormReturned(on=late))


@pytest.mark.rule("2.9")
@pytest.mark.parametrize("kind", [ask.SendForm, ask.ReturnForm])
def test_no_form_goes_out_or_comes_back_before_the_registration_with_dfe(kind: type) -> None:
    applicant().when(kind(on=date(2023, 8, 31))).then_refused("registration_missing")
    given(participant).when(kind(on=DAY)).then_refused("registration_missing")


# Entry requirements


@pytest.mark.rule("0.4")
def test_the_2017_headship_programme_judges_readiness_and_suitability() -> None:
    asked = ask.RecordGateway(ready=True, suitable=True, on=DAY)
    fact = GatewayAssessed(ready=True, suitable=True, on=DAY)
    applicant(HEADSHIP_2017).when(asked).then(fact)
    applicant(HEADSHIP_2017, fact).when(asked).then_nothing()


@pytest.mark.rule("0.3")
def test_a_programme_without_a_gateway_judges_nobody() -> None:
    asked = ask.RecordGateway(ready=True, suitable=True, on=DAY)
    applicant(HEADSHIP).when(asked).then_refused("not_applicable")


@pytest.mark.rule("0.3", "0.4")
@pytest.mark.parametrize(("ready", "suitable"), [(False, True), (True, False)])
def test_nobody_is_accepted_whom_the_gateway_found_wanting_in_either(
    ready: bool, suitable: bool
) -> None:
    judged = ask.RecordGateway(ready=ready, suitable=suitable, on=DAY)
    asked = applicant(HEADSHIP_2017, judged).when(ask.Accept(on=DAY))
    asked.then_refused("requirement_unmet", "gateway_not_passed")


@pytest.mark.rule("0.3")
def test_who_passed_the_gateway_is_accepted() -> None:
    judged = ask.RecordGateway(ready=True, suitable=True, on=DAY)
    accepting = applicant(HEADSHIP_2017, judged).when(ask.Accept(on=DAY))
    accepting.then(acceptance(on=DAY))


def evidence(level: int, *, relevant: bool) -> ask.RecordEntryEvidence:
    return ask.RecordEntryEvidence(
        requirement=EntryKind.QUALIFICATION_LEVEL,
        level=level,
        full_and_relevant=relevant,
        evidence="file:1",
        on=DAY,
    )


def returned(key: str) -> list[Any]:
    """The form is back and the school endorses."""
    endorse = ask.Endorse(role="headteacher", name=GRACE, on=DAY)
    return [registration(key), ask.SendForm(on=DAY), ask.ReturnForm(on=DAY), endorse]


def test_evidence_of_an_entry_requirement_is_recorded_once() -> None:
    seen = evidence(3, relevant=True)
    fact = EntryEvidenceRecorded(
        requirement=EntryKind.QUALIFICATION_LEVEL,
        level=3,
        full_and_relevant=True,
        years=None,
        evidence="file:1",
        on=DAY,
    )
    applicant(EARLY_YEARS).when(seen).then(fact)
    applicant(EARLY_YEARS, fact).when(seen).then_nothing()


@pytest.mark.rule("4.5")
@pytest.mark.parametrize(
    ("level", "relevant", "enough"), [(3, True, True), (2, True, False), (3, False, False)]
)
def test_early_years_leaders_show_a_full_and_relevant_qualification_of_level_3(
    level: int, relevant: bool, enough: bool
) -> None:
    before = [*returned(EARLY_YEARS), evidence(level, relevant=relevant)]
    asked = given(participant, *before).when(ask.Accept(on=DAY))
    if enough:
        asked.then(acceptance(on=DAY))
    else:
        asked.then_refused("requirement_unmet", "entry_qualification_unmet")


@pytest.mark.rule("4.5")
@pytest.mark.parametrize(
    "setting",
    [Setting(private_childcare_provider_urn="EY123456"), Setting(school_urn="123456"), Setting()],
    ids=["a private nursery", "a school", "elsewhere"],
)
def test_early_years_leaders_of_whatever_setting_are_accepted(setting: Setting) -> None:
    registered, *rest = returned(EARLY_YEARS)
    before = [evolve(registered, setting=setting), *rest, evidence(3, relevant=True)]
    asked = given(participant, *before).when(ask.Accept(on=DAY))
    asked.then(acceptance(on=DAY))


@pytest.mark.rule("4.4")
@pytest.mark.parametrize(("years", "enough"), [(4, True), (5, False)])
def test_the_coaching_offer_is_for_the_first_five_years_of_headship(
    years: int, enough: bool
) -> None:
    shown = ask.RecordEntryEvidence(
        requirement=EntryKind.HEADSHIP_YEARS, years=years, evidence="file:1", on=DAY
    )
    asked = given(participant, *returned(COACHING_OFFER), shown).when(ask.Accept(on=DAY))
    if enough:
        asked.then(acceptance(on=DAY))
    else:
        asked.then_refused("requirement_unmet", "headship_too_long")


def test_evidence_of_what_is_not_asked_for_is_refused() -> None:
    applicant(SENIOR).when(evidence(3, relevant=True)).then_refused("not_applicable")


# Endorsement


@pytest.mark.rule("4.12")
def test_a_headteacher_may_endorse_senior_leadership() -> None:
    asked = ask.Endorse(role="headteacher", name=GRACE, urn="123456", on=DAY)
    fact = ApplicationEndorsed(role="headteacher", name=GRACE, urn="123456", on=DAY)
    applicant(SENIOR).when(asked).then(fact)
    applicant(SENIOR, fact).when(asked).then_nothing()


@pytest.mark.rule("4.12")
def test_a_line_manager_may_endorse_headship_but_not_senior_leadership() -> None:
    asked = ask.Endorse(role="line_manager", name=GRACE, on=DAY)
    fact = ApplicationEndorsed(role="line_manager", name=GRACE, urn=None, on=DAY)
    applicant(HEADSHIP).when(asked).then(fact)
    applicant(SENIOR).when(asked).then_refused("endorser_not_allowed")


@pytest.mark.rule("4.12")
def test_a_line_manager_may_not_decline_for_the_school_either() -> None:
    asked = ask.DeclineEndorsement(role="line_manager", on=DAY)
    applicant(SENIOR).when(asked).then_refused("endorser_not_allowed")


@pytest.mark.rule("4.12")
def test_nobody_endorses_themselves_by_name_or_by_e_mail() -> None:
    by_name = ask.Endorse(role="headteacher", name=Personal(" ada  BYRON "), on=DAY)
    by_mail = ask.Endorse(
        role="headteacher", name=GRACE, email=Personal("ADA@school.example"), on=DAY
    )
    applicant().when(by_name).then_refused("self_endorsement")
    applicant().when(by_mail).then_refused("self_endorsement")


def test_nobody_endorses_before_the_registration() -> None:
    early = ask.Endorse(role="headteacher", name=GRACE, on=date(2023, 8, 31))
    applicant().when(early).then_refused("registration_missing")


def test_another_endorsement_does_not_take_the_place_of_the_first() -> None:
    first = ask.Endorse(role="headteacher", name=GRACE, on=DAY)
    second = evolve(first, role="principal")
    applicant(SENIOR, first).when(second).then_refused("already_endorsed")


@pytest.mark.rule("4.12")
def test_a_declined_endorsement_takes_the_endorsement_away() -> None:
    endorse = ask.Endorse(role="headteacher", name=GRACE, on=DAY)
    decline = ask.DeclineEndorsement(role="principal", reason=WHY, on=DAY)
    fact = EndorsementDeclined(role="principal", reason=WHY, on=DAY)
    applicant(SENIOR, endorse).when(decline).then(fact)
    assert applicant(SENIOR, endorse, fact).state.application.endorsed is None
    applicant(SENIOR, fact).when(decline).then_nothing()


@pytest.mark.rule("4.12")
def test_a_withdrawn_endorsement_no_longer_counts() -> None:
    withdraw = ask.WithdrawEndorsement(reason=WHY, on=DAY)
    fact = EndorsementWithdrawn(reason=WHY, on=DAY)
    given(participant, *returned(SENIOR)).when(withdraw).then(fact)
    given(participant, *returned(SENIOR), fact).when(withdraw).then_nothing()
    asked = given(participant, *returned(SENIOR), fact).when(ask.Accept(on=DAY))
    asked.then_refused("requirement_unmet", "endorsement_missing")


UCL = ("NPQLL", "NPQLT", "NPQLTD", "NPQLBC", "NPQSL", "NPQEYL", "NPQH", "NPQEL")
KEYS = {code: f"reform/UCL/{code}/1" for code in UCL} | {"EHCO": COACHING_OFFER}


@pytest.mark.rule("4.12")
@pytest.mark.parametrize("role", ["headteacher", "principal"])
@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_headteacher_and_principal_may_endorse_whatever_the_programme(key: str, role: str) -> None:
    asked = ask.Endorse(role=role, name=GRACE, on=DAY)
    applicant(key).when(asked).then(ApplicationEndorsed(role=role, name=GRACE, urn=None, on=DAY))


@pytest.mark.rule("4.12")
@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_the_line_manager_may_endorse_headship_and_executive_leadership_alone(key: str) -> None:
    asked = ask.Endorse(role="line_manager", name=GRACE, on=DAY)
    answer = applicant(key).when(asked)
    if key in (KEYS["NPQH"], KEYS["NPQEL"]):
        answer.then(ApplicationEndorsed(role="line_manager", name=GRACE, urn=None, on=DAY))
    else:
        answer.then_refused("endorser_not_allowed")


@pytest.mark.rule("4.12")
@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_no_applicant_endorses_themselves_whatever_the_programme(key: str) -> None:
    asked = ask.Endorse(role="headteacher", name=Personal("Ada Byron"), on=DAY)
    applicant(key).when(asked).then_refused("self_endorsement")


@pytest.mark.rule("3.21")
def test_where_the_document_asks_for_no_endorsement_anybody_may_and_nobody_has_to() -> None:
    registered = registration(BPN_HEADSHIP)
    accepting = given(participant, registered).when(ask.Accept(on=DAY))
    accepting.then(acceptance(on=DAY))
    talked = ask.Endorse(role="cpd_lead", name=GRACE, on=DAY)
    given(participant, registered).when(talked).then(
        ApplicationEndorsed(role="cpd_lead", name=GRACE, urn=None, on=DAY)
    )


# Decision


def test_who_meets_every_requirement_is_accepted() -> None:
    fact = acceptance(funded_place=True, schedule="npq-leadership-autumn", on=DAY)
    asked = ask.Accept(funded_place=True, schedule="npq-leadership-autumn", on=DAY)
    given(participant, *returned(SENIOR)).when(asked).then(fact)
    given(participant, *returned(SENIOR), fact).when(evolve(asked, on=JOINED)).then_nothing()


def test_a_refused_acceptance_names_every_requirement_that_is_unmet() -> None:
    asked = applicant(EARLY_YEARS).when(ask.Accept(on=DAY))
    unmet = ("form_not_returned", "entry_qualification_unmet", "endorsement_missing")
    asked.then_refused("requirement_unmet", *unmet)


@pytest.mark.rule("4.21")
def test_a_form_sent_but_not_returned_bars_acceptance() -> None:
    endorse = ask.Endorse(role="headteacher", name=GRACE, on=DAY)
    asked = applicant(SENIOR, ask.SendForm(on=DAY), endorse).when(ask.Accept(on=DAY))
    asked.then_refused("requirement_unmet", "form_not_returned")


@pytest.mark.rule("2.9")
def test_nobody_is_accepted_who_never_registered_or_before_they_did() -> None:
    given(participant).when(ask.Accept(on=DAY)).then_refused("registration_missing")
    applicant().when(ask.Accept(on=date(2023, 8, 31))).then_refused("registration_missing")


def test_an_acceptance_on_other_terms_is_not_the_same_again() -> None:
    asked = ask.Accept(funded_place=False, on=JOINED)
    given(participant, *accepted()).when(asked).then_refused("already_accepted")


def test_a_rejected_application_is_reopened_before_it_is_accepted() -> None:
    rejected = ApplicationRejected(reason=RejectionReason.REGISTRATION_EXPIRED, on=DAY)
    reject = ask.Reject(reason=RejectionReason.REGISTRATION_EXPIRED, on=DAY)
    before = returned(SENIOR)
    given(participant, *before).when(reject).then(rejected)
    given(participant, *before, rejected).when(reject).then_nothing()
    given(participant, *before, rejected).when(ask.Accept(on=DAY)).then_refused("already_rejected")
    reopen = ask.Reopen(reason=WHY, on=DAY)
    reopened = ApplicationReopened(reason=WHY, on=DAY)
    given(participant, *before, rejected).when(reopen).then(reopened)
    accepting = given(participant, *before, rejected, reopened).when(ask.Accept(on=DAY))
    accepting.then(acceptance(on=DAY))


def test_an_application_that_is_pending_needs_no_reopening() -> None:
    applicant().when(ask.Reopen(reason=WHY, on=DAY)).then_nothing()


def test_an_accepted_application_may_be_rejected_until_the_participant_has_joined() -> None:
    reject = ask.Reject(on=JOINED)
    rejected = ApplicationRejected(reason=RejectionReason.REJECTED_BY_PROVIDER, on=JOINED)
    given(participant, *accepted()).when(reject).then(rejected)
    member().when(reject).then_refused("already_enrolled")


def test_an_application_is_not_reopened_once_the_participant_has_joined() -> None:
    before = given(participant, *enrolled(), cohort=intake(SENIOR).state)
    before.when(ask.Reopen(reason=WHY, on=JOINED)).then_refused("already_enrolled")


def test_an_application_received_again_for_another_programme_is_refused() -> None:
    again = registration(HEADSHIP)
    applicant(SENIOR).when(
        evolve(again, application_id=registration(SENIOR).application_id)
    ).then_refused("already_registered")


def test_a_rejection_for_another_reason_is_not_the_same_again() -> None:
    reject = ask.Reject(on=JOINED)
    other = evolve(reject, reason=RejectionReason.REGISTRATION_EXPIRED)
    applicant(SENIOR, reject).when(reject).then_nothing()
    applicant(SENIOR, reject).when(other).then_refused("already_rejected")


def test_nothing_is_decided_before_it_was_reopened() -> None:
    late = date(2023, 10, 5)
    pending = applicant(SENIOR, *accepted(SENIOR)[1:], ask.Reopen(reason="a slip", on=late))
    pending.when(ask.Accept(on=date(2023, 10, 4))).then_refused("out_of_order")
    pending.when(ask.Reject(on=date(2023, 10, 4))).then_refused("out_of_order")
    assert pending.when(ask.Accept(on=late)).facts
