"""Codes: those of the app, good for half a minute, and those on paper, good for once."""

import json
import secrets
import time
from datetime import timedelta

import pyotp
from django.contrib.auth.hashers import check_password
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import RecoveryCode, SecondFactor, User
from accounts.second_factor.secrets import SecretUnreadable, unseal
from audit.models import Entry, EntryAction

STEP_S = 30
STEPS_APART = 1  # clocks of phones: one step before and after
RECOVERY_CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is read as another
GROUPS, GROUP = 4, 5


def new_secret() -> str:
    return pyotp.random_base32()


def address_for_app(person: User, secret: str) -> str:
    """What the QR code holds: apps make their entry from it."""
    return pyotp.TOTP(secret).provisioning_uri(name=person.username, issuer_name="ExoLedger")


def step_of(secret: str, code: str) -> int | None:
    """The time step whose code that is, if it is one of just now."""
    now = int(time.time()) // STEP_S
    totp, typed = pyotp.TOTP(secret), code.replace(" ", "")
    steps = range(now - STEPS_APART, now + STEPS_APART + 1)
    return next((step for step in steps if constant_time_compare(totp.generate_otp(step), typed)), None)


def fresh_step(factor: SecondFactor, code: str) -> int | None:
    """The time step of a right code that was not used yet. Needs the person's row locked."""
    try:
        secret = unseal(factor.secret, factor.person.username)
    except SecretUnreadable:
        return None
    step = step_of(secret, code)
    return step if step is not None and step > last_step(factor) else None


def last_step(factor: SecondFactor) -> int:
    """The newest time step whose code signed the person in, as the entries of sign-ins tell."""
    since = timezone.now() - timedelta(seconds=STEP_S * (2 * STEPS_APART + 2))
    signed_in = Entry.objects.filter(actor=factor.person, action=EntryAction.SIGNED_IN, at__gte=since)
    steps = [json.loads(body)["detail"].get("step", 0) for body in signed_in.values_list("body", flat=True)]
    return max([factor.first_step, *steps])


def new_recovery_codes() -> list[str]:
    """Ten codes of 20 letters, in groups that can be read out."""
    return ["-".join(_group() for _ in range(GROUPS)) for _ in range(RECOVERY_CODES)]


def _group() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(GROUP))


def recovery_code(factor: SecondFactor, typed: str) -> RecoveryCode | None:
    """The unused recovery code that was typed."""
    letters = bare(typed)
    if len(letters) != GROUPS * GROUP:
        return None
    unused = factor.recovery_codes.filter(used_at=None)
    return next((one for one in unused if check_password(letters, one.code)), None)


def bare(code: str) -> str:
    """A recovery code as it is hashed: without dashes and spaces, in small letters."""
    return code.replace("-", "").replace(" ", "").lower()
