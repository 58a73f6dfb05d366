"""Which store the server of a test has."""

from __future__ import annotations

import pytest

from tests.helpers.server import emptied


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database_url(request):
    """As the contract tests' own, for modules that do not turn on the store: the second one is
    for the long run. Import it to have it."""
    return None if request.param == "sqlite" else request.getfixturevalue("laid_out_postgresql")


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgresql", marks=[pytest.mark.slow, pytest.mark.postgresql]),
    ]
)
def database(request):
    """As the server tests' own, for modules that do not turn on the store. Import it to have it."""
    held = request.getfixturevalue(f"{request.param}_database")
    emptied(held)
    return held
