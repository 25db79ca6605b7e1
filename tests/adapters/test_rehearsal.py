"""A ledger that is rehearsed on: it tells what would happen, and nothing does."""

from datetime import date
from pathlib import Path

import pytest

from npq_adapters.memory import MemoryStore
from npq_adapters.rehearsal import Rehearsal
from npq_adapters.store import Row, VersionTaken
from npq_domain.commands import SendForm
from tests.adapters.inbound.house import OFFICE, intake, memory, subject


def test_a_rehearsal_knows_what_was_recorded_and_what_it_was_asked(tmp_path: Path) -> None:
    ledger = memory()
    intake(ledger, tmp_path, {1: "0743795"})
    head, known = ledger.store.head(), ledger.history(subject(1))
    rehearsal = ledger.rehearsal()
    [told] = rehearsal.handle(subject(1), SendForm(on=date(2023, 9, 5)), by=OFFICE)
    assert rehearsal.history(subject(1)) == (*known, told)
    assert rehearsal.handle(subject(1), SendForm(on=date(2023, 9, 5)), by=OFFICE) == ()
    rehearsal.catch_up()
    rehearsal.close()
    assert (ledger.store.head(), ledger.history(subject(1))) == (head, known)


def test_a_version_is_taken_in_a_rehearsal_as_anywhere() -> None:
    store = Rehearsal(memory().store)
    row = Row("a", 1, "participant.application-form-returned.v1", b"{}")
    store.append([row])
    with pytest.raises(VersionTaken, match="version 1 of a is taken"):
        store.append([row])


def test_a_rehearsal_keeps_all_rows_or_none() -> None:
    store = Rehearsal(MemoryStore())
    with pytest.raises(VersionTaken):
        store.append([Row("a", 1, "x", b""), Row("b", 1, "x", b""), Row("b", 1, "x", b"")])
    assert (store.stream("a"), store.stream("b")) == ((), ())
    store.append([Row("a", 1, "x", b"")])
    assert [it.position for it in store.stream("a")] == [1]


def test_what_others_record_meanwhile_does_not_mix_with_what_is_rehearsed(tmp_path: Path) -> None:
    ledger = memory()
    intake(ledger, tmp_path, {1: "0743795"})
    known, rehearsal = ledger.history(subject(1)), ledger.rehearsal()
    [told] = rehearsal.handle(subject(1), SendForm(on=date(2023, 9, 5)), by=OFFICE)
    ledger.handle(subject(1), SendForm(on=date(2023, 9, 6)), by=OFFICE)
    assert rehearsal.history(subject(1)) == (*known, told)
    assert rehearsal.handle(subject(1), SendForm(on=date(2023, 9, 5)), by=OFFICE) == ()
