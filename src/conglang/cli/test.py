"""`conglang test`: the quick tests, then the slow ones and the faults, then the browser journeys.

Other arguments go to pytest as they are, in one run: `./conglang test -k merger`. As root on Debian what the rest
needs (a browser, nginx, strace, Java) is installed first; elsewhere its tests say why they are skipped.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from conglang.cli.words import _, say

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = {"chromium": "chromium", "nginx": "nginx", "strace": "strace", "java": "default-jre-headless"}
# Not programs but files of one: a module that is loaded by a program of Debian.
MODULES = {
    Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so"): "libnginx-mod-http-brotli-static",
}
# What is marked, in the order it runs, and whether several may run beside one another: a browser wants the machine.
PARTS = (
    ("not (slow or fault or journey)", True),
    ("(slow or fault) and not journey", True),
    ("journey", False),
)
NOT_UNASKED = "not long"  # `./conglang test -m long` tries every single step; it takes many minutes
NOTHING_COLLECTED = 5


def main(arguments: Sequence[str]) -> int:
    """Pytest's exit status. `--quick` stops after the quick part; it and `--no-install` install nothing."""
    given = list(arguments)
    ours = {name for name in ("--quick", "--no-install") if name in given}
    rest = [argument for argument in given if argument not in ours]
    if rest:
        return _pytest(*rest)
    if not ours:
        install_tools()  # first: quick tests ask nginx too
    for marked, together in PARTS[:1] if "--quick" in ours else PARTS:
        beside = ("-n", _workers(), "--dist", "loadfile") if together else ()
        status = _pytest("-m", f"{marked} and {NOT_UNASKED}", *beside, "-q")
        if status not in (0, NOTHING_COLLECTED):
            return status
    return 0


def install_tools() -> None:
    """Install the missing tools where we may; say plainly when we may not, or when it did not work."""
    missing = [package for tool, package in PACKAGES.items() if shutil.which(tool) is None]
    missing += [package for module, package in MODULES.items() if not module.exists()]
    if not missing:
        return
    packages = " ".join(missing)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        say(_("Not installed: %s. The tests that need them are skipped (as root on Debian they are installed).")
            % packages, style="yellow")  # fmt: skip
        return
    say(_("Installing what the tests need: apt-get install %s") % packages)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["update", "-qq"],
        ["install", "-y", "-qq", "--no-install-recommends", *missing],
    ):
        done = subprocess.run(["apt-get", *command], env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            say(
                _("apt-get could not install them, their tests are skipped: %s") % done.stderr.strip()[-300:],
                style="yellow",
            )
            return


def _pytest(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT).returncode


def _workers() -> str:
    """As many as there are cores: the database and the tests share them."""
    return str(
        max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    )
