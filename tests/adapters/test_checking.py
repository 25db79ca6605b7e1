"""`check`: everything that is wrong with a log, its views and its store."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from npq_adapters.checking import Report, check
from npq_adapters.ledger import Ledger
from npq_adapters.marks import marked
from npq_adapters.opening import open_store
from npq_adapters.sqlite import SqliteStore
from npq_adapters.store import Row
from npq_domain.errors import StoredFactError, ViewAhead
from tests.adapters import club as toy
from tests.adapters.behind import behind_its_back, unguard
from tests.adapters.club import NOW, SECRETARY, VIEWS, Add, Clock, Note, scores, totals
from tests.conftest import Backend

ANN, BOB, CLUB = UUID(int=2), UUID(int=3), UUID(int=1)
TODAY = date(2024, 5, 2)
GOOD = (
    b'{"at":"2024-05-01T12:00:00Z","by":{"role":"r","id":"i"},"source":"provider",'
    b'"command":"00000000-0000-0000-0000-000000000009","fact":{"points":1,"on":"2024-05-01"}}'
)
INSERT = (
    "INSERT INTO stored_events (originator_id, originator_version, topic, state)"
    " VALUES (?, ?, ?, ?)"
)


@pytest.fixture
def ledger(backend: Backend) -> Iterator[Ledger]:
    """Ann with three facts, Bob with one; every view is up to date."""
    with closing(opened(backend)) as found:
        found.handle(ANN, Add(points=(1, 2)), by=SECRETARY)
        found.handle(BOB, Add(points=(3,)), by=SECRETARY)
        found.handle(ANN, Note(text="Ann Other"), by=SECRETARY)
        found.catch_up()
        yield found


def opened(backend: Backend) -> Ledger:
    store = backend.open(views=VIEWS)
    return Ledger(
        store,
        toy.vocabulary,
        (toy.member, toy.club),
        catalogue=lambda: "the catalogue",
        views=VIEWS,
        clock=Clock(NOW),
    )


@pytest.fixture
def owned(backend: Backend, ledger: Ledger) -> Iterator[Any]:
    """The same store in the hands of whoever owns the database, its guards taken off."""
    if backend.kind == "memory":
        pytest.skip("what is in memory nobody else can reach")
    with closing(open_store(backend.role("superuser"))) as store:
        unguard(store)
        yield store


def damage(found: Report) -> list[tuple[int, str, int, str]]:
    return [(it.position, it.subject, it.version, it.why) for it in found.damage]


def test_a_sound_ledger_has_nothing_wrong(ledger: Ledger) -> None:
    found = check(ledger)
    assert (found.head, found.facts, found.subjects, found.damage) == (4, 4, 2, ())
    assert [(it.view, it.position, it.behind, it.ahead) for it in found.views] == [
        ("scores", 4, 0, 0),
        ("entries", 4, 0, 0),
        ("totals", 4, 0, 0),
    ]
    assert {it.name for it in found.guarantees if it.due and not it.held} == set()
    assert found.wrong == 0


def test_an_empty_ledger_has_nothing_wrong_and_its_views_were_never_built(
    backend: Backend,
) -> None:
    with closing(opened(backend)) as ledger:
        found = check(ledger)
    assert (found.head, found.facts, found.wrong) == (0, 0, 0)
    assert [(it.position, it.as_at, it.behind) for it in found.views] == [(None, None, 0)] * 3


def test_a_view_that_is_behind_is_told_and_is_not_wrong(ledger: Ledger) -> None:
    ledger.handle(BOB, Add(points=(4, 5)), by=SECRETARY)
    found = check(ledger)
    assert [it.behind for it in found.views] == [2, 2, 2]
    assert found.wrong == 0


def test_progress_is_told_to_the_end(ledger: Ledger) -> None:
    ledger.handle(ANN, Add(points=(1,) * 2_000), by=SECRETARY)
    told: list[tuple[int, int]] = []
    check(ledger, lambda done, total: told.append((done, total)))
    assert told == [(1_000, 2_004), (2_000, 2_004), (2_004, 2_004)]


def test_versions_that_are_missing_or_come_in_another_order_are_told(
    ledger: Ledger, owned: Any
) -> None:
    zoe = str(UUID(int=9))
    for version in (3, 2, 5):
        row = (zoe, version, "member.scored.v1", GOOD)
        behind_its_back(owned, INSERT, values=row)
    behind_its_back(
        owned, "DELETE FROM stored_events WHERE originator_version = 2 AND originator_id = ?",
        values=(str(ANN),),
    )  # fmt: skip
    assert damage(check(ledger)) == [
        (4, str(ANN), 3, "version 3 comes after version 1"),
        (5, zoe, 3, "version 3 comes after none"),
        (6, zoe, 2, "version 2 comes after version 3"),
        (7, zoe, 5, "version 5 comes after version 2"),
    ]
    for read in (ledger.state, ledger.history):
        with pytest.raises(StoredFactError, match=r"facts are missing before it: .* position 4"):
            read(ANN)
    assert len(ledger.history(BOB)) == 1


def test_a_history_that_begins_before_its_first_version_is_no_history(
    ledger: Ledger, owned: Any
) -> None:
    """As many rows as the last version says, and yet one is missing."""
    if isinstance(owned, SqliteStore):
        pytest.skip("the table takes no version below 1, whoever asks")
    zoe = UUID(int=9)
    for version in (0, 2):
        behind_its_back(owned, INSERT, values=(str(zoe), version, "member.scored.v1", GOOD))
    for read in (ledger.state, ledger.history):
        with pytest.raises(StoredFactError, match="facts are missing before it"):
            read(zoe)


def test_what_is_no_subject_or_two_kinds_of_one_is_told(ledger: Ledger, owned: Any) -> None:
    name = "member.scored.v1"
    seats = GOOD.replace(b'"points":1', b'"seats":9')
    for row in (
        ("Ann Other", 1, name, GOOD),
        (str(UUID(int=10)).upper() + "A", 1, name, GOOD),
        (str(BOB), 2, "club.opened.v1", seats),
    ):
        behind_its_back(owned, INSERT, values=row)
    assert damage(check(ledger)) == [
        (5, "?", 1, "its subject is no UUID"),
        (6, "?", 1, "its subject is no UUID"),
        (7, str(BOB), 2, "a member has facts of another kind"),
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [("points", b"9223372036854775808"), ("on", b'"9999-12-31"'), ("text", b'"a\\u0000b"')],
)
def test_what_is_beyond_all_bounds_can_be_read_and_is_told(
    ledger: Ledger, field: str, value: bytes
) -> None:
    name = "member.noted.v1" if field == "text" else "member.scored.v1"
    fields = {"points": b"1", "on": b'"2024-05-01"', field: value}
    if field == "text":
        del fields["points"]
    told = b",".join(b'"%s":%s' % (key.encode(), each) for key, each in fields.items())
    state = GOOD.partition(b'"fact":')[0] + b'"fact":{' + told + b"}}"
    ledger.store.append([Row(str(BOB), 2, name, state)])
    assert len(ledger.history(BOB)) == 2
    assert damage(check(ledger)) == [(5, str(BOB), 2, f"beyond what is ever recorded: {field}")]


def test_who_reads_a_damaged_row_is_told(ledger: Ledger) -> None:
    for number, name in enumerate(("member.scored.v1", "member.met.v1", "member.flown.v1"), 2):
        ledger.store.append([Row(str(BOB), number, name, b"{}")])
    assert [(it.name, it.error, it.views) for it in check(ledger).damage] == [
        ("member.scored.v1", "StoredFactError", ("scores", "totals")),
        ("member.met.v1", "StoredFactError", ("entries", "totals")),
        ("member.flown.v1", "UnknownFact", ("scores", "entries", "totals")),
    ]


def test_a_row_that_the_store_itself_cannot_give_is_found_among_the_others(
    ledger: Ledger, owned: Any
) -> None:
    if not isinstance(owned, SqliteStore):
        pytest.skip("PostgreSQL takes no text that is none")
    ledger.handle(ANN, Add(points=(1,) * 1_500), by=SECRETARY)
    for position in (700, 1_502):
        behind_its_back(
            owned,
            f"UPDATE stored_events SET topic = CAST(x'ff41' AS TEXT) WHERE position = {position}",
        )
    found = check(ledger)
    assert [(it.position, it.error) for it in found.damage if it.error != "StoredFactError"] == [
        (700, "StoreUnavailable"),
        (1_502, "StoreUnavailable"),
    ]
    assert found.facts == 1_504


def test_guards_that_were_taken_off_are_wrong(ledger: Ledger, owned: Any) -> None:
    found = check(ledger)
    missing = {it.name for it in found.guarantees if it.due and not it.held}
    assert missing == {"append_only", "versions_contiguous"}
    assert found.wrong == 2


# An older backup under newer views


@pytest.fixture
def restored(backend: Backend, ledger: Ledger) -> Ledger:
    """As if the log were that of yesterday, and the views of today."""
    if backend.kind == "memory":
        recorder: Any = ledger.store
        del recorder.recorder.log[2:]
        return ledger
    with closing(open_store(backend.role("superuser"))) as store:
        unguard(store)
        behind_its_back(store, "DELETE FROM stored_events WHERE position > 2")
    return ledger


def test_views_of_a_log_that_was_longer_are_named_by_every_reader(restored: Ledger) -> None:
    """After an older backup of the log was put under them."""
    for view in VIEWS:
        with pytest.raises(ViewAhead, match=f"the view {view.name} has read up to position 4"):
            restored.rows(view)
    with pytest.raises(ViewAhead, match=r"the log ends at 2: .* `npq rebuild scores`") as ahead:
        restored.catch_up()
    assert (ahead.value.view, ahead.value.position, ahead.value.head) == ("scores", 4, 2)
    with pytest.raises(ViewAhead):
        restored.catch_up(as_at=date(2024, 5, 3))
    found = check(restored)
    assert [(it.view, it.position, it.ahead) for it in found.views] == [
        ("scores", 4, 2),
        ("entries", 4, 2),
        ("totals", 4, 2),
    ]
    assert found.wrong >= 3


def test_a_rebuild_makes_them_of_the_log_that_is_there(restored: Ledger) -> None:
    restored.rebuild()
    assert [(it.subject, it.total) for it in restored.rows(scores)] == [(str(ANN), 3)]
    assert [(it.total, it.members) for it in restored.rows(totals)] == [(3, 1)]
    with restored.store.views() as views:
        assert [views.checkpoint(it.name) for it in VIEWS] == [marked(restored.store, 2, TODAY)] * 3
    restored.catch_up()
    assert not [it for it in check(restored).views if it.ahead]


def test_a_view_just_as_far_as_the_log_is_read(ledger: Ledger) -> None:
    assert check(ledger).head == 4
    assert len(ledger.rows(scores)) == 2
