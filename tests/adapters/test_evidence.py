"""The evidence of a claim, from any store and after a transfer."""

from datetime import UTC, date, datetime
from uuid import UUID

from npq_adapters import open_ledger
from npq_adapters.transfer import hand_over, take_in
from npq_domain import commands as ask
from npq_domain.aggregates.participant.commands.declarations import Evidence
from npq_domain.aggregates.participant.evidence import evidence_intact, examine
from npq_domain.catalogue.types import DeclarationType, EvidenceKind
from npq_domain.identifiers import participant_subject
from npq_domain.personal import Personal
from npq_domain.projections import VIEWS
from npq_domain.recorded import Actor
from tests.conftest import Backend

ME = Actor(role="provider", id="j.doe")
APPLICATION = "0c4a1f3e-1d52-4c3b-9f41-6a1f8f3f2b01"
ADA, HEIR = participant_subject("UCL", APPLICATION), participant_subject("LLSE", APPLICATION)
ONE = UUID(int=1)
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
RETURNED = 2


def test_evidence_holds_from_any_store_and_under_the_new_provider(backend: Backend) -> None:
    on = date(2023, 9, 20)
    commands = [
        ask.ReceiveRegistration(
            application_id=APPLICATION,
            participant_id=APPLICATION,
            name=Personal("Ada Byron"),
            provider="UCL",
            programme="NPQLT",
            funding_cohort="2023a",
            on=on,
        ),
        ask.ReturnForm(on=on),
        ask.Endorse(role="headteacher", name=Personal("Grace Hopper"), on=on),
        ask.Accept(on=on),
        ask.Declare(
            id=ONE,
            type=DeclarationType.STARTED,
            declared_at=datetime(2023, 11, 24, 12, tzinfo=UTC),
            evidence=(
                Evidence(version=RETURNED, kind=EvidenceKind.OTHER),
                Evidence(version=3, kind=EvidenceKind.OTHER),
            ),
            on=date(2023, 11, 24),
        ),
    ]
    backend.migrate(views=VIEWS)
    with open_ledger(backend.url, clock=lambda: NOW) as ledger:
        for command in commands:
            ledger.handle(ADA, command, by=ME)
        claim = ledger.state(ADA).declarations.made[ONE]
        assert len(examine(ledger.history(ADA), claim)) == 2
        assert evidence_intact(ledger.history(ADA), claim)

        document = hand_over(ledger, ADA, "LLSE", by=ME, on=date(2024, 5, 1)).to_json()
        take_in(ledger, document, "ada.json", "LLSE", by=ME, on=date(2024, 5, 1))
        assert ledger.state(HEIR).declarations.made[ONE] == claim
        assert evidence_intact(ledger.history(HEIR), claim)

        void = ask.VoidFact(version=RETURNED, reason=Personal("a slip"), on=date(2024, 5, 2))
        ledger.handle(HEIR, void, by=ME)
        assert not evidence_intact(ledger.history(HEIR), claim)
        assert evidence_intact(ledger.history(ADA), claim)
