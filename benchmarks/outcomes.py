"""What a contender left behind, held against what it was to leave: a speed counts if all is there.

*Missed*: a reader does not come by it, or comes by another value. *Duplicated*: it is there more
often than it was acknowledged. *Reordered*: it stands after a later version of the same subject;
rows and states have no order, so this does not apply to them. *Lost*: it was acknowledged and is in
no stream, or a view's books do not account for it; a load leaves nothing behind that could be.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping

from attrs import frozen

from npq_adapters.coverage import tallies
from npq_adapters.projecting import table
from npq_adapters.store import Store
from npq_domain.projections import Projection, View

Key = tuple[str, int]
"""A fact's subject and version."""


@frozen(kw_only=True)
class Counted:
    """How often it went wrong; none where a counter does not apply."""

    missed: int
    duplicated: int | None = None
    reordered: int | None = None
    lost: int | None = None

    def __str__(self) -> str:
        four = (self.missed, self.duplicated, self.reordered, self.lost)
        return " / ".join("–" if it is None else f"{it:,}" for it in four)


def appended(store: Store, acknowledged: Iterable[Key]) -> Counted:
    """Every acknowledged fact is in its stream and in the log, once, in order of its versions."""
    wanted = set(acknowledged)
    subjects = {subject for subject, _ in wanted}
    streams = {(row[1], row[2]) for subject in subjects for row in store.stream(subject)}
    return logged(wanted, streams, [(it[1], it[2]) for it in store.scan() if it[1] in subjects])


def logged(wanted: set[Key], streams: set[Key], log: Iterable[Key]) -> Counted:
    """What a log lacks, has too often, and has out of order."""
    seen, latest, reordered = Counter[Key](), dict[str, int](), 0
    for subject, version in log:
        seen[subject, version] += 1
        reordered += version < latest.get(subject, 0)
        latest[subject] = max(version, latest.get(subject, 0))
    return Counted(
        missed=len(wanted - seen.keys()),
        duplicated=sum(n - 1 if key in wanted else n for key, n in seen.items()),
        reordered=reordered,
        lost=len(wanted - streams),
    )


def rebuilt(
    store: Store, views: Iterable[View], reference: Mapping[str, list[Hashable]]
) -> Counted:
    """Every row is the reference's, there is no other, and the books account for every fact."""
    views = tuple(views)
    missed = duplicated = 0
    with store.views() as tables:
        for view in views:
            wanted = Counter(map(repr, reference[view.name]))
            found = Counter(map(repr, tables.read(table(view), {})))
            missed += (wanted - found).total()
            duplicated += (found - wanted).total()
    books = tallies(store, [it for it in views if isinstance(it, Projection)])
    lost = sum(abs(it.logged - it.applied - it.ignored - it.quarantined) for it in books)
    return Counted(missed=missed, duplicated=duplicated, lost=lost)


def loaded(pairs: Iterable[tuple[object, object]]) -> Counted:
    """Every state is the reference's."""
    return Counted(missed=sum(found != wanted for found, wanted in pairs))
