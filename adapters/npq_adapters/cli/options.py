"""Options that several verbs have, and the kinds of value they take."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

import click

F = TypeVar("F", bound=Callable[..., Any])


class Day(click.ParamType[date]):
    """A London day."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no day such as 2024-03-01", param, ctx)


class Instant(click.ParamType[datetime]):
    """A moment, with its offset from UTC."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time such as 2024-03-01T09:00:00Z", param, ctx)
        if instant.utcoffset() is None:
            self.fail(f"{value!r} says no offset from UTC; write {value}Z or {value}+01:00")
        return instant


class Subject(click.ParamType[UUID]):
    """The id of a participant or a cohort."""

    name = "uuid"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> UUID:
        try:
            return value if isinstance(value, UUID) else UUID(value)
        except ValueError:
            self.fail(f"{value!r} is no UUID", param, ctx)


DAY, INSTANT, SUBJECT = Day(), Instant(), Subject()


def subject(verb: F) -> F:
    """Take a subject as the first argument."""
    return click.argument("subject", type=SUBJECT)(verb)


def looking_back(verb: F) -> F:
    """Take the two times that a history can be looked at from."""
    known_at = click.option(
        "--known-at", type=INSTANT, metavar="T", help="Only what was written down by then."
    )
    valid_at = click.option(
        "--valid-at", type=DAY, metavar="D", help="Only what had happened by the end of that day."
    )
    return known_at(valid_at(verb))
