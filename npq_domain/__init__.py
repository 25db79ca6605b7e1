"""An event-sourced domain for England's National Professional Qualifications (NPQs)."""

from npq_domain import catalogue, commands
from npq_domain.aggregates.cohort import cohort
from npq_domain.aggregates.participant import participant
from npq_domain.errors import (
    AnotherLog,
    Conflict,
    Invalid,
    NotInitialised,
    NpqError,
    Refused,
    Requirement,
    StoredFactError,
    StoreUnavailable,
    UnknownFact,
    ViewAhead,
)
from npq_domain.personal import Personal
from npq_domain.recorded import Actor, Recorded, Source

__all__ = [
    "Actor",
    "AnotherLog",
    "Conflict",
    "Invalid",
    "NotInitialised",
    "NpqError",
    "Personal",
    "Recorded",
    "Refused",
    "Requirement",
    "Source",
    "StoreUnavailable",
    "StoredFactError",
    "UnknownFact",
    "ViewAhead",
    "catalogue",
    "cohort",
    "commands",
    "participant",
]
