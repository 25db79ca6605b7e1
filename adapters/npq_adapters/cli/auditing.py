"""`history` and `explain`: what is recorded of a subject, and what its gates say."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import attrs
import click
from rich.console import Group, RenderableType
from rich.text import Text

from npq_adapters.cli import options, tables, wire
from npq_adapters.cli.session import Session, hand_session
from npq_adapters.cli.tables import Column
from npq_adapters.ledger import Ledger
from npq_domain import participant
from npq_domain.aggregates.participant.commands.placing import placed
from npq_domain.aggregates.participant.gates import GATES
from npq_domain.catalogue import shipped
from npq_domain.errors import Invalid, Requirement
from npq_domain.history import live
from npq_domain.personal import Personal
from npq_domain.projections.timeline import Entry, kind_of, timeline
from npq_domain.recorded import Recorded

ROOMY = 130
"""Columns of a terminal that has room for authors beside what they wrote."""


@click.command()
@options.subject
@options.looking_back
@click.option("--reveal", is_flag=True, help="Show personal values, which are redacted otherwise.")
@hand_session
def history(
    session: Session,
    *,
    subject: UUID,
    known_at: datetime | None,
    valid_at: date | None,
    reveal: bool,
) -> None:
    """Show what happened to SUBJECT.

    When it happened, when it was written down, by whom, and whether it still stands.
    """
    with session.ledger() as ledger:
        recorded = known(ledger, subject, known_at)
    found = [
        it for it in timeline(recorded) if valid_at is None or it.recorded.happened_on <= valid_at
    ]
    show = wire.reveal if reveal else wire.redact
    document = {
        "subject": subject,
        "known_at": known_at,
        "valid_at": valid_at,
        "facts": [entry(it, show) for it in found],
    }
    session.answer(document, laid_out(subject, found, show, roomy=session.out.width >= ROOMY))


def known(ledger: Ledger, subject: UUID, known_at: datetime | None) -> Sequence[Recorded[Any]]:
    """The facts of a subject; `Invalid` if there are none."""
    recorded = ledger.history(subject, known_at)
    if not recorded:
        when = f" by {known_at.isoformat()}" if known_at else ""
        raise Invalid("SUBJECT", [f"nothing was recorded of {subject}{when}"])
    return recorded


def entry(each: Entry, show: wire.Show) -> dict[str, Any]:
    """A fact of a timeline for programs."""
    it = each.recorded
    return {
        "version": it.version,
        "name": it.name,
        "happened_on": it.happened_on,
        "recorded_at": it.recorded_at,
        "lag_days": each.lag_days,
        "by": wire.plain(it.by),
        "source": it.source,
        "command_id": it.command_id,
        "voided_by": each.voided_by.version if each.voided_by else None,
        "summary": f"{readable(it.name)}: {tables.fields(worth_saying(it.fact, show)).plain}",
        "outside": each.outside,
        "spec_key": each.spec_key,
        "policy_id": each.policy_id,
        "evidence": each.evidence,
        "sha256": each.sha256,
        "data": wire.plain(it.fact, show),
    }


def laid_out(
    subject: UUID, found: Sequence[Entry], show: wire.Show, *, roomy: bool
) -> RenderableType:
    """A history for people; where there is little room, authors stand below what they wrote."""
    columns = (
        Column("#", lambda it: styled(it, str(it.recorded.version)), "right", whole=True),
        *happening(show, roomy=roomy),
    )
    note = f"{len(found)} facts; London times, lag in days"
    return tables.titled(str(subject), tables.table(columns, found), note)


def happening(show: wire.Show, *, roomy: bool) -> Sequence[Column]:
    """When something happened, when it was written, by whom, and what it was."""
    return (
        Column("happened", lambda it: styled(it, it.recorded.happened_on), whole=True),
        Column("written", lambda it: tables.dim(it.recorded.recorded_at), whole=True),
        Column("lag", lambda it: lag(it.lag_days), "right", whole=True),
        *([AUTHOR] if roomy else []),
        Column("what", lambda it: what(it, show, signed=not roomy), ratio=1),
    )


def styled(it: Entry, value: object) -> Text:
    """A cell of a fact that stands, or of one that was voided."""
    return tables.text(value, "dim strike" if it.voided_by else "")


def lag(days: int) -> Text:
    """How late a fact was written down."""
    return tables.count(days) if days < 1000 else tables.text(f"{days:,}")  # noqa: PLR2004 - four digits


def author(it: Recorded[Any]) -> str:
    """Who wrote a fact down, for whom, and from which source."""
    on_behalf = f" for {it.by.on_behalf_of}" if it.by.on_behalf_of else ""
    return f"{it.by.role}:{it.by.id}{on_behalf} ({it.source.value.replace('_', ' ')})"


AUTHOR = Column("by", lambda it: tables.dim(author(it.recorded)))


def what(it: Entry, show: wire.Show, *, signed: bool) -> RenderableType:
    """What a fact says: its name, its fields, and whether it still stands, and lies in training."""
    name = readable(it.recorded.name)
    said = Text(name, "dim strike" if it.voided_by else "bold")
    said.append("  ")
    said.append_text(tables.fields(worth_saying(it.recorded.fact, show)))
    below = [tables.dim(author(it.recorded))] if signed else []
    if it.outside:
        below.insert(0, Text(it.outside, "yellow"))
    if it.voided_by:
        below.insert(0, Text(f"voided by #{it.voided_by.version}", "red"))
    return Group(said, *below)


def readable(name: str) -> str:
    """`participant.attendance-recorded.v1` as `attendance recorded`."""
    return name.partition(".")[2].rpartition(".v")[0].replace("-", " ")


UNSAID = frozenset({"on", "application_id", "participant_id", "person_ref", "cohort_id"})
"""Fields that a timeline leaves out: the day has a column, and ids tell nothing to people."""


TOLD = frozenset({"effect", "rejoined"})
"""Fields with parts of their own that a timeline tells: what was decided, where one goes on."""

FEW = 4
"""So many components are named; of more, how many there are."""


def worth_saying(fact: Any, show: wire.Show) -> Iterator[tuple[str, object]]:
    """The fields of a fact that fit on a line; of what is long, how much there is."""
    for it in attrs.fields(type(fact)):
        value = getattr(fact, it.name)
        if value is None or value == () or it.name in UNSAID:
            continue
        if attrs.has(type(value)):  # rules and settings are told by `--json` alone
            yield from worth_saying(value, show) if it.name in TOLD else ()
        elif isinstance(value, tuple) and attrs.has(type(value[0])):
            yield it.name, in_short(value)
        else:
            yield it.name, show(value) if isinstance(value, Personal) else value


PLACE = "place"
"""The gate that asks the catalogue: DfE's rules for a place in one of its cohorts."""
GATE_NAMES = ("acceptance", PLACE, *(it for it in GATES if it != "acceptance"))


def in_short(parts: tuple[Any, ...]) -> str:
    """Several parts of a fact: which components they are about, or how many there are."""
    components = [getattr(it, "component", None) for it in parts]
    if None in components or len(components) > FEW:
        return f"of {len(parts)}"
    return tables.listed(components)


@click.command(epilog=f"Gates: {', '.join(GATE_NAMES)}.")
@options.subject
@click.argument("gate", type=click.Choice(GATE_NAMES), required=False, metavar="[GATE]")
@options.looking_back
@hand_session
def explain(
    session: Session,
    *,
    subject: UUID,
    gate: str | None,
    known_at: datetime | None,
    valid_at: date | None,
) -> None:
    """Explain how SUBJECT stands at a GATE.

    Every requirement of it, or of all gates: met or not, why, by which clause, on which facts.
    """
    with session.ledger() as ledger:
        recorded = known(ledger, subject, known_at)
        check_participant(subject, recorded)
        state = ledger.state(subject, participant, known_at=known_at, valid_at=valid_at)
        today = ledger.today()
    standing = [
        it
        for it in live(recorded, participant.void)
        if valid_at is None or it.happened_on <= valid_at
    ]
    rules = session.catalogue or shipped()
    answers = {
        name: tuple(
            placed(state, valid_at or today, catalogue=rules)
            if name == PLACE
            else GATES[name](state, valid_at or date.max)
        )
        for name in ((gate,) if gate else GATE_NAMES)
    }
    document = {
        "subject": subject,
        "known_at": known_at,
        "valid_at": valid_at,
        "gates": [
            {
                "gate": name,
                "open": all(it.met for it in each),
                "requirements": [answered(it, standing) for it in each],
            }
            for name, each in answers.items()
        ],
    }
    session.answer(document, *(gate_shown(name, each, standing) for name, each in answers.items()))


def check_participant(subject: UUID, recorded: Sequence[Recorded[Any]]) -> None:
    """Refuse a subject that passes no gates."""
    if (kind := kind_of(recorded)) != participant.name:
        raise Invalid("SUBJECT", [f"{subject} is a {kind}; gates are a participant's"])


def answered(it: Requirement, standing: Iterable[Recorded[Any]]) -> dict[str, Any]:
    """A requirement for programs, with the versions of the facts it relied on."""
    return {
        **wire.plain(it),
        "facts": [{"version": each.version, "name": each.name} for each in relied_on(it, standing)],
    }


def relied_on(it: Requirement, standing: Iterable[Recorded[Any]]) -> list[Recorded[Any]]:
    """The facts that a requirement names, by their kind or by the component they are about."""
    named = set(it.relied_on)
    return [
        each
        for each in standing
        if type(each.fact).__name__ in named or getattr(each.fact, "component", None) in named
    ]


def gate_shown(
    name: str, requirements: Sequence[Requirement], standing: Sequence[Recorded[Any]]
) -> RenderableType:
    """One gate for people."""
    columns: tuple[Column, ...] = (
        Column("", lambda it: tables.tick(it.met), whole=True),
        Column("requirement", asks, whole=True),
        Column("why", lambda it: because(it, relied_on(it, standing)), ratio=1),
    )
    unmet = sum(not it.met for it in requirements)
    state = Text("open", "bold green") if not unmet else Text(f"closed: {unmet} unmet", "bold red")
    heading = Text(f"{name.capitalize()}  ", "bold cyan").append_text(state)
    return Group(heading, tables.indented(tables.table(columns, requirements)))


FAILING = re.compile(r"\bnot | (missing|unmet|below threshold|too long)$")
"""The words in a requirement's code that say how it fails."""


def asks(it: Requirement) -> Text:
    """What a requirement asks for, or how it fails."""
    failing = it.code.replace("_", " ")
    return tables.text(FAILING.sub("", failing)) if it.met else tables.text(failing, "red")


def because(it: Requirement, facts: Sequence[Recorded[Any]]) -> RenderableType:
    """Why a requirement is met or not, by which clause, on which facts."""
    said: list[RenderableType] = [tables.text(it.because), tables.dim(it.source)]
    if facts:
        versions = ", ".join(f"#{each.version}" for each in facts)
        said.append(tables.dim(f"on {versions}"))
    return Group(*said)
