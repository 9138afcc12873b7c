"""What the example laboratory says of a batch for its publication."""

from collections.abc import Mapping
from decimal import Decimal as D
from typing import Any

from accounts.models import User
from batches.record.models import Batch
from qc.example.bench import enter, facts_page
from qc.example.stories import Story

TERMS: Mapping[str, str] = {
    "msc": "MSC-derived small EVs",
    "msc_tff": "MSC-derived small EVs",
    "cord_blood": "Cord-blood plasma EVs",
    "placenta": "Placental explant EVs",
    "line": "Cell-line EVs",
    "pool": "MSC-derived small EVs, pooled",
}
FACTS: Mapping[str, Any] = {
    "ev_term_basis": "source",
    "size_class": "small",
    "size_cutoff_nm": D(200),
    "size_method": "NTA, D90",
    "storage_buffer": "PBS, filtered 0.1 µm",
    "storage_container": "Low-bind polypropylene tubes, 0.5 mL",
    "storage_temp_c": D(-80),
    "storage_time": "until used, 6 months at most",
    "storage_freeze_thaws": 1,
}


def tell(batch: Batch, story: Story, by: User) -> None:
    """Enter the facts; some stories have not come to it yet."""
    if not story.has("few_counts"):
        enter(facts_page(batch, by), {"ev_term": TERMS[story.product], **FACTS}, by)
