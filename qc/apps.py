"""Judging the record: verdicts, review, signatures, disposition."""

from django.apps import AppConfig


class QcConfig(AppConfig):
    name = "qc"
    verbose_name = "QC"

    def ready(self) -> None:
        from audit import originals
        from audit.bundle import sections
        from audit.trail import affected
        from qc import bundled, bundled_review
        from qc.papers import keeping
        from qc.signing import unsigned_by

        for section in (bundled.approvals, bundled_review.deviations, bundled_review.review):
            sections.register(section)
        sections.register(bundled.signatures)
        originals.register(keeping.ROOM)
        affected.register(unsigned_by)
