"""Changing office files as an attacker or another program would."""

import zipfile
from collections.abc import Mapping
from io import BytesIO

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = "application/vnd.openxmlformats-package.relationships+xml"


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def packed(parts: Mapping[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return out.getvalue()


def with_part(data: bytes, name: str, content: bytes, kind: str = "") -> bytes:
    """Add a part, and say its content type when one is given."""
    found = unpacked(data) | {name: content}
    if kind:
        declared = f'<Override PartName="/{name}" ContentType="{kind}"/></Types>'.encode()
        found["[Content_Types].xml"] = found["[Content_Types].xml"].replace(b"</Types>", declared)
    return packed(found)


def changed(data: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """Replace a piece of a part; an error when it is not there, so that no test proves nothing."""
    found = unpacked(data)
    assert old in found[name], (name, found[name][:400])
    found[name] = found[name].replace(old, new, 1)
    return packed(found)


def relation(
    data: bytes, part: str, kind: str, target: str, ident: str = "rIdX", mode: str = "External"
) -> bytes:
    """Add a relationship to a part's relations, making them where there are none."""
    found = unpacked(data)
    empty = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
    full = kind if ":" in kind else f"{OFFICE}/{kind}"
    told = f'<Relationship Id="{ident}" Type="{full}" Target="{target}" TargetMode="{mode}"/></Relationships>'
    found[part] = found.get(part, empty).replace(b"</Relationships>", told.encode())
    return packed(found)
