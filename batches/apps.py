"""The batch record, one folder per stage that a batch travels through."""

from django.apps import AppConfig


class BatchesConfig(AppConfig):
    name = "batches"
    verbose_name = "Batch record"

    def ready(self) -> None:
        from audit import originals
        from audit.verifying import batch
        from batches import affected
        from batches.record import files

        affected.register_all()
        batch.register("batches.batch", "number")
        originals.register(files.ROOM)
