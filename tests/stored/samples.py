"""One stored fact of every name ever released: `python -m tests.stored.samples` adds what is new.

A file that is there is never changed: what is in it may stand in somebody's ledger.
"""

import types
from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Any, Union, get_args, get_origin
from uuid import UUID

import attrs
import msgspec

from npq_domain.aggregates import vocabulary
from npq_domain.personal import Personal
from npq_domain.recorded import Actor, Source
from npq_domain.vocabulary import Envelope

FOLDER = Path(__file__).parent
SCHEMAS = FOLDER / "schemas.json"
ENVELOPE = "envelope"

LOOKS: dict[str, Any] = {
    "application_id": "db3a7848-7308-4879-942a-c4a70ced400a",
    "by": "ETH",
    "cohort": "autumn 2023",
    "component": "plg-1",
    "email": "ada@school.example",
    "funding_cohort": "2023a",
    "group": "north",
    "minutes": 120,
    "most": 1500,
    "name": "Ada Byron",
    "partner": "ETH",
    "participant_id": "ac3d1243-7308-4879-942a-c4a70ced400a",
    "percent": 40,
    "programme": "NPQSL",
    "provider": "UCL",
    "role": "headteacher",
    "sha256": "ab" * 32,
    "specification": "reform/UCL/NPQSL/1",
    "threshold_percent": 90,
    "trn": "0743795",
}
"""How fields look in a sample, by their names."""

PLAIN: dict[type, Any] = {
    bool: True,
    int: 2,
    date: date(2024, 2, 29),
    datetime: datetime(2024, 2, 29, 12, 30, 0, 123456, tzinfo=UTC),
    UUID: UUID("7f1c5b1a-93b5-45ad-9a1e-1d5c6f2c8f5e"),
}


def sample(kind: Any, name: str = "") -> Any:
    """A value of a plain type, nothing of it left out."""
    origin, args = get_origin(kind), get_args(kind)
    if origin in WRAPS:
        return WRAPS[origin](sample(args[0], name))
    if kind is str or (kind is int and name in LOOKS):
        return LOOKS.get(name, name.replace("_", " "))
    if kind in PLAIN:
        return PLAIN[kind]
    if issubclass(kind, Enum):
        return next(iter(kind))
    return kind(**{it.name: sample(it.type, it.name) for it in attrs.fields(kind)})


WRAPS: dict[Any, Callable[[Any], Any]] = {
    Personal: Personal,
    tuple: lambda it: (it,),
    types.UnionType: lambda it: it,
    Union: lambda it: it,
}


def stored(fact: Any) -> bytes:
    """What a ledger keeps of a fact, laid out for people to read."""
    envelope = Envelope(
        at=datetime(2024, 3, 1, 9, tzinfo=UTC),
        by=Actor(role="administrator", id="a-1", on_behalf_of="ETH"),
        source=Source.IMPORT,
        command=UUID("5d9d1b1c-2f5f-4a52-8d0c-0a2f6f7c9b11"),
        fact=fact,
    )
    return msgspec.json.format(vocabulary.encode(envelope), indent=2) + b"\n"


def digest(kind: Any) -> str:
    """The digest of how a class is stored: fields, types, enumerations, what may be absent."""
    return sha256(msgspec.json.encode(shape(kind), order="sorted")).hexdigest()


def shape(kind: Any) -> Any:
    """A type as its JSON is read, all the way down; JSON Schema knows no instant from a text.

    The names of classes within facts are not stored, and the words of docstrings are nobody's.
    """
    origin, args = get_origin(kind), get_args(kind)
    if args:
        name = "maybe" if origin in (types.UnionType, Union) else origin.__name__
        return {name: list(map(shape, args))}
    if attrs.has(kind):
        return {it.name: [shape(it.type), str(it.default)] for it in attrs.fields(kind)}
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return {it.name: [shape(it.type), str(it.default)] for it in msgspec.structs.fields(kind)}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"one of": sorted(it.value for it in kind)}
    return kind.__name__ if isinstance(kind, type) else str(kind)


def digests() -> dict[str, str]:
    """The digest of every fact under its present name, and of what is stored beside it."""
    kinds = {vocabulary.kind(name) for name in vocabulary}
    return {vocabulary.name(it): digest(it) for it in kinds} | {ENVELOPE: digest(Envelope)}


def kept() -> dict[str, str]:
    """The digests of what was released."""
    found: dict[str, str] = msgspec.json.decode(SCHEMAS.read_bytes()) if SCHEMAS.exists() else {}
    return found


def main() -> None:
    """Add a sample and a digest for each name that has none."""
    for name in vocabulary:
        file = FOLDER / f"{name}.json"
        if not file.exists():
            file.write_bytes(stored(sample(vocabulary.kind(name))))
            print(f"added {file.name}")
    every = dict(sorted((digests() | kept()).items()))
    SCHEMAS.write_bytes(msgspec.json.format(msgspec.json.encode(every), indent=2) + b"\n")


if __name__ == "__main__":
    main()
