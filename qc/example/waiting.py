"""Files that came from the instruments of an example batch and that nobody placed yet."""

import datetime as dt
from random import Random

from accounts.models import User
from batches.files.actions import drop_files, read_dropped
from batches.record.attaching import outcome_of
from batches.record.models import Batch
from qc.example import files
from qc.example.figures import Figures
from qc.example.stories import Story


def leave_files(
    batch: Batch, story: Story, figures: Figures, taken: dt.datetime, rng: Random, by: User
) -> None:
    """A third particle tracking and the scan of the blot wait to be placed."""
    uploads = [
        files.nta_export(batch.number, 9, story, figures, taken, rng),
        files.blot_scan(batch.number, taken),
    ]
    for one in drop_files(batch=batch, uploads=uploads, by=by):
        file = one.attachment
        outcome = outcome_of(file.sha256, file.size_bytes, file.name)
        read_dropped(dropped=one, outcome=outcome, by=by)
