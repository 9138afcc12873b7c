"""The browser that journeys and pictures are taken with."""

from pathlib import Path

CHROMIUM = Path("/usr/bin/chromium")
SIZES = {"desktop": {"width": 1320, "height": 900}, "tablet": {"width": 834, "height": 1112}}
# Chromium calls home at its start; on a closed network each call is a refused connection.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)
