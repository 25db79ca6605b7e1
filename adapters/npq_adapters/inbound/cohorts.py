"""An intake as a TOML file: what it offers, in which groups, when it meets and when it is assessed.

The whole file is read before anything is recorded, and all its faults are told at once. A key that
is not known is a fault: a typo loses nothing.
"""

import tomllib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, NewType
from uuid import UUID, uuid5

import msgspec
from attrs import frozen
from cattrs import Converter

from npq_adapters.inbound import asking
from npq_adapters.inbound.asking import OF_ROWS, Result, ask
from npq_adapters.inbound.reading import (
    content,
    decode,
    exactly,
    short,
    structured,
    toml_converter,
)
from npq_adapters.ledger import Ledger
from npq_domain.catalogue.types import Mode
from npq_domain.commands import (
    AssignFacilitator,
    CancelDeliveryGroup,
    ConfirmDeliveryGroup,
    OfferProgramme,
    OpenCohort,
    PlanDeliveryGroup,
    ScheduleAssessmentWindow,
    ScheduleSession,
)
from npq_domain.errors import Invalid
from npq_domain.identifiers import cohort_subject
from npq_domain.recorded import Actor, Source

KEY = "framework/provider/programme/version"
Key = NewType("Key", str)


@frozen(kw_only=True)
class Intake:
    """`[cohort]`: who provides it, when it starts, until when applications are taken."""

    name: str
    provider: str
    partner: str | None = None
    season: str
    start_on: date
    funding_cohort: str | None = None
    application_deadline: date | None = None
    opened_on: date
    """The day on which all of this was settled, where an entry says no other."""


@frozen(kw_only=True)
class DeliveryGroup:
    """`[[programme.group]]`: planned at a place; then confirmed, or cancelled for a reason."""

    id: str
    place: str
    planned_on: date | None = None
    confirmed_on: date | None = None
    cancelled_on: date | None = None
    cancelled_because: str = ""
    facilitators: tuple[str, ...] = ()


@frozen(kw_only=True)
class Session:
    """`[[programme.session]]`: a component of the specification, for one group or for every."""

    component: str
    group: str | None = None
    starts_at: datetime
    ends_at: datetime
    mode: Mode | None = None
    scheduled_on: date | None = None


@frozen(kw_only=True)
class Window:
    """`[[programme.window]]`: the first and the last day of a sitting."""

    sitting: int = 1
    opens_on: date
    closes_on: date
    set_by: str | None = None
    scheduled_on: date | None = None


@frozen(kw_only=True)
class Programme:
    """`[[programme]]`: one of the provider's specifications, and what is planned for it."""

    specification: Key
    capacity: int | None = None
    funded_cap: int | None = None
    group: tuple[DeliveryGroup, ...] = ()
    session: tuple[Session, ...] = ()
    window: tuple[Window, ...] = ()

    @property
    def code(self) -> str:
        """The programme's short code, which the specification's key bears."""
        return self.specification.split("/")[2]


@frozen(kw_only=True)
class Sheet:
    """The whole file."""

    cohort: Intake
    programme: tuple[Programme, ...] = ()


Planned = tuple[str, Any]
"""A command, and the place in the file that asks for it."""


@frozen(kw_only=True)
class Line:
    """What became of one entry of the file."""

    place: str
    command: str
    outcome: str
    facts: tuple[str, ...] = ()
    code: str | None = None
    message: str | None = None


@frozen(kw_only=True)
class Report(asking.Report):
    """What became of the file, entry by entry."""

    cohort: UUID
    name: str
    lines: tuple[Line, ...]


def cohort_converter() -> Converter:
    """TOML into intakes."""
    converter = toml_converter()
    converter.register_structure_hook(Key, key)
    return converter


def key(value: Any, _: Any) -> str:
    """The key of a specification; whether there is such a one, the catalogue says."""
    text: str = exactly(value, str)
    if text.count("/") != KEY.count("/"):
        msg = f"{short(text)} reads not {KEY}"
        raise ValueError(msg)
    return text


CONVERTER = cohort_converter()


def read_cohort(raw: bytes, place: str) -> Sheet:
    """Read the file, or raise `Invalid` with every fault in it."""
    try:
        tables = tomllib.loads(decode(raw, place))
    except RecursionError:
        raise Invalid(place, ["tables nested too deeply"]) from None
    except ValueError as error:
        raise Invalid(place, [str(error)]) from None
    sheet: Sheet = structured(CONVERTER, tables, Sheet, place)
    return sheet


def commands(sheet: Sheet) -> Iterator[Planned]:
    """Everything the file asks for, in the order in which it can be recorded."""
    intake = sheet.cohort
    yield (
        "$.cohort",
        OpenCohort(
            provider=intake.provider,
            partner=intake.partner,
            name=intake.name,
            season=intake.season,
            start_on=intake.start_on,
            funding_cohort=intake.funding_cohort,
            application_deadline=intake.application_deadline,
            on=intake.opened_on,
        ),
    )
    for n, programme in enumerate(sheet.programme):
        yield from offered(programme, intake.opened_on, f"$.programme[{n}]")


def offered(it: Programme, on: date, place: str) -> Iterator[Planned]:
    """A programme, its groups before the sessions that name them, and its windows."""
    yield (
        place,
        OfferProgramme(
            specification=it.specification,
            capacity=it.capacity,
            funded_cap=it.funded_cap,
            on=on,
        ),
    )
    for n, group in enumerate(it.group):
        yield from planned(it.code, group, on, f"{place}.group[{n}]")
    for n, session in enumerate(it.session):
        yield (
            f"{place}.session[{n}]",
            ScheduleSession(
                programme=it.code,
                group=session.group,
                component=session.component,
                starts_at=session.starts_at,
                ends_at=session.ends_at,
                mode=session.mode,
                on=session.scheduled_on or on,
            ),
        )
    for n, window in enumerate(it.window):
        yield (
            f"{place}.window[{n}]",
            ScheduleAssessmentWindow(
                programme=it.code,
                sitting=window.sitting,
                opens_on=window.opens_on,
                closes_on=window.closes_on,
                set_by=window.set_by,
                on=window.scheduled_on or on,
            ),
        )


def planned(programme: str, it: DeliveryGroup, on: date, place: str) -> Iterator[Planned]:
    """A delivery group and how it went on."""
    day = it.planned_on or on
    yield (
        place,
        PlanDeliveryGroup(group=it.id, programme=programme, place=it.place, on=day),
    )
    for facilitator in it.facilitators:
        yield place, AssignFacilitator(group=it.id, facilitator=facilitator, on=day)
    if it.confirmed_on:
        yield place, ConfirmDeliveryGroup(group=it.id, on=it.confirmed_on)
    if it.cancelled_on:
        reason = it.cancelled_because
        yield place, CancelDeliveryGroup(group=it.id, reason=reason, on=it.cancelled_on)


def import_cohort(ledger: Ledger, path: str | Path, *, by: Actor) -> Report:
    """Record an intake with all that is planned for it. Importing it again records nothing.

    What has changed in the ledger since, say a session that was moved, stays as it is. `Invalid`
    with every fault if the file cannot be read; then nothing is recorded.
    """
    sheet = read_cohort(content(path), str(path))
    subject = cohort_subject(sheet.cohort.provider, sheet.cohort.name)

    def line(asked: Planned) -> Line:
        place, command = asked
        result = ask(
            ledger,
            subject,
            command,
            by=by,
            source=Source.IMPORT,
            command_id=uuid5(subject, told(command)),
        )
        return entry(str(path), place, command, result)

    return Report(
        file=str(path),
        cohort=subject,
        name=sheet.cohort.name,
        lines=tuple(map(line, commands(sheet))),
    )


def told(command: Any) -> str:
    """The command as text, the same again at each import. A cohort holds nothing personal."""
    return f"{type(command).__name__} {msgspec.json.encode(command).decode()}"


def entry(file: str, place: str, command: Any, it: Result) -> Line:
    """The line of the report for one command."""
    return Line(
        place=place,
        command=type(command).__name__,
        outcome=OF_ROWS.get(it.outcome, it.outcome),
        facts=it.facts,
        code=it.code,
        message=f"{file}: {place}: {it.message}" if it.message else None,
    )
