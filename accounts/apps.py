"""Who uses the product: people, roles, sign-in, proving identity again."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from accounts import identities

        post_migrate.connect(identities.count_after_migrate, sender=self)
