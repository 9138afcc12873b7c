"""Sign-in, in one step or two, and sign-out, with their entries."""

import time

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import User
from accounts.proving import (
    LOCKED,
    IdentityRefused,
    failures_of,
    is_locked,
    keep_lock,
    owes_own_password,
    prove_by_passkey,
)
from accounts.second_factor import codes
from audit import records
from audit.models import EntryAction

WRONG = "That user name and password do not belong together."
WRONG_CODE = "That code is wrong, or was used before. Wait for the next one, or take a recovery code."
WRONG_PASSKEY = "That passkey did not prove who you are: try again, or take a code."
TOO_LATE = "That took longer than five minutes: begin again."
STEP_KEY = "second_step"  # who proved their password in this session, and waits to give a code
CHALLENGE_KEY = "second_step_challenge"
STEP_S = 300
OWED_KEY = "owed"  # what the person does first in this session
PASSWORD, SECOND_FACTOR = "change_password", "second_factor"  # the pages where they do it


def sign_in(request: HttpRequest, *, username: str, password: str) -> str:
    """Sign the person in, or on to the second step. Returns the refusal in words, empty when it worked.

    A name nobody has is not written down: people type passwords into the wrong field.
    """
    known = User.objects.people().filter(username=username.strip().lower()).first()
    if known is not None and is_locked(known):
        return _locked(request, known)
    person = authenticate(request, username=username, password=password)
    if not isinstance(person, User):
        _keep(EntryAction.SIGN_IN_FAILED, request, about=known, detail={"known_name": known is not None})
        return WRONG
    if person.second_factors.active().exists():
        request.session.cycle_key()
        request.session[STEP_KEY] = (person.pk, person.get_session_auth_hash(), int(time.time()))
    else:
        _enter(request, person, {})
    return ""


def awaited(request: HttpRequest) -> User | None:
    """Who gave a right password in this session, a moment ago, and owes a second factor."""
    pk, auth_hash, at = request.session.get(STEP_KEY, (0, "", 0))
    if not 0 <= time.time() - at <= STEP_S:
        return None
    person = User.objects.people().active().filter(pk=pk).first()
    return person if person and constant_time_compare(person.get_session_auth_hash(), auth_hash) else None


def second_step(request: HttpRequest, person: User, *, code: str = "", passkey: str = "") -> str:
    """Sign in who proved their password, by a code or a passkey. Returns the refusal in words, or nothing."""
    with transaction.atomic():
        # One at a time: a code serves once, however many send it together.
        person = User.objects.select_for_update().get(pk=person.pk)
        if is_locked(person):
            return _locked(request, person)
        detail = _by_passkey(request, person, passkey) if passkey else _by_code(person, code)
        if not detail:
            kind = "passkey" if passkey else "code"
            _keep(EntryAction.SIGN_IN_FAILED, request, about=person, detail={"second_factor": kind})
            return WRONG_PASSKEY if passkey else WRONG_CODE
        _enter(request, person, detail)
    return ""


def _by_code(person: User, code: str) -> dict[str, object]:
    """What the entry of the sign-in tells of the code; empty where it is none."""
    factor = person.second_factors.active().first()
    if factor is None:
        return {}
    step = codes.fresh_step(factor, code)
    if step is not None:
        return {"second_factor": "code", "step": step}
    used = codes.recovery_code(factor, code)
    if used is None:
        return {}
    used.used_at, used.used_by = timezone.now(), person
    records.save(used, by=person)
    left = factor.recovery_codes.filter(used_at=None).count()
    return {"second_factor": "recovery code", "number": used.number, "left": left}


def _by_passkey(request: HttpRequest, person: User, answer: str) -> dict[str, object]:
    challenge = bytes.fromhex(request.session.pop(CHALLENGE_KEY, ""))
    try:
        proven = prove_by_passkey(person=person, answer=answer, challenge=challenge)
    except IdentityRefused:
        return {}
    return {"second_factor": "passkey", "passkey": proven.credential_name}


def settle(request: HttpRequest, owed: str) -> None:
    """What the person owed before anything else is done."""
    request.session[OWED_KEY] = [one for one in request.session.get(OWED_KEY, []) if one != owed]


def _owed(person: User) -> list[str]:
    """What this person does before anything else in a new session."""
    lacks_factor = person.role in settings.SECOND_FACTOR_ROLES and not person.second_factors.active().exists()
    owed = [PASSWORD] if owes_own_password(person) else []
    return [*owed, SECOND_FACTOR] if lacks_factor else owed


def _enter(request: HttpRequest, person: User, detail: dict[str, object]) -> None:
    login(request, person)
    request.session.pop(STEP_KEY, None)
    if owed := _owed(person):
        request.session[OWED_KEY] = owed
    _keep(EntryAction.SIGNED_IN, request, by=person, about=person, detail=detail)


def _locked(request: HttpRequest, person: User) -> str:
    _keep(EntryAction.REFUSED, request, about=person, detail={"words": "too many wrong passwords"})
    return LOCKED.format(minutes=settings.SIGN_IN_FAILURE_WINDOW_MINUTES)


def sign_out(request: HttpRequest) -> None:
    """End the session."""
    if isinstance(request.user, User):
        _keep(EntryAction.SIGNED_OUT, request, by=request.user, about=request.user)
    logout(request)


def end_session(request: HttpRequest, why: str) -> None:
    """The same, by the clock: the entry says why. What was sent with the request is not done."""
    if isinstance(request.user, User):
        _keep(EntryAction.SIGNED_OUT, request, by=request.user, about=request.user, detail={"words": why})
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
        failed = about if happening == EntryAction.SIGN_IN_FAILED else None
        if failed is not None and failures_of(failed) == settings.SIGN_IN_FAILURES_ALLOWED:
            keep_lock(failed)
