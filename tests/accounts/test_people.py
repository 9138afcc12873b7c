"""People and their accounts: adding, changing, deactivating, passwords, and who may do that."""

import io
import json
import sys

import pytest
from django.contrib.auth import get_user
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts import actions
from accounts.example import EXAMPLE_PASSWORD, hasher_of
from accounts.models import User
from audit.models import Entry
from audit.refusal import ActionRefused, ReasonMissing, ValueRefused
from tests.factories import PersonFactory
from tests.factories.people import PASSWORD, hashed

NEW = "a quite different passphrase"
WHY = {"reason_category": "administration", "reason_words": "new task"}
JOIN = {"username": "operator9", "printed_name": "Operator Nine", "role": "operator", "password": NEW}


def changes_of(person):
    """Fields that the newest entry about this person tells of: old and new."""
    entry = Entry.objects.filter(kind="accounts.user", object_id=person.pk).latest("id")
    return {change["field"]: (change["old"], change["new"]) for change in json.loads(entry.body)["changes"]}


# --- actions ------------------------------------------------------------------------------------


def test_added_person_can_sign_in_and_stands_in_the_trail(administrator):
    person = actions.add_person(**JOIN, by=administrator)
    assert person.check_password(NEW)
    assert changes_of(person)["role"] == (None, "operator")
    assert "password" not in changes_of(person)
    assert (person.password_set_by, person.is_active, person.is_example) == (administrator, True, False)


def test_r038_user_names_are_never_used_twice(administrator, reason):
    person = actions.add_person(**JOIN, by=administrator)
    actions.set_active(person=person, is_active=False, by=administrator, reason=reason)
    with pytest.raises(ValueRefused) as refused:
        actions.add_person(**JOIN | {"username": "Operator9 "}, by=administrator)
    assert str(refused.value) == "This username is already taken."


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"username": "Op erator"}, "username"),
        ({"username": "=operator"}, "username"),
        ({"username": ""}, "username"),
        ({"role": "system"}, "role"),
        ({"role": "king"}, "role"),
        ({"printed_name": " "}, "printed_name"),
        ({"password": "too short"}, "password"),
        ({"username": "operator-number-nine", "password": "operator-number-nine"}, "password"),
        ({"password": "yfdbufnjh10305070"}, "password"),  # among the passwords that everybody tries
    ],
)
def test_r068_person_that_can_not_be_is_refused(administrator, values, field):
    with pytest.raises(ValueRefused) as refused:
        actions.add_person(**JOIN | values, by=administrator)
    assert refused.value.field == field
    assert User.objects.filter(role="operator").count() == 0


def test_r006_changed_role_needs_a_reason_and_stands_in_the_trail(administrator, operator, reason):
    actions.change_person(
        person=operator, printed_name="Operator One", role="reviewer", by=administrator, reason=reason
    )
    assert changes_of(operator) == {"role": ("operator", "reviewer")}
    with pytest.raises(ReasonMissing):
        actions.change_person(person=operator, printed_name="X Y", role="qa", by=administrator, reason=None)


def test_nobody_changes_or_deactivates_themselves(administrator, reason):
    with pytest.raises(ActionRefused, match="Nobody changes their own role"):
        actions.change_person(
            person=administrator, printed_name="Admin", role="qa", by=administrator, reason=reason
        )
    with pytest.raises(ActionRefused, match="Nobody deactivates themselves"):
        actions.set_active(person=administrator, is_active=False, by=administrator, reason=reason)
    assert [e.act for e in Entry.objects.filter(action="refused").order_by("id")] == [
        "change_person",
        "set_active",
    ]
    administrator.refresh_from_db()
    assert (administrator.role, administrator.is_active) == ("administrator", True)


def test_r072_deactivated_people_keep_their_name_in_all_records(administrator, operator, reason):
    actions.set_active(person=operator, is_active=False, by=administrator, reason=reason)
    assert changes_of(operator) == {"is_active": (True, False)}
    assert User.objects.get(username="operator1").printed_name == "Operator One"
    actions.set_active(person=operator, is_active=True, by=administrator, reason=reason)
    assert changes_of(operator) == {"is_active": (False, True)}


def test_own_password_changes_with_the_old_one_only(operator):
    with pytest.raises(actions.IdentityRefused):
        actions.change_own_password(old="wrong", new=NEW, by=operator)
    assert Entry.objects.latest("id").action == "identity_failed"
    person = actions.change_own_password(old=PASSWORD, new=NEW, by=operator)
    assert (person.check_password(NEW), person.check_password(PASSWORD)) == (True, False)
    assert set(changes_of(operator)) == {"password_set_at", "password_set_by"}


def test_r044_wrong_old_passwords_lock(operator):
    for _ in range(5):
        with pytest.raises(actions.IdentityRefused):
            actions.change_own_password(old="wrong", new=NEW, by=operator)
    with pytest.raises(ActionRefused, match="Too many wrong passwords"):
        actions.change_own_password(old=PASSWORD, new=NEW, by=operator)


def test_new_password_by_an_administrator_says_who_set_it(administrator, operator):
    person = actions.set_password(person=operator, password=NEW, by=administrator)
    assert (person.check_password(NEW), person.password_set_by) == (True, administrator)


def test_r042_password_of_an_administrator_signs_nothing(administrator, reviewer, client):
    actions.set_password(person=reviewer, password=NEW, by=administrator)
    reviewer.refresh_from_db()
    with pytest.raises(ActionRefused, match="somebody else set this one"):
        actions.prove_identity(person=reviewer, password=NEW)
    client.post(reverse("sign_in"), {"username": "reviewer1", "password": NEW})
    assert client.get("/batches/")["Location"] == reverse("change_password")
    client.post(reverse("change_password"), {"old": NEW, "password": "known to the owner alone"})
    reviewer.refresh_from_db()
    assert client.get("/batches/").status_code == 200
    actions.prove_identity(person=reviewer, password="known to the owner alone")


def test_r044_lock_is_an_entry_that_administrators_see(signed_in, administrator, operator):
    for _ in range(5):
        with pytest.raises(actions.IdentityRefused):
            actions.change_own_password(old="wrong", new=NEW, by=operator)
    lock = Entry.objects.get(act="lock_account")
    assert (lock.action, lock.object_label) == ("refused", "operator1 (Operator One)")
    assert f"Entry {lock.pk}" in signed_in(administrator).get(reverse("people")).content.decode()


# --- pages --------------------------------------------------------------------------------------


def test_people_page_lists_everybody_but_system_actors(signed_in, administrator, operator):
    PersonFactory(username="gone", is_active=False)
    response = signed_in(administrator).get(reverse("people"))
    assert [person.username for person in response.context["people"]] == ["admin1", "operator1", "gone"]
    assert "deactivated" in response.content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_people_page_costs_four_queries(signed_in, administrator, django_assert_num_queries, rows):
    for _ in range(rows - 1):
        PersonFactory()
    client = signed_in(administrator)
    client.get(reverse("people"))
    with django_assert_num_queries(4):
        assert len(client.get(reverse("people")).context["people"]) == rows


def test_administrator_adds_a_person_who_then_signs_in(signed_in, administrator, client):
    response = signed_in(administrator).post(reverse("add_person"), JOIN)
    assert response["Location"] == reverse("people")
    client.logout()
    signing = client.post(reverse("sign_in"), {"username": "operator9", "password": NEW})
    assert signing.status_code == 302
    assert get_user(client).printed_name == "Operator Nine"


def test_refused_person_stays_on_the_form_as_typed(signed_in, administrator):
    response = signed_in(administrator).post(reverse("add_person"), JOIN | {"password": "short"})
    form = response.context["form"]
    assert "too short" in form.non_field_errors()[0]
    assert form["username"].value() == "operator9"
    assert 'value="operator9"' in response.content.decode()


def test_taken_user_name_is_said_at_its_field(signed_in, administrator, operator):
    response = signed_in(administrator).post(reverse("add_person"), JOIN | {"username": "OPERATOR1"})
    assert response.context["form"].errors == {
        "username": ["This user name is taken; user names are never used twice."]
    }


def test_person_page_changes_name_and_role(signed_in, administrator, operator):
    asked = {"intention": "change", "printed_name": "Operator Uno", "role": "reviewer", **WHY}
    response = signed_in(administrator).post(reverse("person", args=["operator1"]), asked)
    assert response["Location"] == reverse("person", args=["operator1"])
    operator.refresh_from_db()
    assert (operator.printed_name, operator.role) == ("Operator Uno", "reviewer")


def test_person_page_asks_why(signed_in, administrator, operator):
    asked = {"intention": "change", "printed_name": "Operator Uno", "role": "reviewer"}
    response = signed_in(administrator).post(reverse("person", args=["operator1"]), asked)
    assert set(response.context["change_form"].errors) == {"reason_category", "reason_words"}
    assert response.context["active_form"].errors == {}
    operator.refresh_from_db()
    assert operator.printed_name == "Operator One"


def test_person_page_deactivates_and_lets_in_again(signed_in, administrator, operator):
    client, url = signed_in(administrator), reverse("person", args=["operator1"])
    for state in (False, True):
        assert client.post(url, {"intention": "active", **WHY}).status_code == 302
        operator.refresh_from_db()
        assert operator.is_active is state


def test_person_page_sets_a_password(signed_in, administrator, operator):
    url = reverse("person", args=["operator1"])
    assert signed_in(administrator).post(url, {"intention": "password", "password": NEW}).status_code == 302
    operator.refresh_from_db()
    assert operator.check_password(NEW)


def test_person_page_of_oneself_offers_nothing_and_refuses(signed_in, administrator):
    client, url = signed_in(administrator), reverse("person", args=["admin1"])
    assert b'name="intention"' not in client.get(url).content
    asked = {"intention": "change", "printed_name": "Admin", "role": "qa", **WHY}
    response = client.post(url, asked)
    assert response.context["change_form"].non_field_errors() == [
        "Nobody changes their own role or name; ask another administrator."
    ]


@pytest.mark.parametrize("intention", ["", "delete", "change_form"])
def test_person_page_does_nothing_for_an_intention_it_does_not_know(
    signed_in, administrator, operator, intention
):
    before = Entry.objects.count()
    asked = {"intention": intention, "role": "qa", **WHY}
    response = signed_in(administrator).post(reverse("person", args=["operator1"]), asked)
    assert (response.status_code, Entry.objects.count()) == (200, before)


def test_inputs_of_the_person_page_have_ids_of_their_own(signed_in, administrator, operator):
    page = signed_in(administrator).get(reverse("person", args=["operator1"])).content.decode()
    ids = [part.partition('"')[0] for part in page.split(' id="')[1:]]
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize("username", ["nobody", "tests"])
def test_page_of_nobody_and_of_system_actors_is_not_found(signed_in, administrator, username):
    assert signed_in(administrator).get(reverse("person", args=[username])).status_code == 404


def test_own_password_changes_and_the_session_goes_on(signed_in, operator):
    client = signed_in(operator)
    response = client.post(reverse("change_password"), {"old": PASSWORD, "password": NEW})
    assert response["Location"] == reverse("batch_list")
    assert client.get(reverse("change_password")).status_code == 200


def test_password_page_says_what_is_wrong(signed_in, operator):
    client, url = signed_in(operator), reverse("change_password")
    wrong = client.post(url, {"old": "wrong", "password": NEW}).context["form"]
    assert wrong.non_field_errors() == ["That is not your password. Nothing was signed or changed."]
    short = client.post(url, {"old": PASSWORD, "password": "short"}).context["form"]
    assert "at least 15 characters" in short.non_field_errors()[0]


@pytest.mark.parametrize("role", ["operator", "reviewer", "qa", "auditor"])
@pytest.mark.parametrize("place", [("people", []), ("add_person", []), ("person", ["admin1"])])
def test_r009_page_for_another_role_says_who_may_and_leaves_an_entry(signed_in, administrator, role, place):
    person = PersonFactory(role=role)
    response = signed_in(person).get(reverse(place[0], args=place[1]))
    page, entry = response.content.decode(), Entry.objects.latest("id")
    assert response.status_code == 403
    assert "It is for: administrator." in page
    assert (entry.action, entry.actor) == ("refused", person)
    assert json.loads(entry.body)["detail"]["words"].endswith("It is for: administrator.")


def test_refused_part_of_a_page_is_a_part(signed_in, operator):
    response = signed_in(operator).get(reverse("people"), headers={"HX-Request": "true"})
    assert response.status_code == 403
    assert "<html" not in response.content.decode()


# --- on the command line ------------------------------------------------------------------------


def add(*arguments, typed=None, monkeypatch=None):
    out = io.StringIO()
    if typed is not None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    call_command("add_person", *arguments, stdout=out)
    return out.getvalue()


def test_command_adds_the_first_administrator(db, monkeypatch):
    said = add(
        "Admin1",
        "--name",
        "Admin One",
        "--role",
        "administrator",
        "--password-stdin",
        typed=f"{NEW}\n",
        monkeypatch=monkeypatch,
    )
    person = User.objects.get(username="admin1")
    assert said == "admin1 (Administrator) can sign in now.\n"
    assert (person.check_password(NEW), person.is_example) == (True, False)
    assert person.password_set_by.username == "command-line"
    assert Entry.objects.latest("id").actor_role == "system"


@pytest.mark.parametrize("again", [NEW, "something else entirely"])
def test_command_asks_for_the_password_twice(db, monkeypatch, again):
    answers = iter([NEW, again])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(answers))
    arguments = ["admin1", "--name", "Admin One", "--role", "administrator"]
    if again == NEW:
        assert add(*arguments) == "admin1 (Administrator) can sign in now.\n"
    else:
        with pytest.raises(CommandError, match="differ"):
            add(*arguments)
    assert User.objects.people().count() == (1 if again == NEW else 0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["admin1", "--name", "A", "--role", "administrator"], "This password is too short"),
        (["operator1", "--name", "A", "--role", "operator"], "already taken"),
        (["x", "--name", "A", "--role", "system"], "invalid choice: 'system'"),
    ],
)
def test_command_says_what_is_wrong(operator, monkeypatch, arguments, words):
    typed = "short\n" if arguments[0] == "admin1" else f"{NEW}\n"
    with pytest.raises(CommandError, match=words):
        add(*arguments, "--password-stdin", typed=typed, monkeypatch=monkeypatch)
    assert User.objects.people().count() == 1


def test_password_hashes_are_never_made_anew_by_checking(operator):
    operator.password = hashed(PASSWORD)
    before = Entry.objects.count()
    assert operator.check_password(PASSWORD)
    assert Entry.objects.count() == before


def test_only_the_password_that_everybody_knows_is_hashed_quickly(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert hasher_of(EXAMPLE_PASSWORD).memory_cost == 64
    assert hasher_of(NEW).memory_cost == 102_400
