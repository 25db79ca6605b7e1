"""Erasing a person's data, and changing the keys that all of it hangs on.

To erase is to destroy one data key: then the facts stay, and what is personal in them opens nowhere
any more. Older copies of the ledger hold that key still, wrapped; so an erasure reaches them when
they are gone, or when the key that wraps it is.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from attrs import frozen

from npq_adapters import people
from npq_adapters.kept import INDEX, KEYS, OF_INDEX, DataKey, Indexed
from npq_adapters.ledger import Ledger
from npq_adapters.making import log
from npq_adapters.sealing import Sealing, new_index_key, unwrapped, wrapped
from npq_adapters.trns import entry, place_of
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.retention import ErasureBasis, PersonalDataErased
from npq_domain.commands import ErasePersonalData
from npq_domain.errors import Invalid, StoredFactError
from npq_domain.recorded import Actor, Recorded

COPIES = (
    (
        "backups and copies of the ledger made before now hold the key, wrapped by {key}: they"
        " open until they are deleted, or until {key} is destroyed (npq rotate-keys --drop-old)"
    ),
    "files written out before now (transfers, answers to subject access, CSV) are as they were",
    "after a restore of an older backup, erase again",
)


@frozen(kw_only=True)
class Erased:
    """What came of an erasure."""

    subject: UUID
    repeated: bool
    """It was decided before; what was left of it, if anything, was done now."""
    decided: PersonalDataErased
    version: int
    """Of the fact that says so."""
    done: tuple[str, ...]
    waits: tuple[str, ...]
    others: tuple[UUID, ...]
    """Other applications of the same person here: each is erased for itself."""


def erase(
    ledger: Ledger, subject: UUID, *, basis: ErasureBasis, reason: str, by: Actor, on: date
) -> Erased:
    """Record that a participant is erased, and do it. Asked again, it completes what was left.

    Raises `Refused`: `under_legal_hold`, `under_retention`, `not_sealed`, `registration_missing`,
    `reason_missing`; and whatever `Ledger.handle` raises besides.
    """
    sealing, others = ledger.seals, tuple(others_of(ledger, subject))
    wrapping = sealing.key_id(str(subject)) if isinstance(sealing, Sealing) else None
    command = ErasePersonalData(basis=basis, reason=reason, on=on)
    answer = ledger.handle(subject, command, by=by)
    sealing = sealing_of(ledger)
    sealing.destroy(str(subject), ledger.today())
    decided = the_erasure(ledger.history(subject))
    waits = [it.format(key=wrapping or sealing.keys.current) for it in COPIES]
    return Erased(
        subject=subject,
        repeated=not answer,
        decided=decided.fact,
        version=decided.version,
        done=(
            "the data key was destroyed: no name, TRN, e-mail or free text of this subject opens",
            "the subject was taken out of the index of TRNs",
            "views show [erased]: they held nothing but the sealed values",
        ),
        waits=(*ledger.store.scrub(), *waits),
        others=others,
    )


def sealing_of(ledger: Ledger) -> Sealing:
    """What seals in a ledger; `Invalid` for one in the clear."""
    if not isinstance(ledger.seals, Sealing):
        raise Invalid("keys", ["this ledger holds personal values in the clear: it has no keys"])
    return ledger.seals


def the_erasure(history: Sequence[Recorded[Any]]) -> Recorded[PersonalDataErased]:
    """The fact that says so."""
    return next(it for it in history if isinstance(it.fact, PersonalDataErased))


def others_of(ledger: Ledger, subject: UUID) -> Iterator[UUID]:
    """The other applications here of the same person."""
    found = people.person(ledger, str(subject))
    for it in found.enrolments if found else ():
        if it.participant != str(subject):
            yield UUID(it.participant)


@frozen(kw_only=True)
class Rotated:
    """What came of a change of keys."""

    current: str
    rewrapped: int
    """Data keys that another key wraps now."""
    indexed: int
    """Entries of the index that were made anew, by a new key of its own."""
    unindexed: tuple[UUID, ...]
    """Subjects whose entry was taken out: they bear no TRN any more, or cannot be read."""
    completed: tuple[UUID, ...]
    """Subjects whose erasure was decided, and of whom a key was left."""
    dropped: tuple[str, ...]
    old: tuple[str, ...]
    """Keys that are not current and still exist: older backups open by them."""


def rotate(ledger: Ledger, *, drop_old: bool = False) -> Rotated:
    """Wrap every data key by a new key, and give the index a new key of its own.

    `drop_old` destroys every other key, where the key store can: then no backup made before now
    opens any more, whoever's data it holds. Facts are not touched. Raises `Invalid`
    for a ledger in the clear, `WrongKey` for a data key that no key opens.
    """
    sealing = sealing_of(ledger)
    completed = tuple(complete(ledger, sealing))
    current = sealing.keys.renew()
    key = new_index_key()
    entries = dict(entries_by(ledger, index_of(ledger), key))
    with ledger.store.views(write=True) as tables:
        rows = [it for it in tables.read(KEYS, {}) if it.wrapped]
        tables.put(KEYS, [rewrapped(sealing, it, key) for it in rows])
        there = tables.read(INDEX, {})
        since = [it for it in there if it.subject not in entries]
        entries |= entries_by(ledger, since, key)  # those that came meanwhile, in most cases none
        anew = [entries[it.subject] for it in there if it.subject in entries]
        tables.clear(INDEX)
        tables.put(INDEX, anew)
    sealing.forget_opened()
    gone = sealing.keys.drop() if drop_old else frozenset()
    ledger.store.scrub()
    return Rotated(
        current=current,
        rewrapped=len(rows),
        indexed=len(anew),
        unindexed=tuple(UUID(it.subject) for it in there if it.subject not in entries),
        completed=completed,
        dropped=tuple(sorted(gone)),
        old=tuple(sorted(sealing.keys.old)),
    )


def complete(ledger: Ledger, sealing: Sealing) -> Iterator[UUID]:
    """Destroy the keys of those whose erasure was decided in a process that ended before it did."""
    with log(ledger.store, tuple(sealing.erasing), 0, ledger.store.head()) as facts:
        subjects = [subject for _, subject, *_ in facts]
    for subject in subjects:
        if sealing.key_id(subject):
            sealing.destroy(subject, ledger.today())
            yield UUID(subject)


def rewrapped(sealing: Sealing, row: DataKey, index_key: bytes) -> DataKey:
    """The same data key wrapped by the current key; in place of the index's another."""
    key = index_key if row.subject == OF_INDEX else unwrapped(sealing.keys, row)
    return wrapped(sealing.keys, row.subject, key)


def index_of(ledger: Ledger) -> list[Indexed]:
    """Every entry of the index."""
    with ledger.store.views() as tables:
        return tables.read(INDEX, {})


def entries_by(
    ledger: Ledger, those: Iterable[Indexed], key: bytes
) -> Iterator[tuple[str, Indexed]]:
    """Entries of the index as another key makes them; none for who bears no TRN any more."""
    for it in those:
        try:
            state: Participant = ledger.known(it.subject)
            place = place_of(state)
        except (Invalid, StoredFactError):
            continue
        if place is not None:
            yield it.subject, entry(it.subject, place, place.token(key), it.entered_at)
