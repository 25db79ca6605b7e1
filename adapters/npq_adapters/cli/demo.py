"""`demo`: a whole intake from the example files, or with people invented on the spot."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid5

import click
from rich.console import RenderableType
from rich.text import Text

from npq_adapters import migrate, open_ledger
from npq_adapters.cli import examples, invented, showing, tables, wire
from npq_adapters.cli.examples import Row, Step
from npq_adapters.cli.session import Session, hand_session
from npq_adapters.cli.tables import Column
from npq_adapters.cli.upkeep import progress
from npq_adapters.inbound.asking import IN_FILES, ask
from npq_adapters.ledger import Ledger
from npq_domain.aggregates.cohort import cohort as intakes
from npq_domain.errors import Invalid
from npq_domain.recorded import Source

SHOWN = ("engagement", "eligibility", "cohort")
MOST = 60
"""Rows of a table that nobody would read further than that."""

NAMED = 3
"""How many are named of those to whom the same happened."""


@click.command()
@click.option(
    "--participants", type=click.IntRange(1), metavar="N", help="Invent N people instead."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Other people for another.")
@click.option(
    "--keep",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep the ledger in this new file.",
)
@hand_session
def demo(session: Session, *, participants: int | None, seed: int, keep: Path | None) -> None:
    """Run a whole intake from example files.

    It has a ledger of its own and never touches yours; then it shows what came of it.
    """
    with somewhere(keep) as url:
        migrate(url)
        with open_ledger(url, catalogue=session.catalogue) as ledger:
            steps = tuple(
                example(session, ledger)
                if participants is None
                else invention(session, ledger, participants, seed)
            )
            with progress(session.err, "rebuilding the views") as tell:
                ledger.rebuild(on_progress=tell)
            views = {name: ledger.rows(name) for name in SHOWN}
            known = showing.names(ledger)
    lost = [each for step in steps for each in step.lost]
    document = {
        "ledger": url if keep else None,
        "steps": [told(step) for step in steps],
        "lost": wire.plain(lost),
        "views": wire.plain(views),
    }
    session.answer(
        document,
        happened(steps),
        *([refused(lost, known)] if lost else []),
        *(shown(name, rows, known, session.out.width) for name, rows in views.items()),
        whats_next(url if keep else None, lost, known),
    )


@contextmanager
def somewhere(keep: Path | None) -> Iterator[str]:
    """The address of a ledger that is kept, or gone afterwards."""
    if keep:
        if keep.exists():
            raise Invalid("--keep", [f"{keep} is there already; name a new file"])
        yield address(keep)
        return
    with tempfile.TemporaryDirectory(prefix="npq-demo-") as folder:
        yield address(Path(folder, "demo.db"))


def address(file: Path) -> str:
    """The address of a SQLite file, whatever characters are in its name."""
    return f"sqlite:///{quote(str(file))}"


def example(session: Session, ledger: Ledger) -> Iterator[Step]:
    """Take in the example files, in the order in which a provider gets them."""
    with as_file(files("npq_adapters") / "example_data") as folder:
        for file in examples.FILES:
            session.err.print(Text(f"taking in {file}", "dim"))
            yield examples.take_in(ledger, file, folder)


def invention(session: Session, ledger: Ledger, number: int, seed: int) -> Iterator[Step]:
    """Take in the example cohort, and let invented people live through it."""
    with as_file(files("npq_adapters") / "example_data") as folder:
        opened = examples.take_in(ledger, examples.COHORT, folder)
    yield opened
    if opened.subject:
        yield lives(session, ledger, opened.subject, number, seed)


def lives(session: Session, ledger: Ledger, cohort_id: UUID, number: int, seed: int) -> Step:
    """Everybody's story, told to the ledger one after the other."""
    cohort = ledger.state(cohort_id, intakes)
    people = invented.people(cohort_id, cohort, ledger.catalogue, number=number, seed=seed)
    rows: list[Row] = []
    with progress(session.err, "inventing people") as tell:
        for done, person in enumerate(people, 1):
            rows += lived(ledger, person)
            tell(done, number)
    return Step(name=f"{number} invented people", file=f"seed {seed}", rows=tuple(rows))


def lived(ledger: Ledger, person: invented.Person) -> Iterator[Row]:
    """One story up to its end, which may be a refusal."""
    for number, command in enumerate(invented.story(person, ledger.today())):
        result = ask(
            ledger,
            person.subject,
            command,
            by=examples.BY,
            source=Source.PROVIDER,
            command_id=uuid5(person.subject, f"story/{number}"),
        )
        row = Row(
            where=person.name,
            what=type(command).__name__,
            subject=str(person.subject),
            outcome=result.outcome,
            code=result.code,
            why=result.message,
        )
        yield row
        if row.lost:
            return


def told(step: Step) -> dict[str, Any]:
    """A step for programs."""
    return {
        "step": step.name,
        "file": step.file,
        "read": len(step.rows),
        "totals": {outcome: step.counted[outcome] for outcome in IN_FILES},
    }


def happened(steps: Sequence[Step]) -> RenderableType:
    """Each step and what became of its rows."""
    columns = (
        Column("step", lambda it: tables.text(it.name, "bold")),
        Column("file", lambda it: tables.dim(it.file), spare=1),
        Column("read", lambda it: tables.count(len(it.rows)), "right", whole=True),
        *(outcomes(each) for each in IN_FILES),
    )
    everything = Step(name="all", file="", rows=tuple(row for step in steps for row in step.rows))
    body = tables.table(columns, [*steps, everything], section=lambda it: it is everything)
    return tables.titled("What happened", body, "every row is accounted for")


def outcomes(name: str) -> Column:
    """How many rows had one outcome."""
    colour = tables.COLOURS.get(name, "")
    return Column(name, lambda it: tables.count(it.counted[name], colour), "right", whole=True)


def refused(lost: Sequence[Row], known: Mapping[str, str]) -> RenderableType:
    """What was not recorded, and why; those with the same reason together."""
    alike: dict[tuple[str | None, ...], list[Row]] = {}
    for it in lost:
        alike.setdefault((it.what, it.outcome, it.code, it.why), []).append(it)
    columns = (
        Column("who", lambda those: tables.text(who(those, known)), ratio=1),
        Column("what", lambda those: tables.text(those[0].what), whole=True),
        Column("outcome", lambda those: tables.word(those[0].outcome), whole=True),
        Column("why", lambda those: why(those[0]), ratio=3),
    )
    groups = sorted(alike.values(), key=len, reverse=True)
    note = f"{len(lost)}{f'; the {MOST} most frequent reasons' if len(groups) > MOST else ''}"
    body = tables.table(columns, groups[:MOST])
    return tables.titled("What was not recorded, and why", body, note)


def who(those: Sequence[Row], known: Mapping[str, str]) -> str:
    """Whom it happened to: the first by name."""
    names = [known.get(it.subject or "", it.where) for it in those]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def why(it: Row) -> Text:
    """The code of a refusal and its reason."""
    said = Text()
    if it.code != it.outcome:
        said.append(f"{it.code}  ", "yellow")
    return said.append_text(tables.text(it.why))


def shown(name: str, rows: Sequence[Any], known: Mapping[str, str], width: int) -> RenderableType:
    """A view as `show` has it, the first rows of a long one."""
    return showing.shown(showing.BY_NAME[name], rows, known, width, most=MOST)


def whats_next(url: str | None, lost: Sequence[Row], known: Mapping[str, str]) -> Text:
    """What to try now."""
    if url is None:
        return Text(
            "The ledger was a temporary one. `npq demo --keep demo.db` keeps it for you to ask:\n"
            "npq --ledger sqlite:///demo.db history SUBJECT | explain SUBJECT | show roster",
            "dim",
        )
    subject = next((it.subject for it in lost if it.subject in known), next(iter(known), "SUBJECT"))
    return Text(f"npq --ledger {url} explain {subject}", "dim")
