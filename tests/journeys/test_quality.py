"""Every kind of page, judged by machines: axe in the browser, the Nu HTML checker over the published files."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.journeys import tools

# One of each template. The city's home and the commune's home are two.
TEMPLATES = {
    "city-home": ("hanoi", "/"),
    "commune-home": ("badinh", "/"),
    "section": ("badinh", "/tin-tuc/"),
    "text": ("badinh", "/gioi-thieu/gioi-thieu-chung/"),
    "organisation": ("badinh", "/gioi-thieu/co-cau-to-chuc/"),
    "officials": ("badinh", "/gioi-thieu/lanh-dao/"),
    "contact": ("badinh", "/lien-he/"),
    "documents": ("badinh", "/van-ban/van-ban-quy-pham-phap-luat/"),
    "sitemap": ("badinh", "/so-do-trang/"),
    "error": ("badinh", "/khong-co-trang-nay/"),
}
GRAVE = {"serious", "critical"}
JUDGED_SITES = ("hanoi", "badinh", "vanmieuquoctugiam")


def any_page(network, key: str, pattern: str, mark: str) -> str:
    """Return the path of a published page of a site that carries ``mark``."""
    root: Path = network.published(key)
    for file in sorted(root.glob(pattern)):
        if mark in file.read_text():
            return f"/{file.parent.relative_to(root)}/"
    pytest.fail(f"{key} has no page like {pattern}")


def templates(network) -> dict[str, tuple[str, str]]:
    """Return one page of each template: site and path."""
    article = any_page(network, "badinh", "tin-tuc/*/index.html", 'property="og:type" content="article"')
    document = any_page(network, "badinh", "van-ban/*/*/index.html", "DC.title")
    return {**TEMPLATES, "article": ("badinh", article), "document": ("badinh", document)}


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_template(network, open_page, axe, width, scheme):
    page = open_page(width, 900, color_scheme=scheme, bypass_csp=True)
    found = {}

    for name, (key, path) in templates(network).items():
        page.goto(network.address(key, path))
        page.evaluate(axe)
        report = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        for fault in report["violations"]:
            if fault["impact"] in GRAVE:
                found[f"{name}: {fault['id']}"] = [node["html"][:160] for node in fault["nodes"][:3]]

    assert not found, json.dumps(found, ensure_ascii=False, indent=1)


def test_lock_file_names_no_registry():
    lock = json.loads((tools.HERE / "package-lock.json").read_text())

    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]
    assert all(entry.get("integrity") for name, entry in lock["packages"].items() if name)


def test_every_published_page_of_three_sites_is_valid_html(network):
    try:
        java, jar = tools.java(), tools.npm_package("vnu-jar") / "build" / "dist" / "vnu.jar"
    except tools.Missing as missing:
        pytest.skip(f"HTML was not checked: {missing}")
    files = [str(file) for key in JUDGED_SITES for file in network.published(key).rglob("*.html")]

    done = subprocess.run(
        [str(java), "-Xss8m", "-jar", str(jar), "--errors-only", "--format", "json", *files],
        capture_output=True, text=True,
    )  # fmt: skip

    messages = json.loads(done.stderr)["messages"]
    told = {f"{Path(m['url']).parent.name}: {m['message']} [{m.get('extract', '')[:90]}]" for m in messages}
    assert len(files) > 100
    assert not told, "\n".join(sorted(told)[:20])
