"""`python -m tests.squash`: writes each app's `0001_squashed.py`, the short way to an empty database.

Step by step, SQLite copies a table for every constraint added to it: half a minute for an empty database.
The squashed migration creates every table once, as it stands now; databases that exist go on step by step.
To be run again when steps have been added; a step that is not in it yet is simply applied after it.
"""

import os
from pathlib import Path

import django
from django.db import connection, migrations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.writer import MigrationWriter

from audit.squashing import CreateTables

BASE = Path(__file__).resolve().parent.parent
APPS = ("accounts", "audit", "batches", "qc")
NAME = "0001_squashed"


def main():
    loader = MigrationLoader(connection, replace_migrations=False)
    state = loader.project_state()
    for app in APPS:
        path = BASE / app / "migrations" / f"{NAME}.py"
        path.write_text(MigrationWriter(squashed(app, loader, state), include_header=False).as_string())
        print(path.relative_to(BASE))


def squashed(app, loader, state):
    """One migration that makes every table of an app at once, in place of its steps."""
    steps = sorted(name for label, name in loader.disk_migrations if label == app and name != NAME)
    migration = type("Migration", (migrations.Migration,), {})(NAME, app)
    migration.initial = True
    migration.replaces = [(app, name) for name in steps]
    models = [model for (label, _), model in state.models.items() if label == app]
    migration.operations = [CreateTables([created(model) for model in in_order(models)])]
    migration.operations += kept_steps(app, loader, steps)
    migration.dependencies = needed(app, models, loader)
    return migration


def created(model):
    return migrations.CreateModel(
        model.name, list(model.fields.items()), model.options, model.bases, model.managers
    )


def kept_steps(app, loader, steps):
    """The data steps that an empty database needs too: they say so by standing in a file with a dash."""
    operations = [op for name in steps for op in loader.disk_migrations[app, name].operations]
    return [op for op in operations if isinstance(op, migrations.RunPython) and "._" in op.code.__module__]


def in_order(models):
    """Models after those they point to. Raises ValueError where they point at each other."""
    left, done = sorted(models, key=lambda model: model.name), []
    while left:
        waiting = {model.name_lower for model in left}
        ready = [model for model in left if not (targets(model) & waiting - {model.name_lower})]
        if not ready:
            raise ValueError(f"These models point at each other: {sorted(waiting)}.")
        done += ready
        left = [model for model in left if model not in ready]
    return done


def targets(model):
    return {name for app, name in related(model) if app == model.app_label}


def related(model):
    """(app, model) of every key, in small letters."""
    keys = (field.remote_field.model for field in model.fields.values() if field.remote_field)
    names = (key if isinstance(key, str) else key._meta.label_lower for key in keys)
    return [tuple(name.lower().split(".")) for name in names]


def needed(app, models, loader):
    """The other apps whose tables come first, all steps of them."""
    others = {other for model in models for other, _ in related(model)} - {app}
    return [max(step for step in loader.disk_migrations if step[0] == other) for other in sorted(others)]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.test_settings")
    django.setup()
    main()
