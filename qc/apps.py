"""Judging the record: verdicts, review, signatures, disposition."""

from django.apps import AppConfig


class QcConfig(AppConfig):
    name = "qc"
    verbose_name = "QC"

    def ready(self) -> None:
        from audit.bundle import parts
        from qc import bundled

        parts.register_section(bundled.signatures)
        from audit import affected
        from qc.signing import unsigned_by

        affected.register(unsigned_by)
