"""Every layout and component as static sample pages: ``python -m conglang.portal.content.pages.gallery OUT``.

No database and no settings. Serve the folder with any static server, since addresses start at its root. With
``--network`` the city's home shows the real points and names of that network instead of none.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from conglang.portal.content.pages import public_views as views
from conglang.portal.content.pages import samples
from conglang.portal.publishing.rendering.face import Face
from conglang.wire.folding import fold, host_label

DESIGN = Path(__file__).resolve().parents[5] / "design"


def write(face: Face, out: Path, network: Path | None = None) -> list[str]:
    """Write all samples below ``out`` and return their paths (``/article/full/``), the index first."""
    pages = {
        f"/{item.layout}/{item.case}/": _layout(face, item, network) for item in samples.layouts(face.folder)
    }
    pages["/components/"] = _components(face)
    pages = {"/": _index(face, sorted(pages)), **pages}
    for path, html in pages.items():
        _put(out, path + "index.html", html.encode())
    for path, content in face.assets().items():
        _put(out, path, content)
    for picture in (face.folder / "samples").glob("*.svg"):
        _put(out, f"/samples/{picture.name}", picture.read_bytes())
    return list(pages)


def _layout(face: Face, sample: samples.LayoutSample, network: Path | None) -> str:
    context = sample.context()
    if getattr(sample.parts, "communes", ()) == "network":
        cards, points = _of_network(network) if network else ((), ())
        context["parts"] = replace(sample.parts, communes=cards, points=points)
    return face.render(f"layouts/{sample.layout}.html", **context)


def _of_network(network: Path) -> tuple[tuple[views.CommuneCard, ...], tuple[views.MapPoint, ...]]:
    units: list[dict[str, Any]] = json.loads((network / "units.json").read_text())
    cards, points = [], []
    for unit in units:
        name, url = (
            f"{unit['type'].capitalize()} {unit['name']}",
            f"http://{host_label(unit['name'])}.hanoi.localhost:8000/",
        )
        cards.append(views.CommuneCard(name, url, unit["type"], fold(unit["name"])))
        points.append(views.MapPoint(name, url, unit["type"], unit["latitude"], unit["longitude"]))
    return tuple(cards), tuple(points)


def _components(face: Face) -> str:
    parts = []
    for sample in samples.components(face.folder):
        parts.append({"name": f"{sample.component}: {sample.case}", "html": component(face, sample)})
    return face.render("samples/components.html", parts=parts)


def component(face: Face, sample: samples.ComponentSample) -> str:
    """Return one component's markup for one of its samples."""
    name = sample.component
    module = face.environment.get_template(f"components/{name}/{name}.html").module
    return str(getattr(module, sample.macro)(**sample.data))


def _index(face: Face, paths: list[str]) -> str:
    return face.render("samples/index.html", paths=paths)


def _put(out: Path, path: str, content: bytes) -> None:
    file = out / path.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--design", type=Path, default=DESIGN)
    parser.add_argument("--network", type=Path, default=DESIGN.parent / "networks" / "hanoi")
    arguments = parser.parse_args()
    network = arguments.network if (arguments.network / "units.json").exists() else None
    paths = write(Face(arguments.design), arguments.out, network)
    print(f"{len(paths)} sample pages in {arguments.out}")  # noqa: T201 - the answer of a command


if __name__ == "__main__":
    main()
