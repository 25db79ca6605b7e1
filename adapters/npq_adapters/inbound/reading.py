"""What every file is read with: bytes to text, values told in short, faults by their place."""

import codecs
import json
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from cattrs import BaseValidationError, Converter

from npq_domain.catalogue.sheets import exactly, faults, one_of, short, strict_converter
from npq_domain.errors import Invalid
from npq_domain.personal import Personal, is_personal
from npq_domain.vocabulary import TO_BUILTINS

UTF_8 = "utf-8"
ENCODINGS = (UTF_8, "utf-16", "utf-16-le", "utf-16-be", "cp1252", "iso8859-1", "mac-roman")
"""What registers are saved in. A closed list: not all that Python decodes is a text's encoding."""

UNFIT = re.compile("[\0\ud800-\udfff]")
"""No text of a person's has these, and not every store can hold them."""

JSON_NAMES = {
    date: "a day, as 2024-01-31",
    datetime: "a time with offset, as 2024-01-31T09:30:00Z",
    UUID: "a UUID",
}


def content(path: str | Path) -> bytes:
    """The file's bytes, or `Invalid` for one that cannot be read."""
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise Invalid(str(path), [getattr(error, "strerror", None) or str(error)]) from None


def decode(raw: bytes, place: str, encoding: str | None = None, *, choice: bool = False) -> str:
    """The text of a file, without its byte order mark. UTF-8 unless another encoding is given.

    `Invalid` names the first byte that does not fit, its line, and what to do about it; where
    there is a `choice` of encodings, how to give one.
    """
    if encoding is None:
        return as_utf_8(raw, place, choice=choice)
    known = known_encoding(encoding)
    try:
        return raw.decode(known).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Invalid(place, [f"{where(raw, error.start)} is not {known}"]) from None


def known_encoding(name: str) -> str:
    """The encoding of that name, or `Invalid` with those there are."""
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        found = name
    if found not in ENCODINGS:
        raise Invalid("--encoding", [f"{short(name)} is none of {', '.join(ENCODINGS)}"])
    return found


def as_utf_8(raw: bytes, place: str, *, choice: bool) -> str:
    """UTF-8, or `Invalid` with the encoding that it looks like."""
    at, like = other_than_utf_8(raw)
    if at is None:
        return raw.removeprefix(codecs.BOM_UTF8).decode()
    advice = f", or give --encoding {like}" if choice else ""
    fault = f"{where(raw, at)} is not UTF-8 but looks like {like}: save it as UTF-8{advice}"
    raise Invalid(place, [fault])


def other_than_utf_8(raw: bytes) -> tuple[int | None, str]:
    """The offset of the first byte that is not UTF-8, if there is one, and what it looks like."""
    for mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        if raw.startswith(mark):
            return 0, "utf-16"
    for first, like in ((1, "utf-16-le"), (0, "utf-16-be")):
        if raw[1:] and not raw[first:40:2].strip(b"\0"):
            return first, like
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return error.start, "cp1252"
    return None, UTF_8


def where(raw: bytes, offset: int) -> str:
    """A byte of a file, by its line and its value."""
    line = len(re.findall(rb"\r\n|\r|\n", raw[:offset])) + 1
    return f"line {line}: byte 0x{raw[offset]:02x} at offset {offset}"


def loads(text: str) -> Any:
    """JSON, strictly: `ValueError` for NaN, for a key that comes twice, for nesting without end."""
    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=no_number)
    except json.JSONDecodeError as error:
        msg = f"line {error.lineno}, column {error.colno}: not JSON: {error.msg}"
        raise ValueError(msg) from None
    except RecursionError:
        msg = "nested too deeply"
        raise ValueError(msg) from None


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys come once each: of two values, one would be lost."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        msg = f"key {short(twice)} comes twice in one object"
        raise ValueError(msg)
    return found


def no_number(name: str) -> Any:
    """Refuse what JSON has no word for."""
    msg = f"not JSON: {name} is no number"
    raise ValueError(msg)


def json_converter() -> Converter:
    """How values that came as JSON become those of classes: as they are meant, or not at all."""
    converter = strict_converter()
    for kind in JSON_NAMES:
        converter.register_structure_hook(kind, from_json)
    add_texts(converter)
    return converter


def toml_converter() -> Converter:
    """The same for values that came as TOML, which has days and times of its own."""
    converter = strict_converter()
    converter.register_structure_hook(datetime, lambda value, _: with_offset(value))
    add_texts(converter)
    return converter


def add_texts(converter: Converter) -> None:
    """Read texts, personal ones too, and refuse characters that no store can be sure to hold."""
    converter.register_structure_hook(str, lambda value, _: fit(value))
    converter.register_structure_hook_func(is_personal, lambda value, _: personal_text(value))


def personal_text(value: Any) -> Personal[str]:
    """A personal text, of which only the kind of fault is told."""
    if not isinstance(value, str):
        msg = f"a value of type {type(value).__name__} is not text"
        raise ValueError(msg)  # noqa: TRY004 - a fault of the file, not of the program
    if UNFIT.search(value):
        msg = "has a character that is none (NUL, or half of a pair)"
        raise ValueError(msg)
    return Personal(value)


def from_json(value: Any, kind: Any) -> Any:
    """A day, a time with its offset, or a UUID, written as text."""
    try:
        found = msgspec.convert(exactly(value, str), kind, strict=True)
    except (ValueError, msgspec.ValidationError):
        msg = f"{short(value)} is not {JSON_NAMES[kind]}"
        raise ValueError(msg) from None
    return with_offset(found) if kind is datetime else found


def with_offset(value: Any) -> datetime:
    """A time that says its offset from UTC."""
    if not isinstance(value, datetime):
        msg = f"{short(value)} is not a time with offset"
        raise ValueError(msg)  # noqa: TRY004 - a fault of the file, not of the program
    if value.utcoffset() is None:
        msg = f"{value.isoformat()} says no offset from UTC, such as Z or +01:00"
        raise ValueError(msg)
    return value


def fit(value: Any) -> str:
    """A text that every store can hold."""
    text: str = exactly(value, str)
    if UNFIT.search(text):
        msg = f"{short(text)} has a character that is none (NUL, or half of a pair)"
        raise ValueError(msg)
    return text


def structured(converter: Converter, value: Any, kind: Any, place: str, path: str = "$") -> Any:
    """The value as one of a class, or `Invalid` with every fault by its path."""
    try:
        return converter.structure(value, kind)
    except (BaseValidationError, ValueError, TypeError) as error:
        raise Invalid(place, faults(error, path, value)) from None


def plain(value: Any) -> dict[str, Any]:
    """A report as JSON can tell it. Personal values are told: it goes to who holds the file."""
    told: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(value, enc_hook=TO_BUILTINS))
    return told


__all__ = [
    "content",
    "decode",
    "exactly",
    "faults",
    "fit",
    "json_converter",
    "loads",
    "one_of",
    "plain",
    "short",
    "structured",
    "toml_converter",
]
