"""What the plain library does when a call fails, and beside it what the ledger does."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from eventsourcing.domain import OriginatorVersionError
from eventsourcing.persistence import IntegrityError, OperationalError

from npq_adapters import Ledger, migrate, open_ledger
from npq_domain import commands as ask
from npq_domain.errors import Refused, StoreUnavailable
from tests.faults import plain
from tests.faults.fault import Fault, Loss
from tests.faults.losing import losing_driver
from tests.faults.plain import Register
from tests.faults.replies import RIGHT, ours, theirs
from tests.faults.writing import (
    OFFICE,
    STUDIED,
    UNIT,
    Ground,
    asking,
    enrol,
    handle,
    new_id,
    stored,
)


@pytest.fixture
def fault(monkeypatch: pytest.MonkeyPatch) -> Fault:
    """What may fail of SQLite's driver, for both libraries alike."""
    fault = Fault()
    monkeypatch.setattr(sqlite3, "connect", losing_driver(fault))
    return fault


@pytest.fixture
def app(tmp_path: Path, fault: Fault) -> Iterator[plain.Plain]:
    with plain.opened(plain.sqlite(tmp_path / "plain.db")) as opened:
        yield opened


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/ledger.db"


@pytest.fixture
def ledger(url: str, fault: Fault) -> Iterator[Ledger]:
    migrate(url)
    with open_ledger(url) as opened:
        yield opened


@pytest.fixture
def on(ledger: Ledger, url: str) -> Ground:
    return enrol(ledger, url, (new_id(Random(11)),))


# A save that failed, and the next ones


def test_plain_after_a_failed_save_the_next_records_nothing_and_the_one_after_leaves_a_gap(
    app: plain.Plain, fault: Fault
) -> None:
    register = Register()
    app.save(register)
    register.study(30)
    fault.lose(Loss.REQUEST, 2)  # the transaction is begun, the row is not inserted
    with pytest.raises(OperationalError):
        app.save(register)
    assert app.save(register) == []
    assert plain.versions(app, register) == [1]
    register.study(45)
    app.save(register)
    assert plain.versions(app, register) == [1, 3]
    with pytest.raises(OriginatorVersionError):
        app.repository.get(register.id)


def test_ours_after_a_failed_command_asking_again_records_it_and_the_next_follows_on(
    ledger: Ledger, on: Ground, fault: Fault
) -> None:
    [subject], dice = on.subjects, Random(12)
    first, second = asking(subject, new_id(dice)), asking(subject, new_id(dice))
    fault.lose(Loss.REQUEST, 3)  # the load, the beginning of the append, its first row
    with pytest.raises(StoreUnavailable):
        handle(ledger, first)
    assert stored(ledger, on) == {str(subject): ()}
    assert len(handle(ledger, first)) == 1
    handle(ledger, second)
    assert stored(ledger, on) == {str(subject): first.values + second.values}


# A stale object


def test_plain_a_stale_object_is_refused_once_and_its_next_event_is_accepted(
    app: plain.Plain,
) -> None:
    register = Register()
    app.save(register)
    stale: Register = app.repository.get(register.id)
    register.study(30)
    app.save(register)
    stale.study(45)
    with pytest.raises(IntegrityError):
        app.save(stale)
    stale.study(60)
    app.save(stale)
    found: Register = app.repository.get(register.id)
    assert plain.versions(app, register) == [1, 2, 3]
    assert (stale.minutes, found.minutes) == (45 + 60, 30 + 60)


def test_ours_each_command_is_decided_on_what_is_recorded_by_then(
    ledger: Ledger, on: Ground, url: str
) -> None:
    [subject] = on.subjects
    with open_ledger(url) as other:
        ledger.state(subject)  # whatever this one read before
        [study] = handle(other, asking(subject, new_id(Random(13))))
        other.handle(
            subject, ask.VoidFact(version=study.version, reason="misread", on=STUDIED), by=OFFICE
        )
        right = ask.RecordStudy(component=UNIT, minutes=2, on=STUDIED)
        late = ask.CorrectFact(
            version=study.version, replacement=right, reason="misread", on=STUDIED
        )
        with pytest.raises(Refused) as refused:
            ledger.handle(subject, late, by=OFFICE)
    assert refused.value.code == "already_voided"


# A lost reply to COMMIT


def test_plain_a_lost_reply_to_commit_is_told_as_a_conflict_though_all_was_written(
    postgres_url: str,
) -> None:
    assert theirs(postgres_url, 3) == {"IntegrityError, and written": 3}


def test_ours_a_lost_reply_is_answered_with_what_was_written(postgres_url: str) -> None:
    migrate(postgres_url)
    assert ours(postgres_url, 3, Random(14)) == {RIGHT: 3}
