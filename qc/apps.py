"""Judging the record: verdicts, review, signatures, disposition."""

from django.apps import AppConfig


class QcConfig(AppConfig):
    name = "qc"
    verbose_name = "QC"

    def ready(self) -> None:
        from audit import affected
        from audit.bundle import sections
        from qc import bundled
        from qc.signing import unsigned_by

        sections.register(bundled.signatures)
        affected.register(unsigned_by)
