"""`python -m benchmarks.funding`: how many cases a second are held against their policies."""

import argparse
import csv
import gc
import io
from collections.abc import Callable, Iterator
from datetime import date
from enum import Enum
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

import attrs

from npq_adapters.inbound.funding_cases import assess_cases, plain_type
from npq_domain.catalogue import shipped
from npq_domain.catalogue.funding import Series
from npq_domain.policies.funding import FundingCase, assess

CASES, ROUNDS, SEED = 50_000, 5, 3
AIM = 20_000
"""Cases a second."""
TYPES = (1, 2, 11, 15, 18, 28, 34)
OFTEN = 0.9
"""How often a fact is as it usually is: in England, on no list."""

Case = tuple[date, FundingCase]


def drawn(number: int) -> Iterator[Case]:
    """Cases of every policy of DfE's service, from a seed."""
    lots = Random(SEED)
    days = [it.valid_from for it in shipped().funding_policies if it.series is Series.SERVICE]
    fields = [(it.name, plain_type(it.type)) for it in attrs.fields(FundingCase)]
    for _ in range(number):
        facts = {name: value(lots, name, kind) for name, kind in fields}
        yield lots.choice(days), FundingCase(**facts)


def value(lots: Random, name: str, kind: Any) -> Any:
    """A value of one field."""
    if kind is bool:
        return (lots.random() < OFTEN) is (name == "in_england")
    if kind is int:
        return lots.choice(TYPES)
    if issubclass(kind, Enum):
        return lots.choice(list(kind))
    return lots.choice(shipped().programmes).code


def written(cases: list[Case]) -> bytes:
    """The cases as a file; all columns, so that there is as much to read as can be."""
    names = [it.name for it in attrs.fields(FundingCase)]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["on", *names])
    writer.writerows([on, *(cell(getattr(it, name)) for name in names)] for on, it in cases)
    return text.getvalue().encode()


def cell(it: Any) -> str:
    """A value as a file has it."""
    return str(it.value if isinstance(it, Enum) else it)


def held(cases: list[Case]) -> int:
    """Every case against the policy of its day."""
    days = {it.valid_from: it for it in shipped().funding_policies if it.series is Series.SERVICE}
    return sum(assess(days[on], case).row > 0 for on, case in cases)


def seconds(run: Callable[[], object], rounds: int) -> float:
    """The median of several runs, after one that does not count."""
    taken = []
    for _ in range(rounds + 1):
        gc.collect()
        begun = perf_counter()
        run()
        taken.append(perf_counter() - begun)
    return median(taken[1:])


def main() -> None:
    ask = argparse.ArgumentParser(prog="python -m benchmarks.funding", description=__doc__)
    ask.add_argument("--cases", type=int, default=CASES)
    ask.add_argument("--rounds", type=int, default=ROUNDS)
    asked = ask.parse_args()
    cases = list(drawn(asked.cases))
    # A file's cases name an institution wherever they give its type.
    raw = written([(on, it) for on, it in cases if it.institution.value != "none"])
    rows = raw.count(b"\n") - 1
    for name, number, run in (
        ("a case against its policy", asked.cases, lambda: held(cases)),
        ("a row of a file, read and assessed", rows, lambda: assess_cases(shipped(), raw, "")),
    ):
        rate = number / seconds(run, asked.rounds)
        reached = "reached" if rate >= AIM else "missed"
        print(f"{name}: {rate:,.0f} a second (aim {AIM:,}: {reached})")


if __name__ == "__main__":
    main()
