"""How a run ends: which fault gives which exit code, and what is said about it."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from npq_adapters.cli import wire
from npq_domain.errors import AnotherLog, Invalid, NpqError, Refused, StoredFactError, ViewAhead

DONE = 0
REFUSED = 1
BAD_INPUT = 2
INTEGRITY = 3
UNAVAILABLE = 4
INTERRUPTED = 130
READER_GONE = 141
"""The last two as shells report a process that SIGINT or SIGPIPE ended."""

CODES: dict[type[Exception], int] = {
    Refused: REFUSED,
    Invalid: BAD_INPUT,
    click.ClickException: BAD_INPUT,
    OSError: BAD_INPUT,
    StoredFactError: INTEGRITY,
    AnotherLog: INTEGRITY,  # and ViewAhead
    NpqError: UNAVAILABLE,  # StoreUnavailable and its kind, and Conflict: worth asking again
}
"""The first that fits gives the exit code; any other exception is a fault of this program."""

FORESEEN = tuple(CODES)

NAMES = {click.ClickException: "usage_error", OSError: "file_error"}
"""What kinds of fault are called whose classes are not ours to name."""


def code_of(error: Exception) -> int:
    """The exit code of a fault that was foreseen."""
    return next(code for kind, code in CODES.items() if isinstance(error, kind))


def ending(run: Callable[[], Any], *, as_json: bool) -> int:
    """Run to the end, whatever the end is; the exit code."""
    try:
        code = run() or DONE
    except (click.Abort, KeyboardInterrupt):
        say("interrupted")
        return INTERRUPTED
    except FORESEEN as error:
        return told(error, as_json=as_json)
    return int(code)


@contextmanager
def in_lines(*, as_json: bool) -> Iterator[None]:
    """Tell of a fault by one line of JSON, where lines are what standard output holds."""
    try:
        yield
    except BrokenPipeError:
        raise
    except FORESEEN as error:
        raise click.exceptions.Exit(told(error, as_json=as_json, write=wire.write_line)) from None


def told(error: Exception, *, as_json: bool, write: Callable[[Any], None] | None = None) -> int:
    """Tell what went wrong, if anybody can be told; the exit code."""
    try:
        tell(error, write or wire.write if as_json else None)
        sys.stdout.flush()
    except BrokenPipeError:
        return reader_gone()
    except OSError:  # the disk is full, say: people have been told on standard error
        no_more_output()
    return code_of(error)


def reader_gone() -> int:
    """Whoever read our output has left: say nothing more."""
    no_more_output()
    return READER_GONE


def no_more_output() -> None:
    """Let what is left of our output go nowhere, also when Python closes it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def tell(error: Exception, write: Callable[[Any], None] | None) -> None:
    """Say what went wrong: to people on standard error, to programs on standard output."""
    message = message_of(error)
    say(message)
    if write:
        write({"error": {"code": name_of(error), "message": message, **details(error)}})


def say(message: str) -> None:
    """One message on standard error."""
    click.echo(f"npq: {wire.printable(message)}", err=True)


def message_of(error: Exception) -> str:
    """What to say of a fault; of a wrong command line, with the usage."""
    if isinstance(error, click.UsageError) and error.ctx is not None:
        hint = f"Try '{error.ctx.command_path} --help'."
        return f"{error.format_message()}\n{error.ctx.get_usage()}\n{hint}"
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def name_of(error: Exception) -> str:
    """The stable name of a fault: a refusal's code, else its kind."""
    if isinstance(error, Refused):
        return error.code
    return next(
        (name for kind, name in NAMES.items() if isinstance(error, kind)),
        wire.snake(type(error).__name__),
    )


def details(error: Exception) -> dict[str, Any]:
    """What a program may want to know besides the message."""
    if isinstance(error, Refused):
        return {"requirements": wire.plain(error.requirements)}
    if isinstance(error, Invalid):
        return {"place": error.place, "faults": list(error.faults)}
    if isinstance(error, StoredFactError):
        return {"position": error.position, "name": error.name, "version": error.version}
    if isinstance(error, ViewAhead):
        return {"view": error.view, "position": error.position, "head": error.head}
    if isinstance(error, AnotherLog):
        return {"view": error.view, "position": error.position}
    return {}
