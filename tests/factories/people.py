"""People for tests."""

from functools import cache

import factory
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from accounts.actions import system_actor
from accounts.models import User
from accounts.roles import Role
from audit import records

PASSWORD = "correct horse battery"


@cache
def hashed(password):
    return make_password(password)


def system():
    """The system actor that test records are written by."""
    with transaction.atomic():
        return system_actor("tests", "Test run")


class DoorFactory(factory.django.DjangoModelFactory):
    """Builds a record and writes it through records.save, by `by` or the test run's system actor."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class, *args, by=None, **kwargs):
        record = model_class(*args, **kwargs)
        with transaction.atomic():
            records.save(record, by=by or system())
        return record


class PersonFactory(DoorFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"person{n}")
    printed_name = factory.LazyAttribute(lambda person: person.username.capitalize())
    role = Role.OPERATOR
    password = factory.LazyFunction(lambda: hashed(PASSWORD))
    password_set_at = factory.LazyFunction(timezone.now)
    password_set_by = factory.LazyFunction(system)
    identity_words = "Staff pass seen"
    identity_verified_at = factory.LazyFunction(timezone.now)
    identity_verified_by = factory.SelfAttribute("password_set_by")
    by = factory.SelfAttribute("password_set_by")
