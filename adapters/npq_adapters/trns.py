"""Whose a TRN is, told by an index that holds none: what only the key of the index makes of it.

There are but ten million TRNs, so a plain digest would hide nothing. What is entered is an HMAC of
the TRN together with the provider, the programme and DfE's cohort: on one run a TRN is one
participant's, and the entries of one person on two runs have nothing in common.
"""

import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec
from attrs import frozen

from npq_adapters.kept import INDEX, Indexed
from npq_adapters.keys import Holds
from npq_adapters.sealing import Sealing
from npq_adapters.store import Store
from npq_domain.aggregates.participant import standing
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.application import (
    ApplicationRejected,
    RegistrationReceived,
)
from npq_domain.aggregates.participant.facts.identity import TrnVerified
from npq_domain.aggregates.participant.facts.training import TrainingStatus
from npq_domain.errors import Conflict, Invalid, StoredFactError, refusal

RUN = "npq_domain, a participant is one person on one run of one programme at one provider"
GONE = (TrainingStatus.WITHDRAWN, TrainingStatus.TRANSFERRED_OUT)
RESERVED = timedelta(minutes=1)
"""How long a place is kept for facts that are still to be recorded; that takes seconds at most."""
ROUNDS = 20
"""How often a place is asked for again that others take and leave meanwhile."""


@frozen(kw_only=True)
class Place:
    """One TRN on one run."""

    trn: str
    provider: str
    programme: str
    run: str

    def token(self, key: bytes) -> str:
        """What the index holds in place of it."""
        told = msgspec.json.encode((self.provider, self.programme, self.run, self.trn))
        return hmac.new(key, told, sha256).hexdigest()


def place_of(it: Participant) -> Place | None:
    """Which place in the index is a participant's; `None` without a TRN, and after erasure."""
    registered, trn = it.application.registered, it.identity.trn
    if registered is None or trn is None or it.retention.erased:
        return None
    return Place(
        trn=trn.reveal(),
        provider=standing.provider(it) or registered.provider,
        programme=registered.programme,
        run=registered.funding_cohort or "",
    )


def lives(it: Participant) -> bool:
    """Whether an application may still lead somewhere here, or has."""
    rejected = isinstance(it.application.decision, ApplicationRejected)
    return not rejected and it.training.status not in GONE


class TrnIndex:
    """The index of one ledger."""

    telling = (RegistrationReceived, TrnVerified)

    def __init__(self, store: Store, sealing: Sealing) -> None:
        """Take the table and the key."""
        self._store, self._sealing = store, sealing

    def find(self, trn: str, known: Holds) -> Iterator[str]:
        with self._store.views() as tables:
            key, there = self._sealing.index_key_in(tables), tables.read(INDEX, {})
        for it in there:
            place = Place(trn=trn, provider=it.provider, programme=it.programme, run=it.run)
            if hmac.compare_digest(place.token(key), it.token) and bears(known, it.subject, place):
                yield it.subject

    def claim(self, subject: str, state: Participant, still: Holds, now: datetime) -> None:
        place = place_of(state)
        if place is None:
            return
        for _ in range(ROUNDS):
            with self._store.views() as tables:
                token = place.token(self._sealing.index_key_in(tables))
                there = tables.read(INDEX, {"token": token})
            other = next((it for it in there if it.subject != subject), None)
            if other and holds(still, other, place, now):
                raise taken(other.subject, place)
            if self._put(entry(subject, place, token, now), place, other):
                return
        msg = f"{subject}: others keep taking and leaving its place in the index: ask again"
        raise Conflict(msg)

    def _put(self, it: Indexed, place: Place, other: Indexed | None) -> bool:
        """Enter a subject, and take its former place out; not where another came in between."""
        with self._store.views(write=True) as tables:
            there = tables.read(INDEX, {"token": it.token})
            rotated = place.token(self._sealing.index_key_in(tables)) != it.token
            if rotated or any(each.subject != it.subject and each != other for each in there):
                return False
            mine = tables.read(INDEX, {"subject": it.subject})
            tables.remove(INDEX, [(each.token,) for each in mine if each.token != it.token])
            tables.put(INDEX, [it])
        return True


def entry(subject: str, place: Place, token: str, at: datetime) -> Indexed:
    """A place in the index as it is stored."""
    return Indexed(
        token=token,
        subject=subject,
        provider=place.provider,
        programme=place.programme,
        run=place.run,
        entered_at=at,
    )


def bears(known: Holds, subject: str, place: Place) -> bool:
    """Whether a subject is on that run under that TRN by now."""
    try:
        return place_of(known(subject)) == place
    except Invalid:  # it has no facts
        return False


def holds(known: Holds, it: Indexed, place: Place, now: datetime) -> bool:
    """Whether an entry keeps its place; what cannot be read does.

    It may be that its facts are just being recorded, or that they never were in the end.
    """
    try:
        state = known(it.subject)
    except Invalid:  # it has no facts
        return now - it.entered_at < RESERVED
    except StoredFactError:
        return True
    return place_of(state) == place and lives(state)


def taken(subject: str, place: Place) -> Exception:
    """Say who has a place, and never by which TRN."""
    because = (
        f"{subject} is on {place.programme} of {place.run or 'no cohort'} at {place.provider}"
        " under the same TRN; reject or withdraw one of the two"
    )
    return refusal("trn_taken", because, RUN)
