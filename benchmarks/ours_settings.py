"""The product's own settings in production; only the built static files go to the throw-away folder."""

from config.settings import *  # noqa: F403
from config.settings import DATA_DIR

STATIC_ROOT = DATA_DIR / "static"
