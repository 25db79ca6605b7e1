"""What a ledger keeps beside its log: the wrapped data key of each subject, and the index of TRNs.

No value here is personal as it stands: keys are wrapped by a key that is kept elsewhere, and the
index holds what only another such key can make of a TRN.
"""

from datetime import date, datetime

from attrs import frozen

from npq_adapters.store import Store, Table
from npq_domain.errors import Invalid


@frozen(kw_only=True)
class DataKey:
    """The wrapped key of one subject, or that there was one and it was destroyed."""

    subject: str
    key_id: str
    """Of the key that wraps it; empty once it is destroyed."""
    wrapped: str
    """In base64; empty once it is destroyed."""
    erased_on: date | None


@frozen(kw_only=True)
class Indexed:
    """Whose a TRN is, on one run of one programme at one provider."""

    token: str
    """Of the TRN and the run together, by a key of the index's own, in hex."""
    subject: str
    provider: str
    programme: str
    run: str
    """DfE's cohort that the application was registered for; empty where none was named."""
    entered_at: datetime
    """When: the facts that say so are recorded right after."""


KEYS = Table("personal_keys", DataKey, ("subject",), kept=True)
INDEX = Table("personal_index", Indexed, ("token",), kept=True)

KEPT = (KEYS, INDEX)

OF_INDEX = "index"
"""What stands in place of a subject beside the key of the index. No subject is called so."""

SEALED_LEDGER = (
    "this ledger is sealed: personal values in it open only with its keys. Give them:"
    " open_ledger(url, keys=…), or --keys FILE, or NPQ_KEYS"
)


def is_sealed(store: Store) -> bool:
    """Whether a ledger was made with keys."""
    with store.views() as tables:
        return bool(tables.read(KEYS, {"subject": OF_INDEX}))


def refuse_without_keys(store: Store) -> None:
    """Raise `Invalid` for a sealed ledger: who opens it without keys would see seals for names."""
    if is_sealed(store):
        raise Invalid("keys", [SEALED_LEDGER])
