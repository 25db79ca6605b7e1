"""Identifiers: what a TRN looks like, and how subjects get ids that can be worked out again."""

import re
from uuid import UUID, uuid5

NAMESPACE = uuid5(UUID(int=0), "npq_domain")
"""Where subject ids come from. Never from a TRN: all ten million TRNs hash in seconds."""

TRN_LENGTH = 7
URN_LENGTH = 6
NO_TRN = "0" * TRN_LENGTH


def participant_subject(provider: str, application_id: str) -> UUID:
    """The subject of one application to one provider: the same again at each import."""
    return uuid5(NAMESPACE, f"participant/{provider}/{application_id.lower()}")


def cohort_subject(provider: str, name: str) -> UUID:
    """The subject of one intake of one provider."""
    return uuid5(NAMESPACE, f"cohort/{provider}/{name}")


def trn_fault(text: str) -> str | None:
    """What is wrong with a TRN, in words; `None` when it is seven ASCII digits and not all zeros.

    Source: DFE npq-registration, app/models/concerns (teacher reference numbers).
    """
    if not re.fullmatch("[0-9]*", text):
        return f"{text!r} has characters other than the digits 0 to 9"
    if len(text) != TRN_LENGTH:
        return f"{text!r} has {len(text)} digits, a TRN has {TRN_LENGTH}"
    if text == NO_TRN:
        return f"{text!r} is nobody's TRN"
    return None


def urn_fault(text: str) -> str | None:
    """What is wrong with a school's URN, in words; `None` when it is six ASCII digits.

    Source: DFE npq-registration, schools (unique reference numbers).
    """
    if re.fullmatch(f"[0-9]{{{URN_LENGTH}}}", text):
        return None
    return f"{text[:80]!r} is no URN of a school, which has {URN_LENGTH} digits"


def normal_trn(text: str) -> str:
    """A TRN as people write it, brought to seven digits: `RP07/43795` and `743795` are `0743795`.

    The old form's letters RP, slashes, hyphens and blanks go; five to seven digits are padded
    with zeros on the left, which spreadsheets drop. Anything else comes back as it was, for
    `trn_fault` to name. Source: DFE npq-registration and early-careers-framework, TRN normalisers.
    """
    digits = re.sub(r"(?i)^\s*rp|[\s/-]", "", text)
    return digits.zfill(TRN_LENGTH) if re.fullmatch("[0-9]{5,7}", digits) else text
