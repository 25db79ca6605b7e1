"""Finding somebody by TRN, in an index that holds none."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Barrier
from uuid import UUID

import pytest
from attrs import evolve

from npq_adapters import Ledger, open_ledger
from npq_adapters.kept import INDEX, Indexed
from npq_adapters.people import with_trn
from npq_adapters.trns import Place
from npq_domain import commands as ask
from npq_domain.errors import Refused
from npq_domain.identifiers import participant_subject
from npq_domain.personal import Personal
from npq_domain.values import RejectionReason
from tests.adapters.sealed import (
    ADA,
    APPLICATION,
    BOB,
    ME,
    NOW,
    OTHER,
    TRN,
    keys_in,
    opened,
    registration,
)
from tests.conftest import Backend

ON = date(2023, 9, 20)


@pytest.fixture
def ledger(backend: Backend, tmp_path: Path) -> Iterator[Ledger]:
    with opened(backend, keys_in(tmp_path)) as found:
        found.handle(ADA, registration(), by=ME)
        yield found


def entries(ledger: Ledger) -> list[Indexed]:
    with ledger.store.views() as tables:
        return tables.read(INDEX, {})


def code(ledger: Ledger, subject: UUID, command: object) -> str | None:
    try:
        ledger.handle(subject, command, by=ME)
    except Refused as refused:
        return f"the TRN is in: {refused}" if TRN in str(refused) else refused.code
    return None


def test_somebody_is_found_by_trn_and_nobody_by_another(ledger: Ledger) -> None:
    assert with_trn(ledger, TRN) == [ADA]
    assert with_trn(ledger, "1234567") == []


def test_a_ledger_in_the_clear_is_searched_by_its_roster() -> None:
    with open_ledger("memory:", clock=lambda: NOW) as plain:
        plain.handle(ADA, registration(), by=ME)
        assert with_trn(plain, TRN) == [ADA]
        assert with_trn(plain, "1234567") == []


def test_an_entry_tells_the_run_and_not_the_trn(ledger: Ledger) -> None:
    [it] = entries(ledger)
    assert (it.subject, it.provider, it.programme, it.run) == (str(ADA), "UCL", "NPQLT", "2023a")
    assert TRN not in it.token
    assert it.token != sha256(TRN.encode()).hexdigest()


def test_on_one_run_a_trn_is_one_participants(ledger: Ledger) -> None:
    assert code(ledger, BOB, registration(OTHER)) == "trn_taken"
    assert ledger.history(BOB) == ()
    assert code(ledger, BOB, registration(OTHER, trn="1234567")) is None
    assert code(ledger, BOB, ask.VerifyTrn(trn=Personal(TRN), on=ON)) == "trn_taken"
    assert len(ledger.history(BOB)) == 1


@pytest.mark.parametrize("run", ["2024a", None])
def test_on_another_run_it_is_another_entry_that_nothing_links_to_the_first(
    ledger: Ledger, run: str | None
) -> None:
    assert code(ledger, BOB, registration(OTHER, funding_cohort=run)) is None
    one, other = entries(ledger)
    assert one.token != other.token
    assert with_trn(ledger, TRN) == sorted([ADA, BOB])


def test_the_token_depends_on_every_part_of_a_place_and_on_the_key() -> None:
    place = Place(trn=TRN, provider="UCL", programme="NPQLT", run="2023a")
    changes = [
        {},
        {"trn": "1234567"},
        {"provider": "LLSE"},
        {"programme": "NPQSL"},
        {"run": "2023b"},
        {"programme": "NPQLT2023a", "run": ""},
    ]
    tokens = {evolve(place, **each).token(key) for each in changes for key in (b"one", b"other")}
    assert len(tokens) == 2 * len(changes)


def test_the_same_registration_again_is_no_other_participants(ledger: Ledger) -> None:
    assert ledger.handle(ADA, registration(), by=ME) == ()
    assert [it.subject for it in entries(ledger)] == [str(ADA)]


def test_who_was_rejected_leaves_the_place_to_the_next(ledger: Ledger) -> None:
    rejected = ask.Reject(reason=RejectionReason.REJECTED_BY_PROVIDER, on=ON)
    ledger.handle(ADA, rejected, by=ME)
    assert with_trn(ledger, TRN) == [ADA], "found until another comes"
    assert code(ledger, BOB, registration(OTHER)) is None
    assert with_trn(ledger, TRN) == [BOB]


def test_another_trn_takes_the_place_of_the_first(ledger: Ledger) -> None:
    ledger.handle(ADA, ask.VerifyTrn(trn=Personal("1234567"), on=ON), by=ME)
    assert with_trn(ledger, TRN) == []
    assert with_trn(ledger, "1234567") == [ADA]
    assert len(entries(ledger)) == 1
    assert code(ledger, BOB, registration(OTHER)) is None


def test_who_has_no_trn_has_no_entry(ledger: Ledger) -> None:
    ledger.handle(BOB, registration(OTHER, trn=None), by=ME)
    assert [it.subject for it in entries(ledger)] == [str(ADA)]


def test_an_entry_left_by_a_command_that_was_not_recorded_keeps_nobody_out(
    ledger: Ledger,
) -> None:
    lost = participant_subject("UCL", "db3a7848-7308-4879-942a-c4a70ced400a")
    with ledger.store.views(write=True) as tables:
        [it] = tables.read(INDEX, {})
        tables.remove(INDEX, [(it.token,)])
        tables.put(INDEX, [evolve(it, subject=str(lost), entered_at=NOW - timedelta(minutes=1))])
    assert with_trn(ledger, TRN) == []
    assert code(ledger, BOB, registration(OTHER)) is None
    assert with_trn(ledger, TRN) == [BOB]


def test_a_place_is_kept_for_a_minute_while_its_facts_are_being_recorded(ledger: Ledger) -> None:
    lost = participant_subject("UCL", "db3a7848-7308-4879-942a-c4a70ced400a")
    with ledger.store.views(write=True) as tables:
        [it] = tables.read(INDEX, {})
        at = NOW - timedelta(seconds=59)
        tables.put(INDEX, [evolve(it, subject=str(lost), entered_at=at)])
    assert code(ledger, BOB, registration(OTHER)) == "trn_taken"


def test_of_two_who_come_at_once_one_has_the_place(backend: Backend, tmp_path: Path) -> None:
    if not backend.shared:
        pytest.skip("one process has one memory")
    with opened(backend, keys_in(tmp_path)):
        pass
    applications = [APPLICATION, OTHER, *(f"{OTHER[:-1]}{number}" for number in range(5, 7))]
    at_once = Barrier(len(applications))

    def ask_for(application: str) -> str | None:
        with open_ledger(backend.url, keys=keys_in(tmp_path)) as mine:
            at_once.wait()
            return code(mine, participant_subject("UCL", application), registration(application))

    with ThreadPoolExecutor(len(applications)) as pool:
        codes = list(pool.map(ask_for, applications))
    assert sorted(map(str, codes)) == ["None", *["trn_taken"] * 3]
    with open_ledger(backend.url, keys=keys_in(tmp_path)) as ledger:
        assert len(with_trn(ledger, TRN)) == 1
        assert len(entries(ledger)) == 1
