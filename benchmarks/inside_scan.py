"""Read the tables that the completeness check compares, and nothing else. Run with a site's settings.

DJANGO_SETTINGS_MODULE=… python -m benchmarks.inside_scan   prints JSON: history rows, seconds
"""

import json
import time


def main() -> None:
    """Every column of tracked tables and their histories, and of the entries what names their history row."""
    import django

    django.setup()
    from django.apps import apps
    from django.db import connection

    from audit.models import Entry, TrackedModel

    wanted = {Entry._meta.db_table: ["kind", "object_id", "history_id"]}
    histories = []
    for model in apps.get_models():
        if issubclass(model, TrackedModel):
            history = model.history.model
            histories.append(history._meta.db_table)
            for one in (model, history):
                wanted[one._meta.db_table] = [field.column for field in one._meta.concrete_fields]
    rows, began = 0, time.perf_counter()
    with connection.cursor() as cursor:
        for table, columns in wanted.items():
            # A count of each column: the rows are read to their end, and nothing is compared.
            counts = ", ".join(f'count("{column}")' for column in columns)
            cursor.execute(f'SELECT count(*), {counts} FROM "{table}"')
            found = cursor.fetchone()
            rows += found[0] if table in histories else 0
    print(json.dumps({"history_rows": rows, "seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main()
