"""Judging the record: verdicts, review, signatures, disposition."""

from django.apps import AppConfig


class QcConfig(AppConfig):
    name = "qc"
    verbose_name = "QC"

    def ready(self) -> None:
        from audit.bundle import sections
        from audit.trail import affected
        from qc import bundled
        from qc.signing import unsigned_by

        sections.register(bundled.signatures)
        affected.register(unsigned_by)
