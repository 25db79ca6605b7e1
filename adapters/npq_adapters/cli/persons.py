"""`person`: one person's enrolments, and all that happened in them as one timeline."""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click
from rich.console import Group, RenderableType
from rich.text import Text

from npq_adapters import people
from npq_adapters.cli import options, tables, wire
from npq_adapters.cli.auditing import ROOMY, entry, happening, styled
from npq_adapters.cli.session import Session, hand_session
from npq_adapters.cli.tables import Column
from npq_adapters.ledger import Ledger
from npq_adapters.people import Person
from npq_domain.errors import Invalid


@click.command()
@click.argument("name", metavar="[ID]", required=False)
@click.option("--trn", "by_trn", is_flag=True, help="By a TRN that is asked for.")
@click.option(
    "--known-at", type=options.INSTANT, metavar="T", help="Only what was written down by then."
)
@click.option("--reveal", is_flag=True, help="Show personal values, which are redacted otherwise.")
@hand_session
def person(
    session: Session, *, name: str | None, by_trn: bool, known_at: datetime | None, reveal: bool
) -> None:
    """Show one person's enrolments, wherever they were, and their joined timeline.

    ID is one of DfE's participant ids, current or retired; a person_ref; or a subject.
    """
    if (name is None) is not by_trn:
        msg = "give an ID, or --trn to be asked for a TRN, and not both"
        raise click.UsageError(msg)
    with session.ledger() as ledger:
        name = name or one_with(ledger, asked_for())
        found = people.person(ledger, name, known_at)
    if found is None:
        when = f" by {known_at.isoformat()}" if known_at else ""
        raise Invalid("ID", [f"{name!r} is nobody's participant id, person_ref or subject{when}"])
    show = wire.reveal if reveal else wire.redact
    document = {
        "known_at": known_at,
        "person": found.row,
        "enrolments": found.enrolments,
        "facts": [
            {
                "subject": it.recorded.subject,
                "taken_over_by": it.taken_over_by,
                "voided_in": it.voided_by.subject if it.voided_by else None,
                **entry(it, show),
            }
            for it in found.timeline
        ],
    }
    session.answer(document, *shown(found, show, roomy=session.out.width >= ROOMY))


def asked_for() -> str:
    """A TRN from whoever sits there, or from standard input: no shell keeps it."""
    if sys.stdin.isatty():
        return str(click.prompt("TRN", hide_input=True, err=True))
    return sys.stdin.readline()


def one_with(ledger: Ledger, trn: str) -> str:
    """The subject of somebody who has this TRN."""
    found = people.with_trn(ledger, trn.strip())
    if not found:
        raise Invalid("--trn", ["nobody here has this TRN"])
    return str(found[0])


ENROLMENTS = (
    Column("registered", lambda it: tables.text(it.registered_on), whole=True),
    Column("programme", lambda it: tables.text(it.programme), whole=True),
    Column("provider", lambda it: tables.text(it.provider), whole=True),
    Column("cohort", lambda it: tables.text(it.cohort or it.funding_cohort)),
    Column("decision", lambda it: tables.word(it.decision), whole=True),
    Column("training", lambda it: tables.word(it.training_status), whole=True),
    Column("outcome", lambda it: tables.word(it.outcome), whole=True),
    Column("awarded", lambda it: tables.text(it.awarded_on), whole=True),
)


def shown(found: Person, show: wire.Show, *, roomy: bool) -> Sequence[RenderableType]:
    """A person for people: who, their enrolments, what happened."""
    it = found.row
    retired = [each for each in it.participant_ids if each not in it.current_ids]
    note = f"{it.enrolments} enrolment{'' if it.enrolments == 1 else 's'}, as at {it.as_at}"
    said = Text(f"retired: {', '.join(retired)}" if retired else "no id was retired", "dim")
    if len(it.current_ids) > 1:
        said.append(f"; not merged by DfE: {', '.join(it.current_ids)}", "yellow")
    subjects = (Column("subject", lambda it: tables.dim(it.participant), whole=True),)
    columns = (*ENROLMENTS, *(subjects if roomy else ()))
    return (
        tables.titled(
            f"Person {it.participant_id}",
            Group(said, tables.table(columns, found.enrolments)),
            note,
        ),
        tables.titled("Timeline", timeline(found, show, roomy=roomy), facts(found)),
    )


def facts(found: Person) -> str:
    """How much of a timeline there is."""
    return f"{len(found.timeline)} facts; London times, lag in days"


def timeline(found: Person, show: wire.Show, *, roomy: bool) -> RenderableType:
    """All that happened, each with the enrolment that it happened in."""
    of = {it.participant: f"{it.programme} {it.provider}" for it in found.enrolments}

    def where(it: Any) -> RenderableType:
        recorded = it.recorded
        return styled(it, f"{of[str(recorded.subject)]} #{recorded.version}")

    columns = (Column("of", where, whole=True), *happening(show, roomy=roomy))
    return tables.table(columns, found.timeline)
