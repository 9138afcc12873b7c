"""Signing in and out: what works, what is refused, and what the trail keeps of it."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth import get_user
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.example import EXAMPLE_PASSWORD
from accounts.middleware import BEGAN_KEY, SEEN_KEY
from accounts.production import refuse_example_people
from audit import records
from audit.models import Entry, EntryAction
from tests.factories import PersonFactory
from tests.factories.people import PASSWORD, hashed

WRONG = "That user name and password do not belong together."


def sign_in(client, username="operator1", password=PASSWORD, **more):
    return client.post(reverse("sign_in"), {"username": username, "password": password, **more})


def events():
    """What happened besides saving, oldest first."""
    found = Entry.objects.exclude(action__in=["created", "changed"]).order_by("id")
    return [(entry.action, entry.actor_username, entry.object_label) for entry in found]


def errors(response):
    return response.context["form"].non_field_errors()


# --- signing in ---------------------------------------------------------------------------------


def test_r007_sign_in_leads_to_the_batches_and_is_kept(client, operator):
    response = sign_in(client)
    assert (response.status_code, response["Location"]) == (302, reverse("batch_list"))
    assert events() == [("signed_in", "operator1", "operator1 (Operator One)")]
    entry = Entry.objects.latest("id")
    assert (entry.act, json.loads(entry.body)["detail"]) == ("sign_in", {"address": "127.0.0.1"})


@pytest.mark.parametrize("username", ["operator1", " Operator1 ", "OPERATOR1"])
def test_user_names_are_found_whatever_their_case(client, operator, username):
    assert sign_in(client, username).status_code == 302


def test_sign_in_leads_back_to_where_the_person_was_going(client, operator):
    page = client.get(reverse("sign_in"), {"next": "/people/?a=b"})
    assert '<input type="hidden" name="next" value="/people/?a=b">' in page.content.decode()
    assert sign_in(client, next="/people/?a=b")["Location"] == "/people/?a=b"


@pytest.mark.parametrize(
    "elsewhere", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"]
)
def test_sign_in_never_leads_to_another_site(client, operator, elsewhere):
    assert sign_in(client, next=elsewhere)["Location"] == reverse("batch_list")


def test_failed_sign_in_keeps_where_the_person_was_going(client, operator):
    response = sign_in(client, password="wrong", next="/people/")
    assert response.context["next"] == "/people/"


def test_new_session_after_sign_in(client, operator):
    client.get(reverse("sign_in"))
    before = client.cookies.get("csrftoken").value
    sign_in(client)
    assert client.cookies.get("csrftoken").value != before
    assert get_user(client).username == "operator1"


def test_r007_wrong_password_is_refused_and_kept(client, operator):
    response = sign_in(client, password="wrong")
    assert (response.status_code, errors(response)) == (401, [WRONG])
    assert events() == [("sign_in_failed", "", "operator1 (Operator One)")]
    assert not get_user(client).is_authenticated


def test_user_name_that_nobody_has_is_not_written_down(client, operator):
    secret = "my password in the wrong field"
    response = sign_in(client, username=secret)
    assert errors(response) == [WRONG]
    assert events() == [("sign_in_failed", "", "")]
    assert secret not in Entry.objects.latest("id").body
    assert json.loads(Entry.objects.latest("id").body)["detail"]["known_name"] is False


def test_passwords_never_enter_the_trail(client, operator):
    sign_in(client, password="wrong but secret")
    sign_in(client)
    assert [e for e in Entry.objects.all() if "wrong but secret" in e.body or PASSWORD in e.body] == []


def test_system_actors_can_not_sign_in(client, operator):
    assert errors(sign_in(client, username="tests", password="!")) == [WRONG]
    assert errors(sign_in(client, username="tests", password="")) == []  # the form asks for a password
    assert events() == [("sign_in_failed", "", "")]


# --- locking ------------------------------------------------------------------------------------


def test_r070_five_wrong_passwords_lock_the_account(client, operator, second_operator):
    for _ in range(5):
        assert errors(sign_in(client, password="wrong")) == [WRONG]
    locked = "Too many wrong passwords for this account. Wait 5 minutes, then try again."
    assert errors(sign_in(client)) == [locked]
    assert events()[-1] == ("refused", "", "operator1 (Operator One)")
    assert sign_in(client, username="operator2").status_code == 302


def test_four_wrong_passwords_do_not_lock(client, operator):
    for _ in range(4):
        sign_in(client, password="wrong")
    assert sign_in(client).status_code == 302


def test_lock_opens_when_the_wrong_passwords_are_long_ago(client, operator, settings):
    for _ in range(5):
        sign_in(client, password="wrong")
    settings.SIGN_IN_FAILURE_WINDOW_MINUTES = 0
    assert sign_in(client).status_code == 302


def test_refusals_while_locked_do_not_lengthen_the_lock(client, operator):
    for _ in range(9):
        sign_in(client, password="wrong")
    assert [action for action, _, _ in events()] == ["sign_in_failed"] * 5 + ["refused"] * 5


def test_wrong_passwords_at_signing_count_too(client, operator):
    for _ in range(5):
        records.event(EntryAction.IDENTITY_FAILED, by=operator)
    assert errors(sign_in(client))[0].startswith("Too many wrong passwords")


def test_wrong_passwords_of_others_do_not_count(client, operator, second_operator):
    for _ in range(5):
        sign_in(client, username="operator2", password="wrong")
        sign_in(client, username="nobody", password="wrong")
    assert sign_in(client).status_code == 302


# --- sessions -----------------------------------------------------------------------------------


def test_r007_sign_out_ends_the_session_and_is_kept(signed_in, operator):
    client = signed_in(operator)
    assert client.post(reverse("sign_out"))["Location"] == reverse("sign_in")
    assert events() == [("signed_out", "operator1", "operator1 (Operator One)")]
    assert not get_user(client).is_authenticated


def test_sign_out_takes_a_post(signed_in, operator):
    client = signed_in(operator)
    assert client.get(reverse("sign_out")).status_code == 405
    assert get_user(client).is_authenticated


def test_r071_deactivated_person_is_out_at_once(signed_in, operator, administrator, reason):
    client = signed_in(operator)
    assert client.get(reverse("change_password")).status_code == 200
    operator.is_active = False
    records.save(operator, by=administrator, reason=reason)
    assert client.get(reverse("change_password")).status_code == 302
    assert errors(sign_in(client)) == [WRONG]


def test_r069_idle_session_ends(signed_in, operator, settings):
    settings.SESSION_IDLE_MINUTES = 30
    client = signed_in(operator)
    assert client.get(reverse("change_password")).status_code == 200
    _seen(client, minutes_ago=29)
    assert client.get(reverse("change_password")).status_code == 200
    _seen(client, minutes_ago=31)
    assert client.get(reverse("change_password")).status_code == 302
    assert not get_user(client).is_authenticated
    assert events() == [("signed_out", "operator1", "operator1 (Operator One)")]
    assert json.loads(Entry.objects.latest("id").body)["detail"]["words"] == "idle for too long"


def test_r069_what_an_idle_session_sends_is_not_done(signed_in, operator):
    client = signed_in(operator)
    client.get(reverse("change_password"))
    _seen(client, minutes_ago=31)
    sent = {"old": PASSWORD, "password": "a quite different passphrase"}
    assert client.post(reverse("change_password"), sent)["Location"].startswith("/sign-in/")
    operator.refresh_from_db()
    assert operator.check_password(PASSWORD)


def test_r069_busy_session_ends_after_half_a_day(signed_in, operator):
    client = signed_in(operator)
    client.get(reverse("change_password"))
    for hours, status in ((11, 200), (13, 302)):
        session = client.session
        session[BEGAN_KEY] = int(timezone.now().timestamp()) - hours * 3600
        session.save()
        assert client.get(reverse("change_password")).status_code == status
    assert json.loads(Entry.objects.latest("id").body)["detail"]["words"] == "signed in for too long"


def _seen(client, *, minutes_ago):
    session = client.session
    session[SEEN_KEY] = int((timezone.now() - timedelta(minutes=minutes_ago)).timestamp())
    session.save()


def test_r069_session_ends_after_half_a_day_however_busy(settings):
    assert settings.SESSION_COOKIE_AGE == 12 * 60 * 60


def test_page_that_asks_whether_the_session_lives_keeps_it_alive(signed_in, operator):
    client = signed_in(operator)
    client.get(reverse("still_here"))
    _seen(client, minutes_ago=20)
    assert client.get(reverse("still_here")).content == b"ok"
    _, age = client.session[SEEN_KEY], timezone.now().timestamp() - client.session[SEEN_KEY]
    assert age < 60


@pytest.mark.parametrize("place", ["change_password", "people", "add_person", "trail"])
def test_pages_ask_for_signing_in_first(client, db, place):
    assert client.get(reverse(place))["Location"] == f"/sign-in/?next={reverse(place)}"


# --- example people -----------------------------------------------------------------------------


@pytest.fixture
def example_person(db):
    return PersonFactory(username="qa1", role="qa", is_example=True, password=hashed(EXAMPLE_PASSWORD))


def test_sign_in_page_lists_example_people_with_what_they_do(client, example_person, operator):
    page = client.get(reverse("sign_in")).content.decode()
    assert "qa1" in page
    assert "approves masters" in page
    assert EXAMPLE_PASSWORD in page
    assert "operator1" not in page
    assert sign_in(client, "qa1", EXAMPLE_PASSWORD).status_code == 302


def test_sign_in_page_without_example_people_says_nothing_of_them(client, operator):
    assert "Example people" not in client.get(reverse("sign_in")).content.decode()


def test_example_people_are_refused_in_production(client, example_person, settings):
    settings.PRODUCTION = True
    assert errors(sign_in(client, "qa1", EXAMPLE_PASSWORD)) == [WRONG]
    page = client.get(reverse("sign_in")).content.decode()
    assert EXAMPLE_PASSWORD not in page
    assert "qa1" not in page


def test_example_person_is_out_at_once_when_production_begins(signed_in, example_person, settings):
    client = signed_in(example_person)
    settings.PRODUCTION = True
    assert client.get(reverse("change_password")).status_code == 302


def test_production_does_not_start_while_example_people_could_sign_in(example_person, settings):
    refuse_example_people()
    settings.PRODUCTION = True
    with pytest.raises(ImproperlyConfigured, match="qa1"):
        refuse_example_people()


def test_production_starts_without_example_people(operator, settings):
    settings.PRODUCTION = True
    refuse_example_people()
    assert type(operator).objects.active().filter(is_example=True).count() == 0


def test_a_form_that_came_too_late_says_so_and_claims_nothing(operator):
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator)
    before = Entry.objects.count()
    page = client.post(reverse("sign_out"))
    assert (page.status_code, Entry.objects.count()) == (403, before)
    text = page.content.decode()
    assert "<h1>This page is too old</h1>" in text
    assert "what you typed is kept" in text
    assert "not for your role" not in text and "kept in the trail" not in text
