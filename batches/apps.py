"""The batch record, one folder per stage that a batch travels through."""

from django.apps import AppConfig


class BatchesConfig(AppConfig):
    name = "batches"
    verbose_name = "Batch record"

    def ready(self) -> None:
        from audit import originals
        from audit.verifying import attachments, batch
        from batches import affected
        from batches.record import files

        affected.register_all()
        batch.register("batches.batch", "number")
        attachments.register(files.stored_files)
        originals.register(
            originals.Room(
                kind="batches.attachment",
                named_by="sha256",
                opened=files.open_by_hash,
                kept=files.keep,
                is_empty=files.none_kept,
            )
        )
        from audit.bundle import parts
        from batches.record import bundled

        parts.register_originals(bundled.originals)
