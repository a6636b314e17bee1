"""The public face: templates of ``design/`` turned into pages. It asks the database nothing and reads no clock.

``face.render("layouts/article.html", page=…, site=…, parts=…)`` gives a page; ``face.assets()`` all files that pages
ask for; ``face.digest()`` one value that changes whenever any page could look different for the same content.
"""

import hashlib
import io
from base64 import b64encode
from functools import cache
from gettext import GNUTranslations
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.environment import TemplateModule
from jinja2.ext import extract_from_ast
from jinja2.runtime import Context, Macro
from markupsafe import Markup

from conglang.portal.publishing.rendering import figures, vietnamese
from conglang.wire import bundle

LOCALE = Path(__file__).resolve().parents[3] / "locale"
KEPT_PARTS = 256  # heads and feet of sites, some 10 kB each


class _Page(Template):
    """A template whose parts are imported once.

    Jinja asks at each import whether this page's globals are the usual ones; ours always are, and the asking took a
    fifth of a page's time.
    """

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        return super()._get_default_module()


class Face:
    """One design folder, read once. ``locale`` holds ``<language>/LC_MESSAGES/django.po``."""

    def __init__(self, folder: Path, *, locale: Path = LOCALE, language: str = "vi") -> None:
        self.folder = folder
        self.bundle = bundle.Bundle(folder)
        self._translations = _translations(locale / language / "LC_MESSAGES" / "django.po")
        self.environment = self._environment()
        self._digest = ""
        self._made: dict[tuple[str, int], tuple[Any, str]] = {}

    def render(self, template: str, **context: Any) -> str:
        """Return the text of ``template`` (a path inside the folder). An unset name raises UndefinedError."""
        return self.environment.get_template(template).render(**context)

    def asset(self, name: str) -> str:
        """Return the address of a file, such as ``/_/a/site.<hash>.css``. UnknownAsset when there is none."""
        return self.bundle.address(name)

    def integrity(self, name: str) -> str:
        """Return what a page says of a script beside its address (Subresource Integrity). UnknownAsset likewise."""
        digest = hashlib.sha384(self.bundle.files[self.asset(name)]).digest()
        return f"sha384-{b64encode(digest).decode()}"

    def assets(self) -> dict[str, bytes]:
        """Return every file that pages may ask for, by site-relative path."""
        return dict(self.bundle.files)

    def digest(self) -> str:
        """Return the SHA-256 of all that shapes a page besides its content: templates, assets, words and filters."""
        if not self._digest:
            self._digest = self._compute_digest()
        return self._digest

    def messages(self) -> list[str]:
        """Return every English source text that the templates translate, sorted."""
        found: set[str] = set()
        for name in self.environment.list_templates(extensions=["html"]):
            parsed = self.environment.parse((self.folder / name).read_text())
            for _line, _function, text in extract_from_ast(parsed):
                found.update([text] if isinstance(text, str) else [part for part in text or () if part])
        return sorted(found)

    def _environment(self) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(self.folder),
            extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
            undefined=StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        environment.template_class = _Page
        environment.policies["ext.i18n.trimmed"] = True
        environment.install_gettext_translations(self._translations, newstyle=True)  # type: ignore[attr-defined]
        environment.globals["_"] = environment.globals["gettext"] = _Words(self._translations)
        environment.filters.update(vietnamese.FILTERS)
        environment.filters["same_hours"] = figures.same_hours
        environment.globals.update(
            asset=self.asset,
            integrity=cache(self.integrity),
            once=self._once,
            plot=figures.plot,
            weekdays=vietnamese.WEEKDAYS,
        )
        return environment

    def warm(self) -> None:
        """Read and translate every template now: processes that are forked from this one then share them."""
        for name in self.environment.list_templates(extensions=["html"]):
            self.environment.get_template(name)

    def _once(self, macro: Macro, view: Any) -> str:
        """Return what ``macro`` makes of ``view``, made once for pages that share the very same view.

        Views never change, so being the same object is enough; a kept view cannot lend its id to another.
        """
        key = (macro.name, id(view))
        if key not in self._made:
            while len(self._made) >= KEPT_PARTS:
                self._made.pop(next(iter(self._made)), None)
            self._made[key] = (view, macro(view))
        return self._made[key][1]

    def _compute_digest(self) -> str:
        state = hashlib.sha256()
        code = [Path(str(module.__file__)) for module in (bundle, figures, vietnamese)] + [Path(__file__)]
        files = sorted(path for path in self.folder.rglob("*") if path.is_file() and path.suffix != ".yaml")
        for path in [*code, *files]:
            state.update(f"{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
        for text in self.messages():
            state.update(f"{text}\0{self._translations.gettext(text)}\n".encode())
        return state.hexdigest()


class _Words:
    """Translates as Jinja's new-style gettext does, and remembers what carries no values: a page has sixty of those."""

    def __init__(self, translations: GNUTranslations) -> None:
        self._translations = translations
        self._plain: dict[str, Markup] = {}

    def __call__(self, text: str, /, **values: Any) -> Markup:
        if values:
            return Markup(self._translations.gettext(text)) % values  # noqa: S704 (our own catalogue)
        known = self._plain.get(text)
        if known is None:
            known = self._plain[text] = Markup(self._translations.gettext(text)) % {}  # noqa: S704
        return known


def _translations(catalogue: Path) -> GNUTranslations:
    """Read the catalogue itself, so that a page never shows yesterday's compiled words."""
    if not catalogue.exists():
        return GNUTranslations()
    with catalogue.open("rb") as file:
        messages = read_po(file, locale="vi")
    compiled = io.BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def default() -> Face:
    """Return the face of the folder that settings name (``DESIGN_DIR``), read once per process."""
    from django.conf import settings

    return Face(Path(settings.DESIGN_DIR))


def render(template: str, **context: Any) -> str:
    """Return a page of the default face; see Face.render."""
    return default().render(template, **context)


def warm() -> None:
    """Read every template of the default face; see Face.warm."""
    default().warm()


def asset(name: str) -> str:
    """Return the address of a file of the default face; see Face.asset."""
    return default().asset(name)


def assets() -> dict[str, bytes]:
    """Return every file of the default face; see Face.assets."""
    return default().assets()


def digest() -> str:
    """Return the digest of the default face; see Face.digest."""
    return default().digest()
