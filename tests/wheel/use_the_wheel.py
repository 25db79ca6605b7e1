"""What an embedder does first, done with the installed wheel: `.ci/run` runs it from elsewhere.

Usage: python use_the_wheel.py URL, of a ledger that `npq init` has made.
"""

import sys
from datetime import date
from pathlib import Path
from uuid import uuid4

import npq_adapters
import npq_domain
from npq_adapters import open_ledger
from npq_domain import Actor, commands

TODAY = date(2023, 9, 1)


def main(url: str) -> None:
    for package in (npq_domain, npq_adapters):
        place = Path(package.__path__[0])
        assert place.is_relative_to(sys.prefix), f"{place} is not the installed wheel"
        assert (place / "py.typed").exists(), f"{package.__name__} came without its types"
    subject, command_id = uuid4(), uuid4()
    intake = commands.OpenCohort(
        provider="ucl", name="Autumn 2023", season="autumn", start_on=TODAY, on=TODAY
    )
    by = Actor(role="provider", id="j.doe")
    with open_ledger(url) as ledger:
        facts = ledger.handle(subject, intake, by=by, command_id=command_id)
    with open_ledger(url) as ledger:
        assert tuple(ledger.history(subject)) == tuple(facts), "the ledger forgot what it was told"
        again = ledger.handle(subject, intake, by=by, command_id=command_id)
        assert tuple(again) == tuple(facts), "the same command got another answer"
        assert tuple(ledger.history(subject)) == tuple(facts), "a repeated command was recorded"
    print(f"{subject}: {', '.join(it.name for it in facts)}")


if __name__ == "__main__":
    main(sys.argv[1])
