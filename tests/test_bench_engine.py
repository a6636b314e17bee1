"""The programs that measure publishing, on a network small enough for a test: not how fast, but that they can tell."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.speed.page import text
from conglang.cli.journal import ROOT
from conglang.cli.tests.small_network import environment, free_port, write_small_network


@pytest.mark.slow
def test_engine_measures_a_small_network(tmp_path_factory: pytest.TempPathFactory) -> None:
    place = Path("/var/lib") if os.geteuid() == 0 else tmp_path_factory.getbasetemp()
    folder = place / f"cl-bench-test-{os.getpid()}"
    facts = write_small_network(tmp_path_factory.mktemp("facts") / "small")
    try:
        figures = _measured(
            "--sizes", "3", "--publishes", "2", "--only", "publish,state", "--without-peer", "--folder", str(folder),
            "--network", str(facts), "--port", str(free_port()),
        )  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    keys = figures["keys"]
    assert figures["not_measured"] == {}
    assert 0 < keys["publish_visible_p50_s"] <= keys["publish_visible_p95_s"]
    assert f"| {keys['network_json_s']:g} |" in text(figures)


def test_page_takes_each_figure_from_the_first_run_that_measured_it() -> None:
    machine = {
        "at": "2026-11-26T19:10+00:00",
        "cores": 2,
        "memory_gb": 24,
        "python": "3.11",
        "system": "Linux",
    }
    first, second = (
        {
            "machine": {**machine, "commit": commit, "load_before": 0.1},
            "keys": keys,
            "not_measured": missing,
            name: {},
        }
        for commit, keys, missing, name in (
            ("aaaa", {"network_json_s": 0.25, "city_publish_p95_s": None}, {"city": "no time"}, "state"),
            ("bbbb", {"network_json_s": 0.5, "city_publish_p95_s": 2.5}, {}, "city"),
        )
    )
    second["city"] = {"all": {"p95": 2.5}}

    page = text(first, second)

    assert "| 0.25 |" in page and "| 2.5 |" in page and "| 0.5 |" not in page
    assert "Run 1 measured nothing" in page and "Run 2 measured city" in page and "no time" not in page


def _measured(*options: str) -> dict[str, Any]:
    command = [sys.executable, str(ROOT / "bench" / "engine.py"), "--quick", "--json", *options]
    surroundings = {**environment(), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            out, said = process.communicate(timeout=350)
        finally:
            process.terminate()  # it stops what it started
    assert process.returncode == 0, said
    found: dict[str, Any] = json.loads(out)
    return found
