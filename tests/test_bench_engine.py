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
