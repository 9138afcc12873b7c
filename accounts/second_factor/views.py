"""Setting the second factor up on one's account, and giving it at sign-in."""

import json
import secrets as random
import time
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import roles, signing_in
from accounts.forms import CodeForm, PasswordAgainForm, ReasonFields
from accounts.gates import only
from accounts.models import User
from accounts.passkeys import webauthn
from accounts.places import where_to
from accounts.second_factor import actions, codes
from accounts.second_factor.secrets import seal, unseal
from audit.ledger.printing import qr_svg
from audit.refusal import ActionRefused

NEW_KEY = "new_second_factor"
SET_UP_S = 900
TOO_LATE = "That took longer than 15 minutes: begin again."


@never_cache
@login_not_required
@sensitive_post_parameters("code")
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The second step of a sign-in: a code, or a passkey."""
    person = signing_in.awaited(request)
    if person is None:
        messages.warning(request, signing_in.TOO_LATE)
        return redirect("sign_in")
    form, refusal = CodeForm(request.POST or None), ""
    passkey = request.POST.get("passkey", "")
    if request.method == "POST" and (passkey or form.is_valid()):
        code = "" if passkey else form.cleaned_data["code"]
        refusal = signing_in.second_step(request, person, code=code, passkey=passkey)
        if not refusal:
            return redirect(where_to(request))
        form = CodeForm()
    context = {"form": form, "refusal": refusal, "person": person}
    context["next"] = request.POST.get("next") or request.GET.get("next", "")
    context["options"] = _passkey_options(request, person)
    return render(request, "accounts/sign_in_code.html", context, status=401 if refusal else 200)


def to_second_step(request: HttpRequest) -> HttpResponse:
    """On to the second step, and from there where the person was going."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    return redirect(reverse("sign_in_code") + (f"?{urlencode({'next': wanted})}" if wanted else ""))


def _passkey_options(request: HttpRequest, person: User) -> str:
    """What the browser asks a passkey for at this step (JSON); empty where the person has none."""
    passkeys = person.passkeys.active()
    if not passkeys:
        return ""
    challenge = random.token_bytes(32)
    request.session[signing_in.CHALLENGE_KEY] = challenge.hex()
    return json.dumps(webauthn.request_options(passkeys, challenge))


@never_cache
@sensitive_post_parameters("password", "code")
def second_factor(request: HttpRequest) -> HttpResponse:
    """Set up one's own second factor: password, then the QR code, then a code of the app."""
    secret = _new_secret(request)
    if request.method == "POST" and "code" in request.POST:
        return _confirm(request, secret)
    form = PasswordAgainForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            secret = actions.begin_second_factor(password=form.cleaned_data["password"], by=request.user)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            request.session[NEW_KEY] = (seal(secret, request.user.username), int(time.time()))
            return _show(request, secret, CodeForm())
    return render(request, "accounts/second_factor.html", {"form": form})


def _confirm(request: HttpRequest, secret: str) -> HttpResponse:
    """Switch it on with a code of the app, and show the recovery codes this once."""
    if not secret:
        messages.error(request, TOO_LATE)
        return redirect("second_factor")
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            made = actions.set_up_second_factor(
                secret=secret, code=form.cleaned_data["code"], by=request.user
            )
        except ActionRefused as refusal:
            form.add_error("code", str(refusal))
        else:
            del request.session[NEW_KEY]
            signing_in.settle(request, signing_in.SECOND_FACTOR)
            return render(request, "accounts/recovery_codes.html", {"codes": made})
    return _show(request, secret, form)


def _show(request: HttpRequest, secret: str, form: CodeForm) -> HttpResponse:
    form.fields["code"].help_text = "Six digits that the app shows now."
    groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    context = {"form": form, "qr": qr_svg(codes.address_for_app(request.user, secret)), "secret": groups}
    return render(request, "accounts/second_factor.html", context)


def _new_secret(request: HttpRequest) -> str:
    kept, at = request.session.get(NEW_KEY, ("", 0))
    return unseal(kept, request.user.username) if 0 <= time.time() - at <= SET_UP_S else ""


@require_POST
@sensitive_post_parameters("password")
def switch_off_own(request: HttpRequest) -> HttpResponse:
    """Switch one's own second factor off, with the password."""
    try:
        actions.switch_off_own_second_factor(password=request.POST.get("password", ""), by=request.user)
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The second factor is off: you sign in with your password alone.")
    return redirect("account")


@require_POST
@only(roles.MANAGE_PEOPLE)
def switch_off(request: HttpRequest, username: str) -> HttpResponse:
    """Switch somebody's second factor off, saying why."""
    person = get_object_or_404(User.objects.people(), username=username)
    form = ReasonFields(request.POST)
    try:
        if not form.is_valid():
            raise ActionRefused("Say why the second factor is switched off.")
        actions.switch_off_second_factor(person=person, by=request.user, reason=form.reason())
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"The second factor of {person.username} is off.")
    return redirect("person", username)


def is_demanded(person: User) -> bool:
    """Whether people of that role sign in with a second factor only."""
    return person.role in settings.SECOND_FACTOR_ROLES
