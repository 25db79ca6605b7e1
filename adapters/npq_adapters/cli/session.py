"""What every verb is given: which ledger, which form of output, and where to write."""

import os
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any

import click
from attrs import define
from rich.console import Console, RenderableType

from npq_adapters import KeyStore, keys_at, open_ledger
from npq_adapters.cli import wire
from npq_adapters.ledger import Ledger
from npq_domain.catalogue import Catalogue, load, shipped

WIDTH = 120
"""Columns of a table that goes to a file or a pipe."""

NO_LEDGER = (
    "No ledger is given. Say which one before the verb, as in"
    " 'npq --ledger sqlite:///provider.db VERB', or once for all in NPQ_LEDGER."
    " An address is sqlite:///file.db, postgresql://user@host/database, memory:"
    " or module:eventsourcing_name?SETTING=value"
)


class Paper(Console):
    """A console whose reader may leave: what that means for the run, others decide."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


@define(slots=False)
class Session:
    """One run of `npq`."""

    url: str | None = None
    keys: str | None = None
    rules: str | None = None
    json: bool = False

    def ledger(self) -> AbstractContextManager[Ledger]:
        """The ledger that was named, opened."""
        return open_ledger(self.address, catalogue=self.catalogue, keys=self.key_store())

    def key_store(self, *, make: bool = False) -> KeyStore | None:
        """The keys that were named; `None`: the ledger is in the clear."""
        return keys_at(self.keys, make=make) if self.keys else None

    @cached_property
    def catalogue(self) -> Catalogue | None:
        """The files that were named on top of the shipped catalogue; `None`: that one alone."""
        return load(self.rules, on_top_of=shipped()) if self.rules else None

    @property
    def address(self) -> str:
        """The address of the ledger; a usage error if none was given."""
        if not self.url:
            raise click.UsageError(NO_LEDGER)
        return self.url

    @cached_property
    def out(self) -> Console:
        """Standard output, for people."""
        return console(stderr=False)

    @cached_property
    def err(self) -> Console:
        """Standard error, for people."""
        return console(stderr=True)

    def answer(self, document: Any, *shown: RenderableType) -> None:
        """What a verb found: a JSON document for programs, tables and lines for people."""
        if self.json:
            wire.write(document)
            return
        for each in shown:
            self.out.print(each)


def console(*, stderr: bool) -> Console:
    """Where people read. What is printed may come from anybody, so it is never markup."""
    made = Paper(stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=False)
    if not made.is_terminal and "COLUMNS" not in os.environ:
        made.width = WIDTH
    return made


hand_session = click.make_pass_decorator(Session)
"""Gives a verb the session as its first argument."""
