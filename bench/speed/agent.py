"""`python -m bench.speed.agent ours|peer …`: a signed-in editor who does what is read from standard input.

One JSON line in, one out. A process of its own for each database, so that networks can be measured interleaved.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.speed.desk import Approver, Desk

NAME, SECOND, PASSWORD = "bench", "bench-duyet", "do-toc-do-8580-xa-phuong"


class Agent:
    """The main program's end of one agent."""

    def __init__(self, *arguments: str, environment: dict[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.speed.agent", *arguments], text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env={**os.environ, **(environment or {})},
        )  # fmt: skip

    def ask(self, what: str, **values: Any) -> Any:
        """Have something done; RuntimeError with what the agent said when it could not."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps({"do": what, **values}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        answer = json.loads(line) if line else {"problem": "the agent died; see above"}
        if "problem" in answer:
            raise RuntimeError(answer["problem"])
        return answer["answer"]

    def close(self) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait(30)


class Editor:
    """What an agent can do at any Wagtail."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._forms: dict[int, tuple[Any, dict[str, Any]]] = {}

    def open(self, pk: int) -> None:
        """Load a page's form, as an editor has it before the press."""
        page = self.page(pk)
        self._forms[pk] = (page, self._desk.open(page))

    def publish(self, pk: int, title: str) -> dict[str, float]:
        page, form = self._forms.pop(pk)
        begun, took = self._desk.publish(page, form, title)
        return {"begun": begun, "took": took}

    def page(self, pk: int) -> Any:
        raise NotImplementedError


class OurEditor(Editor):
    def __init__(self, data: Path) -> None:
        from bench.speed.portal import open_portal

        open_portal(data)
        from django.conf import settings

        _our_people()
        desk = Desk(settings.PORT, settings.DESK_HOST)
        desk.sign_in(NAME, PASSWORD)
        self._approver = Approver(settings.PORT, settings.DESK_HOST)
        self._approver.sign_in(SECOND, PASSWORD)
        super().__init__(desk)

    def publish(self, pk: int, title: str) -> dict[str, float]:
        """What is timed is the second person's press: it publishes."""
        page, form = self._forms.pop(pk)
        begun, took = self._approver.publish_sent(self._desk, page, form, title)
        return {"begun": begun, "took": took}

    def page(self, pk: int) -> Any:
        from conglang.portal.content.pages.models import ArticlePage

        return ArticlePage.objects.get(pk=pk)

    def targets(self, count: int, seed: int = 0) -> list[dict[str, Any]]:
        """The newest article of that many communes, with every path of the site that shows its title."""
        from conglang.portal.content.pages.models import ArticlePage
        from conglang.portal.identity.sites import queries

        origin = queries.current_origin()
        sites = [site for site in queries.all_sites() if not site.is_city]
        random.Random(seed).shuffle(sites)
        found = []
        for number in range(count):
            site = sites[number % len(sites)]
            newest = ArticlePage.objects.filter(site_id=site.pk, live=True, kind="news").order_by(
                "-first_published_at"
            )
            article = newest.select_related(None)[0]
            host = origin.host_of(site.key, site.custom_host)
            paths = [
                article.site_path,
                article.get_parent().specific.site_path,
                "/",
                "/tin.atom",
                "/_/latest.json",
            ]
            found.append({"pk": article.pk, "site": site.key, "host": host, "paths": paths})
        return found

    def city(self) -> dict[str, Any]:
        """The city's newest article, and the hosts whose home pages show it."""
        from conglang.portal.content.pages.models import ArticlePage
        from conglang.portal.identity.sites import queries

        origin = queries.current_origin()
        city = queries.city()
        article = ArticlePage.objects.filter(site_id=city.pk, live=True, kind="news").order_by(
            "-first_published_at"
        )[0]
        communes = [site for site in queries.all_sites() if not site.is_city]
        homes = [origin.host_of(site.key, site.custom_host) for site in communes]
        return {"pk": article.pk, "host": origin.host_of(city.key, city.custom_host), "homes": homes,
                "path": article.site_path}  # fmt: skip

    def hosts(self) -> list[str]:
        from conglang.portal.identity.sites import queries

        return sorted(queries.hosts(queries.current_origin()))

    def last_page(self, host: str) -> str:
        """The page of a host that a rebuild of its site comes to last: of the lowest priority, the newest mark."""
        from conglang.portal.identity.sites import queries
        from conglang.portal.publishing.rendering.models import Production

        site = queries.hosts(queries.current_origin())[host]
        last = (
            Production.objects.filter(site=site, family="page", claims__path__endswith="/")
            .order_by("id")
            .last()
        )
        paths = last.claims.filter(path__endswith="/").values_list("path", flat=True) if last else ["/"]
        return str(min(paths, key=len))

    def workers(self) -> list[int]:
        """The numbers of all processes that have taken jobs lately."""
        return [number for (number,) in self.sql("SELECT id FROM procrastinate_workers")]

    def workers_ready(self, old: list[int], count: int, patience: float) -> None:
        """Wait until so many take jobs that are none of the old ones. TimeoutError."""
        import time

        end = time.monotonic() + patience
        while len(set(self.workers()) - set(old)) < count:
            if time.monotonic() > end:
                raise TimeoutError("no workers have started")
            time.sleep(0.1)

    def rebuild(self) -> None:
        """Order every site rendered again, home pages first."""
        from django.db import transaction

        from conglang.portal.identity.sites.queries import all_sites
        from conglang.portal.publishing.rendering.actions import rebuild

        with transaction.atomic():
            rebuild([site.key for site in all_sites()], by="bench", reason="another template")

    def plan(self, pk: int, title: str, due: str) -> None:
        """Have a page go public with another title at an instant (RFC 3339)."""
        from datetime import datetime

        page = self.page(pk)
        page.title, page.go_live_at = title, datetime.fromisoformat(due)
        page.save_revision().publish()

    def communes(self) -> list[str]:
        return list(self.city()["homes"])

    def trial(self) -> int:
        """Put every commune on trial; return how many were official."""
        from conglang.portal.identity.sites.actions import back_to_trial

        return back_to_trial(_communes(), by="bench")

    def official(self, seconds: float) -> str:
        """Plan for every commune that it becomes official in so many seconds; return the instant."""
        from datetime import UTC, datetime, timedelta

        from conglang.portal.identity.sites.actions import go_official

        due = (datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0)
        go_official(_communes(), at=due, by="bench")
        return due.isoformat()

    def prepared(self, due: str, patience: float) -> int:
        """Wait until every commune is prepared for the instant; return how many subjects are. TimeoutError."""
        import time

        from conglang.portal.publishing.moments.models import Moment
        from conglang.portal.publishing.rendering.models import Prepared

        waiting = Moment.objects.filter(due=due, prepared_at=None)
        end = time.monotonic() + patience
        while waiting.exists() or not Moment.objects.filter(due=due).exists():
            if time.monotonic() > end:
                raise TimeoutError(f"{waiting.count()} sites are not prepared after {patience:.0f} s")
            time.sleep(0.3)
        return Prepared.objects.filter(moment=due).count()

    def waiting(self) -> dict[str, int]:
        """What is not public yet: subjects to be rendered, paths to be signed."""
        from conglang.portal.publishing.rendering.models import Entry, Stale

        return {"stale": Stale.objects.count(), "dirty": Entry.objects.filter(dirty=True).count()}

    def sql(self, statement: str) -> Any:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None


class StockEditor(Editor):
    def __init__(self, port: int) -> None:
        import django

        django.setup()
        desk = Desk(port, "site-0.localhost", "/admin")
        desk.sign_in("bench", "bench")
        super().__init__(desk)

    def page(self, pk: int) -> Any:
        from bench.peer.models import ArticlePage

        return ArticlePage.objects.get(pk=pk)

    def targets(self, count: int, seed: int = 0) -> list[dict[str, Any]]:
        from wagtail.models import Site

        from bench.peer.models import ArticlePage

        sites = list(Site.objects.order_by("pk").select_related("root_page"))
        random.Random(seed).shuffle(sites)
        found = []
        for number in range(count):
            site = sites[number % len(sites)]
            article = ArticlePage.objects.descendant_of(site.root_page).order_by("-first_published_at")[0]
            path = "/" + article.url_path.strip("/").partition("/")[2] + "/"
            found.append({"pk": article.pk, "host": site.hostname, "paths": [path]})
        return found

    def serve(self, count: int) -> dict[str, float]:
        """Pages a second of `page.serve()` in this process: what a visitor of an uncached site waits for."""
        import time

        from django.test import RequestFactory
        from wagtail.models import Site

        from bench.peer.models import ArticlePage

        pages = list(ArticlePage.objects.order_by("path"))
        chosen = random.Random(count).sample(pages, min(count, len(pages)))
        hosts = {site.root_page_id: site.hostname for site in Site.objects.all()}
        homes = {page.pk: hosts[page.get_ancestors().get(depth=2).pk] for page in chosen}
        begun, cpu = time.monotonic(), time.process_time()
        for page in chosen:
            request = RequestFactory().get(page.url_path, headers={"host": homes[page.pk]})
            page.serve(request).render()
        seconds = time.monotonic() - begun
        return {"pages": len(chosen), "seconds": seconds, "cpu_seconds": time.process_time() - cpu}


def _communes() -> list[Any]:
    from conglang.portal.identity.sites.queries import all_sites

    return [site for site in all_sites() if not site.is_city]


def _our_people() -> None:
    """Somebody who may write everywhere, and somebody who approves for every site; under a password of our own."""
    from conglang.portal.identity.accounts.actions import give_role
    from conglang.portal.identity.accounts.models import User
    from conglang.portal.identity.accounts.rules import Role
    from conglang.portal.identity.sites.queries import all_sites

    for name in (NAME, SECOND):
        person = User.objects.filter(username=name).first() or User(username=name, is_active=True)
        person.is_superuser = name == NAME
        person.set_password(PASSWORD)
        person.save()
    for site in all_sites():
        role = Role.CENTRE_APPROVER if site.is_city else Role.UNIT_APPROVER
        give_role(person, role, office=site.office)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("whose", choices=["ours", "peer"])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    editor = OurEditor(options.data) if options.whose == "ours" else StockEditor(options.port)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"answer": getattr(editor, request.pop("do"))(**request)}
        except Exception as error:  # noqa: BLE001 (the main program says it and stops)
            answer = {"problem": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
