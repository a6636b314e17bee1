"""The desk's own indexes follow a save without the editor waiting for them."""

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from wagtail.tasks import update_reference_index_task

from conglang.portal.site.tasks import afterwards

pytestmark = pytest.mark.django_db


def ask(pk: str = "1") -> None:
    update_reference_index_task.enqueue("pages", "articlepage", pk)


def jobs() -> list[list[str]]:
    found = ProcrastinateJob.objects.filter(task_name="site.afterwards").order_by("id")
    return [job.args["args"] for job in found]


def test_same_thing_asked_for_twice_in_a_transaction_is_one_job() -> None:
    with transaction.atomic():
        for pk in ("1", "1", "2", "1"):
            ask(pk)

    assert [args[-1] for args in jobs()] == ["1", "2"]


def test_what_is_rolled_back_leaves_no_job_and_hides_none() -> None:
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            ask()
            raise ZeroDivisionError
        ask()
    assert len(jobs()) == 1
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        ask("7")
        raise ZeroDivisionError
    with transaction.atomic():
        ask("7")

    assert [args[-1] for args in jobs()] == ["1", "7"]


def test_job_about_a_page_that_is_gone_is_done() -> None:
    afterwards(update_reference_index_task.module_path, ["pages", "articlepage", "999999"], {})
