from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("files", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="document",
            name="digest",
            field=models.CharField(default="", editable=False, max_length=64),
        ),
    ]
