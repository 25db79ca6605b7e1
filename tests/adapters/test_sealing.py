"""What is personal is stored under seal, and opens by its own key in its own place alone."""

import sqlite3
from base64 import b64decode, b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path
from threading import Barrier
from typing import Any

import attrs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from npq_adapters import Ledger, migrate, open_ledger
from npq_adapters.checking import check
from npq_adapters.kept import KEYS, DataKey
from npq_adapters.keys import WrongKey
from npq_adapters.keystores import EnvironmentKeyStore
from npq_adapters.memory import MemoryStore
from npq_adapters.projecting import table
from npq_adapters.sealing import Sealing, begin, columns
from npq_domain import commands as ask
from npq_domain import participant
from npq_domain.aggregates import vocabulary
from npq_domain.errors import Invalid, SealBroken, StoredFactError
from npq_domain.personal import ERASED, REDACTED, SEAL, Personal, Sealed, personal_values
from npq_domain.projections import VIEWS, Projection
from tests.adapters.sealed import (
    ADA,
    ASKED,
    BOB,
    CANARIES,
    ME,
    NOW,
    at,
    keys_in,
    live,
    opened,
    registration,
)
from tests.conftest import Backend

NAME = "participant.name-changed.v1"


@pytest.fixture
def ledger(backend: Backend, tmp_path: Path) -> Iterator[Ledger]:
    with opened(backend, keys_in(tmp_path)) as found:
        live(found)
        yield found


@attrs.frozen
class Note:
    text: Personal[str]


@pytest.fixture(scope="module")
def sealing(tmp_path_factory: pytest.TempPathFactory) -> Sealing:
    store = MemoryStore()
    store.migrate(())
    keys = keys_in(tmp_path_factory.mktemp("keys"))
    begin(store, keys)
    return Sealing(store, keys, ())


def sealed(sealing: Sealing, text: str, subject: str = "ada", version: int = 1) -> Sealed:
    """A value under seal, as it is read from the place that it was sealed for."""
    note = Note(Personal(text))
    assert sealing.seal(subject, version, NAME, note)
    return Sealed(note.text.reveal(), 7, subject, version, NAME, "text")


@given(text=st.text())
def test_whatever_is_sealed_opens_again_in_its_own_place(sealing: Sealing, text: str) -> None:
    it = sealed(sealing, text)
    assert sealing.open(it) == text
    assert it.text.startswith(SEAL)
    assert len(text) < 3 or text not in it.text


@given(
    text=st.text(),
    moved=st.sampled_from(
        [
            {"subject": "bob"},
            {"version": 2},
            {"name": "participant.name-changed.v2"},
            {"path": "previous"},
        ]
    ),
)
def test_a_value_that_was_moved_does_not_open(
    sealing: Sealing, text: str, moved: dict[str, Any]
) -> None:
    sealed(sealing, text, "bob")
    it = sealed(sealing, text)
    with pytest.raises(SealBroken) as caught:
        sealing.open(Sealed(**{**as_given(it), **moved}))
    assert caught.value.position == 7
    assert len(text) < 3 or text not in str(caught.value)


@given(text=st.text(), elsewhere=st.sampled_from(["other", "texts", "text.0", "tex"]))
def test_a_value_that_claims_to_be_of_the_field_it_was_moved_to_does_not_open(
    sealing: Sealing, text: str, elsewhere: str
) -> None:
    it = sealed(sealing, text)
    renamed = it.text.replace(f"{SEAL}text:", f"{SEAL}{elsewhere}:")
    with pytest.raises(SealBroken):
        sealing.open(Sealed(**{**as_given(it), "text": renamed, "path": elsewhere}))


@given(text=st.text(), data=st.data())
def test_a_value_of_which_a_bit_was_changed_does_not_open(
    sealing: Sealing, text: str, data: st.DataObject
) -> None:
    it = sealed(sealing, text)
    head, _, encoded = it.text.rpartition(":")
    raw = bytearray(b64decode(encoded))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealBroken):
        sealing.open(Sealed(**{**as_given(it), "text": f"{head}:{b64encode(raw).decode()}"}))


@given(text=st.text(), data=st.data())
def test_a_seal_of_which_a_character_was_changed_does_not_open(
    sealing: Sealing, text: str, data: st.DataObject
) -> None:
    it = sealed(sealing, text)
    at = data.draw(st.integers(0, len(it.text) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda each: each != it.text[at]))
    changed = it.text[:at] + other + it.text[at + 1 :]
    with pytest.raises(SealBroken):
        sealing.open(Sealed(**{**as_given(it), "text": changed}))


@pytest.mark.parametrize("text", ["", "Ada Byron", SEAL, f"{SEAL}text:", f"{SEAL}text:AAAA"])
def test_what_was_never_sealed_is_refused_in_a_sealed_ledger(sealing: Sealing, text: str) -> None:
    it = sealed(sealing, "x")
    with pytest.raises(SealBroken) as caught:
        sealing.open(Sealed(**{**as_given(it), "text": text}))
    assert "Ada" not in str(caught.value)


def test_a_subject_whose_key_is_missing_is_not_taken_for_erased(sealing: Sealing) -> None:
    it = sealed(sealing, "x")
    with pytest.raises(SealBroken, match="missing"):
        sealing.open(Sealed(**{**as_given(it), "subject": "nobody"}))


def as_given(it: Sealed) -> dict[str, Any]:
    return {name: getattr(it, name) for name in it.__struct_fields__}


def test_the_same_value_sealed_twice_looks_different(sealing: Sealing) -> None:
    assert sealed(sealing, "Ada Byron").text != sealed(sealing, "Ada Byron").text


# Through the ledger


def test_nothing_personal_is_stored_in_the_clear(ledger: Ledger) -> None:
    states = b"".join(state for *_, state in ledger.store.scan())
    assert [name for name, it in CANARIES.items() if it.encode() in states] == []
    assert states.count(SEAL.encode()) == 12


def test_the_ledger_reads_back_what_was_recorded(backend: Backend, tmp_path: Path) -> None:
    with opened(backend, keys_in(tmp_path)) as ledger:
        live(ledger)
        sealed_facts = [it.fact for it in ledger.history(ADA)]
        state = ledger.state(ADA)
    with open_ledger("memory:", clock=lambda: NOW) as plain:
        live(plain)
        assert sealed_facts == [it.fact for it in plain.history(ADA)]
        assert state == plain.state(ADA)
    assert sealed_facts[0].name.reveal() == CANARIES["name"], "without the ledger, too"
    assert state.identity.name.reveal() == CANARIES["changed"]


def test_a_fact_without_personal_values_is_stored_as_in_a_ledger_in_the_clear(
    ledger: Ledger,
) -> None:
    for _, _, _, name, state in ledger.store.scan():
        fact = vocabulary.reader(name)(state).fact
        assert (SEAL.encode() in state) is any(True for _ in personal_values(fact)), name


def test_a_check_of_a_sealed_ledger_finds_nothing_wrong_before_and_after_an_erasure(
    ledger: Ledger,
) -> None:
    assert check(ledger).damage == ()
    ledger.handle(ADA, ASKED, by=ME)
    assert check(ledger).damage == ()


def test_a_sealed_fact_of_another_subject_is_refused_by_name_and_place(
    tmp_path: Path,
) -> None:
    backend = at(f"sqlite:///{tmp_path}/ledger.db")
    with opened(backend, keys_in(tmp_path)) as ledger:
        live(ledger)
        with closing(sqlite3.connect(tmp_path / "ledger.db")) as database:
            first = "SELECT state FROM stored_events WHERE originator_id = ? ORDER BY position"
            [state] = database.execute(first, (str(ADA),)).fetchone()
            database.execute("DROP TRIGGER facts_never_change")
            database.execute(
                "UPDATE stored_events SET state = ? WHERE originator_id = ?", (state, str(BOB))
            )
            database.commit()
        with pytest.raises(SealBroken) as caught:
            ledger.history(BOB)
        assert (caught.value.subject, caught.value.version) == (str(BOB), 1)
        assert caught.value.name == "participant.registration-received.v1"
        assert ledger.history(ADA)


def test_a_value_in_the_clear_that_was_put_into_a_sealed_ledger_is_refused(tmp_path: Path) -> None:
    backend = at(f"sqlite:///{tmp_path}/ledger.db")
    with opened(backend, keys_in(tmp_path)) as ledger:
        live(ledger)
        [row] = ledger.store.stream(str(BOB))
        envelope = vocabulary.reader(row.name)(row.state)
        plain = attrs.evolve(envelope.fact, name=Personal("Mallory"))
        state = vocabulary.encode(msgspec.structs.replace(envelope, fact=plain))
        with closing(sqlite3.connect(tmp_path / "ledger.db")) as database:
            database.execute("DROP TRIGGER facts_never_change")
            database.execute(
                "UPDATE stored_events SET state = ? WHERE originator_id = ?", (state, str(BOB))
            )
            database.commit()
        with pytest.raises(SealBroken) as caught:
            ledger.history(BOB)
        assert "Mallory" not in str(caught.value)
        [damage] = check(ledger).damage
        assert (damage.error, damage.subject) == ("SealBroken", str(BOB))
        assert "Mallory" not in repr(damage)


def test_a_sealed_ledger_is_not_opened_without_its_keys(backend: Backend, tmp_path: Path) -> None:
    if not backend.shared:
        pytest.skip("memory is gone when it is closed")
    with opened(backend, keys_in(tmp_path)):
        pass
    with pytest.raises(Invalid, match="this ledger is sealed"):
        open_ledger(backend.url)
    (tmp_path / "other").mkdir()
    with pytest.raises(WrongKey, match="is not among the keys"):
        open_ledger(backend.url, keys=keys_in(tmp_path / "other"))
    migrate(backend.owner)  # upgrading the schema needs no keys
    open_ledger(backend.url, keys=keys_in(tmp_path)).close()


def test_a_ledger_in_the_clear_is_not_opened_with_keys_nor_sealed_later(
    backend: Backend, tmp_path: Path
) -> None:
    if not backend.shared:
        pytest.skip("memory begins empty")
    keys = keys_in(tmp_path)
    with opened(backend, None) as ledger:
        ledger.handle(ADA, registration(), by=ME)
    with pytest.raises(Invalid, match="in the clear"):
        open_ledger(backend.url, keys=keys)
    with pytest.raises(Invalid, match="before its first fact"):
        migrate(backend.owner, keys=keys)
    with opened(backend, None) as ledger:
        assert ledger.state(ADA).identity.name == Personal(CANARIES["name"])


def test_an_empty_ledger_may_still_be_sealed(backend: Backend, tmp_path: Path) -> None:
    with opened(backend, keys_in(tmp_path)) as ledger:
        assert ledger.seals is not None


def test_views_hold_personal_values_as_the_log_does_and_readers_see_them_opened(
    ledger: Ledger,
) -> None:
    ledger.catch_up()
    names = {row.name.reveal() for row in ledger.rows("roster")}
    assert names == {CANARIES["changed"], "Bob"}
    roster = ledger.views["roster"]
    with ledger.store.views() as tables:
        stored = tables.read(table(roster), {})
    assert [it.name.sealed is not None for it in stored] == [True, True]
    with pytest.raises(LookupError, match="no key is at hand"):
        stored[0].name.reveal()
    [swapped] = ledger.rebuild(["roster"], compare=True)
    assert swapped.differences == ()
    assert {row.name.reveal() for row in ledger.rows("roster")} == names
    evolved = attrs.evolve(stored[0], name=stored[1].name)
    with ledger.store.views(write=True) as tables:
        tables.put(table(roster), [evolved])
    [swapped] = ledger.rebuild(["roster"], compare=True)
    assert [it.column for it in swapped.differences] == ["name"]
    assert CANARIES["changed"] not in repr(swapped)


def test_views_made_by_several_processes_are_the_same(tmp_path: Path) -> None:
    backend = at(f"sqlite:///{tmp_path}/ledger.db")
    with opened(backend, keys_in(tmp_path)) as ledger:
        live(ledger)
        ledger.rebuild()
        before = {name: ledger.rows(name) for name in ledger.views}
        ledger.rebuild(workers=2)
        assert {name: ledger.rows(name) for name in ledger.views} == before
        assert before["roster"][0].name.reveal()


def test_no_rows_are_chosen_by_what_is_personal(ledger: Ledger) -> None:
    ledger.catch_up()
    with pytest.raises(Invalid, match="no rows are chosen by name, trn"):
        ledger.rows("roster", trn=Personal("7654321"), name=Personal("x"))


def test_a_view_of_ones_own_that_reveals_is_stopped_rather_than_given_a_seal(
    tmp_path: Path,
) -> None:
    @attrs.frozen
    class Row:
        participant: str
        name: str | None

    def row(it: Any, seen: Any) -> Row:
        return Row(seen.subject, it.identity.name.reveal())

    plain = Projection(
        name="names", row_type=Row, decider=participant, parts=("identity",), row=row
    )
    backend = at(f"sqlite:///{tmp_path}/ledger.db")
    migrate(backend.url, views=[plain], keys=keys_in(tmp_path))
    with open_ledger(backend.url, views=[plain], keys=keys_in(tmp_path)) as ledger:
        ledger.handle(ADA, registration(), by=ME)
        with pytest.raises(StoredFactError, match=r"made \(LookupError in open, personal.py"):
            ledger.catch_up()


def test_to_rehearse_leaves_no_key_and_no_entry(backend: Backend, tmp_path: Path) -> None:
    with opened(backend, keys_in(tmp_path)) as ledger:
        with ledger.store.views() as tables:
            before = tables.read(KEYS, {})
        trial = ledger.rehearsal()
        trial.handle(ADA, registration(), by=ME)
        trial.handle(ADA, ask.ChangeName(name=Personal("Ada King"), on=date(2023, 10, 1)), by=ME)
        assert trial.state(ADA).identity.name == Personal("Ada King")
        with ledger.store.views() as tables:
            assert tables.read(KEYS, {}) == before
        assert ledger.history(ADA) == ()


def test_writers_who_seal_for_one_subject_at_once_seal_by_one_key(
    backend: Backend, tmp_path: Path
) -> None:
    if not backend.shared:
        pytest.skip("one process has one memory")
    with opened(backend, keys_in(tmp_path)):
        pass
    at_once = Barrier(4)

    def seal(number: int) -> None:
        with open_ledger(backend.url, keys=keys_in(tmp_path)) as mine:
            at_once.wait()
            mine.handle(ADA, registration(), by=ME)
            name = Personal(f"Ada {number}")
            mine.handle(ADA, ask.ChangeName(name=name, on=date(2023, 10, 1)), by=ME)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(seal, range(4)))
    with open_ledger(backend.url, keys=keys_in(tmp_path)) as ledger:
        names = [it.fact.name.reveal() for it in ledger.history(ADA)]
    assert sorted(names[1:]) == ["Ada 0", "Ada 1", "Ada 2", "Ada 3"]


def test_what_is_sealed_shows_as_little_as_what_is_not(ledger: Ledger) -> None:
    state = ledger.state(ADA)
    assert str(state.identity.name) == REDACTED
    assert repr(state.identity.name.sealed) == REDACTED
    assert ERASED not in repr(state)


def test_a_personal_value_may_not_begin_as_seals_do(ledger: Ledger) -> None:
    name = Personal(f"{SEAL}name:AAAA")
    with pytest.raises(Invalid, match="name: begins as sealed values do"):
        ledger.handle(ADA, ask.ChangeName(name=name, on=date(2023, 10, 1)), by=ME)


def test_only_the_roster_has_personal_columns() -> None:
    kinds: dict[str, Any] = {it.name: it.row_type for it in VIEWS}
    personal = {name: columns(kind) for name, kind in kinds.items()}
    assert {name: it for name, it in personal.items() if it} == {"roster": ("name", "trn")}


def test_the_key_of_a_subject_is_not_that_of_another(ledger: Ledger) -> None:
    with ledger.store.views() as tables:
        rows = {it.subject: it for it in tables.read(KEYS, {})}
    assert set(rows) == {"index", str(ADA), str(BOB)}
    assert len({it.wrapped for it in rows.values()}) == 3


def test_what_was_sealed_once_opens_for_good() -> None:
    keys = EnvironmentKeyStore("K", {"K": f"k1={b64encode(bytes(range(32))).decode()}"})
    store = MemoryStore()
    store.migrate(())
    wrapped = "6qYyc6gMEIpZuaLnHNsbhI285kkYlK6ElBrPtMIVC3/PyeDKXFVTsiyxxrGxxdP8KZ1/5PE6eYuCeSQe"
    with store.views(write=True) as tables:
        row = DataKey(subject="ada", key_id="k1", wrapped=wrapped, erased_on=None)
        tables.put(KEYS, [row])
    text = f"{SEAL}text:/NzVMKsQmKCtFrxQIIDv8f9RiuELK9G3mwc6x7KWdicbm9v9AA=="
    assert Sealing(store, keys, ()).open(Sealed(text, 1, "ada", 1, NAME, "text")) == "Ada Byron"
