"""What is missing, not applicable, or waits for a second person."""

from collections.abc import Iterator

from django.apps import apps

from batches.record.models import FieldRemark
from qc.exceptions.basis import Basis
from qc.exceptions.kinds import Found, Pill, rule


@rule(
    "A second person checked every critical step",
    "major",
    Pill("fail", "user-check", "not checked"),
    over="steps",
)
def not_checked(basis: Basis) -> Iterator[Found]:
    for problem in basis.missing:
        if problem.url.endswith("#check"):
            yield Found(problem.words, problem.where, problem.url)


@rule(
    "Every value, file and record that is asked for is there",
    "major",
    Pill("fail", "circle-minus", "missing"),
    over="values",
)
def missing(basis: Basis) -> Iterator[Found]:
    for problem in basis.missing:
        if not problem.url.endswith("#check"):
            kind, pk = basis.subject(problem)
            field = problem.field
            yield Found(
                problem.words, problem.where, problem.url, record_kind=kind, record_id=pk, field=field
            )


@rule(
    "No value was left out as not applicable",
    "minor",
    Pill("calm", "ban", "not applicable"),
    over="values",
)
def not_applicable(basis: Basis) -> Iterator[Found]:
    for remark in basis.record.remarks:
        if remark.kind == FieldRemark.Kind.NOT_APPLICABLE:
            kind, pk = remark.record_kind, remark.record_id
            label, url = basis.place((kind, pk), remark.record_label, remark.field)
            yield Found(
                field_label(kind, remark.field),
                label,
                url,
                why=remark.words,
                record_kind=kind,
                record_id=pk,
                field=remark.field,
            )


@rule(
    "No harvest, step or assay carries a remark",
    "note",
    Pill("calm", "comment", "remark"),
    over="records",
)
def remark_written(basis: Basis) -> Iterator[Found]:
    for sheet in basis.sheets:
        one = sheet.subject
        if one.remarks.strip():
            yield Found(
                f"“{one.remarks.strip()}”",
                sheet.label,
                f"{sheet.url}#value-remarks",
                record_kind=one._meta.label_lower,
                record_id=one.pk,
                field="remarks",
            )


def field_label(record_kind: str, field: str) -> str:
    """A field's name for people."""
    words = str(apps.get_model(record_kind)._meta.get_field(field).verbose_name)
    return words[:1].upper() + words[1:]
