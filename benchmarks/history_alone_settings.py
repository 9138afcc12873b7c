"""The product's settings with its entries taken out (benchmarks.history_alone)."""

from benchmarks.ours_settings import *  # noqa: F403
from benchmarks.ours_settings import INSTALLED_APPS as PRODUCT

INSTALLED_APPS = [*PRODUCT, "benchmarks.history_alone.HistoryAlone"]
