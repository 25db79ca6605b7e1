"""Rows that no ledger writes, every way to read them, and what each way says of them.

As a program it prints that, for the same rows under `python` and under `python -O`:
`python -O -m tests.adapters.damage sqlite:///new.db`.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from npq_adapters import Ledger, migrate, open_ledger
from npq_adapters.checking import check
from npq_adapters.inbound.commands import record
from npq_adapters.people import person
from npq_adapters.store import Row
from npq_adapters.transfer import export
from npq_domain import Actor, NpqError
from npq_domain.commands import RecordAttendance
from npq_domain.identifiers import participant_subject

NAME = "participant.attendance-recorded.v1"
SECRET = "Ada Lovelace"  # noqa: S105 - what must not show

ENVELOPE: dict[str, Any] = {
    "at": "2024-03-01T09:00:00Z",
    "by": {"role": "provider", "id": "j.doe"},
    "source": "provider",
    "command": "5d9d1b1c-2f5f-4a52-8d0c-0a2f6f7c9b11",
    "fact": {"component": "plg-1", "minutes": 120, "mode": "online", "on": "2024-02-29"},
}


def told(**changed: Any) -> bytes:
    """A row as it should be, but for some keys of its envelope."""
    return json.dumps(ENVELOPE | changed, separators=(",", ":")).encode()


def fact(**changed: Any) -> bytes:
    """A row as it should be, but for some fields of its fact."""
    return told(fact=ENVELOPE["fact"] | changed)


class Damage(NamedTuple):
    """A row, and who reads it as what."""

    state: bytes
    name: str = NAME
    error: str = "StoredFactError"
    folded: bool = True
    """Whether folds of views meet with it: they fetch by name, and read the fact alone."""


DAMAGES: Mapping[str, Damage] = {
    "nothing": Damage(b""),
    "null": Damage(b"null"),
    "a NUL": Damage(b"\0"),
    "no JSON": Damage(SECRET.encode()),
    "no UTF-8": Damage(b'{"fact": "\xff' + SECRET.encode()),
    "a list": Damage(b"[]"),
    "an empty object": Damage(b"{}"),
    "cut off by a byte": Damage(fact()[:-1]),
    "cut off in the middle": Damage(fact()[:120]),
    "twice the same": Damage(fact() * 2),
    "something after it": Damage(fact() + b"x"),
    "very deep": Damage(b'{"fact":' + b"[" * 100_000),
    "deep in a fact": Damage(told(fact=None)[:-5] + b'{"component":' + b"[" * 100_000 + b"}}"),
    "no fact": Damage(json.dumps({**ENVELOPE, "fact": None}).encode()),
    "a fact of another kind": Damage(told(fact={"text": SECRET})),
    "a text for a number": Damage(fact(minutes=SECRET)),
    "a number for a text": Damage(fact(component=7)),
    "a fraction": Damage(fact(minutes=1.5)),
    "a number beyond floats": Damage(fact(minutes=0).replace(b'"minutes":0', b'"minutes":1e999')),
    "NaN": Damage(fact(minutes=0).replace(b'"minutes":0', b'"minutes":NaN')),
    "an unknown member": Damage(fact(mode=SECRET)),
    "no day": Damage(fact(on="2023-02-29")),
    "half a surrogate pair": Damage(fact(component=0).replace(b":0", b':"\\ud800"', 1)),
    "no envelope": Damage(json.dumps({"fact": ENVELOPE["fact"]}).encode(), folded=False),
    "written at no time": Damage(told(at=SECRET), folded=False),
    "written at a time without offset": Damage(told(at="2024-03-01T09:00:00"), folded=False),
    "written by a text": Damage(told(by=SECRET), folded=False),
    "from an unknown source": Damage(told(source=SECRET), folded=False),
    "for a command without id": Damage(told(command=SECRET), folded=False),
    "an unknown name": Damage(fact(), "participant.flown.v1", error="UnknownFact"),
    "a newer version": Damage(fact(), NAME.replace("v1", "v2"), error="UnknownFact"),
    "no name": Damage(fact(), "", error="UnknownFact"),
    "a name that is none": Damage(fact(), f"{SECRET}\n", error="UnknownFact"),
}

APPLICATIONS = [f"0c4a1f3e-1d52-4c3b-9f41-6a1f8f3f2b{n:02}" for n in range(len(DAMAGES) + 1)]
WELL, *ILL = [participant_subject("UCL", it) for it in APPLICATIONS]
ME = Actor(role="provider", id="j.doe")


def registered() -> Iterator[bytes]:
    """A line for each, as `npq record` reads it."""
    for application in APPLICATIONS:
        asked = {
            "subject": str(participant_subject("UCL", application)),
            "command": "ReceiveRegistration",
            "by": {"role": "provider", "id": "j.doe"},
            "data": {
                "application_id": application,
                "participant_id": application,
                "name": SECRET,
                "provider": "UCL",
                "programme": "NPQLT",
                "on": "2023-06-01",
            },
        }
        yield json.dumps(asked).encode()


READS: Mapping[str, Callable[[Ledger, UUID], object]] = {
    "handle": lambda ledger, subject: ledger.handle(
        subject, RecordAttendance(component="plg-1", minutes=60, on=date(2024, 3, 1)), by=ME
    ),
    "state": lambda ledger, subject: ledger.state(subject),
    "state then": lambda ledger, subject: ledger.state(subject, valid_at=date(2024, 3, 1)),
    "history": lambda ledger, subject: ledger.history(subject),
    "person": lambda ledger, subject: person(ledger, str(subject)),
    "export": export,
}
"""What reads one subject."""


def prepared(ledger: Ledger, *damages: str) -> None:
    """Record everybody, and then each damage as the next row of one of them."""
    for answer in record(ledger, registered()):
        assert answer["outcome"] == "recorded", answer
    for name, subject in zip(DAMAGES, ILL, strict=True):
        if name in damages:
            it = DAMAGES[name]
            ledger.store.append([Row(str(subject), 2, it.name, it.state)])


def ended(read: Callable[[], object]) -> tuple[str, str]:
    """How a read ended: the class of its error, and its message; or nothing."""
    try:
        read()
    except NpqError as error:
        return type(error).__name__, str(error)
    except Exception as error:  # noqa: BLE001 - the fault that is looked for
        return f"not ours: {type(error).__name__}", str(error)
    return "", ""


def everything(url: str) -> list[Any]:
    """What every way to read says of every damage."""
    if url != "memory:":
        migrate(url)
    with closing(open_ledger(url)) as ledger:
        prepared(ledger, *DAMAGES)
        found: list[Any] = [
            (name, how, *ended(lambda read=read, subject=subject: read(ledger, subject)))  # type: ignore[misc]
            for name, subject in zip(DAMAGES, ILL, strict=True)
            for how, read in READS.items()
        ]
        found.append(("", "rebuild", *ended(ledger.rebuild)))
        found.append(("", "catch up", *ended(ledger.catch_up)))
        found += [
            (it.position, it.subject, it.version, it.name, it.error, it.why)
            for it in check(ledger).damage
        ]
    return found


if __name__ == "__main__":
    print(json.dumps(everything(sys.argv[1])))
