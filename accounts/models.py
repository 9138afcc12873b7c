"""People of the laboratory."""

from typing import Any

from django.contrib.auth import hashers
from django.contrib.auth.models import AbstractBaseUser
from django.core.validators import RegexValidator
from django.db import models

from accounts.roles import Role
from audit.models import AppendOnlyQuerySet, TrackedModel


class UserQuerySet(AppendOnlyQuerySet):
    """People, with the adjectives that screens ask for."""

    def get_by_natural_key(self, username: str) -> "User":
        """The person of that user name; case does not matter."""
        return self.get(username=username.strip().lower())  # type: ignore[return-value]

    def people(self) -> "UserQuerySet":
        """Without the named system actors."""
        return self.exclude(role=Role.SYSTEM)

    def active(self) -> "UserQuerySet":
        return self.filter(is_active=True)


class User(AbstractBaseUser, TrackedModel):
    """A person, or a named system actor. Deactivated, never deleted.

    `printed_name` stands on signatures as it was when they were given. There are no Django groups or
    permissions: what a role may do is written down in accounts.roles. Only somebody whose identity was
    verified signs; `identity_words` says how.
    """

    last_login = None  # the trail holds every sign-in

    username = models.CharField(
        "user name",
        max_length=60,
        unique=True,
        validators=[
            RegexValidator(r"^[a-z0-9][a-z0-9._-]*\Z", "Small letters, digits, dot, dash and underscore.")
        ],
    )
    printed_name = models.CharField("printed name", max_length=120)
    role = models.CharField(max_length=20, choices=Role)
    is_active = models.BooleanField("active", default=True)
    is_example = models.BooleanField("example person", default=False, editable=False)
    password_set_at = models.DateTimeField("password set at", null=True, editable=False)
    password_set_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )

    identity_words = models.CharField("how identity was verified", max_length=300, blank=True, default="")
    identity_verified_at = models.DateTimeField("identity verified at", null=True, editable=False)
    identity_verified_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )

    objects = UserQuerySet.as_manager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["printed_name", "role"]  # noqa: RUF012 (Django reads a list)

    free_fields = (
        "password_set_at",
        "password_set_by",
        "identity_words",
        "identity_verified_at",
        "identity_verified_by",
    )
    history_excludes = ("password",)
    secret_fields = ("password",)

    class Meta:
        base_manager_name = "objects"
        ordering = ("username",)
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(printed_name=""),
                name="user_has_printed_name",
                violation_error_message="A printed name is needed: it stands on signatures.",
            ),
            models.CheckConstraint(
                condition=models.Q(identity_verified_at__isnull=True, identity_words="")
                | (models.Q(identity_verified_at__isnull=False) & ~models.Q(identity_words="")),
                name="user_identity_says_how",
                violation_error_message="Say how the identity was verified.",
            ),
        )

    def __str__(self) -> str:
        return self.username

    @property
    def trail_label(self) -> str:
        return f"{self.username} ({self.printed_name})"

    def check_password(self, raw_password: str) -> bool:
        """Whether that is the password. Never re-hashes: a person's row changes by actions only."""
        return hashers.check_password(raw_password, self.password)

    def may(self, roles: Any) -> bool:
        """Whether this person's role is among those."""
        return self.is_active and self.role in roles


from accounts.passkeys.models import Passkey, PasskeyUse  # noqa: E402,F401 (Django looks for models here)
from accounts.second_factor.models import RecoveryCode, SecondFactor  # noqa: E402,F401
