"""A fact in its place: who wrote it down, when, from which source, for which command."""

from datetime import date, datetime
from enum import Enum
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
from attrs import frozen

from npq_domain.calendar import london_day

F = TypeVar("F")


@frozen(kw_only=True)
class Actor:
    """Who asked: a role, an id that names nobody to strangers, and on whose behalf if another's."""

    role: str
    id: str
    on_behalf_of: str | None = None


class Source(Enum):
    """Where the information came from."""

    DFE_API = "dfe_api"
    PROVIDER = "provider"
    DELIVERY_PARTNER = "delivery_partner"
    VLE = "vle"
    IMPORT = "import"


class Recorded(msgspec.Struct, Generic[F], frozen=True, kw_only=True):
    """A fact as the ledger holds it.

    `version` counts from 1 within the subject; `recorded_at` is UTC. When the fact *happened*
    is its own `on` or `at`. A struct of msgspec's, because it is made for every fact that is read.
    """

    subject: UUID
    version: int
    name: str
    recorded_at: datetime
    by: Actor
    source: Source
    command_id: UUID
    fact: F

    @property
    def happened_on(self) -> date:
        """The London day on which the fact happened."""
        return happened_on(self.fact)


def happened_on(fact: Any) -> date:
    """The London day on which a fact happened, or a command says it did."""
    instant: datetime | None = getattr(fact, "at", None)
    if instant is not None:
        return london_day(instant)
    day: date = fact.on
    return day
