"""Reading one TOML file of a catalogue, strictly: every fault by its path, and nothing guessed."""

import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from difflib import get_close_matches
from enum import Enum
from importlib.resources.abc import Traversable
from typing import Any, get_origin

import attrs
from attrs import frozen
from cattrs import ClassValidationError, Converter, ForbiddenExtraKeysError, IterableValidationError
from cattrs.cols import homogenous_tuple_structure_factory
from cattrs.gen import make_dict_structure_fn

from npq_domain.catalogue.funding import FundingPolicy, TargetedSupportPolicy
from npq_domain.catalogue.rules import DatedRule, RetentionRule
from npq_domain.catalogue.types import (
    Assignment,
    BankHolidays,
    Document,
    Framework,
    FundingCohort,
    Partnership,
    Programme,
    Provider,
    Schedule,
    Scholarship,
    Specification,
)
from npq_domain.errors import Invalid
from npq_domain.personal import finder

Read = Callable[[Any, Any], Any]
"""A cattrs hook: from a value and the type it has to be."""

NAMES: dict[type, str] = {str: "text", int: "a whole number", bool: "true or false", date: "a day"}
TABLES: dict[type, str] = {dict: "a table", list: "an array"}


@frozen(kw_only=True)
class Sheet:
    """What one file may hold: any number of entries of each kind."""

    document: tuple[Document, ...] = ()
    framework: tuple[Framework, ...] = ()
    funding_policy: tuple[FundingPolicy, ...] = ()
    programme: tuple[Programme, ...] = ()
    provider: tuple[Provider, ...] = ()
    scholarship: tuple[Scholarship, ...] = ()
    funding_cohort: tuple[FundingCohort, ...] = ()
    schedule: tuple[Schedule, ...] = ()
    assignment: tuple[Assignment, ...] = ()
    partnership: tuple[Partnership, ...] = ()
    bank_holidays: tuple[BankHolidays, ...] = ()
    retention: tuple[RetentionRule, ...] = ()
    rule: tuple[DatedRule, ...] = ()
    specification: tuple[Specification, ...] = ()
    targeted_support_policy: tuple[TargetedSupportPolicy, ...] = ()


def read(file: Traversable, place: str) -> Sheet:
    """Read one file, or raise `Invalid` with every fault in it."""
    try:
        tables = tomllib.loads(text(file))
    except OSError as error:
        raise Invalid(place, [error.strerror or "cannot be read"]) from None
    except RecursionError:
        raise Invalid(place, ["tables nested too deeply"]) from None
    except ValueError as error:
        raise Invalid(place, [str(error)]) from None
    try:
        return CONVERTER.structure(tables, Sheet)
    except (ClassValidationError, ValueError) as error:
        raise Invalid(place, faults(error, "$", tables)) from None


def text(file: Traversable) -> str:
    """The file as text; `ValueError` tells the line of what is not UTF-8, or is a BOM."""
    raw = file.read_bytes()
    if raw.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        msg = "begins with a byte order mark; save as UTF-8 without one (at line 1, column 1)"
        raise ValueError(msg)
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        msg = f"not UTF-8: byte 0x{raw[error.start]:02x} (at line {line})"
        raise ValueError(msg) from None


def strict_converter() -> Converter:
    """A cattrs converter that reads each value as what it is in TOML, or not at all."""
    converter = Converter(forbid_extra_keys=True)

    def of_class(kind: type[Any]) -> Read:
        structure: Read = make_dict_structure_fn(kind, converter)
        return lambda value, kind: structure(exactly(value, dict), kind)

    def of_tuple(kind: type[Any]) -> Read:
        structure: Read = homogenous_tuple_structure_factory(kind, converter)
        return lambda value, kind: structure(exactly(value, list), kind)

    converter.register_structure_hook_factory(attrs.has, of_class)
    converter.register_structure_hook_factory(is_tuple, of_tuple)
    converter.register_structure_hook(Enum, one_of)
    for scalar in NAMES:
        converter.register_structure_hook(scalar, exactly)
    return converter


def is_tuple(kind: Any) -> bool:
    """Whether a field holds an array."""
    return get_origin(kind) is tuple


def exactly(value: Any, kind: type) -> Any:
    """The value, if it is of this very type: `true` is no number, a number is no text."""
    if type(value) is not kind:
        msg = f"{short(value)} is not {(NAMES | TABLES)[kind]}"
        raise ValueError(msg)
    return value


def one_of(value: Any, kind: type[Enum]) -> Enum:
    """The member of that value."""
    try:
        return kind(value)
    except ValueError:
        msg = f"{short(value)} is none of {', '.join(it.value for it in kind)}"
        raise ValueError(msg) from None


CONVERTER = strict_converter()


def faults(error: BaseException, path: str, given: Any) -> Iterator[str]:
    """Each fault as `path: what is wrong`, from the tree of errors that cattrs raises."""
    if isinstance(error, ClassValidationError):
        noted, others = error.group_exceptions()
        for each, note in noted:
            inside = given.get(note.name) if isinstance(given, dict) else None
            yield from faults(each, f"{path}.{note.name}", inside)
        for each in others:
            yield from faults(each, path, given)
    elif isinstance(error, IterableValidationError):
        for each, index in error.group_exceptions()[0]:
            place = int(index.index)
            yield from faults(each, f"{path}[{place}]", given[place])
    elif isinstance(error, ForbiddenExtraKeysError):
        known = [it.name for it in attrs.fields(error.cl)]
        personal = finder(error.cl)
        for key in sorted(error.extra_fields):
            like = "".join(f"; {it} is meant?" for it in get_close_matches(key, known, 1))
            # Under a misspelt key there may be a name.
            value = "" if personal else f", with value {short(given[key])}"
            yield f"{path}.{key}: no such key{value}{like}"
    elif isinstance(error, KeyError):
        yield f"{path}: is missing"
    else:
        yield f"{path}: {error}"


def short(value: Any) -> str:
    """The value as in Python, cut where it would flood the message."""
    whole, limit = repr(value), 80
    return whole if len(whole) <= limit else f"{whole[:limit]}…"
