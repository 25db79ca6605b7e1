"""Stored rows folded into states: the one loop under a load, a refold and a rebuild."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Generic, TypeVar

from attrs import field, fields_dict, make_class
from msgspec import MsgspecError

from npq_adapters.store import Fields, Stored
from npq_domain.decider import Decider, Steps
from npq_domain.errors import Place, StoredFactError, UnknownFact
from npq_domain.history import voided_versions
from npq_domain.vocabulary import FACT, Read, Vocabulary

S = TypeVar("S")

BEFORE = len(FACT)

Gone = Mapping[str, Collection[int]]
"""Of each subject, the versions that replay passes over."""


class Known(dict[str, tuple[Read, tuple[Any, ...]] | None]):
    """By stored name, how to read it and the steps to take; `None` for what is not folded.

    Filled as names are met, so a loop pays one look-up a row; `KeyError` for unknown names.
    """

    def __init__(self, vocabulary: Vocabulary, steps: Steps, names: Collection[str]) -> None:
        super().__init__()
        self._vocabulary, self._steps, self._names = vocabulary, steps, names

    def __missing__(self, name: str) -> tuple[Read, tuple[Any, ...]] | None:
        kind = self._vocabulary.kind(name)
        found = (self._vocabulary.fact_reader(name), self._steps.get(kind, ()))
        self[name] = found if name in self._names else None
        return self[name]


class Folding(Generic[S]):
    """A decider's fold, or some parts of it, bound to the vocabulary that reads its rows."""

    def __init__(
        self,
        decider: Decider[S],
        vocabulary: Vocabulary,
        parts: Iterable[str] | None = None,
    ) -> None:
        self.decider, self.vocabulary = decider, vocabulary
        steps = decider.steps if parts is None else decider.steps_of(parts)
        self._initial = decider.initial if parts is None else some(decider.initial, tuple(parts))
        voids = () if decider.void is None else (decider.void,)
        self.voids = vocabulary.names(voids)
        self.names = vocabulary.names((*steps, *voids))
        """The names to fetch: of the facts that are folded, and of those that void them."""
        self._known = Known(vocabulary, steps, frozenset(self.names))

    def gone(self, rows: Iterable[Fields], *besides: tuple[int, int]) -> Gone:
        """What the voids among these rows take out, subject by subject.

        `besides` are further voids to reckon with, as pairs of versions, in each subject.
        """
        voids: dict[str, list[tuple[int, int]]] = {}
        names = self.voids
        for position, subject, version, name, state in rows:
            if besides and subject not in voids:
                voids[subject] = list(besides)
            if name in names:
                where = Place(position=position, subject=subject, version=version, name=name)
                fact = self.vocabulary.decode(where, state).fact
                voids.setdefault(subject, []).append((version, fact.version))
        return {subject: voided_versions(pairs) for subject, pairs in voids.items()}

    def fold(self, rows: Iterable[Fields], gone: Gone) -> dict[str, tuple[S, int]]:
        """The state of each subject, and the position of the last fact that was read of it.

        Voids, and facts that they took out, count as read: a row made from the state tells how
        far the log was taken into account, and the same whether it was kept up or rebuilt.
        Rows come in the order of their positions, of one subject at least.
        """
        initial, known = self._initial, self._known
        held: dict[str, list[Any]] = {}  # one look-up a row, for state and position together
        for position, subject, version, name, data in rows:
            try:
                found = known[name]
                if found is None:
                    continue
                entry = held.get(subject)
                if entry is None:
                    entry = held[subject] = [initial(), position]
                entry[1] = position
                if subject in gone and version in gone[subject]:
                    continue
                read, steps = found
                if not steps:
                    continue
                try:
                    fact = read(data[data.index(FACT) + BEFORE : -1])
                except (ValueError, MsgspecError):
                    fact = self.vocabulary.reader(name)(data).fact
                state = entry[0]
                for part, step in steps:
                    step(getattr(state, part), fact)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told with its place
                where = Place(position=position, subject=subject, version=version, name=name)
                raise self._unreadable(where, error) from None
        return {subject: (state, position) for subject, (state, position) in held.items()}

    def _unreadable(self, where: Place, error: Exception) -> StoredFactError:
        # The cause may quote what is stored, so only its class is told.
        if where.name not in self.vocabulary:
            return UnknownFact(where, "no such fact is known")
        return StoredFactError(where, f"cannot be read ({type(error).__name__})")


def some(initial: Callable[[], S], parts: tuple[str, ...]) -> Callable[[], S]:
    """States of these parts alone: quicker to make, and to ask for another part is an error."""
    whole: Any = type(initial())
    makers = {part: field(default=fields_dict(whole)[part].default) for part in parts}
    return make_class(whole.__name__, makers, slots=True)


def place(row: Stored) -> Place:
    """Where a row stands, for an error to tell."""
    return Place(position=row.position, subject=row.subject, version=row.version, name=row.name)
