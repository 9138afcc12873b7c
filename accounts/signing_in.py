"""Sign-in and sign-out with their entries."""

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.db import transaction
from django.http import HttpRequest

from accounts.models import User
from accounts.proving import LOCKED, is_locked
from audit import records
from audit.models import EntryAction

WRONG = "That user name and password do not belong together."


def sign_in(request: HttpRequest, *, username: str, password: str) -> str:
    """Sign the person in. Returns the refusal in words, empty when it worked.

    A name nobody has is not written down: people type passwords into the wrong field.
    """
    known = User.objects.people().filter(username=username.strip().lower()).first()
    if known is not None and is_locked(known):
        _keep(EntryAction.REFUSED, request, about=known, detail={"words": "too many wrong passwords"})
        return LOCKED.format(minutes=settings.SIGN_IN_FAILURE_WINDOW_MINUTES)
    person = authenticate(request, username=username, password=password)
    if not isinstance(person, User):
        _keep(EntryAction.SIGN_IN_FAILED, request, about=known, detail={"known_name": known is not None})
        return WRONG
    login(request, person)
    _keep(EntryAction.SIGNED_IN, request, by=person, about=person)
    return ""


def sign_out(request: HttpRequest) -> None:
    """End the session."""
    if isinstance(request.user, User):
        _keep(EntryAction.SIGNED_OUT, request, by=request.user, about=request.user)
    logout(request)


def _keep(
    happening: EntryAction,
    request: HttpRequest,
    *,
    by: User | None = None,
    about: User | None = None,
    detail: dict[str, object] | None = None,
) -> None:
    with transaction.atomic():
        records.event(
            happening,
            by=by,
            about=about,
            act="sign_in" if happening != EntryAction.SIGNED_OUT else "sign_out",
            detail={"address": request.META.get("REMOTE_ADDR", ""), **(detail or {})},
        )
