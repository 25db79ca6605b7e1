"""`transfer`: a participant's history, handed over to another provider or taken in from one."""

import os
from datetime import date
from pathlib import Path
from uuid import UUID

import click
from rich.text import Text

from npq_adapters import transfer as transfers
from npq_adapters.cli import options
from npq_adapters.cli.recording import by
from npq_adapters.cli.session import Session, hand_session
from npq_domain.recorded import Actor

ONLY_ITS_OWNER = 0o600


@click.group()
def transfer() -> None:
    """Hand a participant's history over, or take one in.

    The file holds names, TRNs and reasons in the clear: keep it as you keep the ledger.
    """


@transfer.command(name="export")
@options.subject
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--to", metavar="P", help="The provider that takes over: nothing is recorded here afterwards."
)
@click.option("--on", type=options.DAY, metavar="D", help="The day of the transfer; else today.")
@by
@hand_session
def write_out(
    session: Session, *, subject: UUID, file: Path, to: str | None, on: date | None, by: Actor
) -> None:
    """Write the history of SUBJECT to FILE, and with --to hand the participant over."""
    with session.ledger() as ledger:
        if to is None:
            found = transfers.export(ledger, subject)
        else:
            found = transfers.hand_over(ledger, subject, to, by=by, on=on or ledger.today())
    keep(file, found.to_json())
    session.answer(
        {
            "exported": str(subject),
            "facts": len(found.facts),
            "sha256": found.sha256,
            "handed_over_to": to,
        },
        Text(f"Wrote {len(found.facts)} facts to {file}. {went(to)}", "green"),
        Text(f"Digest: {found.sha256}", "dim"),
    )


def went(to: str | None) -> str:
    """Whether the participant went with the file."""
    if to is None:
        return "The participant stays here: --to hands them over."
    return f"The participant was handed over to {to}: nothing is recorded of them here any more."


def keep(file: Path, document: bytes) -> None:
    """Write a file that nobody but its owner reads."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with os.fdopen(os.open(file, flags, ONLY_ITS_OWNER), "wb") as written:
        written.write(document)


@transfer.command(name="import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--provider", required=True, metavar="P", help="The provider that takes over.")
@click.option("--on", type=options.DAY, metavar="D", help="The day of the transfer; else today.")
@by
@hand_session
def take_in(session: Session, *, file: Path, provider: str, on: date | None, by: Actor) -> None:
    """Take over the participant whose history is in FILE.

    A file that was changed since it was written is refused, with the version it breaks at; the
    same file a second time records nothing.
    """
    with session.ledger() as ledger:
        taken = transfers.take_in(
            ledger, file.read_bytes(), str(file), provider, by=by, on=on or ledger.today()
        )
    said = "Taken in before" if taken.repeated else f"Took in {taken.facts} facts"
    session.answer(
        {
            "subject": str(taken.subject),
            "predecessor": str(taken.predecessor),
            "facts": taken.facts,
            "sha256": taken.sha256,
            "repeated": taken.repeated,
        },
        Text(f"{said}; the participant is {taken.subject} here.", "green"),
    )
