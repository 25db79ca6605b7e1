"""The verbs of `npq`, under one roof."""

import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NoReturn

import click

from npq_adapters.cli import (
    auditing,
    claims,
    demo,
    exits,
    following,
    funding,
    looking,
    persons,
    privacy,
    recording,
    reference,
    showing,
    transferring,
    upkeep,
)
from npq_adapters.cli.session import Session


class Npq(click.Group):
    """A group of verbs whose every end has its exit code, and which takes its options anywhere."""

    def main(  # type: ignore[override] # click's own has a mode of its own for embedding
        self, args: Sequence[str] | None = None, **extra: Any
    ) -> NoReturn:
        given = list(sys.argv[1:] if args is None else args)
        in_utf8()
        run = partial(super().main, given, **{**extra, "standalone_mode": False})
        sys.exit(exits.ending(run, as_json="--json" in given))

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.commands)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with reader_may_leave():  # --help writes here
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with reader_may_leave():
            code = super().invoke(ctx)
            sys.stdout.flush()
            return code


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """End the run where nobody reads on, before click takes that for a fault."""
    try:
        yield
    except BrokenPipeError:
        raise click.exceptions.Exit(exits.reader_gone()) from None


def in_utf8() -> None:
    """Read and write UTF-8 whatever the machine's locale is; what cannot be written is escaped."""
    for stream, errors in (
        (sys.stdin, "surrogateescape"),
        (sys.stdout, "backslashreplace"),
        (sys.stderr, "backslashreplace"),
    ):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=errors)


def chosen(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Put a common option's value where every verb finds it."""
    session = ctx.ensure_object(Session)
    if value and parameter.name:
        setattr(session, parameter.name, value)


def common(command: click.Command, *, hidden: bool) -> click.Command:
    """Let a command take the options that all have."""
    command.params += [
        click.Option(
            ["--ledger", "url"],
            # Only before the verb: the environment must not overrule what was said there.
            envvar=None if hidden else "NPQ_LEDGER",
            show_envvar=True,
            metavar="URL",
            expose_value=False,
            callback=chosen,
            hidden=hidden,
            help="Where the facts are: sqlite:///file.db, postgresql://user@host/database, memory:"
            " or module:eventsourcing_name?SETTING=value",
        ),
        click.Option(
            ["--keys", "keys"],
            envvar=None if hidden else "NPQ_KEYS",
            show_envvar=True,
            metavar="KEYS",
            expose_value=False,
            callback=chosen,
            hidden=hidden,
            help="What personal values are sealed by: a file of keys, or env:VARIABLE.",
        ),
        click.Option(
            ["--catalogue", "rules"],
            envvar=None if hidden else "NPQ_CATALOGUE",
            show_envvar=True,
            metavar="PATH",
            expose_value=False,
            callback=chosen,
            hidden=hidden,
            help="Your own specifications on top of those shipped: a TOML file, or a folder.",
        ),
        click.Option(
            ["--json", "json"],
            is_flag=True,
            expose_value=False,
            callback=chosen,
            hidden=hidden,
            help="One JSON document on standard output and nothing else.",
        ),
    ]
    return command


EXIT_CODES = (
    "Exit codes: 0 done; 1 refused by a rule; 2 wrong usage or bad input file; 3 stored facts"
    " that cannot be read, or a view made of others; 4 the store is unavailable or contended: ask"
    " again."
)


@click.group(
    cls=Npq,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="npq_domain", prog_name="npq")
def npq() -> None:
    """The record of National Professional Qualifications, on the provider's side."""


VERBS: tuple[click.Command, ...] = (
    upkeep.init,
    upkeep.grants,
    upkeep.backup,
    demo.demo,
    reference.commands,
    reference.facts,
    reference.catalogue,
    funding.funding,
    recording.record,
    recording.bring_in,
    transferring.transfer,
    auditing.history,
    showing.show,
    auditing.explain,
    claims.declarations,
    persons.person,
    upkeep.rebuild,
    privacy.access,
    privacy.erase,
    privacy.rotate_keys,
    looking.check,
    following.follow,
)


def verbs(command: click.Command) -> None:
    """Give a verb, and the verbs below it, the common options as well."""
    common(command, hidden=True)
    for below in getattr(command, "commands", {}).values():
        verbs(below)


common(npq, hidden=False)
for each in VERBS:
    verbs(each)
    npq.add_command(each)
