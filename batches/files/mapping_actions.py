"""What can happen to a table that no reader knows: its columns are mapped, its rows become assays."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.utils import timezone

from accounts import roles
from accounts.models import User
from audit import reading, records
from audit.acting import action
from audit.refusal import ActionRefused, ValueRefused
from batches.characterization import taking
from batches.characterization.actions import add_assay
from batches.characterization.kinds import Technique
from batches.characterization.models import Assay
from batches.characterization.techniques import assay_sheet
from batches.files.models import ColumnMapping, DroppedFile
from batches.files.techniques import fields_of
from batches.instruments.mapping import Column, MappedRow
from batches.record.models import Attachment, Reading
from batches.record.values import demand_editable, lock_batch, lock_sheet

READER = "column_mapping"


@dataclass(frozen=True)
class Choice:
    """Which columns hold what, as a person chose it on the page or saved it before."""

    technique: str
    header: Sequence[str]
    columns: Mapping[str, Column]
    decimal: str = "."
    is_undiluted: bool = False

    @classmethod
    def of(cls, saved: ColumnMapping) -> "Choice":
        """A saved mapping."""
        columns = {name: Column(**column) for name, column in saved.columns.items()}
        return cls(saved.technique, saved.header, columns, saved.decimal, saved.is_undiluted)

    def fits(self, saved: ColumnMapping) -> bool:
        """Whether a saved mapping says just this."""
        return Choice.of(saved) == Choice(
            self.technique, list(self.header), dict(self.columns), self.decimal, self.is_undiluted
        )


@action(may=roles.ENTER)
def import_rows(
    *,
    attachment: Attachment,
    choice: Choice,
    name: str,
    instrument: str,
    rows: Sequence[MappedRow],
    sample: str,
    by: User,
) -> list[Assay]:
    """Make an assay of each chosen row, as replicates in the table's order, and keep the mapping.

    Each row is a reading of its own, which says of every value the cell that it came from.
    """
    batch = lock_batch(attachment.batch)
    if not batch.is_editable:
        words = batch.get_status_display().lower()
        raise ActionRefused(f"Batch {batch.number} is {words}: nothing can be taken from a table now.")
    _demand_sound(attachment, choice, rows, name)
    mapping = _kept(choice, name.strip(), instrument.strip(), by)
    attachment = reading.fresh(Attachment, attachment.pk)
    if attachment.status != Attachment.Status.READ:
        attachment.status, attachment.not_read_because = Attachment.Status.READ, ""
        records.save(attachment, by=by)
    made = [_imported(attachment, mapping, row, sample, by) for row in rows]
    _settle(attachment, made[0], by)
    return made


def _demand_sound(attachment: Attachment, choice: Choice, rows: Sequence[MappedRow], name: str) -> None:
    if not name.strip():
        raise ValueRefused("Give the mapping a name, so that the next table of its kind finds it.", "name")
    if not choice.columns:
        raise ActionRefused("Map at least one column.")
    if not rows:
        raise ActionRefused("Choose at least one row.")
    wrong = [error for row in rows for error in row.errors]
    if wrong:
        raise ActionRefused(f"Leave out the rows that can't be taken: {' '.join(wrong[:3])}")
    taken = {values.get("row") for values in _table_values(attachment)}
    again = [str(row.row) for row in rows if row.row in taken]
    if again:
        raise ActionRefused(f"Rows of this file that were taken already: {', '.join(again)}.")


def _table_values(attachment: Attachment) -> list[dict[str, Any]]:
    return list(attachment.readings.filter(reader=READER).values_list("values", flat=True))


def _kept(choice: Choice, name: str, instrument: str, by: User) -> ColumnMapping:
    """The mapping under that name as it is, or its next version where the choice differs."""
    last = ColumnMapping.objects.filter(name=name).order_by("-version").first()
    if last is not None and choice.fits(last) and last.instrument == instrument:
        return last
    mapping = ColumnMapping(
        name=name,
        version=last.version + 1 if last else 1,
        instrument=instrument,
        technique=Technique(choice.technique),
        header=list(choice.header),
        decimal=choice.decimal,
        columns={field: asdict(column) for field, column in choice.columns.items()},
        is_undiluted=choice.is_undiluted,
        made_at=timezone.now(),
        made_by=by,
    )
    records.save(mapping, by=by)
    return mapping


def _imported(attachment: Attachment, mapping: ColumnMapping, row: MappedRow, sample: str, by: User) -> Assay:
    found = _reading(attachment, mapping, row)
    records.save(found, by=by)
    assay = add_assay(batch=attachment.batch, technique=mapping.technique, sample=sample, by=by)
    sheet = lock_sheet(assay_sheet(Assay.objects.with_details().get(pk=assay.pk)))
    demand_editable(sheet)
    taking.take(sheet, found)
    records.save(sheet.details, by=by)
    return assay


def _reading(attachment: Attachment, mapping: ColumnMapping, row: MappedRow) -> Reading:
    labels = {field.name: field.label for field in fields_of(mapping.technique)}
    values: dict[str, Any] = {
        "mapping": str(mapping),
        "row": row.row,
        "is_undiluted": mapping.is_undiluted,
        "fields": {name: str(value) for name, value in row.values.items()},
    }
    if "dilution" in row.values:
        values["dilution"] = float(row.values["dilution"])
    return Reading(
        attachment=attachment,
        reader=READER,
        reader_version=str(mapping.version),
        format=f"Table, mapped as {mapping.name}"[:80],
        software=mapping.instrument,
        technique="TABLE",
        values=values,
        header={labels[name]: source for name, source in row.sources.items()},
    )


def _settle(attachment: Attachment, assay: Assay, by: User) -> None:
    dropped = DroppedFile.objects.filter(attachment=attachment).first()
    if dropped is not None and dropped.assay_id is None:
        dropped.state, dropped.assay = DroppedFile.State.PLACED, assay
        dropped.settled_at, dropped.settled_by = timezone.now(), by
        records.save(dropped, by=by)
