"""Who uses the product: people, roles, sign-in, proving identity again."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"
