"""Identity is verified before somebody signs: by whom, when and how."""

import io
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts import actions, identities
from accounts.models import User
from accounts.proving import Proof, prove
from accounts.roles import EVERYBODY
from audit.acting import action
from audit.models import Entry
from audit.refusal import ActionRefused, ValueRefused
from tests.factories import PersonFactory
from tests.factories.people import PASSWORD

NEW = "a quite different passphrase"
JOIN = {"username": "reviewer9", "printed_name": "Reviewer Nine", "role": "reviewer", "password": NEW}
NOBODY = {"identity_words": "", "identity_verified_at": None, "identity_verified_by": None}
HOW = "Passport seen"


@pytest.fixture
def unverified(db):
    return PersonFactory(username="operator7", **NOBODY)


@action(may=EVERYBODY)
def sign_something(*, by):
    return prove(person=by, proof=Proof(password=PASSWORD), challenge=bytes(32))


def verified(person):
    person.refresh_from_db()
    return person.identity_words, person.identity_verified_by, person.identity_verified_at is not None


def test_r039_who_signs_is_registered_with_how_they_were_verified(administrator):
    for given in ({}, {"identity": "  "}, {"identity": "ID"}):
        with pytest.raises(ValueRefused) as refused:
            actions.add_person(**JOIN, **given, by=administrator)
        assert refused.value.field == "identity"
    assert not User.objects.filter(username="reviewer9").exists()
    person = actions.add_person(**JOIN, identity=f" {HOW} ", by=administrator)
    assert verified(person) == (HOW, administrator, True)
    assert verified(
        actions.add_person(**JOIN | {"username": "o9", "role": "operator"}, by=administrator)
    ) == (
        "",
        None,
        False,
    )


def test_r039_role_that_signs_is_refused_until_somebody_verified(administrator, unverified, reason):
    given = {"person": unverified, "printed_name": "Person", "by": administrator, "reason": reason}
    for role in ("reviewer", "qa"):
        with pytest.raises(ValueRefused, match="is a role that signs"):
            actions.change_person(role=role, **given)
    actions.change_person(role="auditor", **given)
    actions.verify_identity(person=unverified, identity=HOW, by=administrator)
    assert verified(unverified) == (HOW, administrator, True)
    assert actions.change_person(role="reviewer", **given).role == "reviewer"
    actions.verify_identity(person=unverified, identity="Seen again", by=administrator)
    assert verified(unverified)[0] == "Seen again"


def test_r039_nobody_signs_before_it_and_the_refusal_is_an_entry(unverified):
    with pytest.raises(ActionRefused, match="Nobody has recorded that your identity was verified"):
        sign_something(by=unverified)
    assert (Entry.objects.latest("id").action, Entry.objects.latest("id").actor) == ("refused", unverified)


def test_r039_nobody_verifies_themselves(administrator):
    with pytest.raises(ActionRefused, match="Nobody verifies their own identity"):
        actions.verify_identity(person=administrator, identity=HOW, by=administrator)


def test_r039_people_who_sign_already_go_on_after_an_upgrade(unverified):
    before = PersonFactory(role="reviewer", **NOBODY)
    known = PersonFactory(role="qa")

    def after(*steps):
        plan = [(SimpleNamespace(app_label="accounts", name=name), back) for name, back in steps]
        identities.count_after_migrate(plan=plan)
        return verified(before)

    assert after() == after(("0006_other", False), ("0005_identity_verified", True)) == ("", None, False)
    words, actor, at = after(("0004_second_factor", False), ("0005_identity_verified", False))
    assert (words, actor.username, at) == (identities.FROM_BEFORE, "upgrade", True)
    assert Entry.objects.filter(object_id=before.pk, actor=actor, kind="accounts.user").count() == 1
    assert (verified(unverified)[0], verified(known)[0]) == ("", "Staff pass seen")
    assert sign_something(by=before).means == "password"


def test_r039_step_that_counts_them_is_the_step_of_the_database():
    from django.db.migrations.loader import MigrationLoader

    steps = MigrationLoader(None, replace_migrations=False).disk_migrations
    assert [app for app, name in steps if name.endswith(identities.STEP)] == ["accounts"]


def test_r039_page_says_whether_and_how_and_takes_it(signed_in, administrator, unverified):
    client, url = signed_in(administrator), reverse("person", args=["operator7"])
    assert "Nobody has recorded who made sure of this person." in client.get(url).content.decode()
    short = client.post(url, {"intention": "identity", "identity": "x"})
    assert list(short.context["identity_form"].errors) == ["identity"]
    assert client.post(url, {"intention": "identity", "identity": HOW}).status_code == 302
    page = client.get(url).content.decode()
    assert (f"{HOW}." in page, "Verified again" in page) == (True, True)
    refused = client.post(reverse("add_person"), JOIN)
    assert "Record first how the identity" in refused.context["form"].non_field_errors()[0]
    assert client.post(reverse("add_person"), JOIN | {"identity": HOW}).status_code == 302


def test_r039_list_of_people_says_who_is_not_verified(signed_in, administrator, unverified):
    page = signed_in(administrator).get(reverse("people")).content.decode()
    assert (page.count("not verified"), page.count(" verified</span>")) == (1, 2)


def test_r039_command_says_how_too(db, monkeypatch):
    given = ["qa9", "--name", "QA Nine", "--role", "qa", "--password-stdin"]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{NEW}\n{NEW}\n"))
    with pytest.raises(CommandError, match="Record first how the identity"):
        call_command("add_person", *given, stdout=io.StringIO())
    call_command("add_person", *given, "--identity", HOW, stdout=io.StringIO())
    assert verified(User.objects.get(username="qa9"))[0] == HOW
