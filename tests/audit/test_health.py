"""How the installation is: each sign when it is well and when it is not, and what people and monitors see."""

import json
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit import guards, health
from audit.ledger import keys, sealing
from audit.ledger.models import Checkpoint, Shipment
from audit.models import Entry
from audit.verifying.models import UnexplainedChange
from tests.apart import process
from tests.audit.writing import event, save


@pytest.fixture
def sealed(db, operator):
    """An installation that has entries, all of them sealed; its newest checkpoint."""
    event("printed", operator)
    return seal()


def seal():
    """Seal within the test's transaction: `seal` itself demands one of its own."""
    sealing._seal_in_transaction()
    newest = sealing.newest()
    keys.keep_last_note(newest.note)
    return newest


def later(monkeypatch, seconds):
    """Look at the clock that much later."""
    moment = timezone.now() + timezone.timedelta(seconds=seconds)
    for module in ("audit.ledger.lag", "audit.health", "audit.words"):
        monkeypatch.setattr(f"{module}.timezone", SimpleNamespace(now=lambda: moment))


def by_name(signs):
    return {sign.name: sign for sign in signs}


# --- signs --------------------------------------------------------------------------------------


def test_sealed_installation_is_well(sealed):
    signs = health.all_signs()
    assert [sign.name for sign in signs if not sign.is_well] == []
    assert [sign.name for sign in signs] == [
        "Last verification",  # advice stands before what is in order
        "Second copy",
        "Database",
        "Guards",
        "Sealing",
        "Last checkpoint",
        "Remembered checkpoint",
        "Signing key",
        "Unexplained changes",
        "Disk",
    ]


def test_r088_entries_that_wait_a_minute_are_told(sealed, operator, monkeypatch):
    event("printed", operator)
    later(monkeypatch, 59)
    assert health.sealing_lag().is_well
    later(monkeypatch, 150)
    sign = health.sealing_lag()
    assert (sign.is_well, sign.words) == (
        False,
        "Sealing has stopped: 1 entry waits, the oldest for 2 min.",
    )
    assert sign.what_to_do.startswith("Start manage.py seal --watch")


def test_r088_a_key_that_is_gone_is_told_with_where_it_should_be(sealed, operator, monkeypatch):
    keys.key_path().unlink()
    sign = health.signing_key()
    assert (sign.is_well, str(keys.key_path()) in sign.words) == (False, True)
    event("printed", operator)
    later(monkeypatch, 150)
    assert str(keys.key_path()) in health.sealing_lag().what_to_do


def test_key_of_another_process_is_well(db):
    assert health.signing_key() == health.Sign("Signing key", True, "not here: another process seals")


def test_key_that_others_can_read_is_told(sealed):
    keys.key_path().chmod(0o640)
    sign = health.signing_key()
    assert (sign.is_well, sign.words) == (
        False,
        "Others on this machine can reach the signing key (mode 640).",
    )


def test_key_that_is_none_is_told(sealed):
    keys.key_path().write_text("nothing")
    assert not health.signing_key().is_well


def test_database_older_than_what_was_signed_is_told(sealed):
    key = keys.load()
    keys.keep_last_note(key.signed(sealing.Said(key.name, sealed.size + 5, b"\1" * 32).text()))
    sign = health.memory()
    assert (sign.is_well, f"checkpoint {sealed.size + 5} was signed before" in sign.words) == (False, True)


def test_remembered_checkpoint_that_can_not_be_read_is_told(sealed):
    (keys.folder() / keys.LAST_FILE).write_text("half a no")
    assert not health.memory().is_well


def test_missing_guard_is_named(sealed):
    name = next(iter(guards.standing()))
    table = guards.expected(connection.vendor)[name].split(' ON "')[1].split('"')[0]
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TRIGGER "{name}"' + ("" if connection.vendor == "sqlite" else f' ON "{table}"'))
    sign = health.guards_standing()
    assert (sign.is_well, name in sign.words) == (False, True)
    assert sign.what_to_do.startswith("Run manage.py migrate")


def test_open_unexplained_change_is_told(sealed, qa):
    found = UnexplainedChange(
        what="value",
        record_kind="batches.donor",
        record_id=1,
        record_label="Donor",
        found_at=timezone.now(),
        found_by=qa,
    )
    save(found, qa)
    sign = health.unexplained()
    assert (sign.is_well, sign.words) == (False, "1 change is not explained by the trail.")


def test_second_copy_that_stays_behind_is_told(sealed, operator, monkeypatch, settings):
    settings.STORAGES = {**settings.STORAGES, "ledger_copy": {}}
    Shipment(checkpoint=sealed, first=0, shipped_on=timezone.now(), path="somewhere").save()
    assert health.second_copy().what_to_do == ""
    later(monkeypatch, 7_200)
    assert health.second_copy().is_well
    event("printed", operator)
    seal()
    later(monkeypatch, 7_300)
    sign = health.second_copy()
    assert (sign.is_well, "It has received nothing for 2 h" in sign.words) == (False, True)


def test_trouble_of_the_second_copy_is_told_at_once(sealed, settings):
    settings.STORAGES = {**settings.STORAGES, "ledger_copy": {}}
    (keys.folder() / "copy_trouble").write_text("The folder is full.\n")
    sign = health.second_copy()
    assert (sign.is_well, sign.words.startswith("The folder is full. It has received")) == (False, True)


@pytest.mark.parametrize(
    ("outcome", "is_well", "words"),
    [
        ("in_order", True, "in order, just now, to checkpoint 7"),
        ("wrong", False, "Bad. (just now, to checkpoint 7)"),
    ],
)
def test_last_verification_is_told(operator, outcome, is_well, words):
    detail = {"outcome": outcome, "checkpoint": 7, "words": "Bad.", "wrong": 1}
    event("verified", operator, act="verify", detail=detail)
    sign = health.last_verification()
    assert (sign.is_well, sign.words) == (is_well, words)


def test_verification_that_is_long_ago_is_advised(operator, monkeypatch):
    detail = {"outcome": "in_order", "checkpoint": 7, "words": "", "wrong": 0}
    event("verified", operator, act="verify", detail=detail)
    later(monkeypatch, 3 * 86_400)
    assert health.last_verification().what_to_do.startswith("It is long ago")


def test_full_disk_is_told(monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=200 * 1024**2))
    sign = health.disk()
    assert (sign.is_well, sign.words) == (False, "Only 0.2 GiB free in the data folder.")


def test_data_folder_that_is_gone_is_told(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "gone"
    assert not health.disk().is_well


# --- pages --------------------------------------------------------------------------------------


def test_healthz_asks_nobody_to_sign_in_and_costs_four_queries(client, sealed, django_assert_num_queries):
    with django_assert_num_queries(4):  # database, guards, lag, newest checkpoint
        response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"ok": True, "words": "ExoLedger is well."})


def test_healthz_names_what_is_wrong_and_nothing_else(client, sealed):
    keys.key_path().chmod(0o644)
    response = client.get("/healthz")
    words = "Not well: Signing key. Sign in and open /health/ for what to do."
    assert (response.status_code, response.json()) == (503, {"ok": False, "words": words})


def test_health_page_says_what_is_wrong_first_and_what_to_do(signed_in, auditor, sealed):
    keys.key_path().chmod(0o644)
    page = signed_in(auditor).get(reverse("health")).content.decode()
    assert page.index("Others on this machine can reach") < page.index("What to do:") < page.index("all ")


@pytest.mark.parametrize(
    ("role", "may"),
    {"auditor": True, "reviewer": True, "qa": True, "administrator": True, "operator": False}.items(),
)
def test_health_page_is_for_those_who_read_the_trail(request, signed_in, role, may):
    response = signed_in(request.getfixturevalue(role)).get(reverse("health"))
    assert response.status_code == (200 if may else 403)


def test_health_command_exits_1_when_something_is_wrong(sealed):
    out = StringIO()
    call_command("health", stdout=out)
    assert "ok    Guards: all " in out.getvalue()
    keys.key_path().chmod(0o644)
    with pytest.raises(SystemExit) as ended:
        call_command("health", stdout=out)
    assert ended.value.code == 1
    assert "WRONG Signing key: Others on this machine" in out.getvalue()


# --- a database that is away --------------------------------------------------------------------

ASK = """
import django
django.setup()
from django.test import Client
client = Client(raise_request_exception=False)
client.cookies["sessionid"] = "a" * 32
for path in ("/healthz", "/health/", "/batches/"):
    answer = client.get(path, headers={"host": "localhost"})
    print(answer.status_code, "Traceback" in answer.content.decode(), answer["Content-Type"])
"""
NO_DATABASES = {
    "sqlite": "sqlite:////nowhere/at/all/exoledger.sqlite3",
    "postgresql": "postgres://nobody@127.0.0.1:1/nothing",
}


def run_without_database(url, tmp_path, *arguments):
    own = {"DJANGO_SETTINGS_MODULE": "config.test_settings", "EXOLEDGER_LEDGER": str(tmp_path)}
    return process(*arguments, data=tmp_path, DATABASE_URL=url, **own)


@pytest.mark.parametrize("url", NO_DATABASES.values(), ids=NO_DATABASES)
def test_every_page_says_503_while_the_database_is_away(url, tmp_path):
    lines = run_without_database(url, tmp_path, "-c", ASK).stdout.splitlines()
    assert lines == [
        "503 False application/json",
        "503 False text/html; charset=utf-8",
        "503 False text/html; charset=utf-8",
    ]


@pytest.mark.parametrize("url", NO_DATABASES.values(), ids=NO_DATABASES)
def test_health_command_says_so_while_the_database_is_away(url, tmp_path):
    ended = run_without_database(url, tmp_path, "manage.py", "health")
    assert (ended.returncode, ended.stderr) == (1, "")
    assert ended.stdout.startswith("WRONG Database: The database does not answer: ")
    assert "Disk: " in ended.stdout


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server that could end us")
def test_connection_that_the_server_ended_is_told_and_the_next_one_works():
    client = Client(raise_request_exception=False)
    with connection.cursor() as cursor, pytest.raises(Exception, match="terminating connection"):
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    response = client.get("/healthz")
    assert (response.status_code, response.json()["words"].startswith("Not well: Database")) == (503, True)
    connection.close()
    assert "Database" not in client.get("/healthz").json()["words"]


def test_failure_of_the_product_is_a_sentence_and_no_traceback(signed_in, auditor, monkeypatch):
    monkeypatch.setattr(Entry.objects, "all", None)
    client = signed_in(auditor)
    client.raise_request_exception = False
    response = client.get(reverse("trail"))
    assert response.status_code == 500
    assert "It is in the server" in response.content.decode()
    assert "Traceback" not in response.content.decode()


def test_healthz_is_json_even_where_the_product_breaks(client, sealed, monkeypatch):
    monkeypatch.setattr("audit.health.essential", None)
    client.raise_request_exception = False
    response = client.get("/healthz")
    assert (response.status_code, json.loads(response.content)["ok"]) == (503, False)
    assert Checkpoint.objects.exists()
