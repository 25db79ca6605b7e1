"""A participant's history on its way from one provider to another: written out, and taken in.

The file holds personal values in the clear: the name, the TRN, the reasons people gave. It is a
transfer from one processor of the person's data to another, who goes on with them and cannot do so
without; who handles the file keeps it as they keep the ledger, and deletes it once it is taken in.

Each entry bears the digest of itself and of all before it: the SHA-256 of the digest before it and
of its version, name and envelope, as JSON with sorted keys and no blanks; the first follows on the
digest of what stands above the entries. Whoever changes an entry, leaves one out or moves it breaks
the chain there. The last digest is the export's, and is what both subjects keep of it: it tells
whether the history that was taken in is the one that was handed over.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from attrs import evolve, frozen

from npq_adapters.ledger import Ledger, storable
from npq_adapters.store import Row, VersionTaken
from npq_domain import participant
from npq_domain.aggregates.participant import standing
from npq_domain.aggregates.participant.commands.training import TRANSFERS
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.training import TransferredIn, TransferredOut
from npq_domain.commands import TransferIn, TransferOut
from npq_domain.errors import Conflict, Invalid, Place, StoredFactError, refusal
from npq_domain.history import live
from npq_domain.identifiers import participant_subject
from npq_domain.recorded import Actor, Recorded, Source
from npq_domain.vocabulary import Envelope

FORMAT = "npq transfer 1"


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fact in its envelope, as it was recorded."""

    version: int
    name: str
    envelope: dict[str, Any]
    sha256: str


class Export(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole history."""

    format: str
    provider: str
    """Who kept it."""
    application_id: str
    subject: UUID
    """What it was kept under."""
    facts: tuple[Entry, ...]
    sha256: str

    @property
    def heading(self) -> str:
        """The digest of what stands above the entries."""
        return digest("", self.format, self.provider, self.application_id, str(self.subject))

    def to_json(self) -> bytes:
        """The document, laid out for people to read."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


@frozen(kw_only=True)
class Taken:
    """What came of taking a history in."""

    subject: UUID
    predecessor: UUID
    facts: int
    sha256: str
    repeated: bool = False
    """It was taken in before, and nothing was recorded now."""


def digest(before: str, *said: Any) -> str:
    """The digest of what is said after another digest."""
    return sha256(before.encode() + msgspec.json.encode(said, order="sorted")).hexdigest()


def export(ledger: Ledger, subject: UUID) -> Export:
    """The history of a participant; up to the transfer, if they have gone already.

    Raises `Refused` for who was never registered, and `Invalid` for a subject without facts.
    """
    history = ledger.history(subject)
    known: Participant = ledger.state(subject, participant if history else None)
    registered, provider = known.application.registered, standing.provider(known)
    if registered is None or provider is None:
        because = f"{subject} was never registered: there is nothing to hand over"
        raise refusal("registration_missing", because, TRANSFERS)
    heading = Export(
        format=FORMAT,
        provider=provider,
        application_id=registered.application_id,
        subject=subject,
        facts=(),
        sha256="",
    )
    entries = tuple(chained(ledger, before_transfer(history), heading.heading))
    return msgspec.structs.replace(heading, facts=entries, sha256=entries[-1].sha256)


def before_transfer(history: Sequence[Recorded[Any]]) -> Sequence[Recorded[Any]]:
    """What was handed over, if the participant has gone; else everything."""
    gone = [it for it in live(history, participant.void) if isinstance(it.fact, TransferredOut)]
    return history[: gone[-1].version - 1] if gone else history


def chained(ledger: Ledger, history: Sequence[Recorded[Any]], before: str) -> Iterator[Entry]:
    """The entries of a history, each with its digest."""
    for it in history:
        envelope = Envelope(
            at=it.recorded_at, by=it.by, source=it.source, command=it.command_id, fact=it.fact
        )
        name = ledger.vocabulary.name(type(it.fact))
        plain = msgspec.json.decode(ledger.vocabulary.encode(envelope))
        before = digest(before, it.version, name, plain)
        yield Entry(version=it.version, name=name, envelope=plain, sha256=before)


def hand_over(ledger: Ledger, subject: UUID, to: str, *, by: Actor, on: date) -> Export:
    """End a participant's training here, and give the history for the other provider to go on with.

    Asked again it gives the same history. Raises `Refused` when a rule says no.
    """
    found = export(ledger, subject)
    command = TransferOut(
        to=to,
        successor=participant_subject(to, found.application_id),
        sha256=found.sha256,
        on=on,
    )
    ledger.handle(subject, command, by=by)
    return found


def take_in(
    ledger: Ledger, document: bytes, place: str, provider: str, *, by: Actor, on: date
) -> Taken:
    """Take over a participant with the history that a document holds, all of it or none.

    It goes on under the subject of this provider and the same application, each fact as it was
    recorded, under its version. Asked again it records nothing. Raises `Invalid`, naming the
    version, for a document that was tampered with or holds what no participant's history does, and
    `Refused` when a rule says no or the subject has another history already.
    """
    found = read(document, place)
    taken = Taken(
        subject=participant_subject(provider, found.application_id),
        predecessor=found.subject,
        facts=len(found.facts),
        sha256=found.sha256,
    )
    command = TransferIn(
        provider=provider,
        former_provider=found.provider,
        predecessor=found.subject,
        sha256=found.sha256,
        facts=len(found.facts),
        on=on,
    )
    rows = [ledger.sealed(row) for row in rows_of(ledger, found, taken.subject, place)]
    for _ in range(2):  # again where another took it in at the same moment
        if there := ledger.history(taken.subject):
            refuse_another(there, found)
            return evolve(taken, repeated=True)
        try:
            ledger.store.append(decided(ledger, rows, taken.subject, command, by))
        except VersionTaken:
            continue
        return taken
    msg = f"{taken.subject} is being written to by others: take the history in again"
    raise Conflict(msg)


def decided(
    ledger: Ledger, rows: Sequence[Row], subject: UUID, command: TransferIn, by: Actor
) -> list[Row]:
    """The rows that come, and those of the decision to take them in: recorded all or none."""
    rehearsal = ledger.rehearsal()
    rehearsal.store.append(rows)
    rehearsal.handle(subject, command, by=by, source=Source.IMPORT)
    if ledger.index:
        now = rehearsal.history(subject)[-1].recorded_at
        ledger.index.claim(str(subject), rehearsal.state(subject), ledger.known, now)
    return [Row(*row[1:]) for row in rehearsal.store.stream(str(subject))]


def read(document: bytes, place: str) -> Export:
    """The export that a document holds, with every digest checked."""
    try:
        found = msgspec.json.decode(document, type=Export)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Invalid(place, [f"is no export of a history: {error}"]) from None
    if found.format != FORMAT:
        raise Invalid(place, [f"$.format: {found.format!r} is not {FORMAT!r}"])
    before = found.heading
    for version, it in enumerate(found.facts, 1):
        before = digest(before, version, it.name, it.envelope)
        if (it.version, it.sha256) != (version, before):
            because = f"version {version}: not as it was written out: its digest is another"
            raise Invalid(place, [f"$.facts[{version - 1}]: {because}"])
    if not found.facts or found.sha256 != before:
        raise Invalid(place, [f"$.sha256: facts are missing after version {len(found.facts)}"])
    return found


def rows_of(ledger: Ledger, found: Export, subject: UUID, place: str) -> Iterator[Row]:
    """The facts as this ledger stores them, under the new subject."""
    for it in found.facts:
        where = Place(position=it.version, subject=str(subject), version=it.version, name=it.name)
        try:
            envelope = ledger.vocabulary.decode(where, msgspec.json.encode(it.envelope))
        except StoredFactError as error:
            raise Invalid(place, [f"version {it.version}: {it.name}: {error.why}"]) from None
        if type(envelope.fact) not in participant.steps:
            raise Invalid(place, [f"version {it.version}: {it.name} befalls no participant"])
        try:
            yield Row(str(subject), it.version, *storable(ledger.vocabulary, envelope))
        except Invalid as wrong:
            told = [f"version {it.version}: {it.name}: {fault}" for fault in wrong.faults]
            raise Invalid(place, told) from None


def refuse_another(there: Sequence[Recorded[Any]], found: Export) -> None:
    """Pass where this history was taken in before; refuse where the subject has another."""
    came = [it.fact.sha256 for it in there if isinstance(it.fact, TransferredIn)]
    if found.sha256 not in came:
        because = (
            f"application {found.application_id} has {len(there)} facts of its own here;"
            " a history is taken in before anything else is recorded of it"
        )
        raise refusal("already_registered", because, TRANSFERS)
