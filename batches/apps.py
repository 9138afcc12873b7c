"""The batch record, one folder per stage that a batch travels through."""

from django.apps import AppConfig


class BatchesConfig(AppConfig):
    name = "batches"
    verbose_name = "Batch record"

    def ready(self) -> None:
        from audit.bundle import parts
        from batches.record import bundled

        parts.register_originals(bundled.originals)
