"""The batch record, one folder per stage that a batch travels through."""

from django.apps import AppConfig


class BatchesConfig(AppConfig):
    name = "batches"
    verbose_name = "Batch record"

    def ready(self) -> None:
        from audit import originals
        from audit.bundle import notes
        from audit.verifying import batch
        from batches import affected
        from batches.record import calculations, files

        affected.register_all()
        batch.register("batches.batch", "number", rests_on=("batches.harvest",))
        notes.register("batches.calculation", calculations.told_beside)
        originals.register(files.ROOM)
