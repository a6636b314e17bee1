"""`conglang bench NAME`: run one of the programs in bench/, which measure what we claim about speed and size.

Each is a script with `--json`; its first sentence says what it measures.
"""

from __future__ import annotations

import argparse
import ast
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PROGRAMS = ROOT / "bench"


def programs(folder: Path = PROGRAMS) -> dict[str, str]:
    """The programs by name, each with the first line of what it says about itself."""
    found = {}
    for file in sorted(folder.glob("*.py")):
        words = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
        if words:
            found[file.stem] = words.splitlines()[0]
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the named program with the remaining arguments and return its exit status."""
    known = programs()
    listing = "\n".join(f"  {name:<9} {words}" for name, words in known.items())
    parser = argparse.ArgumentParser(
        prog="conglang bench",
        description=__doc__.splitlines()[0] if __doc__ else "",
        epilog=f"programs:\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", choices=sorted(known), metavar="NAME")
    parser.add_argument(
        "options", nargs=argparse.REMAINDER, help="--json and whatever the program understands"
    )
    chosen = parser.parse_args(arguments)
    command = [sys.executable, str(PROGRAMS / f"{chosen.name}.py"), *chosen.options]
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}).returncode


if __name__ == "__main__":
    raise SystemExit(main())
