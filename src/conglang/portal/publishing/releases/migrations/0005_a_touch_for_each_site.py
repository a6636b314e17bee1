import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    """An ordered rebuild has one touch for each of its sites, no longer one for all."""

    dependencies = [("releases", "0004_edge_report")]

    operations = [
        migrations.AddField(
            "rebuild",
            "touches",
            django.contrib.postgres.fields.ArrayField(models.BigIntegerField(), default=list),
        ),
        migrations.RunSQL(
            "UPDATE releases_rebuild SET touches = ARRAY[touch] WHERE touch IS NOT NULL",
            "UPDATE releases_rebuild SET touch = touches[1]",
        ),
        migrations.RemoveField("rebuild", "touch"),
    ]
