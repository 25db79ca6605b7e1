"""The rows of a subject folded into its state: the one loop under a load and a view."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from attrs import field, fields_dict, make_class
from msgspec import MsgspecError

from npq_adapters.store import Fields
from npq_domain.decider import Decider, Steps
from npq_domain.errors import Place, StoredFactError, UnknownFact
from npq_domain.history import voided_versions
from npq_domain.personal import Find, Sealed, finder
from npq_domain.personal import place as place_sealed
from npq_domain.vocabulary import FACT, Read, Vocabulary

S = TypeVar("S")

BEFORE = len(FACT)

Faults = dict[tuple[int, str], StoredFactError]
"""By the position of a fact and the part of the state that could not take it, why.

`NOBODY` is in the place of the part where the fact cannot be read, whoever asks.
"""

NOBODY = ""

Reached = dict[str, int]
"""By stored name, the position of the last fact of that name."""


Fact = tuple[int, str, int, str, Any]
"""A row whose last field is the fact, if that was read already; else the bytes of the row."""

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


V = TypeVar("V")


class Shared(dict[bytes, V]):
    """What was said, by its bytes: one value for all that say the same, as registers do."""

    def __init__(self, most: int) -> None:
        """Keep no more than so many."""
        super().__init__()
        self._most = most

    def keep(self, data: bytes, value: V, size: int) -> V:
        """Keep the value for those alike, if so many bytes of a fact are not too many."""
        if size <= SHORT:
            if len(self) >= self._most:
                self.clear()
            self[data] = value
        return value


class Alike(Shared[Any]):
    """Facts of a kind."""

    def __init__(self, read: Read) -> None:
        super().__init__(KEPT)
        self._read = read

    def __missing__(self, data: bytes) -> Any:
        return self.keep(data, self._read(data), len(data))


SHORT = 1024
"""Bytes of a fact that others may say as well; what is longer is somebody's own, as plans are."""

KEPT = 1000
"""How many different facts of a kind are kept for those alike that may follow."""


class Ahead(dict[str, Read]):
    """By stored name, how to read facts that nobody has asked for yet; `KeyError` if unknown.

    Those that tell nothing personal are shared: they are values that nobody changes.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        self._vocabulary = vocabulary

    def __missing__(self, name: str) -> Read:
        read = self._vocabulary.fact_reader(name)
        shared = shareable(self._vocabulary.kind(name))
        self[name] = Alike(read).__getitem__ if shared else read
        return self[name]

    def reads(self, rows: Iterable[Fields]) -> Iterator[Fact]:
        """The same rows, each with its fact, or as it is where that cannot be read.

        Whether that is a fault is for the fold to tell: what was voided is none. In the order of
        the log, for neighbours in it are of one kind, and most of them say the same.
        """
        for row in rows:
            position, subject, version, name, data = row
            try:
                fact = self[name](data[data.index(FACT) + BEFORE : -1])
            except Exception:  # noqa: BLE001 - whatever it is, the fold will meet it as well
                yield row
            else:
                yield position, subject, version, name, fact


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
        rows: Sequence[Fact],
        *besides: tuple[int, int],
        faults: Faults | None = None,
    ) -> tuple[S, Reached]:
        """The state of one subject after these rows, in the order of their versions.

        Tells of each name that is read how far it was: voids, and facts that they took out,
        count as read, so that what is made of the state is the same whether it was kept up or
        rebuilt. `besides` are further voids to reckon with, as pairs of versions.

        Raises `StoredFactError` at the first fact that cannot be applied; given `faults`, puts
        it there and goes on without the fact. A part whose step fails is alone in that: what the
        others come to is the same whether they are folded with it or without.
        """
        state, reached = self._initial(), Reached()
        self.go_on(state, reached, rows, self._gone(rows, besides, faults), faults)
        return state, reached

    def voids(self, rows: Iterable[Fact]) -> bool:
        """Whether any of these rows takes out another, so that what is known is folded anew."""
        return not self._voids.isdisjoint([name for _, _, _, name, _ in rows])

    def go_on(
        self,
        state: S,
        reached: Reached,
        rows: Iterable[Fact],
        gone: Collection[int] = (),
        faults: Faults | None = None,
    ) -> None:
        """Fold these rows of the subject, too, but for the versions that are gone.

        Changes the state and what was reached in place.
        """
        known = self._known
        for position, subject, version, name, told in rows:
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
                fact = self._read(read, name, told) if type(told) is bytes else told
                if personal is not None:
                    place_sealed(personal, fact, position, subject, version, name, self._opener)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told with its place
                self._tell((position, subject, version, name, told), error, faults)
                continue
            for part, step in steps:
                try:
                    step(getattr(state, part), fact)
                except Exception as error:  # noqa: BLE001 - as above
                    self._tell((position, subject, version, name, told), error, faults, part)

    def _read(self, read: Read, name: str, data: bytes) -> Any:
        try:
            return read(data[data.index(FACT) + BEFORE : -1])
        except (ValueError, MsgspecError):
            return self.vocabulary.reader(name)(data).fact

    def _gone(
        self,
        rows: Iterable[Fact],
        besides: Iterable[tuple[int, int]],
        faults: Faults | None,
    ) -> Collection[int]:
        """The versions that replay passes over."""
        voids = list(besides)
        if not voids and not self.voids(rows):
            return ()
        for position, subject, version, name, told in rows:
            if name in self._voids:
                try:
                    read = self.vocabulary.fact_reader(name)
                    fact = self._read(read, name, told) if isinstance(told, bytes) else told
                except Exception as error:  # noqa: BLE001 - whatever it is, it is told with its place
                    self._tell((position, subject, version, name, told), error, faults)
                else:
                    voids.append((version, fact.version))
        return voided_versions(voids)

    def _tell(self, row: Fact, error: Exception, faults: Faults | None, part: str = NOBODY) -> None:
        """Raise that a fact cannot be applied, or put it where faults are kept."""
        # The cause may quote what is stored, so only its class is told.
        because = f"cannot be read ({type(error).__name__})"
        known = row[3] in self.vocabulary
        fault = StoredFactError(place(row), because) if known else unknown_fact(row)
        if faults is None:
            raise fault from None
        faults[row[0], part] = fault


def gathered(rows: Iterable[Fact]) -> Iterator[list[Fact]]:
    """The rows of each subject, in the order in which they came; each list is given away.

    To fold a subject at a time finds its state in the processor's cache, which takes a fifth off
    a rebuild: facts are recorded by thousands of subjects in turn.
    """
    held: defaultdict[str, list[Fact]] = defaultdict(list)
    for row in rows:
        held[row[1]].append(row)
    for subject in list(held):
        yield held.pop(subject)


def some(initial: Callable[[], S], parts: tuple[str, ...]) -> Callable[[], S]:
    """States of these parts alone: quicker to make, and to ask for another part is an error."""
    whole: Any = type(initial())
    makers = {part: field(default=fields_dict(whole)[part].default) for part in parts}
    return make_class(whole.__name__, makers, slots=True)


def shareable(kind: type) -> bool:
    """Whether one fact may stand for all that say the same: where nothing personal is in it."""
    return finder(kind) is None


def place(row: Fact) -> Place:
    """Where a row stands, for an error to tell."""
    position, subject, version, name, _ = row
    return Place(position=position, subject=subject, version=version, name=name)


def unknown_fact(row: Fact) -> UnknownFact:
    """That nobody knows the name of this fact."""
    return UnknownFact(place(row), "no such fact is known")
