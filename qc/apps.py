"""Judging the record: verdicts, review, signatures, disposition."""

from django.apps import AppConfig


class QcConfig(AppConfig):
    name = "qc"
    verbose_name = "QC"

    def ready(self) -> None:
        from audit import originals
        from audit.bundle import sections
        from audit.trail import affected
        from qc import bundled
        from qc.papers import keeping
        from qc.signing import unsigned_by

        sections.register(bundled.signatures)
        originals.register(keeping.ROOM)
        affected.register(unsigned_by)
