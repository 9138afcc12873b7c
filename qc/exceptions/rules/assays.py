"""Results that were made more than once."""

from collections import defaultdict
from collections.abc import Iterator

from batches.characterization.kinds import Technique
from batches.characterization.models import Assay
from qc.exceptions.basis import Basis
from qc.exceptions.kinds import Found, Pill, rule, username


@rule("Every assay was made once", "minor", Pill("warn", "rotate", "repeated"), over="assays")
def assay_repeated(basis: Basis) -> Iterator[Found]:
    """Assays made again after one was voided, and several that stand (NTA's replicates are no repetition)."""
    alike = defaultdict(list)
    for assay in basis.record.assays:
        alike[assay.technique, assay.sample].append(assay)
    for (technique, _), assays in alike.items():
        voided = [a for a in assays if a.status == Assay.Status.VOIDED]
        standing = [a for a in assays if a.counts]
        again = bool(voided) and any(a.number > voided[0].number for a in standing)
        if again or (len(standing) > 1 and technique != Technique.NTA):
            yield _repeat(basis, standing, voided)


def _repeat(basis: Basis, standing: list[Assay], voided: list[Assay]) -> Found:
    numbers = ", ".join(str(assay.number) for assay in standing)
    newest = standing[-1]
    return Found(
        f"{len(standing)} standing (assay {numbers}), {len(voided)} voided: all results that stand count",
        f"{newest.get_technique_display()} · {newest.get_sample_display().lower()}",
        f"/batches/{basis.number}/assays/{newest.number}/",
        username(newest.performed_by),
        newest.performed_at,
        record_kind=newest._meta.label_lower,
        record_id=newest.pk,
    )
