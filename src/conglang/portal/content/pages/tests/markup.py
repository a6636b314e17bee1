"""A small reader of pages for tests: what stands where, and what must never stand there."""

from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
Attributes = dict[str, str | None]


class Markup(HTMLParser):
    """``elements``: (tag, attributes) in order; ``faults``: sentences about what a browser would have to repair."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, Attributes]] = []
        self.faults: list[str] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self._ids: set[str] = set()
        self.feed(html)
        self.close()
        self.faults += [f"<{tag}> is never closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        self._judge(tag, attributes)
        if len(attributes) != len(attrs):
            self.faults.append(f"<{tag}> repeats an attribute")
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes something else")

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def _judge(self, tag: str, attributes: Attributes) -> None:
        """Faults against the content security policy and against unique ids."""
        if tag == "style" or "style" in attributes:
            self.faults.append(f"<{tag}> carries its own style")
        if tag == "script" and not (attributes.get("src") or "").startswith("/_/a/"):
            self.faults.append("a script is written into the page")
        self.faults += [f"<{tag}> has {name}" for name in attributes if name.startswith("on")]
        if "id" in attributes:
            name = attributes["id"] or ""
            if name in self._ids:
                self.faults.append(f"id «{name}» stands twice")
            self._ids.add(name)

    def having(self, tag: str, **attributes: str) -> list[Attributes]:
        """Return the attributes of all such elements; ``class_="x"`` asks for one of the classes."""
        return [found for name, found in self.elements if name == tag and _matches(found, attributes)]

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


def _matches(found: Attributes, wanted: dict[str, str]) -> bool:
    for name, value in wanted.items():
        have = found.get(name.rstrip("_").replace("_", "-")) or ""
        if have != value and not (name == "class_" and value in have.split()):
            return False
    return True
