"""Ledgers that are there, for writers of several processes to open."""

import pytest

from npq_domain.projections import VIEWS
from tests.conftest import Backend


def make(backend: Backend) -> None:
    """Make the schema of a ledger, its views' tables included."""
    backend.migrate(views=VIEWS)


@pytest.fixture
def made(backend: Backend) -> Backend:
    """One place of each kind, with the schema of a ledger in it."""
    make(backend)
    return backend
