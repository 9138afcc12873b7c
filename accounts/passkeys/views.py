"""A person's own passkeys: what the browser asks, what it answers."""

import secrets
import time

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from accounts.forms import ReasonFields
from accounts.models import Passkey
from accounts.passkeys import actions, webauthn
from audit.refusal import ActionRefused

CHALLENGE_KEY = "passkey_challenge"
CHALLENGE_S = 300
TOO_LATE = "That took longer than five minutes, or was sent before: begin again."


@never_cache
@require_GET
def own_passkeys(request: HttpRequest) -> JsonResponse:
    """What the browser is asked at signing, but for the challenge: that comes with the form."""
    passkeys = request.user.passkeys.active()
    return JsonResponse(webauthn.request_options(passkeys, bytes(32)) if passkeys else {})


@require_POST
@sensitive_post_parameters("password")
def begin_passkey(request: HttpRequest) -> JsonResponse:
    """The password again, for a challenge that a new passkey answers within five minutes, once."""
    try:
        actions.begin_passkey(password=request.POST.get("password", ""), by=request.user)
    except ActionRefused as refusal:
        return JsonResponse({"refusal": str(refusal)}, status=409)
    challenge = secrets.token_bytes(32)
    request.session[CHALLENGE_KEY] = (challenge.hex(), int(time.time()))
    return JsonResponse(webauthn.creation_options(request.user, challenge))


@require_POST
def register_passkey(request: HttpRequest) -> HttpResponse:
    """Register what the device made."""
    challenge, at = request.session.pop(CHALLENGE_KEY, ("", 0))
    try:
        if not 0 <= time.time() - at <= CHALLENGE_S:
            raise ActionRefused(TOO_LATE)
        passkey = actions.register_passkey(
            name=request.POST.get("name", ""),
            answer=request.POST.get("passkey", ""),
            challenge=bytes.fromhex(challenge),
            by=request.user,
        )
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{passkey.name} is registered: you can sign with it now.")
    return redirect("account")


@require_POST
def revoke_passkey(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke one's own passkey, or as an administrator somebody else's."""
    passkey = get_object_or_404(Passkey.objects.select_related("person"), pk=pk)
    form = ReasonFields(request.POST)
    try:
        if not form.is_valid():
            raise ActionRefused("Say why the passkey is revoked.")
        actions.revoke_passkey(passkey=passkey, by=request.user, reason=form.reason())
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{passkey.name} is revoked: nobody can sign with it any more.")
    if passkey.person_id == request.user.pk:
        return redirect("account")
    return redirect("person", passkey.person.username)
