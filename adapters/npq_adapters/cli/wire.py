"""Standard output for programs, and text that is safe to print for people."""

import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import click
import msgspec

from npq_domain.personal import Personal

Show = Callable[[Any], Any]
"""What becomes of a personal value on its way out."""


def redact(value: Any) -> Any:
    """`•••` in place of a personal value."""
    if isinstance(value, Personal):
        return str(value)
    msg = f"{type(value).__name__} has no form outside"
    raise TypeError(msg)


def reveal(value: Any) -> Any:
    """A personal value as it is, for those who asked to see it."""
    return value.reveal() if isinstance(value, Personal) else redact(value)


def plain(value: Any, show: Show = redact) -> Any:
    """Facts, rows and requirements as plain JSON values, their fields in the order of the class."""
    if attrs.has(type(value)):
        return {it.name: plain(getattr(value, it.name), show) for it in attrs.fields(type(value))}
    if isinstance(value, Mapping):
        return {key: plain(each, show) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each, show) for each in value]
    return msgspec.to_builtins(value, enc_hook=show)


def write(document: Any, *, indent: int = 2, show: Show = redact) -> None:
    """One JSON document on standard output."""
    encoded = msgspec.json.encode(plain(document, show))
    click.echo(msgspec.json.format(encoded, indent=indent).decode())


def write_line(document: Any) -> None:
    """One JSON document on a line of its own, out at once."""
    click.echo(msgspec.json.encode(plain(document)).decode())
    sys.stdout.flush()


def printable(text: str) -> str:
    """A text that cannot steer a terminal: control characters but tabs and line ends become �."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", "�", text)


def snake(name: str) -> str:
    """`StoreUnavailable` as `store_unavailable`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
