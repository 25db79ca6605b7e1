"""Commands as JSON, one a line: read strictly, asked one by one, and each answered by a line.

A line is `{"subject": UUID, "command": "Endorse", "id": UUID?, "by": {"role", "id"}, "source"?,
"data": {…}}`. A command that holds another, as `CorrectFact` does, holds it as
`{"command": …, "data": {…}}`.
"""

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any, BinaryIO, Union, get_args
from uuid import UUID

import attrs
import msgspec
from attrs import field, frozen
from cattrs import BaseValidationError, ClassValidationError, Converter
from cattrs.errors import AttributeValidationNote

import npq_domain.commands as domain
from npq_adapters.inbound.asking import INVALID, ask
from npq_adapters.inbound.reading import (
    decode,
    exactly,
    faults,
    json_converter,
    loads,
    short,
    structured,
)
from npq_adapters.ledger import Ledger
from npq_domain.aggregates.participant.commands.corrections import Replacement
from npq_domain.errors import Invalid
from npq_domain.personal import Personal
from npq_domain.recorded import Actor, Source

LONGEST = 1_000_000
"""Bytes of one line. What is longer is no command, and is not read into memory to find out."""

COMMANDS: dict[str, type] = {name: getattr(domain, name) for name in domain.__all__}
"""Every command by its name."""

Json = dict[str, Any]


@frozen(kw_only=True)
class Named:
    """A command by its name, and what it is asked with."""

    command: str
    data: Json = field(repr=False)


@frozen(kw_only=True)
class Line(Named):
    """One line, its command not yet read."""

    subject: UUID
    id: UUID | None = None
    by: Actor | None = None
    source: Source = Source.PROVIDER


@frozen(kw_only=True)
class Asked:
    """One line, read: whom, what, and by whom."""

    subject: UUID
    command: Any
    id: UUID | None
    by: Actor
    source: Source


def command_converter() -> Converter:
    """JSON into commands, and into the lines that bear them."""
    converter = json_converter()
    converter.register_structure_hook_func(is_json, lambda value, _: exactly(value, dict))
    replacements = {kind.__name__: kind for kind in get_args(Replacement)}
    converter.register_structure_hook(
        Replacement,
        lambda value, _: asked_for(converter, converter.structure(value, Named), replacements),
    )
    return converter


def is_json(kind: Any) -> bool:
    """Whether a field holds an object as it came, to be read later."""
    return bool(kind == Json)


def asked_for(converter: Converter, it: Named, kinds: dict[str, type]) -> Any:
    """The command of that name with its data; faults bear the path from where the name stands."""
    kind = kinds.get(it.command)
    if kind is None:
        like = get_close_matches(it.command, kinds, 1, cutoff=0)
        fault = ValueError(f"{short(it.command)} is no command here; is {like[0]} meant?")
        raise beneath("command", fault)
    try:
        return converter.structure(it.data, kind)
    except (BaseValidationError, ValueError, TypeError) as error:
        raise beneath("data", error) from None


def beneath(name: str, error: Exception) -> ClassValidationError:
    """An error of what stands under a key, as an error of the whole."""
    error.add_note(AttributeValidationNote(f"under {name}", name, Any))
    return ClassValidationError(f"under {name}", [error], Named)


CONVERTER = command_converter()


def schema(kind: type) -> Json:
    """The JSON Schema of a command's data, or of a fact's."""
    return msgspec.json.schema(as_written(kind), schema_hook=personal_text)


def personal_text(kind: Any) -> Json:
    """The one type that msgspec does not know."""
    if kind is Personal:
        return {"type": "string", "description": "Personal: shown to nobody by accident."}
    raise NotImplementedError(kind)


def as_written(kind: type) -> type:
    """A class as its JSON is written: a command within a command bears its name."""
    fields = {it.name: it.type for it in attrs.fields(kind)}
    if Replacement not in fields.values():
        return kind
    written = [
        (name, named_commands() if each is Replacement else each) for name, each in fields.items()
    ]
    return msgspec.defstruct(kind.__name__, written, namespace={"__doc__": kind.__doc__})


def named_commands() -> Any:
    """Every command that may stand within another, each told by its name."""
    kinds = get_args(Replacement)
    shapes = [
        msgspec.defstruct(
            f"Replacement{it.__name__}", [("data", it)], tag=it.__name__, tag_field="command"
        )
        for it in kinds
    ]
    return Union[tuple(shapes)]  # noqa: UP007 - made of what is only known here


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file, one at a time; of a line that is too long, its beginning."""
    while line := file.readline(LONGEST + 1):
        yield line
        while len(line) > LONGEST and not line.endswith(b"\n"):
            line = file.readline(LONGEST + 1)


def parsed(raw: bytes | str, place: str) -> Any:
    """A line's JSON."""
    if len(raw) > LONGEST:
        raise Invalid(place, [f"longer than {LONGEST} bytes"])
    try:
        return loads((raw if isinstance(raw, str) else decode(raw, place)).strip())
    except Invalid as invalid:
        told = invalid.faults
    except ValueError as error:
        told = (str(error),)
    # Of the only line of the text, only the column is news.
    raise Invalid(place, [re.sub("^line 1[:,] ", "", fault) for fault in told])


def checked(value: Any, place: str, default_by: Actor | None) -> Asked:
    """What a line asks."""
    line: Line = structured(CONVERTER, value, Line, place)
    try:
        command = asked_for(CONVERTER, line, COMMANDS)
    except ClassValidationError as error:
        raise Invalid(place, faults(error, "$", value)) from None
    by = line.by or default_by
    if by is None:
        raise Invalid(place, ["$.by: is missing"])
    return Asked(subject=line.subject, command=command, id=line.id, by=by, source=line.source)


def record(
    ledger: Ledger, lines: Iterable[bytes | str], *, default_by: Actor | None = None
) -> Iterator[Json]:
    """Ask line after line, and give for each what became of it; one that fails stops no other.

    Outcomes: recorded, nothing (it was so already), repeated (the id was asked before), refused,
    contended (ask again), failed (a stored fact cannot be read), invalid. Empty lines are passed
    over.
    """
    for number, raw in enumerate(lines, 1):
        if raw.strip():
            yield answer(ledger, number, raw, default_by)


def answer(ledger: Ledger, number: int, raw: bytes | str, default_by: Actor | None) -> Json:
    """What became of one line."""
    place, subject = f"line {number}", None
    try:
        value = parsed(raw, place)
        subject = value.get("subject") if isinstance(value, dict) else None
        asked = checked(value, place, default_by)
    except Invalid as invalid:
        told = subject if isinstance(subject, str) else None
        return result(number, told, INVALID, code=INVALID, message=str(invalid))
    it = ask(
        ledger,
        asked.subject,
        asked.command,
        by=asked.by,
        source=asked.source,
        command_id=asked.id,
    )
    return result(number, str(asked.subject), it.outcome, it.facts, it.code, it.message)


def result(
    line: int,
    subject: str | None,
    outcome: str,
    facts: tuple[str, ...] = (),
    code: str | None = None,
    message: str | None = None,
) -> Json:
    """One line of answer."""
    return {
        "line": line,
        "subject": subject,
        "outcome": outcome,
        "facts": list(facts),
        "code": code,
        "message": message,
    }
