"""The test's database as a template, for tests that need the same network many times over."""

import psycopg
from django.db import connection


class TemplateDatabase:
    """Keeps copies of the test's database, so that every example starts from the same network in a blink."""

    def __init__(self, maintenance: str) -> None:
        self.maintenance = maintenance
        self.name = connection.settings_dict["NAME"]

    def keep(self, label: str) -> None:
        self._run(f'CREATE DATABASE "{self.name}_{label}" TEMPLATE "{self.name}"')

    def restore(self, label: str) -> None:
        self._run(
            f'DROP DATABASE "{self.name}"', f'CREATE DATABASE "{self.name}" TEMPLATE "{self.name}_{label}"'
        )

    def forget(self, *labels: str) -> None:
        self._run(*(f'DROP DATABASE IF EXISTS "{self.name}_{label}"' for label in labels))

    def _run(self, *statements: str) -> None:
        connection.close()
        with psycopg.connect(self.maintenance, autocommit=True) as server:
            for statement in statements:
                server.execute(statement.encode())
