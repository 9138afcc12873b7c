"""Sign-in, one's own password, people."""

from collections.abc import Callable

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import actions, example, roles, signing_in
from accounts.forms import (
    AddPersonForm,
    ChangePasswordForm,
    ChangePersonForm,
    IdentityForm,
    NewPasswordFields,
    PasskeyForm,
    ReasonFields,
    SignInForm,
)
from accounts.gates import only
from accounts.models import User
from accounts.places import where_to
from accounts.proving import locks
from accounts.second_factor.views import is_demanded, to_second_step
from audit.refusal import ActionRefused


@never_cache
@login_not_required
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page; afterwards back to where the person was going."""
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        refusal = signing_in.sign_in(request, **form.cleaned_data)
        if not refusal:
            return redirect(where_to(request)) if request.user.is_authenticated else to_second_step(request)
        form.add_error(None, refusal)
    asked_for = request.POST.get("next") or request.GET.get("next", "")
    context = {"form": form, "next": asked_for, "example_people": _example_people()}
    context["example_password"] = example.EXAMPLE_PASSWORD
    return render(request, "accounts/sign_in.html", context, status=200 if not form.errors else 401)


def _example_people() -> list[tuple[User, str]]:
    """Example people with what their roles do; nobody in production."""
    if settings.PRODUCTION:
        return []
    found = User.objects.people().active().filter(is_example=True).order_by("pk")
    return [(person, example.WHAT_ROLES_DO[person.role]) for person in found]


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    signing_in.sign_out(request)
    return redirect("sign_in")


def still_here(request: HttpRequest) -> HttpResponse:
    """Keeps a session alive; the page asks two minutes before it would end."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
def csrf_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that came too late or from elsewhere: what was typed is kept by the browser."""
    if request.headers.get("HX-Request") and not request.user.is_authenticated:
        return HttpResponse("You are signed out.", status=401, content_type="text/plain")
    words = "This page was open too long. Go back, reload and send it again: what you typed is kept."
    told = {"refusal": words, "heading": "This page is too old"}
    return render(request, "refused.html", told, status=403)


@never_cache
def account(request: HttpRequest) -> HttpResponse:
    """One's own account: password, passkeys, second factor."""
    context = {
        "passkeys": request.user.passkeys.with_last_use(),
        "passkey_form": PasskeyForm(),
        "passkey_domain": settings.PASSKEY_DOMAIN,
        "factor": request.user.second_factors.active().first(),
        "is_demanded": is_demanded(request.user),
    }
    return render(request, "accounts/account.html", context)


@sensitive_post_parameters("old", "password")
def change_password(request: HttpRequest) -> HttpResponse:
    """Change one's own password."""
    form = ChangePasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = actions.change_own_password(
                old=form.cleaned_data["old"], new=form.cleaned_data["password"], by=request.user
            )
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            update_session_auth_hash(request, person)
            signing_in.settle(request, signing_in.PASSWORD)
            messages.success(request, "Your password is changed.")
            return redirect("batch_list")
    return render(request, "accounts/change_password.html", {"form": form})


@only(roles.MANAGE_PEOPLE)
def people(request: HttpRequest) -> HttpResponse:
    """Everybody who can or could sign in."""
    everybody = User.objects.people().order_by("-is_active", "username")
    return render(request, "accounts/people.html", {"people": everybody, "locks": locks()})


@only(roles.MANAGE_PEOPLE)
@sensitive_post_parameters("password")
def add_person(request: HttpRequest) -> HttpResponse:
    form = AddPersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = actions.add_person(**form.cleaned_data, by=request.user)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{person.username} can sign in now.")
            return redirect("people")
    context = {"form": form, "what_roles_do": _what_roles_do()}
    return render(request, "accounts/add_person.html", context)


def _what_roles_do() -> list[tuple[str, str]]:
    return [(roles.Role(code).label, words) for code, words in example.WHAT_ROLES_DO.items()]


@only(roles.MANAGE_PEOPLE)
def person(request: HttpRequest, username: str) -> HttpResponse:
    """One person: name, role, password, active or not."""
    found = get_object_or_404(User.objects.people(), username=username)
    its_forms: dict[str, forms.Form] = {
        "change_form": ChangePersonForm(person=found),
        "password_form": NewPasswordFields(),
        "active_form": ReasonFields(auto_id=ACTIVE_IDS),
        "identity_form": IdentityForm(),
    }
    intention = request.POST.get("intention", "")
    if request.method == "POST" and intention in INTENTIONS:
        name, carry_out = INTENTIONS[intention]
        form = its_forms[name] = _bound(name, request, found)
        if form.is_valid() and carry_out(request, found, form):
            return redirect("person", username)
    held = {
        "passkeys": found.passkeys.with_last_use(),
        "factor": found.second_factors.active().first(),
        "factor_form": ReasonFields(auto_id="id_factor_%s"),
    }
    return render(request, "accounts/person.html", {"subject": found, **held, **its_forms})


def _bound(name: str, request: HttpRequest, found: User) -> forms.Form:
    """The form of that intention, with what was typed."""
    if name == "change_form":
        return ChangePersonForm(request.POST, person=found)
    if name == "password_form":
        return NewPasswordFields(request.POST)
    if name == "identity_form":
        return IdentityForm(request.POST)
    return ReasonFields(request.POST, auto_id=ACTIVE_IDS)


def _change(request: HttpRequest, found: User, form: ChangePersonForm) -> bool:
    fields = {name: form.cleaned_data[name] for name in ("printed_name", "role")}
    return _done(
        request,
        form,
        lambda: actions.change_person(person=found, **fields, by=request.user, reason=form.reason()),
    )


def _set_password(request: HttpRequest, found: User, form: NewPasswordFields) -> bool:
    password = form.cleaned_data["password"]
    return _done(
        request, form, lambda: actions.set_password(person=found, password=password, by=request.user)
    )


def _verify(request: HttpRequest, found: User, form: IdentityForm) -> bool:
    identity = form.cleaned_data["identity"]
    return _done(
        request, form, lambda: actions.verify_identity(person=found, identity=identity, by=request.user)
    )


def _set_active(request: HttpRequest, found: User, form: ReasonFields) -> bool:
    return _done(
        request,
        form,
        lambda: actions.set_active(
            person=found, is_active=not found.is_active, by=request.user, reason=form.reason()
        ),
    )


def _done(request: HttpRequest, form: forms.Form, act: Callable[[], User]) -> bool:
    """Carry out; a refusal stands on the form, with everything typed."""
    try:
        act()
    except ActionRefused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, "Saved.")
    return True


# Two forms of that page ask for a reason; their inputs need ids of their own.
ACTIVE_IDS = "id_active_%s"
INTENTIONS: dict[str, tuple[str, Callable[..., bool]]] = {
    "change": ("change_form", _change),
    "password": ("password_form", _set_password),
    "active": ("active_form", _set_active),
    "identity": ("identity_form", _verify),
}
