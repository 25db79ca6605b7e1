"""Digests of facts: by which anybody can tell later that a fact still says what it said.

A digest is the SHA-256 of the fact's stored name, a line feed, and the fact as JSON with its keys
in order. Personal values are left out of it, each in the same few dots that stand for it
everywhere: a short text or a TRN could be guessed from its digest, and a digest outlives the value,
which may be erased.
"""

from hashlib import sha256
from typing import Any

import msgspec

from npq_domain.personal import REDACTED, Personal
from npq_domain.recorded import Recorded


def hidden(value: Any) -> str:
    """The dots that stand for a personal value; a fact holds nothing else that JSON has not."""
    if not isinstance(value, Personal):
        msg = f"a fact holds plain values, not {type(value).__name__}"
        raise TypeError(msg)
    return REDACTED


ENCODER = msgspec.json.Encoder(enc_hook=hidden, order="deterministic")


def digest(it: Recorded[Any]) -> str:
    """The digest of what a fact says, in hex; where, when and by whom it was written is no part."""
    return sha256(f"{it.name}\n".encode() + ENCODER.encode(it.fact)).hexdigest()
