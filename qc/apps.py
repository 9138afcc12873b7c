"""Judging the record: verdicts, review, signatures, disposition."""

from django.apps import AppConfig


class QcConfig(AppConfig):
    name = "qc"
    verbose_name = "QC"
