"""The batch record, one folder per stage that a batch travels through."""

from django.apps import AppConfig


class BatchesConfig(AppConfig):
    name = "batches"
    verbose_name = "Batch record"
