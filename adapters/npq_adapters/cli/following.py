"""`follow`: the views kept up to date until a signal says stop."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.text import Text

from npq_adapters.cli.session import Session, hand_session
from npq_domain.projections import VIEWS

STOPS = (signal.SIGINT, signal.SIGTERM)


@click.command(epilog=f"Views: {', '.join(it.name for it in VIEWS)}.")
@click.argument(
    "views", type=click.Choice([it.name for it in VIEWS]), nargs=-1, metavar="[VIEW]..."
)
@hand_session
def follow(session: Session, views: tuple[str, ...]) -> None:
    """Keep VIEWs, or every view, up to date until interrupted.

    New facts show within milliseconds. On SIGINT or SIGTERM what is under way is finished; a
    second one does not wait for that.
    """
    with session.ledger() as ledger:
        follower = ledger.follow(views or None, tell=session.err.print)
        with on_signal(follower.stop):
            session.err.print(f"following {', '.join(follower.views)}")
            follower.run()
    session.answer(
        {"followed": list(follower.views), "position": follower.position},
        Text(f"Followed to position {follower.position}.", "green"),
    )


@contextmanager
def on_signal(stop: Callable[[], None]) -> Iterator[None]:
    """Have the first signal stop it, and each further one do what it ever did."""
    before = {number: signal.getsignal(number) for number in STOPS}

    def stopped(number: int, _: Any) -> None:
        signal.signal(number, before[signal.Signals(number)])
        stop()

    for number in STOPS:
        signal.signal(number, stopped)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
