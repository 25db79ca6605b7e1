"""What a projection is: a key, the parts of the state it reads, and a row."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any, Generic, TypeVar, get_type_hints

from attrs import Factory, field, fields_dict, frozen, make_class

from npq_domain.decider import Decider

S = TypeVar("S")
R = TypeVar("R")


@frozen(kw_only=True)
class Seen:
    """Where a row is seen from: whose it is, up to which fact of theirs, and on which day."""

    subject: str
    position: int
    """The position in the log of the subject's last fact that the projection reads."""
    as_at: date


@frozen(kw_only=True, repr=False)
class Projection(Generic[S, R]):
    """One row a subject, made from the same folds and policies that commands are decided by."""

    name: str
    """The view's name, and its table's."""
    row_type: type[R]
    """A frozen attrs class of plain columns; its first field is the subject."""
    decider: Decider[S]
    parts: tuple[str, ...]
    """The parts of the state it reads: facts of no other part are fetched or decoded for it."""
    row: Callable[[S, Seen], R | None]
    """The row of one subject, or none if it has none yet. Pure: `Seen` brings the day."""
    tolerant: bool = False
    """Whether it goes on without a fact that cannot be applied, which is told wherever it is
    read; else it stops before that fact, as one must whose figures decide or are claimed by."""
    indexed: tuple[str, ...] = ()
    """The columns by which rows are asked for often."""

    def __repr__(self) -> str:
        return f"<view {self.name}>"

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that tell rows apart."""
        fields: Any = self.row_type
        return (fields.__attrs_attrs__[0].name,)


@frozen(kw_only=True, repr=False)
class Summary(Generic[R]):
    """A view made from the rows of other views: totals, means, counts."""

    name: str
    row_type: type[R]
    key: tuple[str, ...]
    sources: tuple[Projection[Any, Any], ...]
    rows: Callable[..., Iterable[R]]
    """`rows(*rows of each source, as_at=…)`."""
    columns: Mapping[str, tuple[str, ...]] = Factory(dict)
    """By a source's name, the only columns of it that `rows` asks for: wide rows take long to read.

    Of a source that is not named, all are read.
    """
    indexed: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        """Refuse columns that are not there, before anybody waits for them."""
        there = {it.name: fields_dict(it.row_type) for it in self.sources}
        for source, names in self.columns.items():
            for name in names:
                if name not in there.get(source, {}):
                    msg = f"{self.name}: no source {source} has a column {name}"
                    raise TypeError(msg)

    def __repr__(self) -> str:
        return f"<view {self.name}>"

    def reads(self, source: Projection[Any, Any]) -> type[Any]:
        """The class of the rows that it reads of a source."""
        row: Any = source.row_type  # which mypy does not know to be hashable
        columns = self.columns.get(source.name)
        return narrow(row, columns) if columns else row


@cache
def narrow(row: type[Any], columns: tuple[str, ...]) -> type[Any]:
    """A row class of these columns alone, by the same name."""
    hints = get_type_hints(row)
    fields = {name: field(type=hints[name]) for name in columns}
    return make_class(row.__name__, fields, frozen=True, slots=True)


View = Projection[Any, Any] | Summary[Any]
