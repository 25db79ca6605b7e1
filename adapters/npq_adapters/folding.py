"""The rows of a subject folded into its state: the one loop under a load and a view."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from attrs import field, fields_dict, make_class
from msgspec import MsgspecError

from npq_adapters.store import Fields, Stored
from npq_domain.decider import Decider, Steps
from npq_domain.errors import Place, StoredFactError, UnknownFact
from npq_domain.history import voided_versions
from npq_domain.personal import Find, Sealed, finder
from npq_domain.personal import place as place_sealed
from npq_domain.vocabulary import FACT, Read, Vocabulary

S = TypeVar("S")

BEFORE = len(FACT)

Faults = dict[int, StoredFactError]
"""By position, why a fact could not be applied."""

Reached = dict[str, int]
"""By stored name, the position of the last fact of that name."""


Way = tuple[Read, tuple[Any, ...], Find | None]
"""How to read a fact, the steps to take, and what finds the personal values in it, if any."""


class Known(dict[str, Way | None]):
    """By stored name, how to read it and the steps to take; `None` for what is not folded.

    Filled as names are met, so a loop pays one look-up a row; `KeyError` for unknown names.
    """

    def __init__(self, vocabulary: Vocabulary, steps: Steps, names: Collection[str]) -> None:
        super().__init__()
        self._vocabulary, self._steps, self._names = vocabulary, steps, names

    def __missing__(self, name: str) -> Way | None:
        kind = self._vocabulary.kind(name)
        found = (self._vocabulary.fact_reader(name), self._steps.get(kind, ()), finder(kind))
        self[name] = found if name in self._names else None
        return self[name]


class Folding(Generic[S]):
    """A decider's fold, or some parts of it, bound to the vocabulary that reads its rows."""

    def __init__(
        self,
        decider: Decider[S],
        vocabulary: Vocabulary,
        parts: Iterable[str] | None = None,
        opener: Callable[[Sealed], str] | None = None,
    ) -> None:
        """Take what is folded; without an `opener` what is sealed stays so, as in views."""
        self.decider, self.vocabulary = decider, vocabulary
        steps = decider.steps if parts is None else decider.steps_of(parts)
        self._initial = decider.initial if parts is None else some(decider.initial, tuple(parts))
        voids = () if decider.void is None else (decider.void,)
        self._voids = frozenset(vocabulary.names(voids))
        self.names = vocabulary.names((*steps, *voids))
        """The names to fetch: of the facts that are folded, and of those that void them."""
        self._opener = opener
        self._known = Known(vocabulary, steps, frozenset(self.names))

    def fold(
        self,
        rows: Sequence[Fields],
        *besides: tuple[int, int],
        faults: Faults | None = None,
    ) -> tuple[S, Reached]:
        """The state of one subject after these rows, in the order of their versions.

        Tells of each name that is read how far it was: voids, and facts that they took out,
        count as read, so that what is made of the state is the same whether it was kept up or
        rebuilt. `besides` are further voids to reckon with, as pairs of versions.

        Raises `StoredFactError` at the first fact that cannot be applied; given `faults`, puts
        it there and goes on without the fact.
        """
        state, reached = self._initial(), Reached()
        self.go_on(state, reached, rows, self._gone(rows, besides, faults), faults)
        return state, reached

    def voids(self, rows: Iterable[Fields]) -> bool:
        """Whether any of these rows takes out another, so that what is known is folded anew."""
        return not self._voids.isdisjoint([name for _, _, _, name, _ in rows])

    def go_on(
        self,
        state: S,
        reached: Reached,
        rows: Iterable[Fields],
        gone: Collection[int] = (),
        faults: Faults | None = None,
    ) -> None:
        """Fold these rows of the subject, too, but for the versions that are gone.

        Changes the state and what was reached in place.
        """
        known = self._known
        for position, subject, version, name, data in rows:
            try:
                found = known[name]
                if found is None:
                    continue
                reached[name] = position
                if version in gone:
                    continue
                read, steps, personal = found
                if not steps:
                    continue
                try:
                    fact = read(data[data.index(FACT) + BEFORE : -1])
                except (ValueError, MsgspecError):
                    fact = self.vocabulary.reader(name)(data).fact
                if personal is not None:
                    place_sealed(personal, fact, position, subject, version, name, self._opener)
                for part, step in steps:
                    step(getattr(state, part), fact)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told with its place
                where = Place(position=position, subject=subject, version=version, name=name)
                fault = self._unreadable(where, error)
                if faults is None:
                    raise fault from None
                faults[position] = fault

    def _gone(
        self,
        rows: Iterable[Fields],
        besides: Iterable[tuple[int, int]],
        faults: Faults | None,
    ) -> Collection[int]:
        """The versions that replay passes over."""
        voids = list(besides)
        if not voids and not self.voids(rows):
            return ()
        for position, subject, version, name, state in rows:
            if name in self._voids:
                where = Place(position=position, subject=subject, version=version, name=name)
                try:
                    fact = self.vocabulary.decode(where, state).fact
                except StoredFactError as fault:
                    if faults is None:
                        raise
                    faults[position] = fault
                else:
                    voids.append((version, fact.version))
        return voided_versions(voids)

    def _unreadable(self, where: Place, error: Exception) -> StoredFactError:
        # The cause may quote what is stored, so only its class is told.
        if where.name not in self.vocabulary:
            return UnknownFact(where, "no such fact is known")
        return StoredFactError(where, f"cannot be read ({type(error).__name__})")


def gathered(rows: Iterable[Fields]) -> Iterator[list[Fields]]:
    """The rows of each subject, in the order in which they came; each list is given away.

    To fold a subject at a time finds its state in the processor's cache, which takes a fifth off
    a rebuild: facts are recorded by thousands of subjects in turn.
    """
    held: defaultdict[str, list[Fields]] = defaultdict(list)
    for row in rows:
        held[row[1]].append(row)
    for subject in list(held):
        yield held.pop(subject)


def some(initial: Callable[[], S], parts: tuple[str, ...]) -> Callable[[], S]:
    """States of these parts alone: quicker to make, and to ask for another part is an error."""
    whole: Any = type(initial())
    makers = {part: field(default=fields_dict(whole)[part].default) for part in parts}
    return make_class(whole.__name__, makers, slots=True)


def place(row: Stored) -> Place:
    """Where a row stands, for an error to tell."""
    return Place(position=row.position, subject=row.subject, version=row.version, name=row.name)
