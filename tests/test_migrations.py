"""The short way to an empty database ends where the steps end."""

from django.db.migrations.loader import MigrationLoader


def test_squashed_migrations_give_the_models_that_the_steps_give():
    short = MigrationLoader(None).project_state()
    stepwise = MigrationLoader(None, replace_migrations=False).project_state()
    assert short == stepwise


def test_squashed_migrations_stand_for_the_first_steps_in_order():
    loader = MigrationLoader(None, replace_migrations=False)
    for app in ("accounts", "audit", "batches", "qc"):
        steps = sorted(name for label, name in loader.disk_migrations if label == app)
        replaced = [name for _, name in loader.disk_migrations[app, "0001_squashed"].replaces]
        assert replaced == [name for name in steps if name != "0001_squashed"][: len(replaced)]
