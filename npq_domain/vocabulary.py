"""The closed list of fact names and versions, and how facts become JSON bytes and come back.

A name such as `participant.attendance-recorded.v1` is the storage format. It is resolved from a
closed table, never by import; the version stands in the name, so that facts of the present
version pay nothing for those of the past, SQL can filter by it, and an older reader refuses
what it does not know.
"""

import re
import types
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from enum import Enum
from fractions import Fraction
from functools import partial
from threading import Lock
from typing import Annotated, Any, Union, get_args, get_origin
from uuid import UUID

import attrs
import msgspec
from cattrs import Converter

from npq_domain.errors import Place, StoredFactError, UnknownFact
from npq_domain.limits import DEEPEST
from npq_domain.personal import Personal, is_personal
from npq_domain.recorded import Actor, Source

Json = dict[str, Any]
Upcast = Callable[[Json], Json]
Read = Callable[[bytes], Any]
"""From stored bytes to what they tell."""

PLAIN = (str, int, bool, date, datetime, UUID)
TO_BUILTINS: Callable[[Any], Any] = Personal.reveal


FACT = b'"fact":'
"""What the fact stands behind in the stored bytes. No quote inside a JSON text is bare, so this
comes first where the fact does."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is stored of a fact beside subject, version and name, which have columns.

    The fact comes last, so that whoever wants it alone need not read the rest.
    """

    at: Annotated[datetime, msgspec.Meta(tz=True)]
    by: Actor
    source: Source
    command: UUID
    fact: Any


class Vocabulary:
    """Every kind of fact there is, by stable name and version."""

    def __init__(
        self,
        kinds: Mapping[str, Iterable[type]],
        *,
        upcasts: Mapping[str, Upcast] | None = None,
        converter: Converter | None = None,
    ) -> None:
        """Take the kinds of each subject, and the step that lifts each superseded name.

        `upcasts` maps a name with its version (`participant.enrolled.v1`) to the function that
        lifts its JSON to the next version; a kind's present version is one above its last upcast.
        """
        kinds = {subject: tuple(those) for subject, those in kinds.items()}
        self.subjects = frozenset(kinds)
        """What there are facts of; each name begins with one."""
        self._again = partial(Vocabulary, kinds, upcasts=upcasts, converter=converter)
        self._upcasts = dict(upcasts or {})
        self._converter = converter or plain_converter()
        self._kinds: dict[str, type] = {}
        self._names: dict[type, str] = {}
        for subject, those in kinds.items():
            for kind in those:
                check_plain(kind)
                stem = f"{subject}.{kebab(kind.__name__)}"
                version = 1 + sum(name.startswith(f"{stem}.v") for name in self._upcasts)
                self._names[kind] = f"{stem}.v{version}"
                for each in range(1, version + 1):
                    self._kinds[f"{stem}.v{each}"] = kind
        self._encode = msgspec.json.Encoder(enc_hook=TO_BUILTINS).encode
        self._readers: dict[str, Read] = {}
        self._fact_readers: dict[str, Read] = {}

    def __reduce__(self) -> Any:
        """Sent to another process as what it was made from."""
        return self._again, ()

    def __iter__(self) -> Any:
        """Every name, past versions too."""
        return iter(self._kinds)

    def __contains__(self, name: object) -> bool:
        return name in self._kinds

    def name(self, kind: type) -> str:
        """The name under which facts of this kind are stored now."""
        return self._names[kind]

    def kind(self, name: str) -> type:
        """The class that a stored name, of whatever version, is read into; `KeyError` if none."""
        return self._kinds[name]

    def names(self, kinds: Iterable[type]) -> tuple[str, ...]:
        """Every name, of every version, under which these kinds may be stored."""
        wanted = set(kinds)
        return tuple(name for name, kind in self._kinds.items() if kind in wanted)

    def encode(self, envelope: Envelope) -> bytes:
        """The bytes to store; the name goes into its own column."""
        return self._encode(envelope)

    def reader(self, name: str) -> Read:
        """How to read what is stored under a name, as an `Envelope`; `KeyError` if unknown."""
        if name not in self._readers:
            self._readers[name] = self._compile(name)
        return self._readers[name]

    def fact_reader(self, name: str) -> Read:
        """How to read a fact of that name from its own bytes alone; `KeyError` if unknown.

        They are what follows `FACT`, but for the last brace: half the time of the whole. If they
        cannot be read so, another writer has laid them out, or they are damaged: read the whole.
        """
        if name not in self._fact_readers:
            kind, lift = self._kinds[name], self._lift(name)
            self._fact_readers[name] = lifting(decoder(Json), lift) if lift else decoder(kind)
        return self._fact_readers[name]

    def decode(self, place: Place, state: bytes) -> Envelope:
        """Read one stored row, or raise `UnknownFact` or `StoredFactError` with its place."""
        try:
            read = self.reader(place.name)
        except KeyError:
            raise UnknownFact(place, "no such fact is known") from None
        try:
            entry: Envelope = read(state)
        except Exception as error:  # noqa: BLE001 (an upcast may fail in any way)
            # The cause may quote what is stored, so only its class is told.
            raise StoredFactError(place, f"cannot be read ({type(error).__name__})") from None
        return entry

    def _compile(self, name: str) -> Read:
        lift = self._lift(name)
        if lift is None:
            return decoder(narrowed(self._kinds[name]))
        loads = decoder(narrowed(Json))

        def read(state: bytes) -> Any:
            entry = loads(state)
            return msgspec.structs.replace(entry, fact=lift(entry.fact))

        return read

    def _lift(self, name: str) -> Callable[[Json], Any] | None:
        """What makes a fact of the JSON stored under a superseded name; `None` for present ones."""
        kind, structure, steps = self._kinds[name], self._converter.structure, []
        while name in self._upcasts:
            steps.append(self._upcasts[name])
            stem, _, number = name.rpartition(".v")
            name = f"{stem}.v{int(number) + 1}"

        def lift(fact: Json) -> Any:
            for step in steps:
                fact = step(fact)
            return structure(fact, kind)

        return lift if steps else None


def lifting(read: Read, lift: Callable[[Json], Any]) -> Read:
    """Read, and lift what was read."""
    return lambda state: lift(read(state))


LEARNING = Lock()
"""Held while msgspec learns what a class looks like.

It keeps that with the class, and lets other threads use it when it is half done: a process whose
threads read facts of a kind for the first time at once ended by a segmentation fault.
"""


def decoder(shape: Any) -> Read:
    """From JSON bytes straight into a class."""
    with LEARNING:
        return msgspec.json.Decoder(shape, dec_hook=from_builtins).decode


def narrowed(fact: Any) -> Any:
    """The envelope with its `fact` typed, so that msgspec reads straight into the class."""
    fields = [
        (it.name, fact if it.name == "fact" else it.type) for it in msgspec.structs.fields(Envelope)
    ]
    return msgspec.defstruct(Envelope.__name__, fields, frozen=True, kw_only=True)


def kebab(name: str) -> str:
    """`AttendanceRecorded` as `attendance-recorded`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def from_builtins(kind: Any, value: Any) -> Any:
    """Read the one type that msgspec does not know."""
    if get_origin(kind) is Personal:
        return Personal(msgspec.convert(value, get_args(kind)[0]))
    msg = f"a fact holds plain values, not {kind}"
    raise TypeError(msg)


READ_ENVELOPE = decoder(narrowed(msgspec.Raw))
"""All that is stored of a fact but what the fact says: half the time of the whole."""


def check_plain(kind: Any, depth: int = 1) -> None:
    """Refuse a class that msgspec would read otherwise than attrs makes it.

    msgspec silently passes over converters, private fields and unknown keys, so facts and the
    values inside them have none of the first two, and hold plain values only, `DEEPEST` at most
    within one another.
    """
    if not attrs.has(kind):
        msg = f"{kind.__name__} is no attrs class"
        raise TypeError(msg)
    for it in attrs.fields(kind):
        if it.converter or it.name.startswith("_") or it.alias != it.name or not it.init:
            msg = f"{kind.__qualname__}.{it.name}: a fact states, it does not convert or hide"
            raise TypeError(msg)
        check_type(it.type, f"{kind.__qualname__}.{it.name}", depth)


def check_type(kind: Any, where: str, depth: int = 1) -> None:
    """Refuse a field whose type is not plain all the way down."""
    if depth > DEEPEST:
        msg = f"{where}: more than {DEEPEST} values within one another"
        raise TypeError(msg)
    origin, args = get_origin(kind), get_args(kind)
    if kind in PLAIN or kind == Personal[str]:
        return
    optional = origin in (types.UnionType, Union) and args[1:] == (type(None),)
    many = origin is tuple and args[1:] == (Ellipsis,)
    if optional or many or origin is Annotated:
        check_type(args[0], where, depth + many)
    elif isinstance(kind, type) and attrs.has(kind):
        check_plain(kind, depth + 1)
    elif not (isinstance(kind, type) and issubclass(kind, Enum)):
        msg = f"{where}: {kind} is not a plain value"
        raise TypeError(msg)


def plain_converter() -> Converter:
    """How cattrs reads and writes the same plain values, strictly: lifted facts and commands."""
    converter = Converter(forbid_extra_keys=True)
    # By class: cattrs looks up its own hooks for str and int before any hook by predicate.
    for scalar in (str, int, bool, UUID, date, datetime):
        converter.register_structure_hook(scalar, exactly)
    converter.register_structure_hook_func(
        is_personal,
        lambda value, kind: Personal(exactly(value, get_args(kind)[0])),
    )
    # As a value's own class, and as the type that a field declares.
    converter.register_unstructure_hook(Personal, Personal.reveal)
    converter.register_unstructure_hook_func(is_personal, Personal.reveal)
    converter.register_unstructure_hook(Fraction, str)
    return converter


def exactly(value: Any, kind: Any) -> Any:
    """Read a scalar without guessing: no numbers from text, no days from instants."""
    return value if type(value) is kind else msgspec.convert(value, kind, strict=True)
