"""`make test`: every test on SQLite and, where its programs are, those that meet a database on PostgreSQL."""

import os
import subprocess
import sys
import tempfile

from tests.postgres import binaries, throwaway_postgres

WORKERS = str(max(2, os.cpu_count() or 2))


def main(engines, options):
    """Run the suite on each engine. Returns the first exit status that is not 0."""
    outcomes = [ENGINES[engine](options) for engine in engines]
    return next((status for status in outcomes if status), 0)


def pytest(options, **environment):
    with tempfile.TemporaryDirectory(prefix="exoledger-tests-") as data:
        command = [sys.executable, "-m", "pytest", "-n", WORKERS, "--dist", "worksteal", *options]
        return subprocess.run(command, env={**os.environ, "EXOLEDGER_DATA": data, **environment}).returncode


def on_sqlite(options):
    print("== SQLite", flush=True)
    os.environ.pop("DATABASE_URL", None)
    return pytest(options)


def on_postgresql(options):
    if binaries() is None:
        print("== PostgreSQL: no programs found, left out", flush=True)
        return 0
    print("== PostgreSQL", flush=True)
    with throwaway_postgres() as url:
        return pytest(options, DATABASE_URL=url)


ENGINES = {"sqlite": on_sqlite, "postgresql": on_postgresql}

if __name__ == "__main__":
    chosen = [name for name in sys.argv[1:] if name in ENGINES] or list(ENGINES)
    sys.exit(main(chosen, [option for option in sys.argv[1:] if option not in ENGINES]))
