"""One person over several enrolments: found by any of their ids, as was known at any time."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from uuid import UUID

from attrs import frozen

from npq_adapters.folding import place
from npq_adapters.ledger import Ledger, known, recorded
from npq_adapters.making import log
from npq_adapters.store import Stored
from npq_domain import participant
from npq_domain.aggregates.participant.facts.application import RegistrationReceived
from npq_domain.aggregates.participant.facts.corrections import FactVoided
from npq_domain.aggregates.participant.facts.identity import ParticipantIdChanged
from npq_domain.aggregates.participant.facts.training import TransferredIn, TransferredOut
from npq_domain.calendar import london_day
from npq_domain.history import History, live
from npq_domain.projections import enrolments, joined, roster
from npq_domain.projections.people import EnrolmentRow, PersonRow, by_person, grouped, ids
from npq_domain.projections.projection import Seen
from npq_domain.projections.timeline import Entry

TELLING = (RegistrationReceived, ParticipantIdChanged, TransferredIn, TransferredOut, FactVoided)
"""The facts that tell which applications are one person's, and those that take them out."""


@frozen(kw_only=True)
class Person:
    """Who somebody is, their enrolments, and all that happened in any of them."""

    row: PersonRow
    enrolments: tuple[EnrolmentRow, ...]
    timeline: tuple[Entry, ...]


def person(ledger: Ledger, name: str, known_at: datetime | None = None) -> Person | None:
    """Whose participant id, retired or current, whose pseudonym or whose subject this is.

    As was recorded by `known_at`: who was one person then may be two now that a merge was voided.
    Reads the log, not the views, so nothing has to be caught up. Raises `StoredFactError`.
    """
    as_at = london_day(known_at) if known_at else ledger.today()
    mine = found(grouped(everybody(ledger, known_at, as_at)), name.lower())
    subjects = [UUID(it.participant) for it in mine]
    histories = [ledger.history(subject, known_at) for subject in subjects]
    rows = [row for it in histories for row in made(ledger, it, as_at)]
    if not rows:
        return None
    [row], [those] = by_person(rows, as_at=as_at), grouped(rows)
    return Person(row=row, enrolments=tuple(those), timeline=joined(histories))


def with_trn(ledger: Ledger, trn: str) -> list[UUID]:
    """Whose TRN this is by now, the earliest subject first; nobody's who was erased.

    In a sealed ledger the index is asked; one in the clear is searched by its roster, which is
    brought up to date first. Raises what `Ledger.state` and `catch_up` raise.
    """
    if ledger.index:
        return sorted(UUID(it) for it in ledger.index.find(trn, ledger.known))
    ledger.catch_up()
    return sorted(
        UUID(it.participant) for it in ledger.rows(roster) if it.trn and it.trn.reveal() == trn
    )


def everybody(ledger: Ledger, known_at: datetime | None, as_at: date) -> Iterator[EnrolmentRow]:
    """A row of every application there is, made of the facts that tell whose it is alone."""
    names, decode = ledger.vocabulary.names(TELLING), ledger.vocabulary.decode
    histories: dict[str, list[Stored]] = {}
    with log(ledger.store, names, 0, ledger.store.head()) as facts:
        for fields in facts:
            histories.setdefault(fields[1], []).append(Stored(*fields))
    for rows in histories.values():
        history = [recorded(it, decode(place(it), it.state)) for it in rows]
        yield from of(known(history, known_at), as_at, rows[-1].position)


def made(ledger: Ledger, history: History, as_at: date) -> Iterator[EnrolmentRow]:
    """The whole row of an application, from all of its facts."""
    positions = [it.position for it in ledger.store.stream(str(history[0].subject))]
    yield from of(history, as_at, positions[history[-1].version - 1])


def of(history: History, as_at: date, position: int) -> Iterator[EnrolmentRow]:
    """The row that these facts make, if they are a participant's who has registered."""
    if history:
        state = participant.replay(it.fact for it in live(history, participant.void))
        seen = Seen(subject=str(history[0].subject), position=position, as_at=as_at)
        row = enrolments.row(state, seen)
        if row is not None:
            yield row


NAMES: tuple[Callable[[list[EnrolmentRow]], Iterable[str]], ...] = (
    ids,
    lambda rows: (it.person_ref.lower() for it in rows),
    lambda rows: (it.participant for it in rows),
)
"""What a person may be asked for by, in the order in which it is looked for."""


def found(persons: Iterable[list[EnrolmentRow]], name: str) -> list[EnrolmentRow]:
    """The enrolments of the person of that name; empty if it is nobody's."""
    persons = list(persons)
    for of_kind in NAMES:
        for mine in persons:
            if name and name in of_kind(mine):
                return mine
    return []
