"""How far somebody has read notices, and how they want to be told."""

from django.db import models

from accounts.fields import person as by_whom
from audit.models import TrackedModel
from batches.quantities import WholeNumberField, Words


class NoticeChoice(TrackedModel):
    """A person's own choice: mail or none, and where to.

    The address enters neither history nor entries, which can never be taken back; `email_set_at` says
    that it was set.
    """

    class Digest(models.TextChoices):
        NONE = "none", "No mail"
        DAILY = "daily", "One mail a day, when there is something new"

    person = models.OneToOneField("accounts.User", on_delete=models.PROTECT, related_name="notice_choice")
    digest = Words("mail", max_length=8, choices=Digest, default=Digest.NONE, blank=False)
    email = models.EmailField("e-mail address", max_length=254, blank=True, default="")
    email_set_at = models.DateTimeField("address set at", null=True, editable=False)
    email_set_by = by_whom()

    history_excludes = ("email",)
    secret_fields = ("email",)
    free_fields = ("digest", "email_set_at", "email_set_by")

    class Meta:
        base_manager_name = "objects"
        verbose_name = "choice about notices"
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(digest="daily") | ~models.Q(email=""),
                name="noticechoice_daily_has_address",
                violation_error_message="A daily mail needs an address.",
            ),
        )

    def __str__(self) -> str:
        return f"Notices for {self.person}"


class DigestRun(TrackedModel):
    """One round of sending: how many mails left and how many did not; whom they went to is kept nowhere."""

    append_only = True

    day = models.DateField("day")
    sent = WholeNumberField("mails sent", low=0, null=False, blank=False)
    failed = WholeNumberField("mails not sent", low=0, null=False, blank=False)
    trouble = Words("trouble", max_length=200)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "daily mails"
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"Daily mails of {self.day:%-d %b %Y}"


class NoticeMark(models.Model):
    """How far a person has read notices, and which day's mail they had; like a session, no record.

    `claimed_until` keeps two senders from sending the same mail; a sender that died lets go by itself.
    """

    person = models.OneToOneField("accounts.User", on_delete=models.PROTECT, related_name="+")
    seen_entry = models.BigIntegerField(default=0)
    told_entry = models.BigIntegerField(default=0)
    told_day = models.DateField(null=True)
    claimed_until = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"Notices of person {self.person_id} up to entry {self.seen_entry}"
