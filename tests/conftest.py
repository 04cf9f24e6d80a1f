"""What tests of several modules share."""

import math

import pytest

from skdistill.selection import _choice


@pytest.fixture
def every_part(monkeypatch):
    """Let "auto" compare on all parts, also where the choice is settled before."""
    monkeypatch.setattr(_choice, "FEW", math.inf)
