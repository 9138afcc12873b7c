"""Signing in with a user name and a password."""

from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from accounts.models import User


class PeopleBackend:
    """Active people, in production without the example people whose password is public."""

    def authenticate(
        self, request: HttpRequest | None, username: str = "", password: str = "", **_: Any
    ) -> User | None:
        person = User.objects.people().filter(username=username.strip().lower()).first()
        if person is None:
            # As much work as for a known name, so that time does not tell which names exist.
            make_password(password)
            return None
        return person if person.check_password(password) and self.may_enter(person) else None

    def may_enter(self, person: User) -> bool:
        """Whether the account is in use here."""
        return person.is_active and not (settings.PRODUCTION and person.is_example)

    def get_user(self, user_id: int) -> User | None:
        """The signed-in person of a session; a deactivated one is signed out at once."""
        person = User.objects.people().filter(pk=user_id).first()
        return person if person and self.may_enter(person) else None
