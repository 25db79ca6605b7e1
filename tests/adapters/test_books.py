"""The books: every fact is applied, ignored or set aside, and every swap is written down."""

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import closing, suppress
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from attrs import Factory, define, evolve, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from npq_adapters import making
from npq_adapters.books import COVERAGE, QUARANTINE, REBUILDS, Covered, Quarantined, Rebuilt
from npq_adapters.committing import ANOTHER, APART, FIRST, Swapped
from npq_adapters.comparing import Difference, digest
from npq_adapters.coverage import tallies
from npq_adapters.ledger import Ledger
from npq_adapters.marks import marked
from npq_adapters.opening import open_store
from npq_adapters.projecting import catch_up, projections, rebuild, table
from npq_adapters.store import Busy, Checkpoint, Row
from npq_domain.decider import Decider, Fold
from npq_domain.errors import StoredFactError, UnknownFact
from npq_domain.projections.projection import Projection, View
from npq_domain.vocabulary import Vocabulary
from tests.adapters import club as toy
from tests.adapters.club import NOW, SECRETARY, Add, Clock, Join, Note, Open, ScoreRow, Withdraw
from tests.adapters.fussy import BECAUSE
from tests.adapters.test_crew import pool
from tests.adapters.test_projecting import (
    ANN,
    BOB,
    CLUB,
    TODAY,
    TOMORROW,
    Beforehand,
    ask,
    ledger,
)
from tests.conftest import Backend

__all__ = ["ledger", "pool"]

DAMAGED = b'{"fact":{"points":"many"}}'
LATER = b'{"fact":{"points":3,"on":"2024-05-01"}}'

NEWER = Vocabulary(
    {it.name: it.facts for it in (toy.member, toy.club)},
    upcasts={"member.scored.v1": lambda fact: fact},
)
"""Knows a second version of what is scored."""

tolerant = evolve(toy.scores, tolerant=True)
VIEWS: tuple[View, ...] = (tolerant, toy.entries)


@pytest.fixture
def lenient(backend: Backend) -> Iterator[Ledger]:
    """A ledger whose scores go on without what they cannot read; the entries do not."""
    with closing(backend.open(views=(*VIEWS, toy.totals))) as store:
        yield opened(store)


def opened(
    store: object, vocabulary: Vocabulary = toy.vocabulary, views: tuple[View, ...] = VIEWS
) -> Ledger:
    return Ledger(
        store,  # type: ignore[arg-type]
        vocabulary,
        (toy.member, toy.club),
        catalogue=lambda: "the catalogue",
        views=views,
        clock=Clock(),
    )


def books(it: Ledger) -> tuple[list[Covered], list[Quarantined]]:
    with it.store.views() as views:
        return views.read(COVERAGE, {}), views.read(QUARANTINE, {})


def uncovered(it: Ledger) -> list[str]:
    """The names of which a view's books do not come to what the log has."""
    found = tallies(it.store, projections(it.views.values()))
    return [f"{each.view}: {each.name}" for each in found if not each.covered]


def covered(it: Ledger, view: str) -> dict[str, tuple[int, int]]:
    return {each.name: (each.applied, each.ignored) for each in books(it)[0] if each.view == view}


def test_every_fact_is_applied_or_ignored_by_every_view(ledger: Ledger) -> None:
    ask(ledger, CLUB, Open(seats=3))
    ask(ledger, ANN, Join(club_id=CLUB), Add(points=(1, 2)), Note(text="well done"))
    ledger.catch_up()
    ask(ledger, ANN, Withdraw(version=2))
    ledger.catch_up()
    kept_up = books(ledger)
    assert covered(ledger, "scores") == {
        "club.opened.v1": (0, 1),
        "member.joined.v1": (0, 1),
        "member.noted.v1": (0, 1),
        "member.scored.v1": (2, 0),
        "member.withdrawn.v1": (1, 0),
    }
    ledger.rebuild()
    assert books(ledger) == kept_up
    assert uncovered(ledger) == []


command = st.one_of(
    st.just(Join(club_id=CLUB)),
    st.builds(Add, points=st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple)),
    st.just(Note(text="noted")),
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    turns=st.lists(
        st.tuples(
            st.integers(0, 1),
            st.one_of(command, st.sampled_from([DAMAGED, LATER])),
            st.booleans(),
        ),
        max_size=8,
    ),
    stream=st.sampled_from([0, making.STREAM]),
)
def test_applied_ignored_and_quarantined_are_what_the_log_has(
    lenient: Ledger, turns: list[Any], stream: int
) -> None:
    ask(lenient, CLUB, Open(seats=3))
    for who, asked, catching_up in turns:
        subject = (ANN, BOB)[who]
        if isinstance(asked, bytes):
            version = len(lenient.store.stream(str(subject))) + 1
            lenient.store.append([Row(str(subject), version, "member.scored.v1", asked)])
        else:
            try:
                ask(lenient, subject, asked)
            except StoredFactError:
                continue  # a subject with a damaged fact decides nothing
        if catching_up:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(making, "STREAM", stream)
                lenient.catch_up()
    lenient.catch_up()
    kept_up, rows = books(lenient), lenient.rows("scores")
    assert uncovered(lenient) == []
    lenient.rebuild()
    assert uncovered(lenient) == []
    assert books(lenient)[1] == kept_up[1]
    assert lenient.rows("scores") == rows


def test_a_tolerant_view_goes_on_without_a_damaged_fact_and_says_so(lenient: Ledger) -> None:
    ask(lenient, ANN, Add(points=(4,)))
    lenient.catch_up()
    lenient.store.append([Row(str(ANN), 2, "member.scored.v1", DAMAGED)])
    lenient.store.append([Row(str(ANN), 3, "member.scored.v1", LATER)])
    for make in (lenient.catch_up, lenient.rebuild):
        make()
        assert lenient.rows("scores") == [
            ScoreRow(subject=str(ANN), total=7, position=3, as_at=TODAY)
        ]
        assert books(lenient)[1] == [
            Quarantined(
                view="scores",
                position=2,
                subject=str(ANN),
                version=2,
                name="member.scored.v1",
                error="StoredFactError",
            )
        ]
        assert covered(lenient, "scores") == {"member.scored.v1": (2, 0)}
        assert uncovered(lenient) == []


def test_what_was_set_aside_is_taken_up_again_once_it_can_be_read(lenient: Ledger) -> None:
    ask(lenient, ANN, Add(points=(4,)))
    lenient.catch_up()
    lenient.store.append([Row(str(ANN), 2, "member.scored.v2", LATER)])
    with pytest.raises(UnknownFact) as error:
        lenient.catch_up()
    # Nobody knows what it says, so it may concern the entries, which do not go on without.
    assert "so entries stopped" in str(error.value)
    assert (error.value.position, error.value.name) == (2, "member.scored.v2")
    assert [it.total for it in lenient.rows("scores")] == [4]
    assert [(it.view, it.position, it.error) for it in books(lenient)[1]] == [
        ("scores", 2, "UnknownFact")
    ]
    assert NEWER.kind("member.scored.v2") is toy.Scored
    mended = opened(lenient.store, NEWER)
    mended.catch_up()
    assert [it.total for it in mended.rows("scores")] == [7]
    assert books(mended)[1] == []
    assert uncovered(mended) == []


def test_a_summary_is_made_again_of_rows_that_were_mended_while_it_was_made(
    lenient: Ledger,
) -> None:
    ask(lenient, ANN, Add(points=(4,)))
    lenient.store.append([Row(str(ANN), 2, "member.scored.v2", LATER)])
    with suppress(UnknownFact):  # of the entries, which do not go on without
        lenient.catch_up()
    mended = opened(lenient.store, NEWER)
    of: list[list[int]] = []

    def meanwhile(those: Any, *, as_at: date) -> list[toy.TotalRow]:
        of.append([it.total for it in those])
        if len(of) == 1:
            mended.catch_up()
        return list(toy.total_rows(those, [], as_at=as_at))

    summary = evolve(toy.totals, sources=(tolerant,), columns={}, rows=meanwhile)
    catch_up(lenient.store, toy.vocabulary, [summary], as_at=TODAY)
    assert of == [[4], [7]]
    with lenient.store.views() as views:
        assert [it.total for it in views.read(table(summary), {})] == [7]


def test_what_was_taken_out_while_a_view_was_made_anew_is_set_aside_no_longer(
    lenient: Ledger,
) -> None:
    ask(lenient, ANN, Add(points=(4,)))
    lenient.store.append([Row(str(BOB), 1, "member.scored.v1", DAMAGED)])
    lenient.catch_up()
    assert [it.position for it in books(lenient)[1]] == [2]

    def taken_out() -> None:
        void = b'{"fact":{"version":1,"on":"2024-05-01"}}'
        lenient.store.append([Row(str(BOB), 2, "member.withdrawn.v1", void)])
        lenient.catch_up()

    store: Any = Beforehand(lenient.store, taken_out)
    for _ in range(2):
        rebuild(store, toy.vocabulary, [tolerant], as_at=TODAY, now=NOW)
        assert books(lenient)[1] == []
        assert uncovered(lenient) == []


def test_a_fact_of_a_subject_that_nobody_knows_stops_what_may_not_go_on(ledger: Ledger) -> None:
    ask(ledger, ANN, Add(points=(4,)))
    ledger.catch_up()
    rows = ledger.rows("scores")
    ledger.store.append([Row(str(BOB), 1, "stranger.came.v1", b"{}")])
    for make in (ledger.catch_up, ledger.rebuild):
        with pytest.raises(UnknownFact) as error:
            make()
        assert "so entries and scores stopped" in str(error.value)
        assert ledger.rows("scores") == rows


def test_the_first_of_several_faults_is_told_and_where_else_views_stopped(ledger: Ledger) -> None:
    ledger.store.append([Row(str(ANN), 1, "member.scored.v1", DAMAGED)])
    ledger.store.append([Row(str(BOB), 1, "member.joined.v1", DAMAGED)])
    for make in (ledger.catch_up, ledger.rebuild):
        with pytest.raises(StoredFactError) as error:
            make()
        assert "so scores stopped, entries at position 2: fact member.scored" in str(error.value)
        assert error.value.position == 1


def test_views_that_stop_at_one_fact_for_two_reasons_tell_both(backend: Backend) -> None:
    raising, (too_wide, because) = evolve(BECAUSE[0][0], tolerant=False), BECAUSE[1]
    unkept = evolve(too_wide, name="wide", tolerant=False)
    with closing(backend.open(views=(raising, unkept))) as store:
        ledger = opened(store, views=(raising, unkept))
        ask(ledger, ANN, Add(points=(3,)))
        with pytest.raises(StoredFactError) as error:
            ledger.rebuild()
    reasons = [BECAUSE[0][1], because.replace("view_share", "view_wide")]
    assert f"{reasons[0]}, so share stopped, wide at position 1 ({reasons[1]})" in str(error.value)


def test_what_was_swapped_before_another_view_stopped_is_told(ledger: Ledger) -> None:
    ledger.store.append([Row(str(BOB), 1, "member.joined.v1", DAMAGED)])
    told = list[Swapped]()
    with pytest.raises(StoredFactError, match="so entries stopped"):
        ledger.rebuild(on_swap=told.append)
    assert [(it.rebuilt.view, it.rebuilt.position) for it in told] == [("scores", 1)]


def test_a_fact_that_a_view_passed_over_does_not_go_unnoticed(ledger: Ledger) -> None:
    ask(ledger, ANN, Add(points=(4,)))
    ledger.catch_up()
    ask(ledger, ANN, Add(points=(5,)))
    with ledger.store.views(write=True) as views:
        views.advance("scores", marked(ledger.store, 2, TODAY))
    ask(ledger, ANN, Note(text="unseen"))
    ledger.catch_up()
    assert uncovered(ledger) == ["scores: member.scored.v1"]
    ledger.rebuild()
    assert uncovered(ledger) == []


def rebuilt(it: Ledger) -> list[Rebuilt]:
    with it.store.views() as views:
        return views.read(REBUILDS, {})


def test_a_swap_is_written_down_with_what_it_was_compared_with(ledger: Ledger) -> None:
    ask(ledger, ANN, Add(points=(4,)))
    ledger.catch_up()
    assert rebuilt(ledger) == []
    ask(ledger, BOB, Add(points=(5,)))
    [swapped] = ledger.rebuild(["scores"], compare=True)
    # It was made anew as of where it stood: what came since is not there, and nothing differs.
    same = digest(ledger.rows("scores"))
    assert rebuilt(ledger) == [swapped.rebuilt]
    assert swapped.differences == ()
    assert evolve(swapped.rebuilt, rebuilt_at=NOW) == Rebuilt(
        view="scores",
        number=1,
        rebuilt_at=NOW,
        position=1,
        as_at=TODAY,
        rows=1,
        digest=same,
        compared_with=same,
        differences=0,
    )
    [again] = ledger.rebuild(["scores"])
    assert (again.rebuilt.number, again.rebuilt.position, again.rebuilt.rows) == (2, 2, 2)
    assert (again.rebuilt.compared_with, again.rebuilt.differences) == (None, None)


def test_every_difference_is_told_by_key_and_column(ledger: Ledger) -> None:
    ask(ledger, ANN, Add(points=(4,)))
    ask(ledger, BOB, Add(points=(5,)))
    ledger.catch_up()
    right = ledger.rows("scores")
    with ledger.store.views(write=True) as views:
        views.put(table(toy.scores), [evolve(right[0], total=40)])
        views.remove(table(toy.scores), [(str(BOB),)])
    [swapped] = ledger.rebuild(["scores"], compare=True)
    ann, bob = (str(ANN),), (str(BOB),)
    assert swapped.differences == (
        Difference(ann, "total", 40, 4),
        Difference(bob, "subject", None, str(BOB)),
        Difference(bob, "total", None, 5),
        Difference(bob, "position", None, 2),
        Difference(bob, "as_at", None, TODAY),
    )
    assert swapped.rebuilt.differences == 5
    assert swapped.rebuilt.compared_with != swapped.rebuilt.digest == digest(right)
    assert ledger.rows("scores") == right


def test_views_that_stand_apart_are_compared_each_where_it_stands(ledger: Ledger) -> None:
    ask(ledger, ANN, Add(points=(4,)))
    ledger.rebuild(["entries"], as_at=TOMORROW)
    ask(ledger, ANN, Add(points=(4,)))
    ledger.rebuild(["scores"], as_at=TODAY)
    swapped = ledger.rebuild(["scores", "entries"], compare=True)
    assert {(it.rebuilt.view, it.rebuilt.position, it.rebuilt.as_at) for it in swapped} == {
        ("entries", 1, TOMORROW),
        ("scores", 2, TODAY),
    }
    assert [it.rebuilt.differences for it in swapped] == [0, 0]


def test_a_summary_is_compared_where_it_stands_by_its_sources(ledger: Ledger) -> None:
    ask(ledger, ANN, Add(points=(4,)))
    ledger.catch_up(as_at=TOMORROW)
    [right] = ledger.rows("totals")
    with ledger.store.views(write=True) as views:
        views.put(table(toy.totals), [evolve(right, members=2)])
    for expected in ((Difference((4,), "members", 2, 1),), ()):
        swapped = {it.rebuilt.view: it for it in ledger.rebuild(compare=True)}
        assert sorted(swapped) == ["entries", "scores", "totals"]
        assert {name for name, it in swapped.items() if it.differences} == {
            "totals" for _ in expected
        }
        found = swapped["totals"]
        assert (found.differences, found.uncompared) == (expected, None)
        assert found.rebuilt.differences == len(expected)
        # As of where it stands, seen from the day that it looked from.
        assert (found.rebuilt.position, found.rebuilt.as_at) == (1, TOMORROW)
        assert ledger.rows("totals") == [right]
    assert [it.number for it in rebuilt(ledger) if it.view == "totals"] == [1, 2]


def test_what_could_not_be_compared_says_so(ledger: Ledger) -> None:
    def uncompared() -> dict[str, str | None]:
        return {it.rebuilt.view: it.uncompared for it in ledger.rebuild(compare=True)}

    ask(ledger, ANN, Add(points=(4,)))
    assert uncompared() == {"scores": FIRST, "entries": FIRST, "totals": FIRST}
    ask(ledger, ANN, Add(points=(5,)))
    ledger.catch_up(["scores", "entries"])
    assert uncompared() == {"scores": None, "entries": None, "totals": APART}
    assert uncompared() == {"scores": None, "entries": None, "totals": None}
    with ledger.store.views(write=True) as views:
        for name in ("scores", "totals"):
            views.advance(name, Checkpoint(2, TODAY, "of a log that is gone"))
    assert uncompared() == {"scores": ANOTHER, "entries": None, "totals": ANOTHER}
    assert {it.uncompared for it in ledger.rebuild()} == {None}  # nobody asked


def test_views_are_rebuilt_by_one_at_a_time_and_kept_up_meanwhile(ledger: Ledger) -> None:
    ask(ledger, ANN, Add(points=(4,)))
    with ledger.store.sole("rebuild"):
        with pytest.raises(Busy, match="another process is at it just now: rebuild"):
            ledger.rebuild(["totals"])
        ledger.catch_up()
    ledger.rebuild(["scores"])
    assert [it.view for it in rebuilt(ledger)] == ["scores"]


def test_the_moment_of_a_swap_is_the_ledgers_own(ledger: Ledger) -> None:
    [swapped] = ledger.rebuild(["entries"])
    assert NOW < swapped.rebuilt.rebuilt_at < datetime(2024, 5, 2, 13, tzinfo=UTC)
    assert swapped.rebuilt.position == 0


def test_somebody_else_may_ask_for_the_same_rows(ledger: Ledger) -> None:
    ledger.handle(UUID(int=9), Add(points=(1,)), by=SECRETARY)
    ledger.catch_up()
    with ledger.store.views() as views:
        assert views.checkpoint("scores") == marked(ledger.store, 1, TODAY)


def test_a_subject_that_is_no_id_is_set_aside_once_however_often_it_is_read(
    lenient: Ledger,
) -> None:
    for version in (1, 2, 3):
        lenient.store.append([Row("junk", version, "member.scored.v1", DAMAGED)])
        with suppress(StoredFactError):
            lenient.catch_up()
        assert uncovered(lenient) == []
        assert [it.subject for it in books(lenient)[1]] == ["?"] * version
        assert covered(lenient, "scores")["member.scored.v1"] == (0, 0)
    kept_up = books(lenient)
    with suppress(StoredFactError):
        lenient.rebuild(["scores"])
    assert books(lenient) == kept_up


@define
class Sum:
    of: int = 0


@define
class Sums:
    plain: Sum = Factory(Sum)
    fussy: Sum = Factory(Sum)


plain, fussy = Fold[Sum](), Fold[Sum]()


@plain.on(toy.Scored)
def _(it: Sum, fact: toy.Scored) -> None:
    it.of += fact.points


@fussy.on(toy.Scored)
def _(it: Sum, fact: toy.Scored) -> None:
    it.of += 12 // (3 - fact.points)


@frozen(kw_only=True)
class SumRow:
    subject: str
    of: int


summed = Decider(name="member", initial=Sums, folds={"fussy": fussy, "plain": plain}, decisions={})


def summing(name: str) -> Projection[Any, Any]:
    return Projection(
        name=name,
        row_type=SumRow,
        decider=summed,
        parts=(name,),
        row=lambda it, seen: SumRow(subject=seen.subject, of=getattr(it, name).of),
        tolerant=True,
    )


PLAIN, FUSSY = summing("plain"), summing("fussy")


@pytest.mark.parametrize("together", [True, False], ids=["together", "apart"])
def test_a_part_that_cannot_take_a_fact_is_alone_in_that(backend: Backend, together: bool) -> None:
    """So a view is the same, and has the same faults, whichever are made with it."""
    passes = [(FUSSY, PLAIN)] if together else [(FUSSY,), (PLAIN,)]
    with closing(backend.open(views=(FUSSY, PLAIN))) as store:
        for version, points in enumerate((1, 3, 2), 1):
            state = b'{"fact":{"points":%d,"on":"2024-05-01"}}' % points
            store.append([Row(str(ANN), version, "member.scored.v1", state)])
            for views in passes:
                catch_up(store, toy.vocabulary, views, as_at=TODAY)
            with store.views() as tables:
                aside = [(it.view, it.position, it.error) for it in tables.read(QUARANTINE, {})]
                assert aside == [("fussy", 2, "StoredFactError")] * (version > 1)
        with store.views() as tables:
            assert tables.read(table(PLAIN), {}) == [SumRow(subject=str(ANN), of=6)]
            assert tables.read(table(FUSSY), {}) == [SumRow(subject=str(ANN), of=6 + 12)]
        assert all(it.covered for it in tallies(store, (FUSSY, PLAIN)))


@pytest.mark.parametrize(
    ("view", "because"), BECAUSE, ids=["raises", "too wide", "no text", "of another kind"]
)
def test_a_member_whose_row_fails_is_set_aside_and_nobody_else(
    backend: Backend, pool: Executor, view: Projection[Any, Any], because: str
) -> None:
    """Whether it cannot be made or no table has a place for it; kept up, followed, made anew."""
    with closing(backend.open(views=(view, toy.scores))) as store:
        ledger = opened(store, views=(view, toy.scores))
        for member in (ANN, BOB):
            ask(ledger, member, Add(points=(1,)))
        ledger.catch_up()
        ask(ledger, BOB, Add(points=(1,)))
        ask(ledger, ANN, Add(points=(2,)))
        for make in (
            ledger.catch_up,
            ledger.catch_up,
            ledger.rebuild,
            partial(ledger.rebuild, workers=2, executor=pool),
            partial(follow_once, ledger),
        ):
            make()
            assert [it.subject for it in ledger.rows(view)] == [str(BOB)]
            assert [it.total for it in ledger.rows(toy.scores)] == [3, 2]
            [aside] = books(ledger)[1]
            assert (aside.view, aside.position, aside.version) == ("share", 4, 2)
            assert (aside.subject, aside.error) == (str(ANN), "StoredFactError")
            assert uncovered(ledger) == []
        strict = [evolve(view, tolerant=False)]
        for stops in (
            partial(catch_up, store, toy.vocabulary, strict, as_at=TOMORROW),
            partial(rebuild, store, toy.vocabulary, strict, as_at=TOMORROW, now=NOW),
        ):
            with pytest.raises(StoredFactError) as found:
                stops()
            assert str(found.value).startswith(f"{because}, so share stopped: fact member.scored")
            assert (found.value.position, found.value.subject) == (4, str(ANN))
        ask(ledger, ANN, Add(points=(4,)))
        ledger.catch_up()
        assert [it.subject for it in ledger.rows(view)] == [str(ANN), str(BOB)]
        assert books(ledger)[1] == []
        assert uncovered(ledger) == []


@pytest.mark.parametrize("view", [it for it, _ in BECAUSE[:2]], ids=["raises", "too wide"])
def test_a_row_that_fails_on_the_way_to_where_others_brought_the_view_is_set_aside(
    backend: Backend, view: Projection[Any, Any]
) -> None:
    with closing(backend.open(views=(view, toy.scores))) as store:
        ledger = opened(store, views=(view, toy.scores))
        ask(ledger, ANN, Add(points=(1,)))
        ledger.catch_up()

        def fails() -> None:
            ask(ledger, ANN, Add(points=(2,)))
            ledger.catch_up()

        slower: Any = Beforehand(store, fails)
        rebuild(slower, toy.vocabulary, [view], as_at=TODAY, now=NOW)
        assert ledger.rows(view) == []
        assert [it.version for it in books(ledger)[1]] == [2]
        assert uncovered(ledger) == []


@pytest.mark.parametrize("view", [it for it, _ in BECAUSE[1:3]], ids=["too wide", "no text"])
def test_rows_that_have_no_place_are_set_aside_however_late_they_come(
    backend: Backend, view: Projection[Any, Any]
) -> None:
    """Each time that the new rows are to be written, others have moved the view on."""
    with closing(backend.open(views=(view, toy.scores))) as store:
        ledger = opened(store, views=(view, toy.scores))
        for member in (ANN, BOB):
            ask(ledger, member, Add(points=(1,)))
        ledger.catch_up()

        def fails(member: UUID) -> None:
            ask(ledger, member, Add(points=(2,)))
            ledger.catch_up()

        slower: Any = Beforehand(store, partial(fails, ANN), partial(fails, BOB))
        rebuild(slower, toy.vocabulary, [view], as_at=TODAY, now=NOW)
        assert ledger.rows(view) == []
        assert [it.position for it in books(ledger)[1]] == [3, 4]
        assert uncovered(ledger) == []


def test_a_subject_of_which_a_table_cannot_have_rows_is_set_aside(tmp_path: Path) -> None:
    """No other store takes such a subject, and none of our commands."""
    share = BECAUSE[0][0]
    with closing(open_store(f"sqlite:///{tmp_path / 'ledger.db'}")) as store:
        store.migrate([table(share)])
        ledger = opened(store, views=(share,))
        ledger.catch_up()
        store.append([Row("a\0b", 1, "member.scored.v1", LATER)])
        for make in (ledger.catch_up, ledger.rebuild, ledger.catch_up):
            make()
            assert ledger.rows(share) == []
            assert [(it.position, it.subject) for it in books(ledger)[1]] == [(1, "?")]
            assert uncovered(ledger) == []


def follow_once(ledger: Ledger) -> None:
    with ledger.follow():
        ledger.wait("share")
