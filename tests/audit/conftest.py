"""What tests of the trail share."""

import pytest

from tests.audit.exporting.bodies import write
from tests.audit.writing import TYPING_ERROR, save
from tests.factories import DonorFactory


@pytest.fixture
def donor(operator):
    return DonorFactory(code="DN-0001", age_years=34, by=operator)


@pytest.fixture
def changed(donor, operator):
    donor.age_years = 43
    return save(donor, operator, reason=TYPING_ERROR, typed={"age_years": "43 "})


@pytest.fixture
def kept(operator):
    """Entries with everything that a CSV can trip over."""
    reason = {"category": "typing_error", "words": 'swapped, see "plate"\nline 2'}
    changes = [
        {"field": "volume_in_ml", "label": "Volume in", "unit": "mL", "old": "6.7", "new": "-4.5"},
        {
            "field": "status",
            "label": "Status",
            "unit": "",
            "old": None,
            "new": "running",
            "new_text": "Running",
        },
        {"field": "is_critical", "label": "Critical", "unit": "", "old": False, "new": True},
        {"field": "count", "label": "Count", "unit": "µm²", "old": 12, "new": {"a": [1, "x"], "b": None}},
    ]
    return [
        write(by=operator, parts={"changes": changes, "reason": reason}),
        write(by=operator, parts={"changes": [], "reason": None}, action="created", seconds=1),
        write(
            by=None,
            parts={"detail": {"address": "::1", "known_name": False}},
            action="sign_in_failed",
            act="sign_in",
        ),
        write(by=operator, parts={"detail": {}}, action="printed", act="print_record"),
    ]
