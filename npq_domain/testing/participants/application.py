"""Makers of commands from registration to enrolment, and of who pays."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from hypothesis import strategies as st

from npq_domain import commands as ask
from npq_domain.aggregates.participant import gates
from npq_domain.aggregates.participant.facts.application import (
    ApplicationRejected,
    FundingStated,
    PriorApplication,
    RejectionReason,
    Setting,
)
from npq_domain.aggregates.participant.facts.funding import FundingOverride, FundingRoute
from npq_domain.calendar import add_days
from npq_domain.catalogue.funding import Institution, Phase, WorkSetting
from npq_domain.catalogue.types import EntryKind, FundingMode
from npq_domain.personal import Personal
from npq_domain.policies.funding import FundingCase
from npq_domain.testing.intakes import GROUP
from npq_domain.testing.participants.plots import Tale, plot
from npq_domain.testing.participants.projects import HOME


def register(tale: Tale) -> Any:
    specification, usual = plot(tale).specification, funding_cohort(plot(tale).intake.start_on)
    trn = tale.one_of([None, Personal("0743795"), Personal("1234567")])
    return ask.ReceiveRegistration(
        application_id="db3a7848-7308-4879-942a-c4a70ced400a",
        participant_id=tale.one_of(IDS),
        name=Personal("Ada Byron"),
        email=tale.one_of([None, Personal("ada@school.example")]),
        trn=trn,
        trn_verified=trn is not None and tale.draw(st.booleans()),
        provider=specification.provider,
        programme=specification.programme,
        specification=specification.key,
        setting=Setting(school_urn=tale.one_of([None, HOME, HOME])),
        funding_cohort=tale.one_of([None, *[usual] * 3, "2024a", "2026a"]),
        funding=FundingStated(eligible=tale.draw(st.booleans())),
        on=tale.later(),
    )


def identify(tale: Tale) -> Any:
    on = tale.later()
    known = tale.it.identity.participant_id
    return tale.one_of(
        [
            ask.ChangeName(name=Personal(tale.one_of(["Ada King", "Ada Byron"])), on=on),
            ask.VerifyTrn(trn=Personal(tale.one_of(["0743795", "0000000", "743795"])), on=on),
            ask.ChangeParticipantId(former=known, current=tale.one_of(IDS), on=on),
            ask.ReportDfeStatus(status=tale.one_of(["pending", "accepted"]), on=on),
        ]
    )


LATEST = 150
"""Days before its start within which an intake's applications are received."""


def funding_cohort(start_on: date) -> str | None:
    """DfE's cohort that applications for an intake are in, where it had any by then."""
    year = add_days(start_on, -LATEST).year
    return f"{year}a" if year > 2020 else None  # noqa: PLR2004 - its service began in 2021


def send_form(tale: Tale) -> Any:
    return ask.SendForm(on=tale.later())


def return_form(tale: Tale) -> Any:
    return ask.ReturnForm(on=tale.later())


def show_entry(tale: Tale) -> Any:
    wanted = next(iter(entry_open(tale)), tale.one_of(list(EntryKind)))
    if wanted is EntryKind.GATEWAY:
        ready, suitable = (tale.number(1, 5) > 1 for _ in range(2))
        return ask.RecordGateway(ready=ready, suitable=suitable, on=tale.later())
    return ask.RecordEntryEvidence(
        requirement=wanted,
        level=tale.one_of([3, 3, 6, 2]),
        full_and_relevant=tale.one_of([True, True, False]),
        years=tale.one_of([0, 4, 4, 5]),
        evidence="file:7",
        on=tale.later(),
    )


def entry_open(tale: Tale) -> Iterator[EntryKind]:
    """The entry requirements that are not met yet."""
    for rule in plot(tale).specification.entry:
        if not gates.ENTRY[rule.kind](tale.it.application, rule, tale.day).met:
            yield rule.kind


def endorse(tale: Tale) -> Any:
    role = tale.one_of(["headteacher", "principal", "line_manager"])
    name = tale.one_of(["Grace Hopper", "Grace Hopper", "ada  BYRON"])
    return ask.Endorse(role=role, name=Personal(name), on=tale.later())


def waver(tale: Tale) -> Any:
    on = tale.later()
    return tale.one_of(
        [
            ask.DeclineEndorsement(role="headteacher", on=on),
            ask.WithdrawEndorsement(reason=Personal("left"), on=on),
            ask.Reject(reason=tale.one_of(list(RejectionReason)), on=on),
            ask.Reopen(reason=Personal("a mistake"), on=on),
        ]
    )


def accept(tale: Tale) -> Any:
    if isinstance(tale.it.application.decision, ApplicationRejected):
        return ask.Reopen(reason=Personal("a mistake"), on=tale.later())
    other = PriorApplication(
        application_id="a-9",
        programme=plot(tale).specification.programme,
        funding_cohort=tale.one_of(COHORTS),
        accepted=True,
        withdrawn=tale.draw(st.booleans()),
    )
    return ask.Accept(
        funded_place=funded_place(tale),
        schedule=tale.one_of([None, None, None, "npq-leadership-autumn"]),
        prior=tale.one_of([(), (), (), (other,)]),
        on=tale.later(),
    )


def funded_place(tale: Tale) -> bool | None:
    """What may be said of a funded place in that cohort, mostly."""
    registered, catalogue = tale.it.application.registered, tale.besides["catalogue"]
    cohort = catalogue.funding_cohort((registered and registered.funding_cohort) or "")
    usual: dict[FundingMode | None, bool | None] = {
        None: None,
        FundingMode.FULL: None,
        FundingMode.ZERO: False,
        FundingMode.CAPPED: bool(tale.it.funding.eligible),
    }
    lawful = usual[cohort.funding if cohort else None]
    return tale.one_of([lawful, lawful, lawful, None, True, False])


def fund(tale: Tale) -> Any:
    """Find out who pays, or change it."""
    on = tale.later()
    case = FundingCase(
        programme=plot(tale).specification.programme,
        in_england=tale.draw(st.booleans()),
        work_setting=tale.one_of(list(WorkSetting)),
        institution=tale.one_of([Institution.SCHOOL, Institution.SCHOOL, Institution.NONE]),
        establishment_type=tale.one_of([1, 11]),
    )
    return tale.one_of(
        [
            ask.AssessFunding(case=case, phase=Phase.PRIMARY, pupils=tale.number(0, 200), on=on),
            ask.OverrideFunding(
                code=tale.one_of(list(FundingOverride)), reason=Personal("a letter"), on=on
            ),
            ask.RecordFundingRoute(route=tale.one_of(list(FundingRoute)), on=on),
            ask.ChangeFundedPlace(value=tale.draw(st.booleans()), on=on),
        ]
    )


COHORTS = ("2022a", "2023a", "2024a", "2026a")
"""One of each kind of funding, and another."""


def enrol(tale: Tale) -> Any:
    modes = [each.mode for each in plot(tale).specification.alternatives]
    return ask.Enrol(
        cohort_id=plot(tale).intake.subject,
        group=tale.one_of([None, GROUP]),
        delivery_mode=tale.one_of([None, *modes]),
        late_reason=tale.one_of([None, "moved house"]),
        on=tale.later(),
    )


def welcome(tale: Tale) -> Any:
    on = tale.later()
    return tale.one_of(
        [
            ask.IssuePlatformAccess(platform="extend", on=on),
            ask.NotifyPartner(partner="ETH", on=on),
            ask.ContactApplicant(by="ETH", on=on),
        ]
    )


IDS = ("ac3d1243-7308-4879-942a-c4a70ced400a", "7f1c5b1a-93b5-45ad-9a1e-1d5c6f2c8f5e")
