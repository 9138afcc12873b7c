"""The ground floor: tracked records, the one door for writing, and the entries that prove it."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = "Audit trail"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from audit import checks, guards  # noqa: F401 (checks register themselves)

        post_migrate.connect(guards.install_after_migrate, sender=self)
