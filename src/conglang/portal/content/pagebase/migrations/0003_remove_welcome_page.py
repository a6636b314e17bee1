from django.db import migrations


def remove_welcome_page(apps, schema_editor):
    """Wagtail's first migration leaves a welcome page and a default site: nobody's page, on nobody's host."""
    apps.get_model("wagtailcore", "Site").objects.all().delete()
    pages = apps.get_model("pagebase", "BasePage").objects
    pages.filter(depth__gt=1).delete()
    pages.filter(depth=1).update(numchild=0)


class Migration(migrations.Migration):
    # A transaction of its own: PostgreSQL alters no table that has deletes waiting for their triggers.
    dependencies = [("pagebase", "0002_fill_locales")]

    operations = [migrations.RunPython(remove_welcome_page, migrations.RunPython.noop)]
