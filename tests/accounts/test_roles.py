"""Who may do what: every action against every role that must not."""

import importlib
import json
import pkgutil

import pytest

import accounts
import batches
import qc
from accounts import actions, roles
from accounts.roles import Role
from audit.models import Entry
from audit.refusal import RoleRefused
from tests.factories import PersonFactory

pytestmark = pytest.mark.one_engine
EVERYBODY = ["administrator", "auditor", "operator", "qa", "reviewer"]
SKIPPED = (".migrations", ".management")


def modules():
    """Every module of the rooms that hold actions."""
    for room in (accounts, batches, qc):
        for found in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if not any(part in found.name for part in SKIPPED):
                yield importlib.import_module(found.name)


def all_actions():
    """Every action of the product, by its full name."""
    found = {}
    for module in modules():
        for name, thing in vars(module).items():
            if isinstance(getattr(thing, "may", None), frozenset) and thing.__module__ == module.__name__:
                found[f"{module.__name__}.{name}"] = thing
    return found


ACTIONS = all_actions()
MUST_NOT = [
    (name, role) for name, act in sorted(ACTIONS.items()) for role in Role.values if role not in act.may
]


@pytest.mark.parametrize(("name", "role"), MUST_NOT)
def test_r065_action_is_refused_to_every_role_that_must_not(db, name, role):
    person = PersonFactory(username="somebody", role=role)
    before = Entry.objects.count()
    with pytest.raises(RoleRefused) as refused:
        ACTIONS[name](by=person)
    entry = Entry.objects.latest("id")
    assert Entry.objects.count() == before + 1
    assert (entry.action, entry.act, entry.actor) == ("refused", ACTIONS[name].__name__, person)
    assert json.loads(entry.body)["detail"] == {"words": str(refused.value)}


@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_no_action_is_for_a_deactivated_person(db, name):
    person = PersonFactory(role=sorted(ACTIONS[name].may)[0], is_active=False)
    with pytest.raises(RoleRefused) as refused:
        ACTIONS[name](by=person)
    assert str(refused.value) == "This account is deactivated."


def test_actions_of_accounts_are_for_these_roles():
    assert {
        name.rpartition(".")[2]: sorted(ACTIONS[name].may) for name in ACTIONS if "accounts." in name
    } == {
        "add_person": ["administrator", "system"],
        "begin_passkey": EVERYBODY,
        "begin_second_factor": EVERYBODY,
        "change_own_password": EVERYBODY,
        "change_person": ["administrator"],
        "keep_change": ["qa"],
        "keep_verification": ["auditor", "qa", "reviewer", "system"],
        "note_damage": ["qa"],
        "put_back": ["qa"],
        "register_passkey": EVERYBODY,
        "revoke_passkey": EVERYBODY,
        "set_active": ["administrator"],
        "set_password": ["administrator"],
        "set_up_second_factor": EVERYBODY,
        "switch_off_own_second_factor": EVERYBODY,
        "switch_off_second_factor": ["administrator"],
        "verify_identity": ["administrator"],
    }
    assert ACTIONS["accounts.actions.add_person"] is actions.add_person


def test_roles_table():
    assert {
        name: sorted(getattr(roles, name))
        for name in (
            "ENTER",
            "CHECK",
            "REVIEW",
            "WRITE_MASTERS",
            "APPROVE_MASTERS",
            "MANAGE_PEOPLE",
            "READ_TRAIL",
            "EXPORT_TRAIL",
            "EVERYBODY",
        )
    } == {
        "ENTER": ["operator", "qa", "reviewer"],
        "CHECK": ["operator", "qa", "reviewer"],
        "REVIEW": ["qa", "reviewer"],
        "WRITE_MASTERS": ["qa", "reviewer"],
        "APPROVE_MASTERS": ["qa"],
        "MANAGE_PEOPLE": ["administrator"],
        "READ_TRAIL": ["administrator", "auditor", "qa", "reviewer"],
        "EXPORT_TRAIL": ["auditor", "qa"],
        "EVERYBODY": ["administrator", "auditor", "operator", "qa", "reviewer"],
    }


def test_r065_who_manages_people_can_not_touch_the_record_and_auditors_only_read():
    """Who takes a copy along writes that they did and changes nothing: auditors may. Wanted notices are one's
    own and no record.
    """
    of_the_record = {name: act for name, act in ACTIONS.items() if name.startswith(("batches", "qc"))}
    del of_the_record["qc.notices.actions.choose_notices"]
    by_role = {
        role: {act.__name__ for act in of_the_record.values() if role in act.may}
        for role in (Role.ADMINISTRATOR, Role.AUDITOR)
    }
    assert by_role == {
        Role.ADMINISTRATOR: set(),
        Role.AUDITOR: {"export_ev_track", "print_batch_record", "print_certificate"},
    }
