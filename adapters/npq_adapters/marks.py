"""Whether a view was made of the log that is there: by the last fact that it has read.

A position alone does not tell. A backup of the log that is restored under newer views may have
grown past them again, by other facts at the same positions. So a checkpoint keeps a mark of the
log, a digest of the last fact up to there, and whoever reads the view holds it against the log.
"""

from collections.abc import Mapping
from datetime import date
from hashlib import sha256

from npq_adapters.store import Checkpoint, Store
from npq_domain.errors import AnotherLog, ViewAhead


def mark_of(
    position: int, subject: str | bytes, version: int, name: str | bytes, state: bytes
) -> str:
    """The digest of a fact as it is stored: SHA-256, in hex. Texts may come as their bytes."""
    texts = [as_bytes(it) for it in (subject, name)]
    sizes = f"{position} {version} {' '.join(str(len(it)) for it in texts)} "
    return sha256(b"".join((sizes.encode(), *texts, state))).hexdigest()


def as_bytes(text: str | bytes) -> bytes:
    """A text as its bytes; also one that is none, which memory alone can hold."""
    return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text


def marked(store: Store, position: int, as_at: date) -> Checkpoint:
    """The checkpoint of views that have read the log up to a position."""
    return Checkpoint(position, as_at, store.mark(position))


def another_log(store: Store, stand: Mapping[str, Checkpoint | None]) -> dict[str, AnotherLog]:
    """By the name of each view that was made of another log than the one there, what to say.

    However many views stand at one place, the log is asked once; for its end, only if something
    is wrong. It has to be asked after the views: nothing comes or goes at or below a place up to
    which a view has read.
    """
    places = {at.position for at in stand.values() if at is not None}
    marks = {position: store.mark(position) for position in places}
    strange = {
        name: at.position
        for name, at in stand.items()
        if at is not None and marks[at.position] != at.mark
    }
    head = store.head() if strange else 0
    return {
        name: ViewAhead(name, position, head) if position > head else AnotherLog(name, position)
        for name, position in strange.items()
    }


def refuse_another_log(store: Store, stand: Mapping[str, Checkpoint | None]) -> None:
    """Raise `AnotherLog` for the first of these views that was made of another log."""
    for error in another_log(store, stand).values():
        raise error
