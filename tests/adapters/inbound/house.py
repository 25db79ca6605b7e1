"""What the tests of inbound files share: a page of applications, an intake, people in it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from npq_adapters import Ledger, open_ledger
from npq_adapters.inbound.applications import import_applications
from npq_adapters.inbound.cohorts import import_cohort
from npq_domain import Actor, Invalid
from npq_domain.catalogue import Catalogue
from npq_domain.commands import Accept, Endorse, Enrol, ReturnForm
from npq_domain.identifiers import cohort_subject, participant_subject
from npq_domain.personal import Personal

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
OFFICE = Actor(role="provider", id="j.doe")
COHORT = cohort_subject("UCL", "Autumn 2023")

ATTRIBUTES: dict[str, Any] = {
    "course_identifier": "npq-leading-teaching",
    "email": "ada@school.example",
    "email_validated": True,
    "employer_name": None,
    "employment_role": None,
    "full_name": "Ada Byron",
    "funding_choice": None,
    "headteacher_status": "no",
    "ineligible_for_funding_reason": None,
    "participant_id": "ac3d1243-7308-4879-942a-c4a70ced400a",
    "private_childcare_provider_urn": None,
    "teacher_reference_number": "0743795",
    "teacher_reference_number_validated": True,
    "school_urn": "123456",
    "school_ukprn": "10012345",
    "status": "pending",
    "reason_for_rejection": None,
    "works_in_school": True,
    "cohort": "2023",
    "cohort_suffix": "a",
    "eligible_for_funding": True,
    "targeted_delivery_funding_eligibility": False,
    "teacher_catchment": True,
    "teacher_catchment_country": None,
    "teacher_catchment_iso_country_code": "GBR",
    "itt_provider": None,
    "lead_mentor": False,
    "funded_place": None,
    "schedule_identifier": None,
    "works_as_senco": "no_i_do_not_plan_to_be_a_SENCO",
    "senco_start_date": None,
    "created_at": "2023-06-30T23:30:00Z",
    "updated_at": "2023-07-02T10:00:00Z",
}

COHORT_TOML = """
[cohort]
name = "Autumn 2023"
provider = "UCL"
partner = "Exchange Teaching Hub"
season = "autumn"
start_on = 2023-10-09
application_deadline = 2023-09-29
opened_on = 2023-05-02

[[programme]]
specification = "reform/UCL/NPQLT/1"

[[programme.group]]
id = "north"
place = "Riverside"
confirmed_on = 2023-09-18

[[programme.session]]
component = "induction"
starts_at = 2023-10-18T10:00:00+01:00
ends_at = 2023-10-18T12:00:00+01:00
mode = "online"

[[programme.session]]
component = "plg-1"
starts_at = 2023-11-22T14:00:00Z
ends_at = 2023-11-22T17:00:00Z

[[programme.session]]
component = "plg-1"
group = "north"
starts_at = 2023-11-23T14:00:00Z
ends_at = 2023-11-23T17:00:00Z

[[programme.session]]
component = "welcome"
starts_at = 2023-10-10T16:00:00+01:00
ends_at = 2023-10-10T17:15:00+01:00

[[programme.window]]
opens_on = 2024-10-10
closes_on = 2024-10-17
set_by = "DfE"
"""

CATALOGUE_TOML = """
[[document]]
id = "Paper"
title = "A paper"
publisher = "Someone"

[[provider]]
id = "OWN"
name = "A provider of its own"
active = true
source = "Paper, page 1"

[[programme]]
code = "NPQX"
title = "NPQ for X"
kind = "npq"
audience = "Anyone"
course_identifier = "npq-for-x"
source = "Paper, page 1"

[[specification]]
framework = "reform"
provider = "OWN"
programme = "NPQX"
version = 1
source = "Paper, page 2"
assessment = { kind = "case_study", source = "Paper, page 3" }
"""


def memory(catalogue: Catalogue | None = None) -> Ledger:
    """An empty ledger at a moment when all of the example is past."""
    return open_ledger("memory:", clock=lambda: NOW, catalogue=catalogue)


def application(number: int, **attributes: Any) -> dict[str, Any]:
    """One application of a page."""
    return {
        "id": application_id(number),
        "type": "npq-application",
        "attributes": ATTRIBUTES | attributes,
    }


def application_id(number: int) -> str:
    return str(UUID(int=number))


def subject(number: int) -> UUID:
    return participant_subject("UCL", application_id(number))


def page(path: Path, *applications: Any) -> Path:
    """A file with a page of applications."""
    path.write_text(json.dumps({"data": applications}))
    return path


def write(path: Path, content: str | bytes) -> Path:
    """A file of that content, to the byte."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def intake(ledger: Ledger, folder: Path, trns: dict[int, str], group: str | None = None) -> None:
    """An intake, and people of those TRNs who have joined it."""
    import_cohort(ledger, write(folder / "cohort.toml", COHORT_TOML), by=OFFICE)
    applications = [
        application(number, teacher_reference_number=trn, full_name=f"Person {number}")
        for number, trn in trns.items()
    ]
    import_applications(ledger, page(folder / "page.json", *applications), by=OFFICE)
    day = NOW.date().replace(year=2023, month=9, day=1)
    for number in trns:
        for command in (
            ReturnForm(on=day),
            Endorse(role="headteacher", name=Personal("A. Head"), on=day),
            Accept(on=day),
            Enrol(cohort_id=COHORT, group=group, on=day),
        ):
            ledger.handle(subject(number), command, by=OFFICE)


def faults_of(read: Callable[[], Any]) -> list[str]:
    """The lines of the error that reading ends in; none if it ends well."""
    try:
        read()
    except Invalid as error:
        return str(error).splitlines()
    return []
