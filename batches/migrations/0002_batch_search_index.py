"""An index for searching words in batches."""

from django.db import migrations

from batches.migrations._search_index import create, drop


class Migration(migrations.Migration):
    dependencies = [("batches", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
