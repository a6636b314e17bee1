"""The toy newspaper with a calendar, and a clock that tests set."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from conglang.portal.publishing.moments import registry
from conglang.portal.publishing.releases.tests.conftest import signer, signer_process  # noqa: F401
from conglang.portal.publishing.rendering.tests import toy

from . import plan
from .plan import ToyPlanner


@dataclass
class FakeClock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


@pytest.fixture
def planner(newspaper: None) -> Iterator[ToyPlanner]:
    real = dict(registry._planners)
    registry._planners.clear()
    found = ToyPlanner()
    registry.register(found)
    toy.run(plan.SCHEMA)
    toy.run(plan.DONE)
    toy.run("TRUNCATE toy_plan, toy_done")
    yield found
    toy.run("TRUNCATE toy_plan, toy_done")
    registry._planners.clear()
    registry._planners.update(real)
