"""Matching the lines of a band table to lanes and markers of its blot."""

from collections.abc import Sequence
from decimal import Decimal

from django.core.files.base import File

from accounts import roles
from accounts.models import User
from audit import records
from audit.acting import action
from audit.refusal import ActionRefused, Reason, ReasonMissing
from batches.characterization.bands import BlotBand, Line, Match, lines_of, measure_of
from batches.record.attaching import Attached, Outcome, attach
from batches.record.models import Reading
from batches.record.sheets import Sheet
from batches.record.values import demand_editable, lock_sheet


@action(may=roles.ENTER)
def attach_band_table(
    *, sheet: Sheet, upload: File, by: User, reason: Reason | None = None, outcome: Outcome | None = None
) -> Attached:
    """Keep the table of the software that measured a blot's bands. What is no such table is stored all the
    same and says so; another table in the place of one needs a reason.
    """
    sheet = lock_sheet(sheet)
    demand_editable(sheet)
    if sheet.details.band_table_id and reason is None:
        raise ReasonMissing("This blot has a table of bands already: say why another one takes its place.")
    attached = attach(sheet.batch, upload, by=by, outcome=outcome)
    if attached.reading is None:
        return attached
    if attached.reading.technique != "BANDS":
        words = f"{attached.attachment.name} is no table of bands ({attached.reading.format}); it is kept."
        return Attached(attached.attachment, None, words, (), attached.twins)
    sheet.details.band_table = attached.reading
    records.save(sheet.details, by=by, reason=reason)
    return attached


@action(may=roles.ENTER)
def match_bands(
    *, sheet: Sheet, matches: Sequence[Match], by: User, reason: Reason | None = None
) -> list[BlotBand]:
    """Keep which line of the blot's table is the band of which marker in which lane.

    Bands that stood and are not among these any more are voided, for which a reason is needed; so are
    those of an earlier table, for intensities of two tables are never compared.
    """
    sheet = lock_sheet(sheet)
    demand_editable(sheet)
    table = band_table_of(sheet)
    lines = {line.number: line for line in lines_of(table)}
    wanted = {(one.line, one.lane, one.marker) for one in matches}
    _demand_sound(sheet, matches, lines)
    standing = list(BlotBand.objects.filter(blot=sheet.details, is_voided=False))
    kept = {one for one in standing if one.table_id == table.pk and _place(one) in wanted}
    gone = [one for one in standing if one not in kept]
    if gone and reason is None:
        raise ReasonMissing(f"{len(gone)} bands are taken back by this: say why.")
    if not gone and len(kept) == len(wanted):
        raise ActionRefused("Nothing changes: choose lane and marker of at least one line.")
    for one in gone:
        one.is_voided = True
        records.save(one, by=by, reason=reason)
    there = {_place(one) for one in kept}
    new = [one for one in matches if (one.line, one.lane, one.marker) not in there]
    return [_keep(sheet, table, lines[one.line], one, by) for one in new]


def band_table_of(sheet: Sheet) -> Reading:
    """The table of bands that a blot has. Refuses where there is none."""
    found = Reading.objects.select_related("attachment").filter(pk=sheet.details.band_table_id).first()
    if found is None:
        raise ActionRefused("This blot has no table of bands yet: attach it first.")
    return found


def _place(band: BlotBand) -> tuple[int, int, int]:
    return band.line, band.lane_id, band.marker_id


def _demand_sound(sheet: Sheet, matches: Sequence[Match], lines: dict[int, Line]) -> None:
    lanes = {one.pk: one for one in sheet.details.lanes.filter(is_voided=False)}
    markers = {one.pk: one for one in sheet.details.markers.filter(is_voided=False)}
    seen: dict[tuple[int, int], int] = {}
    for one in matches:
        if one.lane not in lanes or one.marker not in markers or one.line not in lines:
            raise ActionRefused("A lane, a marker or a line is not there any more; load the page again.")
        if lines[one.line].intensity is None:
            raise ActionRefused(f"Line {one.line} of the table holds no intensity: nothing can be taken.")
        if other := seen.get((one.lane, one.marker)):
            raise ActionRefused(
                f"Lines {other} and {one.line} are both {markers[one.marker]} in {lanes[one.lane]}: "
                "choose one of them."
            )
        seen[one.lane, one.marker] = one.line


def _keep(sheet: Sheet, table: Reading, line: Line, match: Match, by: User) -> BlotBand:
    band = BlotBand(
        blot=sheet.details,
        lane_id=match.lane,
        marker_id=match.marker,
        table=table,
        line=line.number,
        intensity=Decimal(str(line.intensity)).quantize(Decimal("0.00001")),
        measure=measure_of(table),
        kda=None if line.kda is None else Decimal(str(line.kda)).quantize(Decimal("0.1")),
    )
    records.save(band, by=by)
    return band
