"""Rules of the house that no linter knows."""

import ast
import re
from pathlib import Path
from statistics import median

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models

from audit import guards
from audit.models import Entry, TrackedModel
from batches.characterization.kinds import Technique
from batches.characterization.models import Assay
from batches.characterization.models import details_of as assay_details
from batches.characterization.techniques import TECHNIQUES
from batches.isolation.kinds import IsolationMethod
from batches.isolation.methods import METHODS
from batches.isolation.models import ProcessStep, accessor_of
from batches.isolation.models import details_of as step_details
from batches.quantities import at_most_15_digits
from batches.record.sheets import editable_fields
from batches.source.harvest import COLLECTED, CULTURED

BASE = Path(settings.BASE_DIR)
ROOMS = ("audit", "accounts", "batches", "qc", "config")
OURS = [model for model in apps.get_models() if model._meta.app_label in ROOMS]
# Models that are not tracked, and why.
UNTRACKED = {
    "audit.entry": "is the trail itself",
    "audit.leaf": "the ledger over the trail: written once, by the sealer",
    "audit.tile": "the same",
    "audit.checkpoint": "the same",
    "audit.epoch": "the same",
    "audit.timestamp": "an outside authority's answer over a checkpoint",
    "qc.noticemark": "how far a person has read notices: like a session, no record",
    "batches.sizeprofile": "derived from readings to compare many at once; made anew at will",
    "audit.shipment": "tells which ranges have arrived at the second copy",
}
SHEET_KINDS = [*METHODS.values(), *TECHNIQUES.values(), CULTURED, COLLECTED]


def python_files():
    return [
        path
        for room in ROOMS
        for path in (BASE / room).rglob("*.py")
        if "migrations" not in path.parts and "__pycache__" not in path.parts
    ]


def functions():
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield path.relative_to(BASE), node, node.end_lineno - node.lineno + 1


def is_history(model):
    return model._meta.model_name.startswith("historical")


def test_r001_every_model_is_tracked_or_says_why():
    found = {m._meta.label_lower for m in OURS if not issubclass(m, TrackedModel) and not is_history(m)}
    assert found == set(UNTRACKED)


def test_no_implicit_many_to_many_and_no_inheritance_of_tables():
    assert [m for m in OURS if m._meta.many_to_many or m._meta.parents] == []


def test_every_relation_protects_what_it_points_at():
    loose = [
        f"{model._meta.label}.{field.name}"
        for model in OURS
        if not is_history(model)
        for field in model._meta.concrete_fields
        if field.is_relation and field.remote_field.on_delete is not models.PROTECT
    ]
    assert loose == []


def test_at_and_by_come_in_pairs():
    alone = []
    for model in OURS:
        names = {field.name for field in model._meta.concrete_fields}
        stems = {name[:-3] for name in names if name.endswith(("_at", "_by"))}
        if not is_history(model):
            alone += [f"{model._meta.label}.{s}" for s in stems if {f"{s}_at", f"{s}_by"} - names]
    assert alone == []


def test_decimals_hold_no_more_digits_than_sqlite_keeps():
    wide = [
        f"{model._meta.label}.{field.name}"
        for model in OURS
        for field in model._meta.concrete_fields
        if isinstance(field, models.DecimalField)
        and field.max_digits > 15
        and not is_history(model)
        and at_most_15_digits not in field.validators
    ]
    assert wide == []


def test_no_float_holds_a_quantity():
    assert [f for m in OURS for f in m._meta.concrete_fields if isinstance(f, models.FloatField)] == []


def test_choices_bind_the_database_too():
    free = [
        f"{model._meta.label}.{field.name}"
        for model in OURS
        if issubclass(model, TrackedModel)
        for field in model._meta.concrete_fields
        if field.choices
        and f"{model._meta.model_name}_{field.name}_known" not in {c.name for c in model._meta.constraints}
    ]
    assert free == []


def test_free_and_hashed_fields_exist():
    wrong = [
        f"{model._meta.label}.{name}"
        for model in OURS
        if issubclass(model, TrackedModel)
        for name in (*model.free_fields, *model.hashed_fields, *model.history_excludes)
        if name not in {field.name for field in model._meta.concrete_fields}
    ]
    assert wrong == []


@pytest.mark.parametrize("method", IsolationMethod.values)
def test_every_method_has_details_and_a_form(method):
    details = METHODS[method].details
    step = ProcessStep(method=method)
    setattr(step, accessor_of(method), details())
    assert type(step_details(step)) is details


@pytest.mark.parametrize("technique", Technique.values)
def test_every_technique_has_details_and_a_template(technique):
    kind = TECHNIQUES[technique]
    assay = Assay(technique=technique)
    setattr(assay, kind.details._meta.model_name, kind.details())
    assert type(assay_details(assay)) is kind.details
    assert (BASE / "templates" / kind.template).exists()


@pytest.mark.parametrize("kind", SHEET_KINDS, ids=lambda kind: kind.code)
def test_every_sheet_shows_known_fields_once(kind):
    envelope = {True: ProcessStep, False: Assay}[kind.code in METHODS]
    known = set(editable_fields(envelope))
    if kind.details is None:
        from batches.source.models import Harvest

        known = set(editable_fields(Harvest))
    else:
        known |= set(editable_fields(kind.details))
    shown = [name for section in kind.sections for name in section.fields]
    assert (len(shown), set(shown) - known, set(kind.required) - set(shown)) == (
        len(set(shown)),
        set(),
        set(),
    )


@pytest.mark.parametrize("kind", [*METHODS.values(), *TECHNIQUES.values()], ids=lambda kind: kind.code)
def test_every_field_of_a_details_model_stands_on_its_sheet(kind):
    shown = {name for section in kind.sections for name in section.fields}
    assert set(editable_fields(kind.details)) - shown == set()


@pytest.mark.django_db
def test_all_guards_stand():
    assert guards.missing() == []


@pytest.mark.django_db
def test_every_tracked_table_is_guarded():
    tables = {*guards.append_only_tables(), *guards.kept_tables()}
    tracked = {m._meta.db_table for m in OURS if issubclass(m, TrackedModel)}
    assert tracked - tables == set() and Entry._meta.db_table in tables
    assert tables - set(connection.introspection.table_names()) == set()


def test_functions_are_small():
    lengths = [length for _, _, length in functions()]
    too_long = [f"{path}:{node.name}" for path, node, length in functions() if length > 50]
    assert (too_long, median(lengths) <= 8) == ([], True)


def test_files_are_short():
    long = {
        str(path.relative_to(BASE)): n for path in python_files() if (n := path.read_text().count("\n")) > 350
    }
    assert set(long) - {"batches/source/models.py"} == set()


def test_public_functions_of_actions_take_keywords_only():
    positional = [
        f"{path}:{node.name}"
        for path, node, _ in functions()
        if any(
            "action" in ast.dump(decorator)
            for decorator in node.decorator_list
            if "may" in ast.dump(decorator)
        )
        and (node.args.args or node.args.posonlyargs)
    ]
    assert positional == []


@pytest.mark.parametrize(
    "path", sorted((BASE / "templates").rglob("*.html")), ids=lambda p: str(p.relative_to(BASE))
)
def test_templates_hold_no_inline_script_or_style(path):
    text = path.read_text(encoding="utf-8")
    inline = re.findall(
        r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", re.sub(r"{#.*?#}", "", text), re.I
    )
    # {% icon "x" style="regular" %} names a set of icons, not CSS.
    assert [
        hit for hit in inline if hit.strip() != "style=" or re.search(r"<[a-z][^>%]*\sstyle=", text)
    ] == []


def test_nothing_promises_what_the_product_never_claims():
    words = re.compile(
        r"361 HCT|non-immunogenic|MISEV compliant|clinically proven|FDA.approved|stable at room", re.I
    )
    texts = [
        *BASE.glob("templates/**/*.html"),
        *BASE.glob("docs/**/*.md"),
        *BASE.glob("qc/example/*.py"),
        BASE / "README.md",
    ]
    assert [str(p) for p in texts if p.exists() and words.search(p.read_text(encoding="utf-8"))] == []
