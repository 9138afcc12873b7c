"""The baseline's one app."""

from django.apps import AppConfig


class LabConfig(AppConfig):
    """Protocols, cell lines, operators, batches and their results. No migrations: syncdb makes it."""

    name = "benchmarks.baseline.lab"
    label = "lab"
