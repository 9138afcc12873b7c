"""What production refuses to start with, and what a start without settings gives."""

import pytest

from tests.apart import process

GOOD_KEY = "k3y-" + "abcdefghij0123456789" * 3
PRODUCTION = {
    "EXOLEDGER_PRODUCTION": "1",
    "EXOLEDGER_SECRET_KEY": GOOD_KEY,
    "EXOLEDGER_HOSTS": "ledger.example.org",
}
REFUSED = {
    "debug": ({"EXOLEDGER_DEBUG": "1"}, "EXOLEDGER_DEBUG must be off"),
    "no key": ({"EXOLEDGER_SECRET_KEY": ""}, "EXOLEDGER_SECRET_KEY must be"),
    "short key": ({"EXOLEDGER_SECRET_KEY": "short"}, "EXOLEDGER_SECRET_KEY must be"),
    "default key": ({"EXOLEDGER_SECRET_KEY": "django-insecure-" + GOOD_KEY}, "EXOLEDGER_SECRET_KEY must be"),
    "no host": ({"EXOLEDGER_HOSTS": ""}, "EXOLEDGER_HOSTS must name"),
}
SHOW = "from config import settings as s; print(s.DEBUG, s.ALLOWED_HOSTS, s.SESSION_COOKIE_HTTPONLY)"


def start(tmp_path, program=SHOW, **environment):
    return process("-c", program, data=tmp_path, **environment)


@pytest.mark.parametrize("case", REFUSED)
def test_production_refuses_to_start(tmp_path, case):
    changed, words = REFUSED[case]
    ended = start(tmp_path, **{**PRODUCTION, **changed})
    assert ended.returncode == 1
    assert words in ended.stderr


def test_production_starts_with_everything_named(tmp_path):
    ended = start(tmp_path, **PRODUCTION)
    assert ended.stdout == "False ['ledger.example.org'] True\n"


def test_without_settings_it_answers_this_machine_only(tmp_path):
    ended = start(tmp_path)
    assert ended.stdout == "False ['localhost', '127.0.0.1', '[::1]'] True\n"
    assert oct((tmp_path / "secret_key").stat().st_mode)[-3:] == "600"


@pytest.mark.parametrize(
    ("environment", "backend"),
    [
        ({}, "None"),
        ({"EXOLEDGER_COPY_DIR": "/mnt/copy"}, "audit.ledger.copy_storage.CopyDirectory"),
        ({"EXOLEDGER_COPY_BUCKET": "ledger"}, "storages.backends.s3.S3Storage"),
    ],
)
def test_r087_a_second_copy_is_set_by_the_environment(tmp_path, environment, backend):
    show = "from config import settings as s; print(s.STORAGES.get('ledger_copy', {}).get('BACKEND'))"
    assert start(tmp_path, show, **environment).stdout == f"{backend}\n"


def test_r087_a_folder_and_a_bucket_at_once_are_refused(tmp_path):
    ended = start(tmp_path, EXOLEDGER_COPY_DIR="/mnt/copy", EXOLEDGER_COPY_BUCKET="ledger")
    assert "Set EXOLEDGER_COPY_DIR or EXOLEDGER_COPY_BUCKET, not both." in ended.stderr
