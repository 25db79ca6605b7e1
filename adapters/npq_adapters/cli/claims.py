"""`declarations`: what was claimed of a participant, on which facts, and whether these hold."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import click
from attrs import frozen
from rich.console import Group, RenderableType
from rich.text import Text

from npq_adapters.cli import options, tables, wire
from npq_adapters.cli.auditing import check_participant, known, readable
from npq_adapters.cli.session import Session, hand_session
from npq_adapters.cli.tables import Column
from npq_domain import participant
from npq_domain.aggregates.participant.evidence import Examined, examine
from npq_domain.aggregates.participant.facts.declarations import DeclarationMade
from npq_domain.policies.declarations import DeclarationState

DIGITS = 12
"""Of a digest, as many as people compare; programs are given all."""


@frozen
class Claimed:
    """One declaration, where it stands, and its evidence as the history has it now."""

    made: DeclarationMade
    state: DeclarationState
    evidence: tuple[Examined, ...]

    @property
    def intact(self) -> bool:
        """Whether everything that it rests on still holds."""
        return all(it.holds for it in self.evidence)


@click.command()
@options.subject
@click.option(
    "--known-at", type=options.INSTANT, metavar="T", help="Only what was written down by then."
)
@hand_session
def declarations(session: Session, *, subject: UUID, known_at: datetime | None) -> None:
    """Show what was declared of SUBJECT, and on what evidence.

    Each fact that a declaration rests on is hashed anew and held against the hash of then.
    """
    with session.ledger() as ledger:
        recorded = known(ledger, subject, known_at)
        check_participant(subject, recorded)
        state = ledger.state(subject, participant, known_at=known_at)
    found = [
        Claimed(it, state.declarations.state(it.id), examine(recorded, it))
        for it in state.declarations.made.values()
    ]
    document = {
        "subject": subject,
        "known_at": known_at,
        "declarations": [entry(it) for it in found],
        "outcomes": state.declarations.outcomes,
    }
    session.answer(document, shown(subject, found))


def entry(it: Claimed) -> dict[str, Any]:
    """A claim for programs: every link with whether it matches, and what voided it."""
    links = [
        {**wire.plain(each.link), "matches": each.matches, "voided_by": each.voided_by}
        for each in it.evidence
    ]
    return {
        **wire.plain(it.made),
        "state": it.state,
        "evidence": links,
        "evidence_intact": it.intact,
    }


def shown(subject: UUID, found: Sequence[Claimed]) -> RenderableType:
    """Every claim for people."""
    columns = (
        Column("declared", lambda it: tables.text(it.made.type), whole=True),
        Column("of", lambda it: tables.text(it.made.at), whole=True),
        Column("claimed", lambda it: tables.text(it.made.claimed_on), whole=True),
        Column("by", lambda it: tables.text(it.made.provider), whole=True),
        Column("state", lambda it: tables.word(it.state.value), whole=True),
        Column("on the evidence of", resting, ratio=1),
    )
    if not found:
        return Text(f"Nothing was declared of {subject}.", "dim")
    return tables.titled(str(subject), tables.table(columns, found), summary(found))


def summary(found: Sequence[Claimed]) -> str:
    """How many claims there are, and what their evidence is worth today."""
    on_evidence = [it for it in found if it.evidence]
    holding = sum(it.intact for it in on_evidence)
    told = [
        f"{len(found)} declared",
        f"{holding} on evidence that holds",
        f"{len(on_evidence) - holding} on evidence that does not",
        f"{len(found) - len(on_evidence)} on none",
    ]
    return ", ".join(it for it in told if not it.startswith("0 "))


def resting(it: Claimed) -> RenderableType:
    """What a claim rests on, a line each."""
    if not it.evidence:
        return tables.dim("nothing")
    return Group(*(line(each) for each in it.evidence))


def line(it: Examined) -> Text:
    """One fact, what it is evidence of, its digest, and whether it holds."""
    said = Text(f"#{it.link.version} {readable(it.link.fact)}  ")
    said.append(f"{it.link.kind.value}  {it.link.sha256[:DIGITS]}  ", "dim")
    if it.voided_by is not None:
        return said.append(f"voided by #{it.voided_by}", "red")
    return said.append(*(("holds", "green") if it.matches else ("says something else", "bold red")))
