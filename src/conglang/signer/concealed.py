"""What a page holds and no reader sees: a few words for screen readers, a form that a script opens; no text, no link.

Planted links stand where the office does not see them and search engines do. Pages of this network run with the style
sheets of `design/` only, so there are few ways of hiding, all of them here; and whatever is hidden has to be short, has
to lead nowhere else, and has to be closed properly, so that a browser sees its end where we do.
"""

import re
from collections.abc import Callable, Iterator
from html import unescape

Ours = Callable[[str], bool]
LONGEST = 300  # letters: the title of an article, for those who hear the page
CLASSES = frozenset({"visually-hidden", "skip-link", "print-address"})  # of the design, hidden on a screen
_ELEMENTS = ("template", "dialog", "datalist", "noscript", "desc", "metadata", "defs", "symbol", "canvas")
_ATTRIBUTES = (
    "hidden",
    "popover",
    "display",
    "visibility",
    "opacity",
    "fill-opacity",
    "font-size",
    "width",
    "height",
)
_BEGIN = re.compile(rb"<([a-z][a-z0-9-]*+)((?:[^>\"'<]++|\"[^\"<]*+\"|'[^'<]*+')*+)>")
_ANY = re.compile(rb"<(/?)([a-z][a-z0-9-]*+)((?:[^>\"'<]++|\"[^\"<]*+\"|'[^'<]*+')*+)>")
_NAMED = re.compile(rb"([^\s\"'=<>/]++)(?:=(\"[^\"]*+\"|'[^']*+'))?+")
# Looked for one by one: words by themselves cost next to nothing, several at once in one pattern ten times as much.
_WORDS = (
    *(b"hidden", b"popover", b"display=", b"visibility=", b"opacity=", b"font-size="),
    *(name.encode() for name in sorted(CLASSES)),
)
_PATTERNS = (
    re.compile(rb"=[\"'][\s.+0&]"),  # a value that may be nothing
    re.compile(rb"<(?:" + "|".join(_ELEMENTS).encode() + rb")(?=[\s/>])"),
)
_WRITTEN_OTHERWISE = re.compile(rb"class=(?:\"[^\"<&]*+&|'[^'<&]*+&)")
_VOID = frozenset(
    b"area base br col embed hr img input link meta param source track wbr".split()
)  # HTML, 13.1.2: they hold nothing
_ADDRESSES = frozenset({b"href", b"src", b"action", b"formaction", b"xlink:href"})
_ZERO = re.compile(r"[\s+]*(?:0*\.?0*)(?:%|[a-z]*)\s*")
_MARKUP = re.compile(rb"<[^<>]*+>")


def finding(text: str, ours: Ours) -> str | None:
    """The first thing hidden in regular markup that has no business there; None when there is none."""
    low = text.encode("utf-8", "surrogatepass").lower()
    if _WRITTEN_OTHERWISE.search(low):
        return "a class written in another way than with letters"
    done = 0
    for at in _suspected(low):
        if at < done:
            continue
        tag = _BEGIN.match(low, at)
        if tag is None or not (how := _conceals(tag)):
            continue
        end = _end(low, tag)
        if end is None:
            return f"hidden part ({how}) that is not closed properly"
        if reason := _within(low[tag.start() : end], ours):
            return f"{reason} in a hidden part ({how})"
        done = end
    return None


def _suspected(low: bytes) -> list[int]:
    """Where the markup begins in which one of the signs stands."""
    found: set[int] = set()
    for places in (*(_places(low, word) for word in _WORDS), *(_matches(low, one) for one in _PATTERNS)):
        begin = seen = 0
        for at in places:
            begin = max(low.rfind(b"<", seen, at + 1), begin)  # never twice over the same stretch
            seen = at
            found.add(begin)
    return sorted(found)


def _places(low: bytes, word: bytes) -> Iterator[int]:
    at = low.find(word)
    while at >= 0:
        yield at
        at = low.find(word, at + 1)


def _matches(low: bytes, pattern: "re.Pattern[bytes]") -> Iterator[int]:
    return (one.start() for one in pattern.finditer(low))


def _conceals(tag: "re.Match[bytes]") -> str:
    name = tag[1].decode()
    values = dict(_values(tag[2]))
    if name in _ELEMENTS and not (name == "dialog" and "open" in values):
        return f"<{name}>"
    for key in _ATTRIBUTES:
        if key in values and _hides(key, values[key]):
            return key
    return next(iter(CLASSES.intersection(values.get("class", "").split())), "")


def _values(rest: bytes) -> Iterator[tuple[str, str]]:
    for key, value in _NAMED.findall(rest):
        yield key.decode("utf-8", "replace"), unescape(value[1:-1].decode("utf-8", "replace"))


def _hides(key: str, value: str) -> bool:
    if key in ("hidden", "popover"):
        return True
    if key in ("display", "visibility"):
        return value.strip() in ("none", "hidden", "collapse")
    return value.strip() != "" and _ZERO.fullmatch(value) is not None


def _end(low: bytes, tag: "re.Match[bytes]") -> int | None:
    """Where the element ends that begins here; None when what is in it does not end in order."""
    if tag[1] in _VOID or tag[2].endswith(b"/"):
        return tag.end()
    waiting = [tag[1]]
    for found in _ANY.finditer(low, tag.end()):
        if found[1]:
            if waiting.pop() != found[2]:
                return None
            if not waiting:
                return found.end()
        elif found[2] not in _VOID and not found[3].endswith(b"/"):
            waiting.append(found[2])
    return None


def _within(part: bytes, ours: Ours) -> str | None:
    for tag in _BEGIN.finditer(part):
        for key, value in _values(tag[2]):
            if key.encode() in _ADDRESSES and _leads_away(value, ours):
                return "link that leads elsewhere"
    words = unescape(_MARKUP.sub(b" ", part).decode("utf-8", "replace")).split()
    return "text" if sum(map(len, words)) > LONGEST else None


def _leads_away(address: str, ours: Ours) -> bool:
    address = address.strip()
    local = address == "" or address[0] in "/#?" and not address.startswith(("//", "/\\"))
    return not local and not ours(address)
