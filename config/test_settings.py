"""Settings of the test run: the product's own, with a fast password hasher and flushable guards."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("EXOLEDGER_DATA", tempfile.mkdtemp(prefix="exoledger-tests-"))

from config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUDIT_GUARDS_MAY_BE_LIFTED = True
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        # A folder for each worker of the run: a file that one test takes away is another's original.
        "OPTIONS": {
            "location": Path(os.environ["EXOLEDGER_DATA"])
            / "files"
            / os.environ.get("PYTEST_XDIST_WORKER", "alone")
        },
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT = Path(os.environ["EXOLEDGER_DATA"]) / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":  # noqa: F405
    # Tests may lose their database with the power; waiting for the disk would double their time.
    options = DATABASES["default"]["OPTIONS"]  # noqa: F405
    options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
