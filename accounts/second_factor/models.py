"""What a person's app and paper hold, as far as the server must know it."""

from django.db import models

from accounts.fields import person as key_to_person
from audit.models import AppendOnlyQuerySet, TrackedModel


class SecondFactorQuerySet(AppendOnlyQuerySet):
    def active(self) -> "SecondFactorQuerySet":
        return self.filter(off_at=None)


class SecondFactor(TrackedModel):
    """An authenticator app that a person set up. The secret is sealed (accounts.second_factor.secrets).

    `first_step` is the time step of the code that confirmed it: that code serves no second time.
    """

    person = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, editable=False, related_name="second_factors"
    )
    secret = models.CharField("secret", max_length=300, editable=False)
    secret_set_at = models.DateTimeField("set up at", editable=False)
    secret_set_by = key_to_person(null=False)
    first_step = models.PositiveBigIntegerField("time step that confirmed it", editable=False)
    off_at = models.DateTimeField("switched off at", null=True, editable=False)
    off_by = key_to_person()

    objects = SecondFactorQuerySet.as_manager()
    free_fields = ("off_at", "off_by")
    history_excludes = ("secret",)
    secret_fields = ("secret",)

    class Meta:
        base_manager_name = "objects"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(off_at=None), name="second_factor_one_active"
            ),
            models.CheckConstraint(
                condition=models.Q(secret_set_by=models.F("person")),
                name="second_factor_of_its_owner",
                violation_error_message="A second factor is set up by the person whose it is.",
            ),
        )

    def __str__(self) -> str:
        return "Second factor"

    @property
    def trail_label(self) -> str:
        return f"Second factor of {self.person.username}"


class RecoveryCode(TrackedModel):
    """One of ten codes on paper, for the day when the app is gone. Only its hash is kept; it serves once."""

    second_factor = models.ForeignKey(
        SecondFactor, on_delete=models.PROTECT, editable=False, related_name="recovery_codes"
    )
    number = models.PositiveSmallIntegerField("number", editable=False)
    code = models.CharField("code", max_length=128, editable=False)
    code_set_at = models.DateTimeField("made at", editable=False)
    code_set_by = key_to_person(null=False)
    used_at = models.DateTimeField("used at", null=True, editable=False)
    used_by = key_to_person()

    free_fields = ("used_at", "used_by")
    history_excludes = ("code",)
    secret_fields = ("code",)

    class Meta:
        base_manager_name = "objects"
        ordering = ("id",)

    def __str__(self) -> str:
        return f"Recovery code {self.number}"

    @property
    def trail_label(self) -> str:
        return f"Recovery code {self.number} of {self.second_factor.person.username}"
