"""`commands`, `facts` and `catalogue`: what can be asked, what can be stored, what is offered."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from difflib import get_close_matches
from enum import Enum
from inspect import getdoc
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID

import attrs
import click
from rich.console import Group, RenderableType
from rich.text import Text

from npq_adapters.cli import options, tables, wire
from npq_adapters.cli.session import Session, hand_session
from npq_adapters.cli.tables import Column
from npq_adapters.inbound.commands import schema
from npq_domain.aggregates import DECIDERS, vocabulary
from npq_domain.catalogue import Catalogue, Programme, Specification, shipped
from npq_domain.errors import Invalid
from npq_domain.personal import Personal


def sentence(kind: type) -> str:
    """The first sentence of a class's docstring: what it is, in the domain's words."""
    return (kind.__doc__ or "").strip().split("\n\n")[0].replace("\n    ", " ")


@click.command()
@click.argument("name", required=False)
@hand_session
def commands(session: Session, name: str | None) -> None:
    """List every command with its fields.

    Of one NAME, what each field takes.
    """
    every = [(it.name, kind) for it in DECIDERS for kind in it.decisions]
    kinds = named_so(name, every, lambda kind: kind.__name__)
    document = [
        {
            "command": kind.__name__,
            "of": subject,
            "about": sentence(kind),
            "schema": schema(kind),
        }
        for subject, kind in kinds
    ]
    listed = listing("Commands", kinds, lambda kind: kind.__name__)
    session.answer(document, *([listed] if name is None else in_full(kinds[0][1])))


@click.command()
@click.argument("name", required=False)
@hand_session
def facts(session: Session, name: str | None) -> None:
    """List every stored fact with its fields.

    Of one NAME, such as participant.enrolled.v1, what each field holds.
    """
    every = [(it.name, kind) for it in DECIDERS for kind in it.facts]
    kinds = named_so(name, every, vocabulary.name)
    document = [
        {
            "name": (stored := vocabulary.name(kind)),
            "version": int(stored.rpartition(".v")[2]),
            "of": subject,
            "about": sentence(kind),
            "schema": schema(kind),
        }
        for subject, kind in kinds
    ]
    listed = listing("Facts", kinds, vocabulary.name)
    session.answer(document, *([listed] if name is None else in_full(kinds[0][1])))


def named_so(
    name: str | None, kinds: Sequence[tuple[str, type]], called: Callable[[type], str]
) -> Sequence[tuple[str, type]]:
    """The class of that name, or all; `Invalid` with the names that are like it."""
    if name is None:
        return kinds
    known = {called(kind): (subject, kind) for subject, kind in kinds}
    if name not in known:
        holding = [it for it in known if name.lower() in it.lower()]
        like = holding or get_close_matches(name, known)
        others = (
            f"; there is {', '.join(sorted(like))}" if like else ": without NAME all are listed"
        )
        raise Invalid("NAME", [f"there is no {name!r}{others}"])
    return [known[name]]


FIELDS = (
    Column("field", lambda it: tables.text(it[0].name, "bold"), whole=True),
    Column("", lambda it: tables.dim("" if it[0].default is attrs.NOTHING else "optional")),
    Column("takes", lambda it: tables.text(it[1]), ratio=1),
)


def about(kind: type) -> str:
    """A class's docstring, a paragraph a line."""
    return "\n".join(" ".join(it.split()) for it in (getdoc(kind) or "").split("\n\n"))


def in_full(kind: type) -> Iterator[RenderableType]:
    """A class and the classes that its fields are made of, field by field."""
    told: dict[type, None] = {kind: None}
    waiting = [kind]
    while waiting:
        each = waiting.pop(0)
        hints = get_type_hints(each)
        rows = [(it, takes(hints[it.name])) for it in fields_of(each)]
        body = tables.table(FIELDS, rows)
        yield tables.titled(each.__name__, Group(tables.text(about(each)), "", body))
        below = [it for hint in hints.values() for it in classes(hint) if it not in told]
        told |= dict.fromkeys(below)
        waiting.extend(dict.fromkeys(below))


def classes(hint: Any) -> Iterator[type]:
    """The classes with fields of their own in a type."""
    for each in get_args(hint) if len(get_args(hint)) <= ALTERNATIVES else ():
        yield from classes(each)
    if isinstance(hint, type) and attrs.has(hint):
        yield hint


PLAIN: dict[Any, str] = {
    str: "text",
    int: "whole number",
    bool: "true or false",
    date: "day, as in 2023-10-09",
    datetime: "time with its offset, as in 2023-10-09T10:00:00+01:00",
    UUID: "UUID",
    type(None): "nothing",
}
"""Types as people call them."""

ALTERNATIVES = 6
"""Of so many classes at most, one may be chosen by name; of more, JSON Schema tells."""


def takes(hint: Any) -> str:
    """What a field takes, in words."""
    if hint in PLAIN:
        return PLAIN[hint]
    inner = [it for it in get_args(hint) if it is not type(None)]
    if get_origin(hint) is tuple:
        return f"list of {takes(inner[0])}"
    if get_origin(hint) is Personal:
        return "text, kept as personal"
    if inner:
        many = f"one of {len(inner)} kinds: --json tells"
        return " or ".join(map(takes, inner)) if len(inner) <= ALTERNATIVES else many
    if isinstance(hint, type) and issubclass(hint, Enum):
        return f"{hint.__name__}: {', '.join(str(it.value) for it in hint)}"
    return str(getattr(hint, "__name__", hint))


def listing(
    title: str, kinds: Sequence[tuple[str, type]], name: Callable[[type], str]
) -> RenderableType:
    """Classes for people: name, what it is, and its fields; those in brackets may be left out."""
    columns = (
        Column("name", lambda it: tables.text(name(it[1]), "bold"), whole=True),
        Column("what it is, and its fields", lambda it: described(it[1]), ratio=1),
    )
    note = f"{len(kinds)}; [in brackets]: may be left out; --json: JSON Schemas"
    return tables.titled(title, tables.table(columns, kinds, section=lambda it: it[0]), note)


def described(kind: type) -> RenderableType:
    """A class in a sentence and its fields."""
    names = [it.name if it.default is attrs.NOTHING else f"[{it.name}]" for it in fields_of(kind)]
    return Group(tables.text(sentence(kind)), tables.dim(" ".join(names)))


def fields_of(kind: Any) -> Iterable[Any]:
    """The fields of an attrs class."""
    found: Iterable[Any] = attrs.fields(kind)
    return found


@click.command()
@click.argument("programme", required=False)
@click.option("--provider", metavar="P", help="Only what this provider offers.")
@click.option("--on", type=options.DAY, metavar="D", help="Only what is open to registration then.")
@hand_session
def catalogue(
    session: Session, programme: str | None, provider: str | None, on: date | None
) -> None:
    """List programmes and specifications.

    Of one PROGRAMME, every figure with the clause it is taken from.
    """
    known = session.catalogue or shipped()
    check_provider(known, provider)
    programmes = [it for it in chosen(known, programme) if on is None or known.offered(it.code, on)]
    codes = {it.code for it in programmes}
    found = [
        it
        for it in known.specifications
        if it.programme in codes and provider in {None, it.provider} and in_force(known, it, on)
    ]
    if provider:
        programmes = [it for it in programmes if it.code in {each.programme for each in found}]
    document = {"programmes": wire.plain(programmes), "specifications": [keyed(it) for it in found]}
    shown = [programmes_shown(programmes, found)]
    if programme:
        shown = [*(programme_shown(it) for it in programmes), *map(specification_shown, found)]
    elif found:
        shown.append(specifications_shown(found))
    session.answer(document, *(shown if programmes else [Text("Nothing is offered so.", "yellow")]))


def chosen(known: Catalogue, name: str | None) -> Sequence[Programme]:
    """The programme of that name, or all; `Invalid` if there is none."""
    if name is None:
        return known.programmes
    found = known.programme(name) or known.programme(name.upper())
    if found is None:
        codes = ", ".join(it.code for it in known.programmes)
        raise Invalid("PROGRAMME", [f"{name!r} is no programme; there are {codes}"])
    return [found]


def check_provider(known: Catalogue, provider: str | None) -> None:
    """Refuse a provider that the catalogue does not have."""
    ids = [it.id for it in known.providers]
    if provider is not None and provider not in ids:
        raise Invalid("--provider", [f"{provider!r} is no provider; there are {', '.join(ids)}"])


def in_force(known: Catalogue, it: Specification, on: date | None) -> bool:
    """Whether a specification is the one that a registration of that day would get."""
    return on is None or known.specification_for(it.provider, it.programme, on) is it


def keyed(it: Specification) -> dict[str, Any]:
    """A specification for programs, with the name that facts call it by."""
    return {"key": it.key, **wire.plain(it)}


def programmes_shown(
    programmes: Sequence[Programme], found: Sequence[Specification]
) -> RenderableType:
    """The programmes and who specifies them."""
    columns = (
        Column("code", lambda it: tables.text(it.code, "bold"), whole=True),
        Column("title", lambda it: tables.text(it.title), ratio=1),
        Column("group", lambda it: tables.text(it.group), whole=True, spare=1),
        Column("offered", lambda it: tables.text(offered(it)), whole=True),
        Column("specified by", lambda it: tables.dim(specified_by(it, found))),
    )
    body = tables.table(columns, programmes, section=lambda it: it.group)
    return tables.titled("Programmes", body, f"{len(programmes)}, specifications: {len(found)}")


def offered(it: Programme) -> str:
    """From when until when."""
    if it.first_offered is None:
        return tables.NOTHING
    if it.last_offered is None:
        return f"since {it.first_offered}"
    return f"{it.first_offered} to {it.last_offered}"


def specified_by(it: Programme, found: Iterable[Specification]) -> str:
    """Whose specifications of it there are."""
    return tables.listed(
        dict.fromkeys(each.provider for each in found if each.programme == it.code)
    )


def specifications_shown(found: Sequence[Specification]) -> RenderableType:
    """Specifications, one a line."""
    columns = (
        Column("specification", lambda it: tables.text(it.key, "bold"), whole=True),
        Column("months", lambda it: tables.text(months(it)), "right", whole=True),
        Column("engagement", lambda it: tables.text(engagement(it)), whole=True),
        Column("assessment", lambda it: tables.text(it.assessment.kind.value.replace("_", " "))),
        Column("source", lambda it: tables.dim(it.source), ratio=1, spare=1),
    )
    body = tables.table(columns, found, section=lambda it: (it.framework, it.provider))
    return tables.titled("Specifications", body, "npq catalogue PROGRAMME: every figure")


def months(it: Specification) -> str:
    """How long it takes."""
    if it.duration is None:
        return tables.NOTHING
    least, most = it.duration.least, it.duration.most
    return str(least) if least == most else f"{least}–{most}"


def engagement(it: Specification) -> str:
    """What it asks of engagement."""
    rule = it.engagement
    if rule is None:
        return tables.NOTHING
    return f"{rule.threshold_percent} % of {rule.strategy.value.replace('_', ' ')}"


def programme_shown(it: Programme) -> RenderableType:
    """Everything the catalogue says of a programme."""
    return tables.titled(it.title, figures(leaves(it)))


def specification_shown(it: Specification) -> RenderableType:
    """Everything a specification says, clause by clause."""
    return tables.titled(it.key, figures(leaves(it)))


Leaf = tuple[str, str, str]
"""A figure's name, its value, and the clause it is from."""


def figures(rows: Iterable[Leaf]) -> RenderableType:
    """Figures with their sources; one that goes on is not said again."""
    columns = (
        Column("figure", lambda it: tables.dim(it[0])),
        Column("value", lambda it: tables.text(it[1]), ratio=2),
        Column("source", lambda it: tables.dim(it[2]), ratio=2),
    )
    return tables.table(columns, once(rows))


def once(rows: Iterable[Leaf]) -> Iterator[Leaf]:
    """The same rows, a source only where it changes."""
    before = ""
    for name, value, source in rows:
        yield name, value, "" if source == before else source
        before = source


def leaves(value: Any, name: str = "", source: str = "") -> Iterator[Leaf]:
    """Each figure that stands in a catalogue entry, under its own source or the one above it."""
    own = getattr(value, "source", source)
    for it in fields_of(type(value)):
        held = getattr(value, it.name)
        if held is None or held == () or it.name == "source":
            continue
        yield from leaf(f"{name} {it.name}".strip().replace("_", " "), held, own)


def leaf(name: str, held: Any, source: str) -> Iterator[Leaf]:
    """One field of an entry: a figure, or entries below it."""
    if attrs.has(type(held)):
        yield from leaves(held, name, source)
    elif isinstance(held, tuple) and attrs.has(type(held[0])):
        for each in held:
            title = getattr(each, "id", None) or getattr(each, "mode", None) or named(each)
            yield name, f"{title}: {line(each)}", getattr(each, "source", source)
    else:
        yield name, tables.said(held), source


def named(value: Any) -> str:
    """What a nameless entry is about: its kind."""
    kind = getattr(value, "kind", None)
    return kind.value.replace("_", " ") if isinstance(kind, Enum) else type(value).__name__


def line(value: Any) -> str:
    """A small entry on one line."""
    held = {
        it.name: getattr(value, it.name)
        for it in fields_of(type(value))
        if it.name not in {"id", "source", "kind"}
    }
    return "; ".join(
        f"{name.replace('_', ' ')} {tables.said(each)}"
        for name, each in held.items()
        if each is not None and each != () and not complex_value(each)
    )


def complex_value(value: Any) -> bool:
    """Whether a value has parts of its own, which JSON shows."""
    return isinstance(value, tuple) and attrs.has(type(value[0]))
