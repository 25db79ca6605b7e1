"""Funded places under many writers: a cap is reached exactly, on every store."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from npq_adapters import open_ledger
from npq_adapters.ledger import Ledger
from npq_domain import commands as ask
from npq_domain.aggregates.cohort.facts.places import FundedPlaceReserved
from npq_domain.aggregates.participant.facts.application import FundingStated
from npq_domain.projections import VIEWS, funding, intakes
from tests.adapters.alone import DAY, EACH, HUB, NOW, OFFICE, reserve, reserving
from tests.aggregates.ground import registration
from tests.conftest import Backend
from tests.faults.writing import NURSERY, all_done, started

CAP, THREADS, PROCESSES = 13, 8, 4


@pytest.fixture
def ledger(backend: Backend) -> Iterator[Ledger]:
    backend.migrate(views=VIEWS)
    with closing(open_ledger(backend.url, clock=lambda: NOW)) as opened:
        for command in (
            ask.OpenCohort(
                provider="UCL", name="autumn", season="autumn", start_on=date(2023, 10, 2), on=DAY
            ),
            ask.OfferProgramme(specification="reform/UCL/NPQSL/1", funded_cap=CAP, on=DAY),
        ):
            opened.handle(HUB, command, by=OFFICE)
        yield opened


def taken(ledger: Ledger) -> list[UUID]:
    return [
        it.fact.participant
        for it in ledger.history(HUB)
        if isinstance(it.fact, FundedPlaceReserved)
    ]


def test_eight_threads_fill_a_cap_exactly_and_nobody_is_lost(ledger: Ledger) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(lambda it: reserve(ledger, it), range(THREADS * EACH)))
    assert Counter(answers) == {"reserved": CAP, "cap_reached": THREADS * EACH - CAP}
    told = {UUID(int=it) for it, answer in enumerate(answers) if answer == "reserved"}
    assert set(taken(ledger)) == told
    assert len(taken(ledger)) == CAP


def test_four_processes_fill_a_cap_exactly_and_nobody_is_lost(
    backend: Backend, ledger: Ledger, tmp_path: Path
) -> None:
    if not backend.shared:
        return
    files = {number * EACH: tmp_path / f"{number}.txt" for number in range(PROCESSES)}
    together = NURSERY.Barrier(PROCESSES)
    with all_done([started(reserving, together, backend.url, *it) for it in files.items()]):
        pass
    answers = Counter(answer for it in files.values() for answer in it.read_text().split())
    assert answers == {"reserved": CAP, "cap_reached": PROCESSES * EACH - CAP}
    assert len(set(taken(ledger))) == len(taken(ledger)) == CAP


def test_a_funded_participant_is_accepted_on_a_place_that_was_kept(ledger: Ledger) -> None:
    ada, on = UUID(int=1), date(2023, 9, 1)
    assert reserve(ledger, 1) == "reserved"
    first = registration(
        "reform/BPN/NPQSL/1", funding_cohort="2026b", funding=FundingStated(eligible=True), on=on
    )
    ledger.handle(ada, first, by=OFFICE)
    ledger.handle(ada, ask.Accept(funded_place=True, on=on), by=OFFICE)
    ledger.handle(ada, ask.ChangeFundedPlace(value=False, on=on), by=OFFICE)
    release = ask.ReleaseFundedPlace(programme="NPQSL", participant=ada, on=on)
    ledger.handle(HUB, release, by=OFFICE)
    ledger.catch_up()
    (row,) = ledger.rows(funding)
    assert (row.funding, row.funded_place, row.eligible) == ("capped", False, True)
    (intake,) = ledger.rows(intakes)
    assert intake.funded_used == ("0",)


def test_a_place_given_back_goes_to_the_next_who_asks(ledger: Ledger) -> None:
    for participant in range(CAP):
        reserve(ledger, participant)
    assert reserve(ledger, 99) == "cap_reached"
    release = ask.ReleaseFundedPlace(programme="NPQSL", participant=UUID(int=3), on=DAY)
    ledger.handle(HUB, release, by=OFFICE)
    with ThreadPoolExecutor(THREADS) as pool:
        answers = Counter(pool.map(lambda it: reserve(ledger, it), range(100, 100 + THREADS)))
    assert answers == {"reserved": 1, "cap_reached": THREADS - 1}
