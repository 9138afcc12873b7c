"""What production refuses to start with."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from accounts.models import User


def refuse_example_people() -> None:
    """Stop a production start while example people could sign in with their public password."""
    if not settings.PRODUCTION:
        return
    try:
        names = list(
            User.objects.active().filter(is_example=True).values_list("username", flat=True).order_by("pk")
        )
    except DatabaseError:
        return  # not migrated yet: nobody can sign in
    if names:
        raise ImproperlyConfigured(
            f"Example people can sign in ({', '.join(names)}): production runs on a database of its own."
        )
