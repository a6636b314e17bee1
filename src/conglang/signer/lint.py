"""What must never be in a public page, whoever approved it: foreign code, hidden text, planted links, spam.

Not a parser of all HTML: our own templates write regular markup, and the browser's content policy stands behind this.
What cannot be told apart safely is refused. Texts are folded before words are compared.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from html import unescape
from importlib import resources

# Possessive quantifiers and no way back: a page must not cost more than its length, however it is written.
_TAG_NAME = re.compile(r"<([a-z][a-z0-9-]*+)", re.IGNORECASE | re.ASCII)
_TAG_REST = re.compile(r"((?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)>")
_ATTRIBUTE = re.compile(r"([^\s\"'=<>/]++)(?:\s*+=\s*+(\"[^\"]*+\"|'[^']*+'|[^\s>]++))?+", re.ASCII)
_LINK_END = re.compile(r"</a\s*+>", re.IGNORECASE)
_LINK_BEGIN = re.compile(r"<a[\s>]", re.IGNORECASE)
_MARKUP = re.compile(r"<[^<>]*+>")
_INLINE = re.compile(
    r"</?(?:b|i|u|s|em|strong|small|span|mark|sub|sup|font|wbr)(?:\s[^<>]*+)?+/?+>", re.IGNORECASE
)


def _is_mark(letter: str) -> bool:
    return unicodedata.combining(letter) > 0 or unicodedata.category(letter) in ("Cf", "Mn", "Me")


# What is invisible between letters, and marks that stand on them: taken out before anything is decomposed, for putting
# thousands of marks on one letter into order takes the square of their number.
_MARKS = "".join(chr(number) for number in range(0xA0, 0x10000) if _is_mark(chr(number)))
_RARE_MARKS = "".join(chr(number) for number in range(0x10000, 0x1E950) if _is_mark(chr(number)))
_INVISIBLE = re.compile(f"[{_MARKS}]+")
# Beyond the first 65,536 letters, looked for only where there are any: such a set is slow to look in.
_RARE = re.compile(f"[{_RARE_MARKS}\U000e0000-\U000e0fff]+")
# Letters of other scripts that pass for ours.
_OTHER_SCRIPTS = re.compile("[\u0370-\u052f]")
_PASSES_FOR = str.maketrans("аеорсухіјѕһԁԛԝкмтвнпгάαοενικρτυχіӏ", "aeopcyxijshdqwkmtbhnraaoevikptuxil")
# Without one of these no attribute can be wrong: a page has hundreds of plain ones.
_SUSPICIOUS = re.compile(r"[:&]|style|srcdoc|formaction|(?:^|[\s\"'/])on", re.IGNORECASE)
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0(?![.0-9]*[1-9])|text-indent\s*:\s*-\d{3}"
    r"|(?:left|top|right)\s*:\s*-\d{3}",
    re.IGNORECASE,
)
_BAD_SCHEME = re.compile(r"(?:javascript|vbscript|data|file|blob)\s*:", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x20]+")
_OWN_SCRIPT = re.compile(r"/_/a/[a-z0-9_.-]+\.js")
_DATA_SCRIPTS = frozenset({"application/json", "application/ld+json", "speculationrules"})
_FORBIDDEN_TAGS = frozenset(
    {"object", "embed", "applet", "base", "frame", "frameset", "portal", "marquee", "style"}
    | {"xmp", "plaintext", "noembed", "noframes", "listing"}  # inside them nothing is what it seems
)
_WATCHED_TAGS = _FORBIDDEN_TAGS | {"script", "iframe", "meta", "form", "link"}
_ADDRESSES = frozenset(
    {"href", "src", "action", "formaction", "poster", "data", "xlink:href", "srcset", "background"}
)
_LEADS_OUT = frozenset({"action", "formaction"})  # where what a reader typed goes
_TOPICS_ALLOWED = 2
Ours = Callable[[str], bool]
# Markup that every browser reads as we do, whatever state it is in: each «<» begins a tag of ASCII names and of quoted
# values without «<»; no comment, no declaration, no bare «<». So no browser finds a tag where we see none.
_REGULAR = re.compile(
    r"""(?:<\?xml[ ]version="1\.0"[ ]encoding="utf-8"\?>)?+ [ \t\n\f\r]*+ (?:<!doctype[ ]html>)?+
    (?: [^<\0]++
      | <[a-z][a-z0-9-]*+
        (?:[ \t\n\f\r]++[a-z_:][-a-z0-9_:.]*+(?:="[^"<\0]*+"|='[^'<\0]*+')?+)*+
        [ \t\n\f\r]*+/?+>
      | </[a-z][a-z0-9-]*+[ \t\n\f\r]*+>
    )*+""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_PLAIN_ATTRIBUTES = rf"""
             (?: \s++ (?!on|style|srcdoc|(?:{"|".join(sorted(_ADDRESSES))})[\s=/>])
                 [a-z][a-z0-9:-]*+ (?:="[^"]*+")?+ (?=[\s/>]) )*+"""
# A stretch of text and of elements in which nothing can be wrong, so that only the few others are taken apart: plain
# names, attributes in double quotes, no script or style among them, at most one address, its first letters harmless;
# and a <meta> that only says something about the page.
_HARMLESS = re.compile(
    rf"""(?: [^<]++
           | <(?![a-z])
           | <meta (?: \s++ (?:charset|name|property|content) ="[^"]*+" (?=[\s/>]) )++ \s*+ /?+ >
           | <(?!(?:{"|".join(sorted(_WATCHED_TAGS))})[\s/>]) [a-z][a-z0-9-]*+
             {_PLAIN_ATTRIBUTES}
             (?: \s++ (?:{"|".join(sorted(_ADDRESSES - _LEADS_OUT))}) ="(?:/|\#|\?|https?://|mailto:|tel:)[^"]*+"
                 (?=[\s/>]) {_PLAIN_ATTRIBUTES} )?+
             \s*+ /?+ >
    )*+""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
# UTF-8 of decomposed text, byte by byte: letters and digits stay, U+0300–U+036F (CC and CD with what follows) and the
# rest of every other sequence go, all else separates.
_KEPT = b"abcdefghijklmnopqrstuvwxyz0123456789"
_GONE = bytes([*range(0x80, 0xC0), 0xCC, 0xCD])
_SEPARATED = bytes(byte if byte in _KEPT else 0x20 for byte in range(256))


def findings(text: str, *, ours: Ours = lambda address: False) -> str | None:
    """The first reason why an HTML, SVG or XML text must not be published; None when there is none.

    `ours`: whether an absolute address is on a host of the network.
    """
    at = _after_harmless(text, 0)
    while tag := _TAG_NAME.match(text, at):
        rest = _TAG_REST.match(text, tag.end())
        if rest is None:
            return f"element <{tag[1]}> that never ends"
        if reason := _in_tag(tag[1].lower(), rest[1], ours):
            return reason
        at = _after_harmless(text, rest.end())
    return _irregular(text) or _spam(text)


def _irregular(text: str) -> str | None:
    """Where the text is not the plain markup our templates write: a browser might see other elements in it."""
    found = _REGULAR.match(text)
    end = found.end() if found else 0
    return None if end == len(text) else f"irregular markup at «{text[end : end + 40]}»"


def _after_harmless(text: str, at: int) -> int:
    """The end of the harmless stretch that begins here: the end of the text, or an element to be looked at."""
    found = _HARMLESS.match(text, at)
    return found.end() if found else at


def _in_tag(name: str, rest: str, ours: Ours) -> str | None:
    if name not in _WATCHED_TAGS and not _SUSPICIOUS.search(rest):
        return None
    named = [(key.lower(), value) for key, value in _ATTRIBUTE.findall(rest)]
    attributes = {key: _value(value) for key, value in named}
    # Browsers keep the first, whoever reads on keeps the last: of those that are read here.
    read = [
        key for key, _ in named if name in _WATCHED_TAGS or key in _ADDRESSES or key in ("style", "srcdoc")
    ]
    if len(set(read)) < len(read):
        return f"element <{name}> with an attribute twice"
    if name in _FORBIDDEN_TAGS:
        return f"element <{name}>"
    if name == "script" and (reason := _script(attributes)):
        return reason
    if name == "iframe" and not attributes.get("src", "").startswith("/_/"):
        return "frame from elsewhere"
    if name == "meta" and attributes.get("http-equiv", "").lower() == "refresh":
        return "redirect by <meta>"
    if name == "link" and not (_is_local(address := attributes.get("href", "/")) or ours(address)):
        return "style, canonical address or feed from elsewhere"
    if name == "form" and not _is_local(attributes.get("action", "/")):
        return "form that sends elsewhere"
    return _in_attributes(attributes)


def _in_attributes(attributes: dict[str, str]) -> str | None:
    if not _is_local(attributes.get("formaction", "/")):
        return "button that sends elsewhere"
    if "srcdoc" in attributes:
        return "frame with a page of its own"
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
    return None if _OWN_SCRIPT.fullmatch(attributes["src"]) else "script from elsewhere"


def _is_local(address: str) -> bool:
    return address == "" or address.startswith(("/", "#", "?")) and not address.startswith(("//", "/\\"))


def _value(raw: str) -> str:
    return unescape(raw[1:-1] if raw[:1] in "\"'" and raw else raw)


def _bare(text: str) -> str:
    bare = _INVISIBLE.sub("", text)
    return _RARE.sub("", bare) if bare and max(bare) > "\uffff" else bare


def fold(text: str) -> str:
    """Lower case without marks, đ as d, words separated by single spaces."""
    plain = _bare(unicodedata.normalize("NFKC", _bare(text)).lower()).replace("đ", "d")
    if _OTHER_SCRIPTS.search(plain):
        plain = plain.translate(_PASSES_FOR)
    plain = unicodedata.normalize("NFKD", plain)
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
    page = f" {fold(_words_of(text))} "
    there = set(page.split())  # most phrases are ruled out by a word that is nowhere
    for word in words()["brand"]:
        if there.issuperset(word.split()) and word in page:
            return f"spam word «{word.strip()}»"
    topics = [word for word in words()["topic"] if there.issuperset(word.split()) and word in page]
    if len(topics) > _TOPICS_ALLOWED:
        return f"spam words «{'», «'.join(word.strip() for word in topics)}»"
    return _spam_link(text, topics) if topics else None


def _words_of(markup: str) -> str:
    """What a reader sees of it: words divided by elements inside a line are one word, by all others two."""
    return unescape(_MARKUP.sub(" ", _INLINE.sub("", markup)))


def _spam_link(text: str, topics: list[str]) -> str | None:
    for part in _LINK_END.split(text):
        begins = [found.start() for found in _LINK_BEGIN.finditer(part)]
        label = f" {fold(_words_of(part[begins[-1] :]))} " if begins else ""
        for word in topics:
            if word in label:
                return f"spam word «{word.strip()}» in a link"
    return None
