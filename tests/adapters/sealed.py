"""A sealed ledger for tests, and one person with a canary in every personal value."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from npq_adapters import KeyStore, Ledger, keys_at, migrate, open_ledger
from npq_domain import commands as ask
from npq_domain.aggregates.participant.facts.circumstances import EvidenceRef
from npq_domain.catalogue.types import DeclarationType, EvidenceKind
from npq_domain.commands import ErasePersonalData
from npq_domain.identifiers import cohort_subject, participant_subject
from npq_domain.personal import Personal
from npq_domain.projections import VIEWS
from npq_domain.recorded import Actor
from npq_domain.values import Circumstance, ErasureBasis, Evidence
from tests.conftest import Backend

ME = Actor(role="provider", id="j.doe")
APPLICATION = "0c4a1f3e-1d52-4c3b-9f41-6a1f8f3f2b01"
OTHER = "0c4a1f3e-1d52-4c3b-9f41-6a1f8f3f2b02"
COHORT = cohort_subject("UCL", "Autumn 2023")
ADA, BOB = participant_subject("UCL", APPLICATION), participant_subject("UCL", OTHER)
TRN = "7654321"
CANARIES = {
    "name": "Canaria Byron-Quill",
    "email": "canary@nest.example",
    "trn": TRN,
    "endorser": "Canario Hopper",
    "slip": "canary wrote the wrong day",
    "changed": "Canaria King-Quill",
    "letter": "https://nest.example/canary-letter",
    "hold": "canary sues",
}
NOW = datetime(2031, 6, 1, 12, tzinfo=UTC)
CLAIMED = date(2023, 11, 24)
ASKED = ErasePersonalData(
    basis=ErasureBasis.NO_LONGER_NECESSARY, reason="asked in writing", on=date(2031, 5, 1)
)


def keys_in(folder: Path) -> KeyStore:
    """Keys in a file of that folder."""
    return keys_at(str(folder / "keys.json"), make=True)


@contextmanager
def opened(backend: Backend, keys: KeyStore | None, **rest: Any) -> Iterator[Ledger]:
    """A ledger sealed by these keys, made where it is not there yet."""
    if backend.url != backend.owner:
        backend.migrate(views=VIEWS)  # which gives its users their rights
    if backend.shared:
        migrate(backend.owner, keys=keys)
    with open_ledger(backend.url, keys=keys, **{"clock": lambda: NOW, **rest}) as ledger:
        yield ledger


def registration(
    application: str = APPLICATION,
    name: str = CANARIES["name"],
    trn: str | None = TRN,
    **rest: Any,
) -> ask.ReceiveRegistration:
    """A registration with DfE, for the run of autumn 2023 unless told otherwise."""
    told = {"funding_cohort": "2023a", "on": date(2023, 9, 20), "provider": "UCL", **rest}
    return ask.ReceiveRegistration(
        application_id=application,
        participant_id=application,
        name=Personal(name),
        trn=None if trn is None else Personal(trn),
        programme="NPQLT",
        **told,
    )


def intake() -> Iterator[Any]:
    """The cohort that Ada joins."""
    on = date(2023, 5, 1)
    yield ask.OpenCohort(
        provider="UCL",
        name="Autumn 2023",
        season="autumn",
        start_on=date(2023, 10, 2),
        funding_cohort="2023a",
        on=on,
    )
    yield ask.OfferProgramme(specification="reform/UCL/NPQLT/1", on=on)


def life() -> Iterator[Any]:
    """What is asked of Ada: something personal of every kind, and a claim."""
    on = date(2023, 9, 20)
    yield registration(email=Personal(CANARIES["email"]))
    yield ask.SendForm(on=on)
    yield ask.VoidFact(version=2, reason=Personal(CANARIES["slip"]), on=on)
    yield ask.ReturnForm(on=on)
    yield ask.Endorse(role="headteacher", name=Personal(CANARIES["endorser"]), on=on)
    yield ask.Accept(on=on)
    yield ask.Enrol(cohort_id=COHORT, on=on)
    yield ask.ChangeName(name=Personal(CANARIES["changed"]), on=date(2023, 10, 1))
    yield ask.Declare(
        id=UUID(int=1),
        type=DeclarationType.STARTED,
        declared_at=datetime(2023, 11, 24, 12, tzinfo=UTC),
        evidence=(
            Evidence(version=4, kind=EvidenceKind.OTHER),
            Evidence(version=5, kind=EvidenceKind.OTHER),
        ),
        on=CLAIMED,
    )
    yield ask.ClaimCircumstances(
        claim="c-1",
        kind=Circumstance.BEREAVEMENT,
        since=date(2023, 11, 20),
        until=date(2023, 11, 30),
        evidence=(EvidenceRef(kind="letter", uri=Personal(CANARIES["letter"]), sha256="ab" * 32),),
        on=date(2023, 12, 1),
    )
    yield ask.PlaceLegalHold(hold="42", reason=Personal(CANARIES["hold"]), on=date(2024, 1, 1))
    yield ask.ReleaseLegalHold(hold="42", reason=Personal(CANARIES["hold"]), on=date(2024, 2, 1))


def live(ledger: Ledger) -> None:
    """Have Ada live her life, and Bob begin his."""
    for command in intake():
        ledger.handle(COHORT, command, by=ME)
    for command in life():
        ledger.handle(ADA, command, by=ME)
    ledger.handle(BOB, registration(OTHER, "Bob", "1111111"), by=ME)


def at(url: str) -> Backend:
    """A place whose users are its owners."""
    return Backend("sqlite" if url.startswith("sqlite") else "postgres", url, url)
