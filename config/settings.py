"""Settings of ExoLedger: one file, driven by the environment, safe when nothing is set.

Without EXOLEDGER_PRODUCTION the product answers on this machine only (loopback host names) and keeps a
key of its own in the data folder, so `make run` needs no configuration. With EXOLEDGER_PRODUCTION it
refuses to start while DEBUG is on, the key is missing or weak, no host is named, or example people can
sign in (config/wsgi.py looks into the database for those).
"""

import os
import secrets
import tomllib
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


def env_flag(name: str) -> bool:
    """Whether the environment variable says yes (1, true, yes or on)."""
    return os.environ.get(name, "").strip().lower() in {"1", "true", "yes", "on"}


def env_list(name: str) -> list[str]:
    """The comma-separated words of an environment variable."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def passkey_domain(hosts: list[str]) -> str:
    """The domain that passkeys are bound to, unless one is named: the first host's."""
    return next((host.lstrip(".") for host in hosts if host not in {"*", "127.0.0.1", "[::1]"}), "localhost")


PRODUCT_VERSION = tomllib.loads((BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"][
    "version"
]
PRODUCTION = env_flag("EXOLEDGER_PRODUCTION")
DEBUG = env_flag("EXOLEDGER_DEBUG")
DATA_DIR = Path(os.environ.get("EXOLEDGER_DATA", BASE_DIR / "data"))


def local_secret_key() -> str:
    """The key of an installation that only answers on this machine, made at first use."""
    path = DATA_DIR / "secret_key"
    if not path.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(64))
    return path.read_text(encoding="ascii")


def production_secret_key() -> str:
    """The key named by the environment; a default or short one stops the start."""
    key = os.environ.get("EXOLEDGER_SECRET_KEY", "")
    if len(key) < 50 or len(set(key)) < 10 or key.startswith("django-insecure"):
        raise ImproperlyConfigured(
            "EXOLEDGER_SECRET_KEY must be a random text of at least 50 characters in production."
        )
    return key


if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("EXOLEDGER_DEBUG must be off in production.")
if PRODUCTION and not env_list("EXOLEDGER_HOSTS"):
    raise ImproperlyConfigured("EXOLEDGER_HOSTS must name the hosts that production answers to.")

SECRET_KEY = production_secret_key() if PRODUCTION else local_secret_key()
ALLOWED_HOSTS = env_list("EXOLEDGER_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = env_list("EXOLEDGER_ORIGINS")

INSTALLED_APPS = [
    # First, so that its refusals stand before django-simple-history's clean-up commands.
    "audit",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "simple_history",
    "crispy_forms",
    "crispy_bootstrap5",
    "bootstrap",
    "fontawesome",
    "django_htmx",
    "csp",
    "accounts",
    "batches",
    "qc",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SessionLimits",
    "accounts.middleware.SignedIn",
    "accounts.middleware.FirstThings",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.Refusals",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.navigation",
            ],
            "builtins": ["batches.templatetags.exoledger", "batches.templatetags.record_tags"],
        },
    }
]

# --- database -----------------------------------------------------------------------------------

SQLITE_OPTIONS = {
    # IMMEDIATE: a transaction that reads and then writes would otherwise fail under two writers.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"
        "PRAGMA recursive_triggers=ON;PRAGMA cache_size=-64000;PRAGMA temp_store=MEMORY;"
    ),
}
DATABASES = {
    "default": dj_database_url.config(default=f"sqlite:///{DATA_DIR / 'exoledger.sqlite3'}", conn_max_age=600)
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
    # A file, not memory: the browser journeys' server opens connections of its own.
    DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # Statements are prepared once a connection: planning takes longer than many of them run. Leave it off
    # behind a pooler that hands out a connection for each transaction.
    if not env_flag("EXOLEDGER_POOLED"):
        DATABASES["default"]["OPTIONS"] = {"server_side_binding": True, "prepare_threshold": 5}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people and sessions ------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.PeopleBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "batch_list"
LOGOUT_REDIRECT_URL = "sign_in"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_IDLE_MINUTES = int(os.environ.get("EXOLEDGER_IDLE_MINUTES", "30"))
SIGN_IN_FAILURES_ALLOWED = 5
SIGN_IN_FAILURE_WINDOW_MINUTES = 5
# Roles that sign in with a second factor only: they set one up before they do anything else.
SECOND_FACTOR_ROLES = env_list("EXOLEDGER_SECOND_FACTOR_ROLES")
# Passkeys are bound to one domain for good, and used on pages of these origins (any port on localhost).
PASSKEY_DOMAIN = os.environ.get("EXOLEDGER_PASSKEY_DOMAIN", "") or passkey_domain(ALLOWED_HOSTS)
PASSKEY_ORIGINS = env_list("EXOLEDGER_PASSKEY_ORIGINS") or [
    *(origin for origin in CSRF_TRUSTED_ORIGINS if "*" not in origin),
    f"https://{PASSKEY_DOMAIN}",
]

# --- security -----------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "accounts.views.csrf_refused"
if PRODUCTION:
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = not env_flag("EXOLEDGER_TLS_ELSEWHERE")
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000

# --- history ------------------------------------------------------------------------------------

SIMPLE_HISTORY_REVERT_DISABLED = True
SIMPLE_HISTORY_FILEFIELD_TO_CHARFIELD = True
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True
SIMPLE_HISTORY_DATE_INDEX = False
# Only the test settings may lift the guards of the database (audit/guards.py), to flush between tests.
AUDIT_GUARDS_MAY_BE_LIFTED = False

# --- ledger -------------------------------------------------------------------------------------

# The signing key and the last checkpoint signed: outside the database, readable by whoever seals.
LEDGER_DIR = Path(os.environ.get("EXOLEDGER_LEDGER", DATA_DIR / "ledger"))
# An RFC 3161 authority for manage.py time_stamp, and the file of certificates that it is checked with.
TSA_URL = os.environ.get("EXOLEDGER_TSA_URL", "")
TSA_CA = os.environ.get("EXOLEDGER_TSA_CA", "")

# --- mail ---------------------------------------------------------------------------------------

# Only the daily mail of notices leaves, and only where one of these is named.
MAIL = os.environ.get("EXOLEDGER_MAIL", "").strip().lower()
MAILERS = {"": "dummy", "console": "console", "file": "filebased", "smtp": "smtp"}
if MAIL not in MAILERS:
    raise ImproperlyConfigured("EXOLEDGER_MAIL must be console, file or smtp, or not be set.")
EMAIL_BACKEND = f"django.core.mail.backends.{MAILERS[MAIL]}.EmailBackend"
EMAIL_FILE_PATH = os.environ.get("EXOLEDGER_MAIL_DIR", DATA_DIR / "mail")
EMAIL_HOST = os.environ.get("EXOLEDGER_MAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EXOLEDGER_MAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EXOLEDGER_MAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EXOLEDGER_MAIL_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EXOLEDGER_MAIL_TLS", "").strip().lower() == "starttls"
EMAIL_USE_SSL = os.environ.get("EXOLEDGER_MAIL_TLS", "").strip().lower() == "tls"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("EXOLEDGER_MAIL_FROM", "exoledger@localhost")
# The address of the site as people reach it, for links in mail.
PUBLIC_URL = os.environ.get("EXOLEDGER_URL", "") or next(iter(CSRF_TRUSTED_ORIGINS), "")

# --- files --------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "static_built"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "files"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": MEDIA_ROOT, "file_permissions_mode": 0o440},
    },
    "staticfiles": {
        "BACKEND": "config.static.SmallStaticFiles",
    },
}
# A second copy of everything sealed, where the server can only add: a folder or an S3 bucket. Address,
# region and credentials of the bucket come from Amazon's usual variables (AWS_ENDPOINT_URL_S3 and so on).
COPY_DIR = os.environ.get("EXOLEDGER_COPY_DIR", "")
COPY_BUCKET = os.environ.get("EXOLEDGER_COPY_BUCKET", "")
if COPY_DIR and COPY_BUCKET:
    raise ImproperlyConfigured("Set EXOLEDGER_COPY_DIR or EXOLEDGER_COPY_BUCKET, not both.")
if COPY_DIR:
    STORAGES["ledger_copy"] = {
        "BACKEND": "audit.ledger.copy_storage.CopyDirectory",
        "OPTIONS": {"location": COPY_DIR},
    }
elif COPY_BUCKET:
    STORAGES["ledger_copy"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"bucket_name": COPY_BUCKET, "file_overwrite": False},
    }
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
# What reading one instrument file may take in its own process; what needs more is kept unread.
READER_SECONDS = int(os.environ.get("EXOLEDGER_READER_SECONDS", "20"))
READER_MEMORY_MB = int(os.environ.get("EXOLEDGER_READER_MEMORY_MB", "2048"))

# --- papers -------------------------------------------------------------------------------------

# The head of every certificate and printed record: name, address (lines separated by |) and a picture file.
LAB_NAME = os.environ.get("EXOLEDGER_LAB_NAME", "Laboratory (name not set)")
LAB_ADDRESS = os.environ.get("EXOLEDGER_LAB_ADDRESS", "")
LAB_LOGO = os.environ.get("EXOLEDGER_LAB_LOGO", "")
# Folders with fonts for letters that the built-in fonts lack.
LAB_FONTS = env_list("EXOLEDGER_LAB_FONTS")

# --- language, time, look -----------------------------------------------------------------------

LANGUAGE_CODE = "en"
TIME_ZONE = os.environ.get("EXOLEDGER_TIME_ZONE", "UTC")
USE_TZ = True
USE_I18N = False
DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "j M Y H:i"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
