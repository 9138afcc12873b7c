"""Judging the record: verdicts, review, signatures, disposition."""

from django.apps import AppConfig


class QcConfig(AppConfig):
    name = "qc"
    verbose_name = "QC"

    def ready(self) -> None:
        from audit import affected
        from qc.signing import unsigned_by

        affected.register(unsigned_by)
