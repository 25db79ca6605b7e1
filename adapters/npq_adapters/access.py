"""Everything that is held about one person: the answer to a request under Article 15."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from attrs import frozen

from npq_adapters import people
from npq_adapters.kept import INDEX, KEYS
from npq_adapters.ledger import Ledger
from npq_domain.errors import Invalid
from npq_domain.projections.people import PersonRow
from npq_domain.projections.timeline import Entry, timeline


@frozen(kw_only=True)
class Held:
    """What is held of one application: its facts, and what was made of them."""

    subject: UUID
    facts: tuple[Entry, ...]
    views: Mapping[str, tuple[Any, ...]]
    """The rows about the subject, by the view's name."""
    index: tuple[Any, ...]
    """Its entries in the index of TRNs, none of which holds the TRN."""
    erased_on: date | None
    """When the key of what is personal was destroyed."""


@frozen(kw_only=True)
class Access:
    """What is held of one person."""

    on: date
    person: PersonRow
    held: tuple[Held, ...]


def subject_access(ledger: Ledger, subject: UUID) -> Access:
    """Everything about the person whose subject this is, in each of their applications here.

    Brings the views up to date first. Raises `Invalid` for who was never registered, and
    `StoredFactError` for facts that cannot be read.
    """
    found = people.person(ledger, str(subject))
    if found is None:
        raise Invalid("SUBJECT", [f"{subject} is no participant of this ledger"])
    ledger.catch_up()
    return Access(
        on=ledger.today(),
        person=found.row,
        held=tuple(held(ledger, UUID(it.participant)) for it in found.enrolments),
    )


def held(ledger: Ledger, subject: UUID) -> Held:
    """What is held of one application."""
    with ledger.store.views() as tables:
        index = tuple(tables.read(INDEX, {"subject": str(subject)}))
        keys = tables.read(KEYS, {"subject": str(subject)})
    return Held(
        subject=subject,
        facts=timeline(ledger.history(subject)),
        views=dict(rows(ledger, str(subject))),
        index=index,
        erased_on=keys[0].erased_on if keys else None,
    )


def rows(ledger: Ledger, subject: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The rows of every view that has some of this subject, by the view's name."""
    for name, view in ledger.views.items():
        if view.key[0] in ABOUT and (found := ledger.rows(view, **{view.key[0]: subject})):
            yield name, tuple(found)


ABOUT = ("participant", "person")
"""Keys that are a participant's subject."""
