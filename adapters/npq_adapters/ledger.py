"""The ledger: load, decide, append, and forget."""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from datetime import UTC, date, datetime
from operator import attrgetter
from pathlib import Path
from time import sleep
from types import TracebackType
from typing import Any, NamedTuple, Self
from uuid import UUID, uuid4

import attrs
import msgspec

from npq_adapters.books import QUARANTINE, Quarantined
from npq_adapters.committing import Swapped
from npq_adapters.connections import Budget
from npq_adapters.crew import AT_ONCE, crew
from npq_adapters.folding import Folding, place, unknown_fact
from npq_adapters.following import PATIENCE, Follower, wait
from npq_adapters.keys import Index, Seals
from npq_adapters.marks import refuse_another_log
from npq_adapters.projecting import Progress, catch_up, projections, rebuild, table
from npq_adapters.rehearsal import Rehearsal
from npq_adapters.store import Row, Store, Stored, VersionTaken
from npq_domain.calendar import london_day
from npq_domain.decider import Decider, keywords, refuse_if
from npq_domain.declared import faults
from npq_domain.errors import Conflict, Invalid, NotPermitted, StoredFactError
from npq_domain.history import live
from npq_domain.limits import MOST_BYTES
from npq_domain.personal import finder, finder_of, open_all
from npq_domain.personal import place as place_sealed
from npq_domain.projections.projection import View
from npq_domain.recorded import Actor, Recorded, Source
from npq_domain.vocabulary import READ_ENVELOPE, Envelope, Vocabulary

ATTEMPTS = 40
LONGEST_PAUSE = 0.1
"""Seconds. Each conflict means that another writer got on, so waiting is worth while."""


def utc_now() -> datetime:
    """The time by the machine's clock."""
    return datetime.now(UTC)


class Answer(tuple[Recorded[Any], ...]):  # noqa: SLOT001 - a tuple's subclass can have no slots
    """The facts that a command led to; empty when it was so already.

    `repeated` tells that the subject bore this command id before: these are the facts that were
    recorded then, and nothing was recorded now.
    """

    repeated: bool

    def __new__(cls, facts: Iterable[Recorded[Any]] = (), *, repeated: bool = False) -> Self:
        """Take the facts, oldest first."""
        it = super().__new__(cls, facts)
        it.repeated = repeated
        return it


class Stream(NamedTuple):
    """The rows of one subject, and the decider whose they are."""

    decider: Decider[Any]
    rows: Sequence[Stored]


class Asked(NamedTuple):
    """One command at one moment, with all that decisions may ask about it."""

    command: Any
    stream: Stream
    now: datetime


class Ledger:
    """Subjects and their facts in one store. Keeps no state of any subject between two calls.

    Safe to share between threads as far as its store is. What a decision names by keyword is
    looked up when it is needed and not before: `now`, `catalogue`, `history` (every `Recorded`
    of the subject; `npq_domain.history.voided` tells which no longer stand), `live` (the facts
    that stand, by version), `sealed` (whether what is personal is stored under seal),
    `versions` (how many there are, voided ones included), `without`
    (from a version to the state as it would be if that version were voided), and by the name
    of a decider the state of the subject that the command's `<name>_id` points to (the initial
    state where that is `None`: what nobody opened yet).
    """

    def __init__(
        self,
        store: Store,
        vocabulary: Vocabulary,
        deciders: Sequence[Decider[Any]],
        *,
        catalogue: Callable[[], Any] | None = None,
        views: Sequence[View] = (),
        clock: Callable[[], datetime] = utc_now,
        budget: Budget = Budget(),
        seals: Seals | None = None,
    ) -> None:
        """Wire the parts; `TypeError` if a decision asks for something nobody can give."""
        self.store, self.vocabulary, self.deciders = store, vocabulary, tuple(deciders)
        self.views = {view.name: view for view in views}
        self._clock, self._catalogue, self._budget = clock, catalogue, budget
        self.seals = seals
        opener = seals.open if seals else None
        self._foldings = {it.name: Folding(it, vocabulary, opener=opener) for it in deciders}
        self._deciders = {kind: it for it in deciders for kind in it.decisions}
        self._give: dict[str, Callable[[Asked], Any]] = {
            "now": lambda asked: asked.now,
            "history": lambda asked: self._recorded(asked.stream.rows),
            "live": self._live,
            "sealed": lambda _: seals is not None,
            "versions": lambda asked: len(asked.stream.rows),
            "without": lambda asked: lambda version: self._without(asked, version),
        }
        if catalogue is not None:
            self._give["catalogue"] = lambda _: catalogue()
        for it in deciders:
            self._give[it.name] = self._other(it)
        check_needs(deciders, self._give)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back every connection."""
        self.store.close()

    def handle(
        self,
        subject: UUID,
        command: Any,
        *,
        by: Actor,
        command_id: UUID | None = None,
        source: Source = Source.PROVIDER,
    ) -> Answer:
        """Decide a command on what is recorded of a subject, and record what follows: all or none.

        A `command_id` is the id of one command. Asking again under it records nothing and gives
        the first answer, so after `StoreUnavailable` (the facts may have arrived, only the reply
        was lost) or `Conflict` the caller asks again under the id of the first time. It is told
        by the id alone: another command to the same subject under a used id is not decided, but
        answered with the facts of the first.

        Raises `Refused` when a rule says no, `Invalid` for a command that nobody decides or
        that cannot be stored, `Conflict` when the subject stays contended after 40 attempts or
        when the time is up, `StoreUnavailable` when the store cannot be reached or does not
        answer in time, and `StoredFactError` for rows that cannot be read. Whatever it waits for,
        it waits 10 seconds in all, or the budget of the ledger.
        """
        command_id = command_id or uuid4()
        decider = self._decider(command)
        check_envelope(subject, by, source, command_id)
        with self._budget.call():
            return self._handle(subject, command, decider, by, command_id, source)

    def _handle(
        self,
        subject: UUID,
        command: Any,
        decider: Decider[Any],
        by: Actor,
        command_id: UUID,
        source: Source,
    ) -> Answer:
        tried = 0
        for pause in pauses(self._budget):
            if pause:
                sleep(pause)
            tried += 1
            stream = self._stream(subject, decider)
            # After a lost race this comes first again: the rows there may be our own, appended
            # by an earlier attempt whose reply was lost.
            if earlier := self._answered(stream, command_id):
                return Answer(earlier, repeated=True)
            now = self._now()
            envelopes = [
                Envelope(at=now, by=by, source=source, command=command_id, fact=fact)
                for fact in self._decide(Asked(command, stream, now))
            ]
            rows = self._rows(subject, len(stream.rows), envelopes)
            self._enter(stream, rows, envelopes)
            try:
                if rows:
                    self.store.append(rows)
            except VersionTaken:
                continue
            self._destroy(rows, now)
            return Answer(map(recorded, rows, envelopes))
        msg = f"{type(command).__name__} on {subject}: still contended after {tried} attempts"
        raise Conflict(msg)

    def history(
        self, subject: UUID, known_at: datetime | None = None, upto_version: int | None = None
    ) -> tuple[Recorded[Any], ...]:
        """Every fact of a subject, oldest first, voided ones included.

        `known_at` keeps what was recorded by that instant (`Invalid` if it has no offset),
        `upto_version` the versions up to and with that one. Raises `StoredFactError` for rows
        that cannot be read.
        """
        rows = self.store.stream(str(subject))
        self._notice(subject, rows)
        return tuple(
            it
            for it in known(self._opened(unbroken(rows)), known_at)
            if upto_version is None or it.version <= upto_version
        )

    def state(
        self,
        subject: UUID,
        decider: Decider[Any] | None = None,
        *,
        known_at: datetime | None = None,
        valid_at: date | None = None,
    ) -> Any:
        """What is known of a subject: as recorded by `known_at`, as it stood on `valid_at`.

        A void that is known holds for every day: it says that the fact never was. Without a
        decider, the one whose facts the subject bears; `Invalid` if it bears none.
        """
        stream = self._stream(subject, decider)
        if self.seals:
            self.seals.make_ready(str(subject))
        if known_at is None and valid_at is None:
            return self._state(stream)
        decider = stream.decider
        history = known(self._recorded(stream.rows), known_at)
        return decider.replay(
            it.fact
            for it in live(history, decider.void)
            if type(it.fact) in decider.steps and (valid_at is None or it.happened_on <= valid_at)
        )

    def known(self, subject: str) -> Any:
        """What is known of a subject by now, by the text of its id."""
        return self.state(UUID(subject))

    def catch_up(
        self,
        view_names: Iterable[str] | None = None,
        *,
        as_at: date | None = None,
        on_progress: Progress | None = None,
    ) -> None:
        """Bring the views named, or all, up to the end of the log.

        They look from a day, today's in London unless told. A fact that cannot be applied is set
        aside by views that are tolerant (`quarantined` tells which), and stops the others:
        `StoredFactError` says where, once all are as far as they come. `Invalid` for no such view.
        """
        catch_up(
            self.store,
            self.vocabulary,
            self._named(view_names),
            as_at=as_at or self.today(),
            on_progress=on_progress,
        )

    def quarantined(self, view: View | str) -> list[Quarantined]:
        """The facts that a view goes on without, because they cannot be applied.

        For a summary, those of the views that it is made from. `Invalid` for no such view.
        """
        found = self._view(view if isinstance(view, str) else view.name)
        with self.store.views() as views:
            return [
                it
                for source in projections([found])
                for it in views.read(QUARANTINE, {"view": source.name})
            ]

    def rebuild(
        self,
        view_names: Iterable[str] | None = None,
        *,
        as_at: date | None = None,
        on_progress: Progress | None = None,
        on_swap: Callable[[Swapped], object] = lambda _: None,
        compare: bool = False,
        workers: int = 1,
        executor: Executor | None = None,
        at_once: int = AT_ONCE,
    ) -> tuple[Swapped, ...]:
        """Make views anew from the whole log: those named, or all. `Invalid` for no such view.

        Tells of each view under them how many rows it has now. To `compare` is
        to make a view anew as of where it stands, and tell every value that differs by key and
        column. The swap and what came of it are kept with the ledger. `on_swap` is told the same
        of each view as soon as it is committed, for others may stop. Raises `Busy` when another
        process rebuilds views just now, and what `catch_up` raises.

        Several `workers` share the participants among new processes, which takes about a second
        to begin with; or among those of an `executor` that is running already. Both begin from
        nothing, so the calling program has its `if __name__ == "__main__"`. A ledger in memory
        is read by its own process whatever is asked.

        A log of more than `at_once` facts is made some participants after the others, so that
        memory stays bounded: a third of the facts at once takes half the memory, and the log is
        gone through three times as often. `Invalid` for fewer than one.
        """
        with crew(workers, executor, at_once) as by:
            return rebuild(
                self.store,
                self.vocabulary,
                self._named(view_names),
                as_at=as_at or self.today(),
                now=self._now(),
                compare=compare,
                on_progress=on_progress,
                on_swap=on_swap,
                by=by,
            )

    def backup(self, to: str | Path, *, on_progress: Progress | None = None) -> int:
        """Copy facts and views, as they are at this moment, to a new file only its owner may read.

        Others write on meanwhile. Returns the position of the last fact in it, which is opened
        as any other ledger is. Raises `Invalid` where there is a file already or none can be
        made, and for a store that is no SQLite file, saying what to use instead;
        `StoreUnavailable` when the copy cannot be finished: then there is none. Progress is told
        in pages.
        """
        return self.store.backup(Path(to), on_progress)

    def follow(
        self,
        view_names: Iterable[str] | None = None,
        *,
        tell: Callable[[str], object] = lambda _: None,
        patience: float = PATIENCE,
    ) -> Follower:
        """Keep views up to date, those named or all: `Invalid` for no such view.

        `ledger.follow().run()` follows in this thread until somebody calls `stop`, and
        `with ledger.follow():` in another one until the block ends. `tell` is told when the store
        goes away, for which there is `patience`, in seconds, and when it is back.
        """
        names = self.views if view_names is None else tuple(view_names)
        return Follower(
            self.store,
            self.vocabulary,
            tuple(self._view(name) for name in names),
            today=self.today,
            tell=tell,
            patience=patience,
        )

    def wait(self, view: View | str, position: int | None = None, timeout: float = 10.0) -> None:
        """Return when a view, which somebody follows, has come as far as a position of the log.

        Without a position: as far as the log goes now, so that a caller reads what it recorded.
        Raises `Behind` when it has not within `timeout` seconds, `Invalid` for no such view, and
        `AnotherLog` for one that was made of another log than the one there.
        """
        found = self._view(view if isinstance(view, str) else view.name)
        wait(self.store, found.name, self.store.head() if position is None else position, timeout)

    def rows(self, view: View | str, **where: Any) -> list[Any]:
        """The rows of a view with these column values, as it stands; `catch_up` comes before.

        Raises `Invalid` for a view or a column that is not there, and `AnotherLog` for a view
        that was made of another log than the one there: an older backup was restored under it.
        """
        found = self._view(view if isinstance(view, str) else view.name)
        columns = attrs.fields(found.row_type)
        if unknown := where.keys() - {it.name for it in columns}:
            raise Invalid(found.name, [f"no column {name!r}" for name in sorted(unknown)])
        if personal := sorted(it.name for it in columns if it.name in where and finder(it.type)):
            because = f"no rows are chosen by {', '.join(personal)}: that is personal"
            raise Invalid(found.name, [because])
        with self.store.views() as views:
            stands = views.checkpoint(found.name)
            rows = views.read(table(found), where)
        with suppress(NotPermitted):  # who may read views alone cannot look at the log
            refuse_another_log(self.store, {found.name: stands})
        return self.seals.open_rows(rows) if self.seals else rows

    @property
    def index(self) -> Index | None:
        """Where whose a TRN is, is entered; `None` for a ledger in the clear."""
        return self.seals.index if self.seals else None

    @property
    def catalogue(self) -> Any:
        """What it decides by; `None` if it was opened without."""
        return self._catalogue() if self._catalogue else None

    def today(self) -> date:
        """The London day it is now."""
        return london_day(self._clock())

    def rehearsal(self) -> Self:
        """The same ledger, which tells what would happen and records no fact; views are shared."""
        return type(self)(
            Rehearsal(self.store),
            self.vocabulary,
            self.deciders,
            catalogue=self._catalogue,
            views=tuple(self.views.values()),
            clock=self._clock,
            seals=self.seals and self.seals.rehearsal(),
            budget=self._budget,
        )

    def _named(self, names: Iterable[str] | None) -> tuple[View, ...]:
        return tuple(self._view(name) for name in (self.views if names is None else names))

    def _view(self, name: str) -> View:
        if name not in self.views:
            raise Invalid("view", [f"no view {name!r}; there are {', '.join(self.views)}"])
        return self.views[name]

    def _now(self) -> datetime:
        now = self._clock()
        if now.utcoffset() is None:
            raise Invalid("clock", [f"{now.isoformat()} says no offset from UTC"])
        return now.astimezone(UTC)

    def _decider(self, command: Any) -> Decider[Any]:
        name = type(command).__name__
        if type(command) not in self._deciders:
            raise Invalid(name, ["no decider knows such a command"])
        if wrong := list(faults(command, type(command))):
            raise Invalid(name, wrong)
        return self._deciders[type(command)]

    def _stream(self, subject: UUID, decider: Decider[Any] | None = None) -> Stream:
        """The rows of a subject, whole, and of one kind: the decider's, where one is given."""
        rows = self.store.stream(str(subject))
        if not rows:
            if decider is None:
                raise Invalid("subject", [f"{subject} has no facts"])
            return Stream(decider, rows)
        self._notice(subject, rows)
        kind = rows[0].name.partition(".")[0]
        if kind not in self._foldings:
            raise unknown_fact(rows[0])
        refuse_if(
            decider is not None and kind != decider.name,
            "wrong_subject",
            f"{subject} is a {kind}",
            "a subject is of one kind for good",
        )
        return Stream(self._foldings[kind].decider, self._in_envelopes(unbroken(rows)))

    def _in_envelopes(self, rows: Sequence[Stored]) -> Sequence[Stored]:
        """The same rows, if the envelope of each can be read: a fold reads the facts alone."""
        for row in rows:
            try:
                READ_ENVELOPE(row.state)
            except Exception:  # noqa: BLE001 - `decode` tells which row it is, and why
                self.vocabulary.decode(place(row), row.state)
        return rows

    def _state(self, stream: Stream, *besides: tuple[int, int]) -> Any:
        """The state after a stream, as if there were the `besides` voids in it."""
        return self._foldings[stream.decider.name].fold(stream.rows, *besides)[0]

    def _decide(self, asked: Asked) -> tuple[Any, ...]:
        decider, command = asked.stream.decider, asked.command
        given = {need: self._give[need](asked) for need in decider.needs(command)}
        given["now"] = asked.now
        return decider.decide(command, self._state(asked.stream), **given)

    def _live(self, asked: Asked) -> dict[int, Any]:
        history = live(self._recorded(asked.stream.rows), asked.stream.decider.void)
        return {it.version: it.fact for it in history}

    def _without(self, asked: Asked, version: int) -> Any:
        return self._state(asked.stream, (len(asked.stream.rows) + 1, version))

    def _other(self, decider: Decider[Any]) -> Callable[[Asked], Any]:
        def state_of(asked: Asked) -> Any:
            subject: UUID | None = getattr(asked.command, f"{decider.name}_id")
            return self._state(self._stream(subject, decider) if subject else Stream(decider, ()))

        return state_of

    def _answered(self, stream: Stream, command_id: UUID) -> tuple[Recorded[Any], ...]:
        """The facts that this command led to before."""
        # One search for its text in all rows: to decode their envelopes would double the load.
        text = str(command_id).encode()
        if text not in b"".join([row.state for row in stream.rows]):
            return ()
        return tuple(it for it in self._opened(stream.rows) if it.command_id == command_id)

    def _recorded(self, rows: Iterable[Stored]) -> tuple[Recorded[Any], ...]:
        return tuple(recorded(row, self._decoded(row)) for row in rows)

    def opened(self, row: Stored) -> Envelope:
        """What is stored in a row, with what is sealed in it opened; `StoredFactError` if not."""
        found = self._decoded(row)
        if self.seals:
            open_all(found.fact)
        return found

    def _decoded(self, row: Stored) -> Envelope:
        """A row as it is read; what is sealed in it opens when it is asked for."""
        found = self.vocabulary.decode(place(row), row.state)
        find = self.seals and finder_of(found.fact)
        if self.seals and find:
            place_sealed(find, found.fact, *row[:4], self.seals.open)
        return found

    def _opened(self, rows: Iterable[Stored]) -> tuple[Recorded[Any], ...]:
        """Facts that need no ledger any more: what was sealed is opened."""
        found = self._recorded(rows)
        if self.seals:
            for it in found:
                open_all(it.fact)
        return found

    def _notice(self, subject: UUID, rows: Sequence[Stored]) -> None:
        if self.seals:
            self.seals.notice(str(subject), rows)

    def _enter(self, stream: Stream, rows: Sequence[Row], envelopes: Sequence[Envelope]) -> None:
        """Enter in the index whose a number is, before the facts are recorded that say so."""
        if self.index and any(type(it.fact) in self.index.telling for it in envelopes):
            later = [*stream.rows, *(Stored(0, *row) for row in rows)]
            state = self._state(Stream(stream.decider, later))
            self.index.claim(rows[0].subject, state, self.known, envelopes[0].at)

    def _destroy(self, rows: Sequence[Row], now: datetime) -> None:
        """Do what has just been decided: destroy the key of who is erased."""
        if self.seals:
            for it in rows:
                if it.name in self.seals.erasing:
                    self.seals.destroy(it.subject, london_day(now))

    def _rows(self, subject: UUID, after: int, envelopes: Sequence[Envelope]) -> list[Row]:
        return [
            self.sealed(Row(str(subject), version, *storable(self.vocabulary, it)))
            for version, it in enumerate(envelopes, after + 1)
        ]

    def sealed(self, row: Row) -> Row:
        """A row in the clear, made for this ledger, as the ledger stores it.

        `Invalid` where it takes more than `MOST_BYTES` under seal.
        """
        if self.seals is None or not finder(self.vocabulary.kind(row.name)):
            return row
        found: Envelope = self.vocabulary.reader(row.name)(row.state)
        if not self.seals.seal(row.subject, row.version, row.name, found.fact):
            return row
        return row._replace(state=fitting(type(found.fact), self.vocabulary.encode(found)))


def storable(vocabulary: Vocabulary, envelope: Envelope) -> tuple[str, bytes]:
    """The name and the bytes of a fact that is sure to come back as it went.

    `Invalid` of any other, before it is stored: one unreadable row would close its whole subject,
    and no row is ever deleted. What is too much is told by `npq_domain.limits`.
    """
    kind = type(envelope.fact)
    if wrong := list(faults(envelope.fact, kind)):
        raise Invalid(kind.__name__, wrong)
    name = vocabulary.name(kind)
    try:
        state = vocabulary.encode(envelope)
        same = parts(vocabulary.reader(name)(state)) == parts(envelope)
    except (ValueError, TypeError, OverflowError, msgspec.MsgspecError) as error:
        # The message may quote a personal value, so only its class is told.
        raise Invalid(kind.__name__, [f"cannot be stored ({type(error).__name__})"]) from None
    if not same:
        raise Invalid(kind.__name__, ["does not come back from storage as it went"])
    return name, fitting(kind, state)


def fitting(kind: type, state: bytes) -> bytes:
    """The bytes of a fact, unless they are too many: `Invalid`."""
    if len(state) > MOST_BYTES:
        because = f"takes {len(state):,} bytes, and a fact has {MOST_BYTES:,} at most"
        raise Invalid(kind.__name__, [because])
    return state


parts = attrgetter("at", "by", "source", "command", "fact")
"""An envelope to compare: each name has a class of its own that reads it."""


def unbroken(rows: Sequence[Stored]) -> Sequence[Stored]:
    """The rows of a subject, in the order of their versions: 1 and on, with none left out."""
    if rows and (rows[0].version != 1 or rows[-1].version != len(rows)):
        after = next(it for number, it in enumerate(rows, 1) if it.version != number)
        raise StoredFactError(place(after), "facts are missing before it")
    return rows


def subject_of(row: Row | Stored) -> UUID:
    """The id of the subject whose row this is."""
    try:
        return UUID(row.subject)
    except ValueError:
        stored = row if isinstance(row, Stored) else Stored(0, *row)
        raise StoredFactError(place(stored), "its subject is no UUID") from None


def recorded(row: Row | Stored, it: Envelope) -> Recorded[Any]:
    """A row and its envelope as the fact they tell of."""
    return Recorded(
        subject=subject_of(row),
        version=row.version,
        name=row.name,
        recorded_at=it.at,
        by=it.by,
        source=it.source,
        command_id=it.command,
        fact=it.fact,
    )


def pauses(budget: Budget) -> Iterator[float]:
    """Seconds to wait before each attempt: none at first, then growing, and never twice alike.

    There is no further attempt when the running call has waited all that it may.
    """
    yield 0.0
    for attempt in range(ATTEMPTS - 1):
        if not (left := budget.left()):
            return
        pause = random.uniform(0, min(LONGEST_PAUSE, 0.001 * 2**attempt))  # noqa: S311 - no secret
        yield min(pause, left)


def known(history: Sequence[Recorded[Any]], at: datetime | None) -> Sequence[Recorded[Any]]:
    """The facts that were recorded by an instant: all, for `None`."""
    if at is None:
        return history
    if at.utcoffset() is None:
        raise Invalid("known_at", [f"{at.isoformat()} says no offset from UTC"])
    return [it for it in history if it.recorded_at <= at]


def check_needs(deciders: Iterable[Decider[Any]], give: Mapping[str, object]) -> None:
    """See at the start, not at the first command, that every decision can have what it names."""
    names = {it.name for it in deciders}
    for decider in deciders:
        for command, decide in decider.decisions.items():
            fields = {it.name for it in attrs.fields(command)}
            for need in keywords(decide):
                if need not in give or (need in names and f"{need}_id" not in fields):
                    msg = f"{decide.__name__} asks for {need!r}: {command.__name__} cannot have it"
                    raise TypeError(msg)


def check_envelope(subject: Any, by: Any, source: Any, command_id: Any) -> None:
    """Refuse what could be written around a fact and never be read back: `Invalid`."""
    asked = (
        ("subject", subject, UUID),
        ("by", by, Actor),
        ("source", source, Source),
        ("command_id", command_id, UUID),
    )
    if wrong := [fault for name, it, kind in asked for fault in faults(it, kind, name)]:
        raise Invalid("handle", wrong)
