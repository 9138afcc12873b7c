"""The batch record, one folder per stage that a batch travels through."""

from django.apps import AppConfig


class BatchesConfig(AppConfig):
    name = "batches"
    verbose_name = "Batch record"

    def ready(self) -> None:
        from audit.verifying import attachments, batch
        from batches.record.files import stored_files

        batch.register("batches.batch", "number")
        attachments.register(stored_files)
