"""What must never be in a public page, whoever approved it: foreign code, hidden text, planted links, spam.

Not a parser of all HTML: our own templates write regular markup, and the browser's content policy stands behind this.
What cannot be told apart safely is refused. Texts are folded before words are compared.
"""

import re
import unicodedata
from functools import cache
from html import unescape
from importlib import resources

# Possessive quantifiers and no way back: a page must not cost more than its length, however it is written.
_TAG_NAME = re.compile(r"<([a-z][a-z0-9-]*+)", re.IGNORECASE)
_TAG_REST = re.compile(r"((?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)>")
_ATTRIBUTE = re.compile(r"([^\s\"'=<>/]++)(?:\s*+=\s*+(\"[^\"]*+\"|'[^']*+'|[^\s>]++))?+")
_LINK_END = re.compile(r"</a\s*+>", re.IGNORECASE)
_MARKUP = re.compile(r"<[^<>]*+>")
# What is invisible between letters.
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
# Without one of these no attribute can be wrong: a page has hundreds of plain ones.
_SUSPICIOUS = re.compile(r"[:&]|style|(?:^|[\s\"'/])on", re.IGNORECASE)
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0(?![.0-9]*[1-9])|text-indent\s*:\s*-\d{3}"
    r"|(?:left|top|right)\s*:\s*-\d{3}",
    re.IGNORECASE,
)
_BAD_SCHEME = re.compile(r"(?:javascript|vbscript|data|file|blob)\s*:", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x20]+")
_DATA_SCRIPTS = frozenset({"application/json", "application/ld+json", "speculationrules"})
_FORBIDDEN_TAGS = frozenset({"object", "embed", "applet", "base", "frame", "frameset", "portal", "marquee"})
_WATCHED_TAGS = _FORBIDDEN_TAGS | {"script", "iframe", "meta", "form"}
_ADDRESSES = frozenset(
    {"href", "src", "action", "formaction", "poster", "data", "xlink:href", "srcset", "background"}
)
_TOPICS_ALLOWED = 2
# A stretch of text and of elements in which nothing can be wrong, so that only the few others are taken apart: plain
# names, attributes in double quotes, no script or style among them, addresses of which the first letters are harmless;
# and a <meta> that only says something about the page.
_HARMLESS = re.compile(
    rf"""(?: [^<]++
           | <(?![a-z])
           | <meta (?: \s++ (?:charset|name|property|content) ="[^"]*+" (?=[\s/>]) )++ \s*+ /?+ >
           | <(?!(?:{"|".join(sorted(_WATCHED_TAGS))})[\s/>]) [a-z][a-z0-9-]*+
             (?: \s++ (?: (?:{"|".join(sorted(_ADDRESSES))}) ="(?:/|\#|\?|https?://|mailto:|tel:)[^"]*+"
                       | (?!on|style|(?:{"|".join(sorted(_ADDRESSES))})[\s=/>]) [a-z][a-z0-9:-]*+ (?:="[^"]*+")?+
             ) (?=[\s/>]) )*+
             \s*+ /?+ >
    )*+""",
    re.IGNORECASE | re.VERBOSE,
)
# UTF-8 of decomposed text, byte by byte: letters and digits stay, U+0300–U+036F (CC and CD with what follows) and the
# rest of every other sequence go, all else separates.
_KEPT = b"abcdefghijklmnopqrstuvwxyz0123456789"
_GONE = bytes([*range(0x80, 0xC0), 0xCC, 0xCD])
_SEPARATED = bytes(byte if byte in _KEPT else 0x20 for byte in range(256))


def findings(text: str) -> str | None:
    """The first reason why an HTML, SVG or XML text must not be published; None when there is none."""
    at = _after_harmless(text, 0)
    while tag := _TAG_NAME.match(text, at):
        rest = _TAG_REST.match(text, tag.end())
        if rest is None:
            return f"element <{tag[1]}> that never ends"
        if reason := _in_tag(tag[1].lower(), rest[1]):
            return reason
        at = _after_harmless(text, rest.end())
    return _spam(text)


def _after_harmless(text: str, at: int) -> int:
    """The end of the harmless stretch that begins here: the end of the text, or an element to be looked at."""
    found = _HARMLESS.match(text, at)
    return found.end() if found else at


def _in_tag(name: str, rest: str) -> str | None:
    if name not in _WATCHED_TAGS and not _SUSPICIOUS.search(rest):
        return None
    attributes = {key.lower(): _value(value) for key, value in _ATTRIBUTE.findall(rest)}
    if name in _FORBIDDEN_TAGS:
        return f"element <{name}>"
    if name == "script" and (reason := _script(attributes)):
        return reason
    if name == "iframe" and not attributes.get("src", "").startswith("/_/"):
        return "frame from elsewhere"
    if name == "meta" and attributes.get("http-equiv", "").lower() == "refresh":
        return "redirect by <meta>"
    if name == "form" and not _is_local(attributes.get("action", "/")):
        return "form that sends elsewhere"
    return _in_attributes(attributes)


def _in_attributes(attributes: dict[str, str]) -> str | None:
    for key, value in attributes.items():
        if key.startswith("on"):
            return f"script in the attribute {key}"
        if key in _ADDRESSES and _BAD_SCHEME.match(_CONTROL.sub("", value)):
            return f"script address in {key}"
        if key == "style" and _HIDING.search(value):
            return "hidden text"
    return None


def _script(attributes: dict[str, str]) -> str | None:
    if attributes.get("type", "").lower() in _DATA_SCRIPTS and "src" not in attributes:
        return None
    if "src" not in attributes:
        return "script inside the page"
    return None if attributes["src"].startswith("/_/a/") else "script from elsewhere"


def _is_local(address: str) -> bool:
    return address == "" or address.startswith(("/", "#", "?")) and not address.startswith(("//", "/\\"))


def _value(raw: str) -> str:
    return unescape(raw[1:-1] if raw[:1] in "\"'" and raw else raw)


def fold(text: str) -> str:
    """Lower case without marks, đ as d, words separated by single spaces."""
    for sign in _INVISIBLE:
        if sign in text:
            text = text.replace(sign, "")
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    letters = plain.encode("utf-8", "surrogatepass").translate(_SEPARATED, _GONE)
    return b" ".join(letters.split()).decode("ascii")


@cache
def words() -> dict[str, tuple[str, ...]]:
    """The lists "brand" and "topic" of spam.txt, each word with a space on both sides."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in resources.files(__package__).joinpath("spam.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            found.setdefault(section, []).append(f" {line} ")
    return {name: tuple(listed) for name, listed in found.items()}


def planted_word(text: str, *, linked: bool) -> str | None:
    """The word for which plain text must not be published, by the rule for pages. `linked`: it stands on a link."""
    folded = f" {fold(text)} "
    brands = [word.strip() for word in words()["brand"] if word in folded]
    topics = [word.strip() for word in words()["topic"] if word in folded]
    if not brands and len(topics) <= (0 if linked else _TOPICS_ALLOWED):
        return None
    return [*brands, *topics][0]


def _spam(text: str) -> str | None:
    page = f" {fold(_MARKUP.sub(' ', text))} "
    there = set(page.split())  # most phrases are ruled out by a word that is nowhere
    for word in words()["brand"]:
        if there.issuperset(word.split()) and word in page:
            return f"spam word «{word.strip()}»"
    topics = [word for word in words()["topic"] if there.issuperset(word.split()) and word in page]
    if len(topics) > _TOPICS_ALLOWED:
        return f"spam words «{'», «'.join(word.strip() for word in topics)}»"
    return _spam_link(text, topics) if topics else None


def _spam_link(text: str, topics: list[str]) -> str | None:
    for part in _LINK_END.split(text)[:-1]:
        link = part[max(part.rfind("<a "), part.rfind("<A "), 0) :]
        label = f" {fold(_MARKUP.sub(' ', link))} "
        for word in topics:
            if word in label:
                return f"spam word «{word.strip()}» in a link"
    return None
