"""One person's enrolments, whoever they were with: joined by DfE's ids, whichever were retired.

A subject is one application at one provider, so a person may be several subjects. What makes them
one is told by their facts: the same participant id, now or before a merge; the same pseudonym; or
a history that one of them took over from another.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from attrs import frozen

from npq_domain.aggregates.participant import gates, participant, standing
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.application import ApplicationAccepted
from npq_domain.aggregates.participant.facts.assessment import Outcome
from npq_domain.aggregates.participant.facts.identity import ParticipantIdChanged
from npq_domain.aggregates.participant.facts.training import StatusChange, TransferredOut
from npq_domain.projections.eligibility import decision
from npq_domain.projections.projection import Projection, Seen, Summary


@frozen(kw_only=True)
class EnrolmentRow:
    """One application of a person, and how far they came. `merged_*` go together, place by place.

    Applications that were never accepted are among them: they are part of the person's history.
    """

    participant: str
    participant_id: str
    """DfE's, as this application's facts have it last; like all of them in lower case."""
    participant_ids: tuple[str, ...]
    """Every id they were known by here, the first one first."""
    merged_from: tuple[str, ...]
    """The ids that DfE retired, as was told here; what for, and on which days."""
    merged_into: tuple[str, ...]
    merged_on: tuple[str, ...]
    person_ref: str
    application_id: str
    provider: str
    programme: str
    specification: str
    funding_cohort: str | None
    cohort_id: str | None
    cohort: str | None
    group: str | None
    registered_on: date
    decision: str
    """pending, accepted or rejected."""
    decided_on: date | None
    training_status: str | None
    """`None` before acceptance."""
    outcome: str | None
    """The latest outcome, as published or corrected."""
    awarded_on: date | None
    revoked: bool
    state: str
    """The furthest of all that in one word: awarded, revoked, passed, withdrawn, pending."""
    predecessor: str | None
    """The subject that the history was kept under before a transfer, and after it."""
    successor: str | None
    as_at: date
    as_of_position: int


def row(it: Participant, seen: Seen) -> EnrolmentRow | None:
    """The row of a participant who has registered."""
    registered, place = it.application.registered, standing.joined(it)
    if registered is None:
        return None
    merges = it.identity.merges
    outcome, awarded = gates.outcome(it), it.award.awarded
    accepted = isinstance(it.application.decision, ApplicationAccepted)
    status = it.training.status_on(seen.as_at).value if accepted else None
    came, gone = it.training.transferred_in, it.training.last
    return EnrolmentRow(
        participant=seen.subject,
        participant_id=it.identity.participant_id.lower(),
        participant_ids=every_id(registered.participant_id, merges),
        merged_from=tuple(each.former.lower() for each in merges),
        merged_into=tuple(each.current.lower() for each in merges),
        merged_on=tuple(each.on.isoformat() for each in merges),
        person_ref=registered.person_ref,
        application_id=registered.application_id,
        provider=standing.provider(it) or registered.provider,
        programme=registered.programme,
        specification=registered.specification,
        funding_cohort=standing.funding_cohort(it),
        cohort_id=str(place.cohort_id) if place else None,
        cohort=place.cohort if place else None,
        group=place.group if place else None,
        registered_on=registered.on,
        decision=decision(it.application),
        decided_on=it.application.decision.on if it.application.decision else None,
        training_status=status,
        outcome=outcome.value if outcome else None,
        awarded_on=awarded.on if awarded else None,
        revoked=it.award.revoked is not None,
        state=furthest(it, outcome, status),
        predecessor=str(came.predecessor) if came else None,
        successor=successor(gone),
        as_at=seen.as_at,
        as_of_position=seen.position,
    )


def successor(last: StatusChange | None) -> str | None:
    """The subject that a history went on under, where it is known."""
    gone = isinstance(last, TransferredOut) and last.successor
    return str(gone) if gone else None


def every_id(first: str, merges: Sequence[ParticipantIdChanged]) -> tuple[str, ...]:
    """Every id that was told of, once, in the order of telling."""
    told = [first, *(name for each in merges for name in (each.former, each.current))]
    return tuple(dict.fromkeys(name.lower() for name in told if name))


def furthest(it: Participant, outcome: Outcome | None, status: str | None) -> str:
    """How far somebody came, in one word; who stopped before an outcome has stopped."""
    if it.award.awarded:
        return "awarded"
    if it.award.revoked:
        return "revoked"
    if outcome:
        return outcome.value
    return status or decision(it.application)


enrolments = Projection(
    name="enrolments",
    row_type=EnrolmentRow,
    decider=participant,
    parts=("identity", "application", "enrolment", "training", "projects", "assessment", "award"),
    row=row,
    tolerant=True,
)


@frozen(kw_only=True)
class PersonRow:
    """One person. From `participants` on, the columns go together, an enrolment at each place."""

    person: str
    """The subject of their first enrolment, by which the row is told from others."""
    participant_id: str
    """DfE's id in force; of several, that of the latest registration."""
    participant_ids: tuple[str, ...]
    """Every id they ever had, in alphabetical order."""
    current_ids: tuple[str, ...]
    """The ids that no merge has retired: more than one if DfE has not merged them."""
    person_refs: tuple[str, ...]
    enrolments: int
    participants: tuple[str, ...]
    """Their subjects, the earliest registration first."""
    registered: tuple[str, ...]
    programmes: tuple[str, ...]
    providers: tuple[str, ...]
    states: tuple[str, ...]
    as_at: date


def by_person(those: Iterable[EnrolmentRow], *, as_at: date) -> Iterator[PersonRow]:
    """A row a person, whatever the order of the rows and of the merges in them."""
    for mine in sorted(grouped(those), key=lambda rows: rows[0].participant):
        in_force = current(mine)
        yield PersonRow(
            person=mine[0].participant,
            participant_id=in_force[-1] if in_force else "",
            participant_ids=tuple(sorted(ids(mine))),
            current_ids=tuple(sorted(in_force)),
            person_refs=tuple(sorted({it.person_ref for it in mine if it.person_ref})),
            enrolments=len(mine),
            participants=tuple(it.participant for it in mine),
            registered=tuple(it.registered_on.isoformat() for it in mine),
            programmes=tuple(it.programme for it in mine),
            providers=tuple(it.provider for it in mine),
            states=tuple(it.state for it in mine),
            as_at=as_at,
        )


def grouped(those: Iterable[EnrolmentRow]) -> list[list[EnrolmentRow]]:
    """The enrolments of each person, the earliest registration first."""
    other: dict[str, str] = {}  # from each name to another of the same person, or to itself

    def foremost(name: str) -> str:
        while other.setdefault(name, name) != name:
            other[name] = other[other[name]]
            name = other[name]
        return name

    rows = sorted(those, key=first_to_last)
    for it in rows:
        for name in names(it):
            other[foremost(name)] = foremost(it.participant)
    found: dict[str, list[EnrolmentRow]] = {}
    for it in rows:
        found.setdefault(foremost(it.participant), []).append(it)
    return list(found.values())


def first_to_last(it: EnrolmentRow) -> tuple[date, str, str]:
    """By registration; of one that was handed over, the subject of before comes first."""
    return it.registered_on, it.predecessor or "", it.participant


def names(it: EnrolmentRow) -> Iterator[str]:
    """All that makes this enrolment one with another, told apart by kind. No name is nobody's."""
    yield from (f"id {each}" for each in it.participant_ids)
    if it.person_ref:
        yield f"ref {it.person_ref}"
    yield from (each for each in (it.predecessor, it.successor) if each)


def ids(mine: Iterable[EnrolmentRow]) -> set[str]:
    """Every participant id of one person."""
    return {name for it in mine for name in it.participant_ids}


def current(mine: Sequence[EnrolmentRow]) -> list[str]:
    """The ids of one person that are in force, that of the latest registration last.

    An id is retired by a merge away from it that no later merge into it undid. Where merges go
    round in a circle on one day, none is, and each is as good as the others.
    """
    away: dict[str, str] = {}
    into: dict[str, str] = {}
    seen: dict[str, date] = {}
    for it in mine:
        merges = zip(it.merged_from, it.merged_into, it.merged_on, strict=True)
        for former, survivor, on in merges:
            away[former] = max(on, away.get(former, ""))
            into[survivor] = max(on, into.get(survivor, ""))
        for name in it.participant_ids:
            seen[name] = max(it.registered_on, seen.get(name, date.min))
    in_force = [name for name in seen if name not in away or into.get(name, "") > away[name]]
    return sorted(in_force or seen, key=lambda name: (seen[name], into.get(name, ""), name))


people = Summary(
    name="people",
    row_type=PersonRow,
    key=("person",),
    sources=(enrolments,),
    rows=by_person,
    columns={
        "enrolments": (
            "participant",
            "participant_ids",
            "merged_from",
            "merged_into",
            "merged_on",
            "person_ref",
            "provider",
            "programme",
            "registered_on",
            "state",
            "predecessor",
            "successor",
        )
    },
)
