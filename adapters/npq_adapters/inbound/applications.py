"""A page of applications as DfE's API v3 gives it (`npq-applications`), into participants.

Read liberally, as its documentation and its serializers differ: attributes that are not known are
passed over, and `works_as_senco` may be a boolean or one of three strings. What is needed and
absent, or is not what it has to be, loses that application alone, and is told by its place.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, NewType
from uuid import UUID, uuid5

import attrs
from attrs import field, frozen
from cattrs import Converter

from npq_adapters.inbound import asking
from npq_adapters.inbound.asking import (
    CONTENDED,
    FAILED,
    NOTHING,
    OF_ROWS,
    RECORDED,
    REFUSED,
    REPEATED,
    UNREADABLE,
    Result,
    ask,
    failed,
)
from npq_adapters.inbound.reading import (
    content,
    decode,
    exactly,
    fit,
    json_converter,
    loads,
    short,
    structured,
)
from npq_adapters.ledger import Ledger
from npq_domain.aggregates.cohort.facts.intake import CohortOpened
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.application import (
    FundingStated,
    RejectionReason,
    Setting,
)
from npq_domain.calendar import london_day
from npq_domain.catalogue import Catalogue
from npq_domain.commands import (
    ChangeName,
    ChangeParticipantId,
    ReceiveRegistration,
    Reject,
    ReportDfeStatus,
    VerifyTrn,
)
from npq_domain.errors import Invalid, StoredFactError
from npq_domain.identifiers import participant_subject, trn_fault
from npq_domain.personal import Personal
from npq_domain.recorded import Actor, Source

TYPE = "npq-application"
STATUSES = ("pending", "accepted", "rejected")
SENCO = ("yes", "no_but_i_plan_to_become_one", "no_i_do_not_plan_to_be_a_SENCO")

UUID_SHAPE = "[{0}]{{8}}-[{0}]{{4}}-[{0}]{{4}}-[{0}]{{4}}-[{0}]{{12}}"
HEXADECIMAL = re.compile(UUID_SHAPE.format("0-9a-fA-F"))
LOOSELY = re.compile(UUID_SHAPE.format("0-9a-zA-Z"))
"""DfE's own documentation shows participant ids with letters beyond f."""


ApplicationId = NewType("ApplicationId", str)
ParticipantId = NewType("ParticipantId", str)
Trn = NewType("Trn", Personal[str])
Name = NewType("Name", Personal[str])
Status = NewType("Status", str)
Year = NewType("Year", str)
Senco = NewType("Senco", str)
Kind = NewType("Kind", str)


@frozen(kw_only=True)
class Attributes:
    """Every attribute of an application. Those without a default are needed."""

    course_identifier: str
    full_name: Name
    participant_id: ParticipantId
    teacher_reference_number: Trn | None = None
    """Before acceptance there may be none."""
    teacher_reference_number_validated: bool | None = None
    status: Status
    eligible_for_funding: bool
    created_at: datetime
    updated_at: datetime
    email: Personal[str] | None = None
    email_validated: bool | None = None
    employer_name: str | None = None
    employment_role: str | None = None
    funding_choice: str | None = None
    funded_place: bool | None = None
    headteacher_status: str | None = None
    ineligible_for_funding_reason: str | None = None
    private_childcare_provider_urn: str | None = None
    reason_for_rejection: Personal[str] | None = None
    school_urn: str | None = None
    school_ukprn: str | None = None
    works_in_school: bool | None = None
    cohort: Year | None = None
    cohort_suffix: str | None = None
    targeted_delivery_funding_eligibility: bool | None = None
    teacher_catchment: bool | None = None
    teacher_catchment_country: str | None = None
    teacher_catchment_iso_country_code: str | None = None
    itt_provider: str | None = None
    lead_mentor: bool | None = None
    schedule_identifier: str | None = None
    works_as_senco: Senco | None = None
    senco_start_date: date | None = None


@frozen(kw_only=True)
class Application:
    """One application of the page."""

    id: ApplicationId
    type: Kind
    attributes: Attributes

    @property
    def registered_on(self) -> date:
        """The London day on which it was made."""
        return london_day(self.attributes.created_at)

    @property
    def changed_on(self) -> date:
        """The London day on which it last changed, never before it was made."""
        return max(self.registered_on, london_day(self.attributes.updated_at))


@frozen(kw_only=True)
class Entry:
    """An application as it stands on the page: read, or its faults."""

    place: str
    id: str | None
    application: Application | None = None
    faults: tuple[str, ...] = ()


@frozen(kw_only=True)
class Line:
    """What became of one application."""

    place: str
    application_id: str | None
    subject: UUID | None = None
    outcome: str
    facts: tuple[str, ...] = ()
    code: str | None = None
    message: str | None = None


@frozen(kw_only=True)
class Report(asking.Report):
    """What became of a page, application by application, and whose it was taken to be."""

    provider: str
    because: str
    """How the provider was found out."""
    lines: tuple[Line, ...]


def application_id(value: Any) -> str:
    """A UUID: subjects are made of it."""
    return shaped(value, HEXADECIMAL)


def participant_id(value: Any) -> str:
    """An id of DfE's, which stays as it came."""
    return shaped(value, LOOSELY)


def shaped(value: Any, shape: re.Pattern[str]) -> str:
    """A text of that shape, in lower case."""
    text: str = exactly(value, str)
    if not shape.fullmatch(text):
        msg = f"{short(value)} is no UUID"
        raise ValueError(msg)
    return text.lower()


def trn(value: Any) -> Personal[str]:
    """Seven digits. What are none belong to nobody, so they may be shown."""
    text: str = exactly(value, str)
    if fault := trn_fault(text):
        msg = f"TRN {fault}"
        raise ValueError(msg)
    return Personal(text)


def name(value: Any) -> Personal[str]:
    """A name that says something."""
    text = fit(value)
    if not text.strip():
        msg = f"{short(text)} is no name"
        raise ValueError(msg)
    return Personal(text)


def status(value: Any) -> str:
    """A status that DfE's service knows."""
    return among(value, STATUSES)


def senco(value: Any) -> str:
    """The answer to `works_as_senco`: documented as a boolean, sent as one of three strings."""
    return str(value).lower() if type(value) is bool else among(value, SENCO)


def among(value: Any, allowed: tuple[str, ...]) -> str:
    """One of these texts."""
    if value not in allowed:
        msg = f"{short(value)} is none of {', '.join(allowed)}"
        raise ValueError(msg)
    return str(value)


def year(value: Any) -> str:
    """Four digits, documented as text and sometimes sent as a number."""
    text = str(value) if type(value) in (int, str) else ""
    if not re.fullmatch("[0-9]{4}", text):
        msg = f"{short(value)} is no year of four digits"
        raise ValueError(msg)
    return text


def kind(value: Any) -> str:
    """The type of every entry, however its words are joined."""
    text: str = exactly(value, str)
    if text.replace("_", "-") != TYPE:
        msg = f"{short(value)} is no {TYPE}"
        raise ValueError(msg)
    return text


HOOKS: dict[Any, Callable[[Any], Any]] = {
    ApplicationId: application_id,
    ParticipantId: participant_id,
    Trn: trn,
    Name: name,
    Status: status,
    Year: year,
    Senco: senco,
    Kind: kind,
}


def application_converter() -> Converter:
    """JSON into applications, liberally."""
    converter = json_converter()
    for kind, read in HOOKS.items():
        converter.register_structure_hook(kind, partial(hooked, read))
    strictly = converter.get_structure_hook(Attributes)
    known = {it.name for it in attrs.fields(Attributes)}

    def liberally(value: Any, kind: Any) -> Any:
        """Pass over attributes that are not known: DfE adds to them."""
        given = exactly(value, dict)
        return strictly({name: given[name] for name in given if name in known}, kind)

    converter.register_structure_hook(Attributes, liberally)
    return converter


def hooked(read: Callable[[Any], Any], value: Any, _: Any) -> Any:
    """Read a value by a function that needs no type."""
    return read(value)


CONVERTER = application_converter()


def read_page(raw: bytes, place: str) -> tuple[Entry, ...]:
    """Every application of a page, each read or with its faults.

    `Invalid` if there is no page: no JSON, or no `data`.
    """
    try:
        page = loads(decode(raw, place))
    except ValueError as error:
        raise Invalid(place, [str(error)]) from None
    if not isinstance(page, dict) or "data" not in page:
        raise Invalid(place, ["$: no page of applications: it has no data"])
    found = page["data"]
    if isinstance(found, dict):  # the answer to GET npq-applications/{id} holds one
        return (entry("$.data", found, place),)
    if not isinstance(found, list):
        raise Invalid(place, [f"$.data: {short(found)} is not an array"])
    return tuple(entry(f"$.data[{n}]", each, place) for n, each in enumerate(found))


def entry(path: str, value: Any, place: str) -> Entry:
    """One application, or its faults. What stands beside id, type and attributes is passed over."""
    known = ("id", "type", "attributes")
    told = value.get("id") if isinstance(value, dict) else None
    named = told if isinstance(told, str) and HEXADECIMAL.fullmatch(told) else None
    given = {key: value[key] for key in known if key in value} if isinstance(value, dict) else value
    try:
        read = structured(CONVERTER, given, Application, place, path)
    except Invalid as invalid:
        return Entry(place=path, id=named, faults=invalid.faults)
    return Entry(place=path, id=read.id, application=read)


def import_applications(
    ledger: Ledger,
    path: str | Path,
    *,
    by: Actor,
    provider: str | None = None,
    on: date | None = None,
) -> Report:
    """Record every application of a page, and what DfE says of it now that it did not before.

    Registrations are of the London day they were made; what changed since, of the day DfE says
    they last changed, or `on`. Importing a page again records nothing. `Invalid` if the file is
    no page, or nobody can tell the provider, for which the ledger's catalogue is asked, too.
    """
    entries = read_page(content(path), str(path))
    chosen, because = provider_of(ledger, entries, provider)
    importing = Importing(ledger=ledger, file=str(path), provider=chosen, by=by, on=on)
    return Report(
        file=str(path),
        provider=chosen,
        because=because,
        lines=tuple(map(importing.line, entries)),
    )


@frozen(kw_only=True)
class Importing:
    """One import: what holds for every application of the page."""

    ledger: Ledger
    file: str
    provider: str
    by: Actor
    on: date | None
    seen: dict[UUID, Entry] = field(factory=dict)
    """Where each application stands first: of two that differ, nobody can tell which holds."""

    def line(self, it: Entry) -> Line:
        """Record one application and tell what became of it."""
        if it.application is None:
            told = "; ".join(f"{self.file}: {fault}" for fault in it.faults)
            return Line(
                place=it.place,
                application_id=it.id,
                outcome=UNREADABLE,
                code=UNREADABLE,
                message=told,
            )
        subject = participant_subject(self.provider, it.application.id)
        first = self.seen.setdefault(subject, it)
        if first.application != it.application:
            told = f"application {it.id} stands at {first.place} too, with other attributes"
            return Line(
                place=it.place,
                application_id=it.id,
                subject=subject,
                outcome=REFUSED,
                code="comes_twice",
                message=f"{self.file}: {it.place}.id: {told}",
            )
        results = tuple(self.results(subject, it.application))
        worst = min(results, key=lambda each: SEVERITY.index(row_outcome(each)))
        return Line(
            place=it.place,
            application_id=it.id,
            subject=subject,
            outcome=row_outcome(worst),
            facts=tuple(name for each in results for name in each.facts if news(each)),
            code=worst.code,
            message=self.told(it.place, worst),
        )

    def told(self, place: str, it: Result) -> str | None:
        """Why an application was refused, with the attribute that it is about."""
        about = f"{place}{ABOUT.get(it.code or '', '')}"
        return f"{self.file}: {about}: {it.message}" if it.message else None

    def results(self, subject: UUID, it: Application) -> Iterator[Result]:
        """Ask for the registration, then for what is new in the rest."""
        first = self.ask(subject, registration(it, self.provider), "registration")
        yield first
        if first.outcome not in (RECORDED, REPEATED, NOTHING):
            return
        try:
            known: Participant = self.ledger.state(subject)
            old = self.is_old(subject, it)
        except StoredFactError as damage:
            yield failed(damage)
            return
        if not old:
            for command, name in changes(it, known, self.on or it.changed_on):
                yield self.ask(subject, command, name)

    def ask(self, subject: UUID, command: Any, name: str | None) -> Result:
        """Ask as DfE's word. `name` tells repeats; no personal value is hashed into it."""
        command_id = uuid5(subject, f"dfe/{name}") if name else None
        return ask(
            self.ledger,
            subject,
            command,
            by=self.by,
            source=Source.DFE_API,
            command_id=command_id,
        )

    def is_old(self, subject: UUID, it: Application) -> bool:
        """Whether DfE has told of later changes already: an old page must not undo them."""
        told = (each for each in self.ledger.history(subject) if each.source is Source.DFE_API)
        return any(each.happened_on > (self.on or it.changed_on) for each in told)


ABOUT = {
    "unknown_programme": ".attributes.course_identifier",
    "programme_closed": ".attributes.course_identifier",
    "future_dated": ".attributes.created_at",
}
"""Which attribute a refusal is about, by its code."""

SEVERITY = (FAILED, CONTENDED, UNREADABLE, REFUSED, RECORDED, REPEATED)
"""Of several commands for one application, the first of these is the application's outcome."""


def row_outcome(it: Result) -> str:
    """What a file's report calls the outcome of a command."""
    return OF_ROWS.get(it.outcome, it.outcome)


def news(it: Result) -> bool:
    """Whether facts were recorded just now."""
    return it.outcome == RECORDED


def registration(it: Application, provider: str) -> ReceiveRegistration:
    """The registration that an application tells of."""
    told = it.attributes
    return ReceiveRegistration(
        application_id=it.id,
        participant_id=told.participant_id,
        name=told.full_name,
        email=told.email,
        trn=told.teacher_reference_number,
        trn_verified=bool(told.teacher_reference_number_validated),
        provider=provider,
        programme=told.course_identifier,
        funding_cohort=told.cohort + (told.cohort_suffix or "") if told.cohort else None,
        setting=Setting(
            school_urn=told.school_urn,
            school_ukprn=told.school_ukprn,
            private_childcare_provider_urn=told.private_childcare_provider_urn,
            employer_name=told.employer_name,
            employment_role=told.employment_role,
            works_in_school=told.works_in_school,
            in_uk=told.teacher_catchment,
            country=told.teacher_catchment_iso_country_code or told.teacher_catchment_country,
            headteacher_status=told.headteacher_status,
        ),
        funding=FundingStated(
            eligible=told.eligible_for_funding,
            ineligible_reason=told.ineligible_for_funding_reason,
            choice=told.funding_choice,
            funded_place=told.funded_place,
            targeted_delivery=told.targeted_delivery_funding_eligibility,
        ),
        on=it.registered_on,
    )


def changes(it: Application, known: Participant, on: date) -> Iterator[tuple[Any, str | None]]:
    """What the application says that is not known yet, with a name that tells repeats."""
    told, identity = it.attributes, known.identity
    trn, verified = told.teacher_reference_number, told.teacher_reference_number_validated
    had = {each.lower() for each in (identity.participant_id, *identity.retired_ids)}
    if told.participant_id not in had:
        merged = ChangeParticipantId(
            former=identity.participant_id, current=told.participant_id, on=on
        )
        yield merged, None
    if trn and verified and not (identity.trn_verified and identity.trn == trn):
        yield VerifyTrn(trn=trn, on=on), None
    if told.full_name != identity.name:
        yield ChangeName(name=told.full_name, on=on), None
    reason = rejection_reason(told.reason_for_rejection)
    said = reason.value if reason else None
    when = f"{told.status}/{said}/{told.updated_at.isoformat()}"
    yield ReportDfeStatus(status=told.status, reason=said, on=on), f"status/{when}"
    if told.status == "rejected":
        yield (
            Reject(reason=reason or RejectionReason.REJECTED_BY_PROVIDER, on=on),
            f"reject/{when}",
        )


def rejection_reason(told: Personal[str] | None) -> RejectionReason | None:
    """One of DfE's reasons. Its documentation shows free text, which may tell of a person: no."""
    value = (told.reveal() if told else "").strip().lower().replace("-", "_")
    return next((it for it in RejectionReason if it.value == value), None)


def provider_of(ledger: Ledger, entries: tuple[Entry, ...], given: str | None) -> tuple[str, str]:
    """Whose page it is, and how that is known; `Invalid` if nobody can tell."""
    catalogue: Catalogue = ledger.catalogue
    known = sorted({it.provider for it in catalogue.specifications})
    if given is not None:
        if given not in known:
            fault = f"{short(given)} provides nothing in the catalogue; {', '.join(known)} do"
            raise Invalid("--provider", [fault])
        return given, "it was given"
    opened = cohort_providers(ledger)
    if len(opened) == 1:
        return opened.pop(), "every cohort of this ledger is theirs"
    offers = {(it.provider, it.programme) for it in catalogue.specifications}
    told = (catalogue.programme(name) for name in courses(entries))
    codes = {programme.code for programme in told if programme}
    able = [name for name in known if codes and all((name, code) in offers for code in codes)]
    if len(able) == 1:
        asked = ", ".join(sorted(codes))
        return able[0], f"nobody else in the catalogue provides all of {asked}"
    candidates = ", ".join(sorted(opened) or able or known)
    fault = f"nobody can tell whose applications these are: give --provider, one of {candidates}"
    raise Invalid("--provider", [fault])


def courses(entries: tuple[Entry, ...]) -> set[str]:
    """The courses that the page names."""
    return {it.application.attributes.course_identifier for it in entries if it.application}


def cohort_providers(ledger: Ledger) -> set[str]:
    """Who has opened cohorts in this ledger."""
    names = ledger.vocabulary.names([CohortOpened])
    subjects = {UUID(subject) for _, subject, *_ in ledger.store.scan(names)}
    return {ledger.state(subject).intake.opened.provider for subject in subjects}
