"""Assays: the instrument's own file, what it says, and what a person adds to it."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from audit.models import Entry
from audit.refusal import Reason, ReasonMissing, RoleRefused, ValueRefused
from audit.verifying import attachments
from batches.characterization import actions as assays
from batches.characterization.blots import BlotLane, BlotMarker
from batches.characterization.microscopy import Micrograph
from batches.characterization.models import Assay
from batches.instruments.generate import ZetaviewRun, zetaview_text
from batches.record.models import Attachment, Reading
from batches.record.sheets import NotFinished
from tests.factories import BatchFactory
from tests.way import enter, micrograph, nanosight, sheet_of_assay, tracked

OTHER_RUN = Reason("measured_again", "the second run counts")


@pytest.fixture
def batch(operator):
    return BatchFactory(by=operator)


def new(batch, technique, by):
    return sheet_of_assay(batch, assays.add_assay(batch=batch, technique=technique, by=by).number)


def again(sheet):
    return sheet_of_assay(sheet.batch, sheet.subject.number)


def test_nanosight_with_dilution_is_not_multiplied_again(batch, operator):
    assay = tracked(batch, operator, nanosight(dilution=1000, concentration_per_ml=6.0e11))
    nta = assay.nanoparticletracking
    assert (nta.includes_dilution, nta.dilution, nta.dilution_source) == ("yes", Decimal(1000), "file")
    assert nta.particles_per_ml == nta.instrument_per_ml
    assert nta.measured_per_ml == nta.instrument_per_ml / 1000


def test_nanosight_without_dilution_asks_for_it(batch, operator):
    sheet = new(batch, "nta", operator)
    assays.attach_export(sheet=sheet, upload=nanosight(dilution=None, concentration_per_ml=2e8), by=operator)
    enter(again(sheet), {"performed_time": timezone.now(), "equipment": "NTA-2"}, operator)
    with pytest.raises(NotFinished, match="Dilution factor is empty"):
        assays.finish_assay(sheet=again(sheet), by=operator)
    enter(again(sheet), {"dilution": Decimal(500)}, operator)
    nta = again(sheet).details
    assert (nta.measured_per_ml, nta.particles_per_ml) == (nta.instrument_per_ml, nta.instrument_per_ml * 500)


def test_zetaview_concentration_is_multiplied_by_its_dilution(batch, operator):
    sheet = new(batch, "nta", operator)
    upload = SimpleUploadedFile("run.txt", zetaview_text(ZetaviewRun(dilution=500)))
    assays.attach_export(sheet=sheet, upload=upload, by=operator)
    nta = again(sheet).details
    assert (nta.includes_dilution, nta.particles_per_ml) == ("no", nta.instrument_per_ml * 500)


def test_r079_original_is_stored_by_hash_and_never_changes(batch, operator):
    tracked(batch, operator)
    attachment = Attachment.objects.get()
    assert (attachment.status, [*attachments.differences(batch.number)]) == ("read", [])


BROKEN = {
    "empty.csv": b"",
    "page.csv": b"<!doctype html><html><body>not found</body></html>",
    "cut.csv": None,
    "nul.csv": b"NTA Experiment Summary File,\x00\x00",
    "archive.zip": b"PK\x03\x04" + b"\x00" * 64,
    "bomb.xml": b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><l>&b;</l>',
    "columns.csv": b"particle_size,count\n1,2\n3,4\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_unreadable_files_are_stored_named_and_explained(batch, operator, name):
    data = BROKEN[name] if BROKEN[name] is not None else nanosight().read()[:9000]
    sheet = new(batch, "nta", operator)
    attached = assays.attach_export(sheet=sheet, upload=SimpleUploadedFile(name, data), by=operator)
    attachment = Attachment.objects.get()
    assert (attachment.name, attachment.size_bytes, attachment.status) == (name, len(data), "kept")
    assert len(attached.refused) > 20 and attachment.not_read_because == attached.refused
    assert (Reading.objects.count(), again(sheet).details.reading_id) == (0, None)
    assert Entry.objects.filter(action="refused", object_label=f"File {name}").count() == 1


def test_a_combined_experiment_is_refused_until_videos_are_chosen(batch, operator):
    sheet = new(batch, "nta", operator)
    combined = dict(combined_of=("a.nano", "b.nano"), videos=4, dilution=None, concentration_per_ml=2e8)
    attached = assays.attach_export(sheet=sheet, upload=nanosight(**combined), by=operator)
    assert attached.reading is None and len(attached.videos) == 4
    chosen = list(attached.videos[:2])
    assays.attach_export(sheet=again(sheet), upload=nanosight(**combined), videos=chosen, by=operator)
    assert again(sheet).details.videos == 2


def test_another_export_needs_a_reason_and_keeps_the_first(batch, operator):
    sheet = new(batch, "nta", operator)
    assays.attach_export(sheet=sheet, upload=nanosight(mode_nm=96), by=operator)
    with pytest.raises(ReasonMissing):
        assays.attach_export(sheet=again(sheet), upload=nanosight(mode_nm=120), by=operator)
    assays.attach_export(sheet=again(sheet), upload=nanosight(mode_nm=120), by=operator, reason=OTHER_RUN)
    assert (Attachment.objects.count(), Reading.objects.count()) == (2, 2)


def test_the_same_file_twice_is_said(batch, operator):
    tracked(batch, operator)
    sheet = new(batch, "nta", operator)
    assert assays.attach_export(sheet=sheet, upload=nanosight(), by=operator).twins == (batch.number,)


def test_replicates_are_numbered(batch, operator):
    numbers = [assays.add_assay(batch=batch, technique="nta", by=operator).replicate for _ in range(3)]
    assert numbers == [1, 2, 3]


def test_pixel_size_comes_from_the_vendor_s_tag(batch, operator):
    sheet = new(batch, "electron_microscopy", operator)
    assays.add_micrograph(sheet=sheet, upload=micrograph("fei"), values={"view": "wide"}, by=operator)
    picture = Micrograph.objects.get()
    assert (picture.pixel_size_nm, picture.scale_source) == (Decimal("1.5"), "file")


def test_pixel_size_is_never_taken_from_dpi(batch, operator):
    sheet = new(batch, "electron_microscopy", operator)
    assays.add_micrograph(sheet=sheet, upload=micrograph("none"), values={"view": "wide"}, by=operator)
    assert Micrograph.objects.get().pixel_size_nm is None


def test_entered_pixel_size_needs_to_say_how_it_is_known(batch, operator):
    sheet = new(batch, "electron_microscopy", operator)
    wish = {"view": "close", "pixel_size_nm": Decimal("0.7"), "scale_reason": ""}
    with pytest.raises(ValueRefused) as refusal:
        assays.add_micrograph(sheet=sheet, upload=micrograph("none"), values=wish, by=operator)
    assert refusal.value.field == "scale_reason"


def blot_with(sheet, lane="lysate", **marker):
    found = {"target": "Calnexin", "misev_category": "4", "expected": "absent", "found": "not_detected"}
    from django.db import transaction

    from audit import records

    with transaction.atomic():
        records.save(BlotLane(blot=sheet.details, number=1, role=lane), by=sheet.subject.performed_by)
        made = BlotMarker(blot=sheet.details, **(found | marker))
        records.save(made, by=sheet.subject.performed_by)
    return BlotMarker.objects.get(pk=made.pk)


@pytest.mark.parametrize(
    ("lane", "marker", "outcome"),
    [
        ("lysate", {"lysate_signal": "yes"}, "pass"),
        ("lysate", {"lysate_signal": "no"}, "inconclusive"),
        ("ev", {"lysate_signal": "yes"}, "inconclusive"),
        ("lysate", {"found": "detected", "lysate_signal": "yes"}, "fail"),
        ("ev", {"target": "CD63", "misev_category": "1", "expected": "present", "found": "weak"}, "pass"),
        ("ev", {"target": "CD63", "misev_category": "1", "expected": "present"}, "fail"),
    ],
)
def test_a_negative_marker_counts_only_with_signal_in_a_lysate_lane(batch, operator, lane, marker, outcome):
    assert blot_with(new(batch, "western_blot", operator), lane, **marker).outcome == outcome


@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_assays_are_refused_for_other_roles(batch, role, request):
    with pytest.raises(RoleRefused):
        assays.add_assay(batch=batch, technique="nta", by=request.getfixturevalue(role))
    assert Assay.objects.count() == 0
