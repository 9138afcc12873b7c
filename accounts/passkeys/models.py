"""A person's passkeys, and every use of one."""

from django.db import models

from accounts.fields import person as key_to_person
from audit.models import AppendOnlyQuerySet, TrackedModel

LARGEST_COUNT = 2**32 - 1


class PasskeyQuerySet(AppendOnlyQuerySet):
    def active(self) -> "PasskeyQuerySet":
        """Those that may be used: not revoked."""
        return self.filter(revoked_at=None)

    def with_last_use(self) -> "PasskeyQuerySet":
        """Each with when it was used last; those in use first."""
        by_state = models.F("revoked_at").asc(nulls_first=True)
        return self.annotate(last_used_at=models.Max("uses__used_at")).order_by(by_state, "id")


class Passkey(TrackedModel):
    """A credential that its owner registered: the public half, and what it is called.

    `credential_id` and `public_key` (COSE, CBOR) are base64url without padding, as browsers write them.
    A revoked passkey stays: signatures given with it name it and can still be checked.
    """

    person = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, editable=False, related_name="passkeys"
    )
    name = models.CharField("name", max_length=60)
    credential_id = models.CharField("credential", max_length=700, unique=True, editable=False)
    public_key = models.CharField("public key", max_length=1000, editable=False)
    aaguid = models.CharField("kind of device", max_length=36, editable=False)
    transports = models.CharField("ways to reach it", max_length=100, blank=True, editable=False)
    first_count = models.PositiveBigIntegerField("signature count at the start", editable=False)
    registered_at = models.DateTimeField("registered at", editable=False)
    registered_by = key_to_person(null=False)
    revoked_at = models.DateTimeField("revoked at", null=True, editable=False)
    revoked_by = key_to_person()

    objects = PasskeyQuerySet.as_manager()
    free_fields = ("revoked_at", "revoked_by")

    class Meta:
        base_manager_name = "objects"
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(registered_by=models.F("person")),
                name="passkey_of_its_owner",
                violation_error_message="A passkey is registered by the person whose it is.",
            ),
            models.CheckConstraint(
                condition=~models.Q(name=""),
                name="passkey_has_name",
                violation_error_message="Give the passkey a name, so that you know it again.",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def trail_label(self) -> str:
        return f"Passkey {self.name} of {self.person.username}"

    @property
    def is_active(self) -> bool:
        return self.revoked_at is None


class PasskeyUse(TrackedModel):
    """One use of a passkey: which challenge it signed, and the count of its signatures that it gave.

    A challenge is answered once, and the count of a device that counts only goes up: the database keeps
    the first, accounts.proving the second.
    """

    append_only = True

    passkey = models.ForeignKey(Passkey, on_delete=models.PROTECT, related_name="uses")
    challenge = models.CharField("challenge", max_length=64, unique=True)
    sign_count = models.PositiveBigIntegerField("signature count")
    used_at = models.DateTimeField("used at")
    used_by = key_to_person(null=False)

    class Meta:
        base_manager_name = "objects"
        ordering = ("id",)

    def __str__(self) -> str:
        return f"Use of {self.passkey.trail_label}"
