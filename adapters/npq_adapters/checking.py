"""The whole log, the views and the store, looked through: everything that is wrong, by its place.

Nothing stops it: a row that cannot be read is told and passed over, so one look finds them all.
Nothing of what is stored is shown but names, ids, versions and positions.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Literal
from uuid import UUID

from attrs import define, frozen

from npq_adapters.books import QUARANTINE, Quarantined
from npq_adapters.coverage import Tally, tallies
from npq_adapters.folding import Folding
from npq_adapters.ledger import Ledger
from npq_adapters.marks import another_log
from npq_adapters.projecting import checkpoints, projections, table
from npq_adapters.store import Checkpoint, Guarantee, Store, Stored
from npq_adapters.tables import LEDGER_VERSION
from npq_domain.declared import faults
from npq_domain.errors import (
    NAME,
    SUBJECT,
    NotInitialised,
    StoredFactError,
    StoreUnavailable,
    as_told,
)

PAGE = 1000
"""How many positions are asked for at a time."""


@frozen(kw_only=True)
class Damage:
    """One thing that is wrong with one row of the log."""

    position: int
    subject: str
    version: int
    name: str
    error: str
    """The class of the error that readers of it are given."""
    why: str
    views: tuple[str, ...]
    """Those that read facts of that name, or whatever is told of that kind of subject."""


@frozen(kw_only=True)
class Standing:
    """How far a view has read the log."""

    view: str
    position: int | None
    as_at: date | None
    behind: int
    """How many positions of the log it has not read."""
    ahead: int
    """How many positions it has read that the log does not have."""
    another_log: bool
    """Whether it was made of another log than the one there: an older one was put under it."""


@frozen(kw_only=True)
class Report:
    """What was found."""

    head: int
    facts: int
    subjects: int
    damage: tuple[Damage, ...]
    views: tuple[Standing, ...]
    guarantees: tuple[Guarantee, ...]
    uncovered: tuple[Tally, ...]
    """The names of which a view's books do not come to what the log has."""
    set_aside: tuple[Quarantined, ...]
    """The facts that views go on without: they can be read, maybe, but not applied."""

    @property
    def wrong(self) -> int:
        """How many things are wrong; a guarantee that is not held is, if it is due."""
        strange = sum(it.another_log for it in self.views)
        missing = sum(it.due and not it.held for it in self.guarantees)
        return len(self.damage) + strange + missing + len(self.uncovered)


def check(ledger: Ledger, on_progress: Callable[[int, int], None] | None = None) -> Report:
    """Look through everything. Raises `StoreUnavailable` only if the store itself cannot be asked.

    Of an append that comes meanwhile nothing is told: what is looked at ends where the log ended
    at the beginning.
    """
    stand = checkpoints(ledger.store, ledger.views.values())
    head = ledger.store.head()
    strange = of_another_log(ledger.store, stand)
    seen = Seen(ledger)
    damage: list[Damage] = []
    for it in rows(ledger.store, head):
        damage += seen.damage(it)
        if on_progress and seen.facts % PAGE == 0:
            on_progress(it.position, head)
    if on_progress:
        on_progress(head, head)
    sound = [it for it in projections(ledger.views.values()) if it.name not in strange]
    return Report(
        head=head,
        facts=seen.facts,
        subjects=len(seen.subjects),
        damage=tuple(damage),
        views=tuple(standing(name, at, head, strange) for name, at in stand.items()),
        guarantees=(schema(ledger), *ledger.store.guarantees()),
        uncovered=tuple(it for it in tallies(ledger.store, sound) if not it.covered),
        set_aside=tuple(set_aside(ledger.store, [it.name for it in sound])),
    )


def of_another_log(store: Store, stand: Mapping[str, Checkpoint | None]) -> Collection[str]:
    """The views that were made of another log; of a row that the store cannot give, none is known.

    Such a row is told as damaged.
    """
    try:
        return another_log(store, stand)
    except StoreUnavailable:
        store.head()  # raises if it is not the row, but the store
        return ()


def set_aside(store: Store, views: Iterable[str]) -> Iterator[Quarantined]:
    """The facts that each of these views goes on without, as they stand in the log."""
    with store.views() as tables:
        for view in views:
            yield from tables.read(QUARANTINE, {"view": view})


def standing(view: str, at: Checkpoint | None, head: int, strange: Collection[str]) -> Standing:
    """A view's place, against the end of the log."""
    position = at.position if at else None
    return Standing(
        view=view,
        position=position,
        as_at=at.as_at if at else None,
        behind=max(head - (position or 0), 0),
        ahead=max((position or 0) - head, 0),
        another_log=view in strange,
    )


def schema(ledger: Ledger) -> Guarantee:
    """Whether the tables are those that this version makes."""
    try:
        ledger.store.check([table(view) for view in ledger.views.values()])
    except NotInitialised as missing:
        return Guarantee("schema", held=False, because=str(missing), due=True)
    because = f"version {LEDGER_VERSION}, as this release makes it"
    return Guarantee("schema", held=True, because=because, due=True)


# The rows


@frozen
class Unreadable:
    """A position at which the store itself gives no row."""

    position: int
    error: str


def rows(store: Store, upto: int) -> Iterator[Stored | Unreadable]:
    """Every row up to a position, a page at a time."""
    for after in range(0, upto, PAGE):
        yield from page(store, after, min(after + PAGE, upto))


def page(store: Store, after: int, upto: int) -> Iterator[Stored | Unreadable]:
    """The rows between two positions; of a page that the store cannot give, those that it can.

    A file with a text in it that is none, or with a block that was overwritten, fails every read
    that comes by there. So the page is halved until the row is found at which it does.
    """
    try:
        found = list(map(Stored._make, store.scan(after=after, upto=upto)))
    except StoreUnavailable as error:
        store.head()  # raises if it is not the row, but the store
        if upto - after == 1:
            yield Unreadable(upto, type(error.__cause__ or error).__name__)
            return
        middle = (after + upto) // 2
        yield from page(store, after, middle)
        yield from page(store, middle, upto)
    else:
        yield from found


# What is wrong with a row


@define
class Subject:
    """What came before of a subject."""

    kind: str
    version: int = 0


Wrong = tuple[str, str]
"""The class of an error, and why."""


class Seen:
    """What has been looked at so far, and what it says of the next row."""

    def __init__(self, ledger: Ledger) -> None:
        self.facts = 0
        self.subjects: dict[str, Subject] = {}
        self._vocabulary, self._opened = ledger.vocabulary, ledger.opened
        self._views = readers(ledger)

    def damage(self, it: Stored | Unreadable) -> Iterator[Damage]:
        """Everything that is wrong with the next row."""
        self.facts += 1
        if isinstance(it, Unreadable):
            why = f"the store does not give this row ({it.error})"
            yield Damage(
                position=it.position, subject="?", version=0, name="?", error="StoreUnavailable",
                why=why, views=self._views.all,
            )  # fmt: skip
            return
        for error, why in self._wrong(it):
            yield Damage(
                position=it.position,
                subject=as_told(SUBJECT, it.subject),
                version=it.version,
                name=as_told(NAME, it.name),
                error=error,
                why=why,
                views=self._views.of(it.name),
            )

    def _wrong(self, it: Stored) -> Iterator[Wrong]:
        kind = kind_of(it.name)
        known = self.subjects.setdefault(it.subject, Subject(kind))
        yield from told(out_of_order(it, known.version))
        known.version = it.version
        if it.name in self._vocabulary and kind != known.kind:
            yield from told(f"a {known.kind} has facts of another kind")
        yield from told(not is_uuid(it.subject) and "its subject is no UUID")
        try:
            fact = self._opened(it).fact
        except StoredFactError as error:
            yield type(error).__name__, error.why
            return
        beyond = [fault.partition(":")[0] for fault in faults(fact, type(fact))]
        yield from told(beyond and f"beyond what is ever recorded: {', '.join(beyond)}")


def told(why: str | Literal[False] | list[str] | None) -> Iterator[Wrong]:
    """A fault of a row that its readers are told of, if it is one."""
    if why:
        yield StoredFactError.__name__, str(why)


def out_of_order(it: Stored, before: int) -> str | None:
    """Whether a version is not the next of its subject."""
    if it.version == before + 1:
        return None
    return f"version {it.version} comes after {f'version {before}' if before else 'none'}"


def kind_of(name: str) -> str:
    """The kind of subject that a name is of."""
    return as_told(NAME, name).partition(".")[0]


def is_uuid(subject: str) -> bool:
    """Whether a subject is written as the ledger asks for it."""
    try:
        return str(UUID(subject)) == subject
    except ValueError:
        return False


@frozen
class Readers:
    """Which views read what."""

    by_name: Mapping[str, tuple[str, ...]]
    by_kind: Mapping[str, tuple[str, ...]]
    all: tuple[str, ...]

    def of(self, name: str) -> tuple[str, ...]:
        """The views that read facts of a name; of an unknown one, those of such a subject."""
        return self.by_name.get(name, self.by_kind.get(kind_of(name), ()))


def readers(ledger: Ledger) -> Readers:
    """Which views read what, summaries included."""
    by_name: dict[str, list[str]] = {name: [] for name in ledger.vocabulary}
    by_kind: dict[str, list[str]] = {}
    for view in ledger.views.values():
        for source in projections([view]):
            for name in Folding(source.decider, ledger.vocabulary, source.parts).names:
                by_name[name].append(view.name)
            by_kind.setdefault(source.decider.name, []).append(view.name)
    return Readers(once(by_name), once(by_kind), tuple(ledger.views))


def once(names: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """The same, none of them twice."""
    return {name: tuple(dict.fromkeys(each)) for name, each in names.items()}
