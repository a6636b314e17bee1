from typing import Any

from django.db import migrations


def take_the_right_to_publish(apps: Any, schema_editor: Any) -> None:
    """The Centre's group had it in networks made before; `pagebase.permissions` refuses it to everybody anyway."""
    rights = apps.get_model("wagtailcore", "GroupPagePermission").objects
    rights.filter(permission__codename__startswith="publish_").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("editorial", "0001_desk_groups_and_previews"),
        ("wagtailcore", "0098_apitoken"),
    ]

    operations = [migrations.RunPython(take_the_right_to_publish, migrations.RunPython.noop)]
