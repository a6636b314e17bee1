from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("moments", "0001_first_table")]

    operations = [
        migrations.AddIndex(
            model_name="moment",
            index=models.Index(
                condition=models.Q(("seen_at", None), ("state", "done")),
                fields=["released_at"],
                name="moment_not_seen",
            ),
        ),
    ]
