"""The record, and what PostgreSQL does for it: chain, and refuse.

Two turns at the end of a transaction. Foreign keys are checked there as well, each with a lock on a row that somebody
else may hold who waits for us; so the first trigger only asks for a second, which runs when all those checks are done.
The lock of the chain is then held for the commit alone.
"""

from django.db import migrations, models

CHAIN = """
CREATE FUNCTION audit_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE audit_entry SET leaf = leaf WHERE id = NEW.id AND seq IS NULL;
    RETURN NULL;
END $$;

CREATE FUNCTION audit_seal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    number bigint;
    before bytea;
BEGIN
    PERFORM pg_advisory_xact_lock(1635083369);  -- «audi»
    SELECT seq, hash INTO number, before FROM audit_entry WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1;
    IF NOT FOUND THEN
        SELECT seq, hash INTO number, before FROM audit_stump ORDER BY seq DESC LIMIT 1;
    END IF;
    number := coalesce(number, 0) + 1;
    before := coalesce(before, decode(repeat('00', 32), 'hex'));
    UPDATE audit_entry SET seq = number, previous = before,
        hash = sha256('conglang-audit-link-1'::bytea || '\\x00'::bytea || int8send(number) || before || NEW.leaf)
    WHERE id = NEW.id AND seq IS NULL;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER audit_turn AFTER INSERT ON audit_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_turn();
CREATE CONSTRAINT TRIGGER audit_seal AFTER UPDATE ON audit_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.seq IS NULL) EXECUTE FUNCTION audit_seal();
"""

REFUSE = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.seq IS NULL AND NEW.previous IS NULL AND NEW.hash IS NULL THEN
        RETURN NEW;
    ELSIF TG_OP = 'UPDATE' AND OLD.seq IS NULL AND
        to_jsonb(OLD) - '{seq,previous,hash}'::text[] = to_jsonb(NEW) - '{seq,previous,hash}'::text[] THEN
        RETURN NEW;  -- the chain's own turn, in the transaction that added the entry
    ELSIF TG_OP = 'DELETE' AND OLD.at < statement_timestamp() - interval '12 months' AND
        OLD.seq <= (SELECT max(seq) FROM audit_stump) THEN
        RETURN OLD;  -- pruned: its number and hash stand in a signed stump
    END IF;
    RAISE EXCEPTION 'The audit record is only added to: % is refused.', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION audit_refuse_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit record is only added to: % is refused.', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER audit_refuse BEFORE INSERT OR UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_refuse_truncate BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_all();
CREATE TRIGGER audit_refuse BEFORE UPDATE OR DELETE ON audit_stump
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_all();
CREATE TRIGGER audit_refuse_truncate BEFORE TRUNCATE ON audit_stump
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_all();
ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_turn, ENABLE ALWAYS TRIGGER audit_seal,
    ENABLE ALWAYS TRIGGER audit_refuse, ENABLE ALWAYS TRIGGER audit_refuse_truncate;
ALTER TABLE audit_stump ENABLE ALWAYS TRIGGER audit_refuse, ENABLE ALWAYS TRIGGER audit_refuse_truncate;
"""

UNDO = """
DROP TRIGGER audit_refuse_truncate ON audit_stump;
DROP TRIGGER audit_refuse ON audit_stump;
DROP TRIGGER audit_refuse_truncate ON audit_entry;
DROP TRIGGER audit_refuse ON audit_entry;
DROP TRIGGER audit_seal ON audit_entry;
DROP TRIGGER audit_turn ON audit_entry;
DROP FUNCTION audit_refuse_all, audit_refuse, audit_seal, audit_turn;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Stump",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.BigIntegerField(unique=True)),
                ("hash", models.BinaryField(max_length=32)),
                ("checkpoint", models.TextField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-seq"],
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.BigIntegerField(editable=False, null=True, unique=True)),
                ("at", models.DateTimeField()),
                ("kind", models.CharField(max_length=24)),
                ("who", models.CharField(blank=True, max_length=36)),
                ("name", models.CharField(blank=True, max_length=150)),
                ("role", models.CharField(blank=True, max_length=200)),
                ("office", models.CharField(blank=True, max_length=80)),
                ("session", models.CharField(blank=True, max_length=16)),
                ("thing", models.CharField(blank=True, max_length=16)),
                ("thing_id", models.CharField(blank=True, max_length=120)),
                ("unit", models.CharField(blank=True, max_length=48)),
                ("details", models.JSONField(default=dict)),
                ("leaf", models.BinaryField(max_length=32)),
                ("previous", models.BinaryField(max_length=32, null=True)),
                ("hash", models.BinaryField(max_length=32, null=True)),
            ],
            options={
                "ordering": ["-seq"],
                "indexes": [
                    models.Index(fields=["unit", "-seq"], name="audit_unit"),
                    models.Index(fields=["who", "-seq"], name="audit_who"),
                    models.Index(fields=["kind", "-seq"], name="audit_kind"),
                    models.Index(fields=["at"], name="audit_at"),
                ],
            },
        ),
        migrations.RunSQL(CHAIN + REFUSE, UNDO),
    ]
