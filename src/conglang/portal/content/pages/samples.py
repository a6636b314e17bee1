"""Samples of the public face as typed views, read from the YAML files beside each layout and component.

A layout's file is a list of cases (case, site, page, parts); a component's a list of cases (case, data), where data
are the arguments of its macro. Tags such as ``!Picture {…}`` make a view of public_views where a field has no type.
"""

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import yaml

from conglang.portal.content.pages import public_views as views

PARTS: dict[str, type] = {
    "city-home": views.HomeParts,
    "commune-home": views.HomeParts,
    "section": views.SectionParts,
    "article": views.ArticleParts,
    "organisation": views.OrganisationParts,
    "officials": views.OfficialsParts,
    "documents": views.DocumentsParts,
    "document": views.DocumentParts,
    "sitemap": views.SitemapParts,
    "error": views.ErrorParts,
    "emergency": views.EmergencyParts,
    "withdrawn": views.NoticeParts,
}


@dataclass(frozen=True)
class LayoutSample:
    layout: str
    case: str
    site: views.SiteView
    page: views.PageView
    parts: Any

    def context(self) -> dict[str, Any]:
        return {"site": self.site, "page": self.page, "parts": self.parts}


@dataclass(frozen=True)
class ComponentSample:
    component: str
    case: str
    data: Mapping[str, Any]

    @property
    def macro(self) -> str:
        return self.component.replace("-", "_")


def layouts(design: Path) -> list[LayoutSample]:
    """Return every case of every layout. A field that the views do not know is a TypeError."""
    sites = {
        key: _view(views.SiteView, value) for key, value in _read(design / "samples" / "sites.yaml").items()
    }
    found = []
    for file in sorted((design / "layouts").glob("*.yaml")):
        found += [_layout_sample(file.stem, sites[case["site"]], case) for case in _read(file)]
    return found


def components(design: Path) -> list[ComponentSample]:
    """Return every case of every component."""
    files = sorted((design / "components").glob("*/*.yaml"))
    return [ComponentSample(file.stem, case["case"], case["data"]) for file in files for case in _read(file)]


def _layout_sample(layout: str, site: views.SiteView, case: dict[str, Any]) -> LayoutSample:
    page = {"uuid": "", "layout": layout, "canonical": site.base_url + case["page"]["path"], **case["page"]}
    parts = _view(PARTS[layout], case["parts"]) if layout in PARTS else None
    return LayoutSample(layout, case["case"], site, _view(views.PageView, page), parts)


def _view(kind: Any, value: Any) -> Any:
    """Make a value of the annotated ``kind`` from plain YAML: views from mappings, tuples from lists."""
    if is_dataclass(kind) and isinstance(value, Mapping):
        return _dataclass_of(typing.cast(type, kind), value)
    if get_origin(kind) in (Union, types.UnionType) and value is not None:
        return _view(next(part for part in get_args(kind) if part is not types.NoneType), value)
    if get_origin(kind) is tuple and isinstance(value, list):
        parts = get_args(kind)
        each = parts[:1] * len(value) if parts[-1] is Ellipsis else parts
        return tuple(_view(part, item) for part, item in zip(each, value, strict=True))
    return value


def _dataclass_of(kind: type, value: Mapping[str, Any]) -> Any:
    hints = get_type_hints(kind)
    if unknown := set(value) - {entry.name for entry in fields(kind)}:
        raise TypeError(f"{kind.__name__} has no field {', '.join(sorted(unknown))}")
    return kind(**{name: _view(hints[name], item) for name, item in value.items()})


class _Loader(yaml.SafeLoader):
    """YAML with one tag per view."""


def _tag(name: str, kind: type) -> None:
    def construct(loader: yaml.SafeLoader, node: yaml.nodes.Node) -> Any:
        return _view(kind, loader.construct_mapping(typing.cast(yaml.nodes.MappingNode, node), deep=True))

    _Loader.add_constructor(f"!{name}", construct)


for _name, _kind in vars(views).items():
    if isinstance(_kind, type) and is_dataclass(_kind):
        _tag(_name, _kind)


def _read(file: Path) -> Any:
    return yaml.load(file.read_text(), Loader=_Loader)  # noqa: S506 - a SafeLoader with tags of our own views
