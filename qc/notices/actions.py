"""What a person chooses about notices."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from accounts import roles
from accounts.models import User
from audit import records
from audit.acting import action
from audit.refusal import ValueRefused
from qc.notices.models import DigestRun, NoticeChoice

Digest = NoticeChoice.Digest


@action(may=roles.EVERYBODY)
def choose_notices(*, digest: str, email: str, by: User) -> NoticeChoice:
    """Choose mail or none for oneself, and the address; nobody sets it for another."""
    User.objects.select_for_update().get(pk=by.pk)
    email = email.strip()
    _demand_address(digest, email)
    choice = NoticeChoice.objects.filter(person=by).first() or NoticeChoice(person=by)
    choice.digest = Digest(digest)
    if email != choice.email:
        choice.email, choice.email_set_at, choice.email_set_by = email, timezone.now(), by
    records.save(choice, by=by)
    return choice


def _demand_address(digest: str, email: str) -> None:
    if digest not in Digest.values:
        raise ValueRefused("Choose mail or none.", "digest")
    if digest != Digest.NONE and not email:
        raise ValueRefused("A daily mail needs an address.", "email")
    if not email:
        return
    try:
        validate_email(email)
    except ValidationError as error:
        raise ValueRefused("This is no e-mail address.", "email") from error


@action(may={roles.Role.SYSTEM})
def note_digests(*, sent: int, failed: int, trouble: str = "", by: User) -> DigestRun:
    """Keep that mails were sent: how many, never to whom."""
    run = DigestRun(day=timezone.localdate(), sent=sent, failed=failed, trouble=trouble[:200])
    records.save(run, by=by)
    return run
