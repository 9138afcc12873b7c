"""How many SQL statements a page takes, counted inside Django. Run with the settings of either side.

DJANGO_SETTINGS_MODULE=… python -m benchmarks.inside SESSION PATH…   prints a JSON list of counts
"""

import json
import sys


def main(session: str, paths: list[str]) -> None:
    """Ask for each page once to warm up, then count."""
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    client = Client()
    client.cookies["sessionid"] = session
    counts = []
    for path in paths:
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            status = client.get(path).status_code
        if status != 200:
            raise SystemExit(f"{path} answers {status}")
        counts.append(len(queries))
    print(json.dumps(counts))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
