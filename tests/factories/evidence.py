"""Finished assays and steps written straight through the door, for tests of what they show."""

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from audit import records
from batches.characterization.blots import BlotLane, BlotMarker, WesternBlot
from batches.characterization.microscopy import ElectronMicroscopy, Micrograph
from batches.characterization.models import Assay
from batches.characterization.protein import ProteinAssay
from batches.characterization.tracking import NanoparticleTracking
from batches.isolation.models import ProcessStep
from batches.record import files
from batches.record.models import Attachment
from tests.factories.people import system


def put(record, reason=None):
    """Write a record by the test run's system actor."""
    with transaction.atomic():
        records.save(record, by=system(), reason=reason)
    return record


def _assay(batch, technique, sample="final", status="finished", **given):
    number = Assay.objects.filter(batch=batch).count() + 1
    alike = Assay.objects.filter(batch=batch, technique=technique, sample=sample).count()
    now = {"performed_time": timezone.now(), "performed_at": timezone.now(), "performed_by": system()}
    return put(
        Assay(
            batch=batch,
            number=number,
            technique=technique,
            sample=sample,
            replicate=alike + 1,
            status=status,
            **(now | given),
        )
    )


def nta(batch, *, sample="final", status="finished", **values):
    assay = _assay(batch, "nta", sample, status)
    put(NanoparticleTracking(assay=assay, **values))
    return assay


def protein(batch, *, sample="final", status="finished", **values):
    assay = _assay(batch, "protein", sample, status)
    put(ProteinAssay(assay=assay, **values))
    return assay


def blot(batch, *markers, lysate=True, sample="final", status="finished"):
    """A blot; each marker is (target, category, expected, found) and may end in 'yes' for lysate signal."""
    assay = _assay(batch, "western_blot", sample, status)
    made = put(WesternBlot(assay=assay))
    put(BlotLane(blot=made, number=1, role="ev"))
    if lysate:
        put(BlotLane(blot=made, number=2, role="lysate"))
    for target, category, expected, found, *signal in markers:
        put(
            BlotMarker(
                blot=made,
                target=target,
                misev_category=category,
                expected=expected,
                found=found,
                lysate_signal=signal[0] if signal else "",
            )
        )
    return assay


def em(batch, *pictures, status="finished", **values):
    """An electron microscopy; each picture is (view, pixel size in nm or None)."""
    assay = _assay(batch, "electron_microscopy", "final", status)
    made = put(ElectronMicroscopy(assay=assay, **values))
    for view, pixel_size_nm in pictures:
        kept = Attachment(
            batch=batch,
            name="g.tif",
            sha256="0" * 64,
            size_bytes=1,
            uploaded_at=timezone.now(),
            uploaded_by=system(),
        )
        put(Micrograph(details=made, attachment=put(kept), view=view, pixel_size_nm=pixel_size_nm))
    return assay


def step(batch, *, position=1, **values):
    """Change a step of the batch straight away, as finished unless said otherwise."""
    found = ProcessStep.objects.get(batch=batch, position=position)
    done = {"status": "finished", "finished_at": timezone.now(), "finished_by": system()}
    for name, value in (done | values).items():
        setattr(found, name, value)
    return put(found)


def attach(batch, data, name="original.bin"):
    """Store those bytes as an original file of the batch; nothing reads them."""
    sha256, size = files.store(ContentFile(data, name=name))
    now = {"uploaded_at": timezone.now(), "uploaded_by": system()}
    return put(Attachment(batch=batch, name=name, sha256=sha256, size_bytes=size, **now))
