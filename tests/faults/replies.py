"""Replies to COMMIT that are lost on the way: what each library tells its caller."""

from collections import Counter
from functools import partial
from random import Random
from urllib.parse import parse_qs, urlsplit

from eventsourcing.persistence import PersistenceError

from npq_adapters import Ledger, open_ledger
from npq_domain.errors import NpqError
from tests.faults import plain
from tests.faults.fault import Fault, Loss
from tests.faults.lists import Asked
from tests.faults.proxies import proxied
from tests.faults.writing import Ground, asking, ground, handle, new_id, patiently, stored

Told = Counter[str]

RIGHT = "answered, and written once"


def theirs(url: str, times: int) -> Told:
    """The plain library saves new aggregates, of each of which the last reply is lost."""
    told, fault = Told(), Fault()
    env = plain.postgres(url)
    with proxied(url, fault, about=b"COMMIT") as through:
        host = parse_qs(urlsplit(through).query)["host"][0]
        with plain.opened({**env, "POSTGRES_HOST": host}) as app:
            app.save(plain.Register())
            for _ in range(times):
                told[saved(app, fault)] += 1
                assert fault.struck
    return told


def saved(app: plain.Plain, fault: Fault) -> str:
    register = plain.Register()
    fault.lose(Loss.REPLY, 1)
    try:
        app.save(register)
    except PersistenceError as error:
        outcome = type(error).__name__
    else:
        outcome = "saved"
    return f"{outcome}, and {'written' if plain.versions(app, register) == [1] else 'not written'}"


def ours(url: str, times: int, dice: Random) -> Told:
    """A ledger is asked new commands, of each of which the last reply is lost.

    As its page says, the caller asks again under the same id when the store was unavailable.
    """
    told, fault, on = Told(), Fault(), ground(url, dice, participants=1)
    with proxied(url, fault) as through, open_ledger(through) as ledger:
        handle(ledger, asking(on.subjects[0], new_id(dice)))
        fault.lose(Loss.REPLY, 0)
        handle(ledger, asking(on.subjects[0], new_id(dice)))
        last = fault.calls
        for _ in range(times):
            fault.lose(Loss.REPLY, last)
            told[answered(ledger, on, asking(on.subjects[0], new_id(dice)))] += 1
            assert fault.struck
    return told


def answered(ledger: Ledger, on: Ground, asked: Asked) -> str:
    try:
        answer = patiently(partial(handle, ledger, asked))
    except NpqError as error:
        return type(error).__name__
    values = stored(ledger, on)[asked.list]
    there = [on.before + place for place, it in enumerate(values, 1) if it in asked.values]
    written = "written once" if len(there) == 1 else f"written {len(there)} times"
    outcome = "answered" if [it.version for it in answer] == there else "misanswered"
    return f"{outcome}, and {written}"
