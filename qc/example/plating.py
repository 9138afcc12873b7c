"""The plate of an example batch's protein assay: the reader's file, laid out as the file proposes."""

import datetime as dt
from decimal import Decimal
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile as Upload

from accounts.models import User
from batches.characterization.actions import attach_export
from batches.characterization.plate_actions import PlateInputs, lay_out_plate, plate_reading_of, raw_reads
from batches.characterization.plate_layout import proposed, text_of
from batches.instruments.generate import PlateRun, gen5_text
from batches.record.models import Batch
from batches.record.sheets import Sheet
from qc.example.figures import Figures

# What the plate says of the assay: nobody types these.
FROM_PLATE = (
    "standard_range", "r_squared", "blank_reading", "dilution", "wells", "cv_percent", "protein_ug_per_ml",
)  # fmt: skip


def read_plate(sheet: Sheet, batch: Batch, figures: Figures, measured: dt.datetime, by: User) -> None:
    """Attach the plate reader's file and read the final preparation off the standard curve.

    Its own chance: the rest of the batch stays as it is without a plate.
    """
    name = f"{batch.number}-F"
    samples = {name: (float(figures.protein_ug_per_ml), 1.0)}
    run = PlateRun(samples=samples, noise=0.008, measured_at=measured)
    file = Upload(f"{batch.number} protein.txt", gen5_text(run, Random(batch.number)))  # noqa: S311 (example)
    attach_export(sheet=sheet, upload=file, by=by)
    sheet.details.refresh_from_db()
    reading = plate_reading_of(sheet)
    read = raw_reads(reading)[0]
    inputs = PlateInputs(
        plate=read["plate"],
        read=read["label"],
        layout=text_of(proposed(reading.curves["layout"][read["plate"]])),
        unit="ug_per_ml",
        model="quadratic",
        weighting="1/y",
        subtract_blank="yes",
        least_recovery=Decimal(80),
        most_recovery=Decimal(120),
        sample=name,
    )
    lay_out_plate(sheet=sheet, inputs=inputs, by=by)
