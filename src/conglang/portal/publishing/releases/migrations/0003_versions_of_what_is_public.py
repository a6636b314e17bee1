from django.db import migrations

# What the signer has not acknowledged yet gets its row with the release that is waiting anyway.
FILL = """
    INSERT INTO releases_version
        (site, path, from_edition, status, digest, location, mtime, sources, family, ident)
    SELECT entry.site, entry.path, entry.edition, entry.status, entry.digest, entry.location, entry.mtime,
        coalesce(made.sources, '{}'), coalesce(made.family, ''), coalesce(made.ident, '')
    FROM rendering_entry AS entry LEFT JOIN rendering_production AS made ON made.id = entry.production_id
    WHERE entry.status IS NOT NULL AND entry.edition IS NOT NULL AND NOT entry.dirty
    ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    """The history of every path begins with what it answers when this version of the program arrives."""

    dependencies = [
        ("releases", "0002_versions_rollbacks_rebuilds"),
        ("rendering", "0003_reasons_pins_lingering"),
    ]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
