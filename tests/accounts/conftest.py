"""What tests of people share."""

import pytest

from audit.refusal import Reason


@pytest.fixture
def reason():
    return Reason("administration", "new task in the laboratory")
