"""Funded places under many writers: a cap is reached exactly, on every store."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest

from npq_adapters import open_ledger
from npq_adapters.ledger import Ledger
from npq_domain import commands as ask
from npq_domain.aggregates.cohort.facts.places import FundedPlaceReserved
from npq_domain.aggregates.participant.facts.application import FundingStated
from npq_domain.errors import Conflict, Refused
from npq_domain.projections import VIEWS, funding, intakes
from npq_domain.recorded import Actor
from tests.aggregates.ground import registration
from tests.conftest import Backend

OFFICE = Actor(role="provider", id="office")
HUB = UUID(int=7)
DAY = date(2023, 9, 1)
NOW = datetime(2023, 9, 4, 12, tzinfo=UTC)
CAP, THREADS, PROCESSES, EACH = 13, 8, 4, 5


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


def reserve(ledger: Ledger, participant: int) -> str:
    """What became of one participant's place; who finds the cohort contended asks again."""
    command = ask.ReserveFundedPlace(programme="NPQSL", participant=UUID(int=participant), on=DAY)
    while True:
        try:
            ledger.handle(HUB, command, by=OFFICE, command_id=UUID(int=1000 + participant))
        except Refused as refused:
            return refused.code
        except Conflict:
            continue
        return "reserved"


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


ALONE = """
import sys
from contextlib import closing
from npq_adapters import open_ledger
from tests.adapters.test_places import NOW, reserve
first, each = map(int, sys.argv[2:])
with closing(open_ledger(sys.argv[1], clock=lambda: NOW)) as ledger:
    for participant in range(first, first + each):
        print(reserve(ledger, participant))
"""


def test_four_processes_fill_a_cap_exactly_and_nobody_is_lost(
    backend: Backend, ledger: Ledger
) -> None:
    if not backend.shared:
        return
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([root, *sys.path])}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", ALONE, backend.url, str(number * EACH), str(EACH)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    ended = [(*it.communicate(), it.returncode) for it in started]
    assert [error for _, error, code in ended if code] == []
    answers = Counter(answer for out, _, _ in ended for answer in out.split())
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
