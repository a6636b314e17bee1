"""What must never be in a public page, whoever approved it: foreign code, hidden text, planted links, spam.

Not a parser of all HTML: our own templates write regular markup, and the browser's content policy stands behind this.
What cannot be told apart safely is refused. Texts are folded before words are compared.
"""

import re
from html import unescape
from urllib.parse import unquote

from conglang.signer import concealed, spam
from conglang.signer.concealed import Ours

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


# Without one of these no attribute can be wrong: a page has hundreds of plain ones.
_SUSPICIOUS = re.compile(r"[:&]|style|srcdoc|formaction|(?:^|[\s\"'/])on", re.IGNORECASE)
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|(?:font-size|opacity|height|width|scale)\s*:\s*0(?![.0-9]*[1-9])"
    r"|(?:text-indent|left|top|right|bottom|margin|margin-left|margin-top|inset[a-z-]*)\s*:\s*-\s*\d{3}"
    r"|scale[xyz3d]*\(\s*0(?![.0-9]*[1-9])|color\s*:\s*transparent|clip\s*:|clip-path\s*:\s*[a-tv-z]|opacity\(\s*0|\\|/\*",
    re.IGNORECASE,
)
_BAD_SCHEME = re.compile(r"(?:javascript|vbscript|data|file|blob)\s*:", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x20]+")
_OWN_SCRIPT = re.compile(r"/_/a/[a-z0-9_.-]+\.js")
_DATA_SCRIPTS = frozenset({"application/json", "application/ld+json", "speculationrules"})
_FORBIDDEN_TAGS = frozenset(
    {
        "object",
        "embed",
        "applet",
        "base",
        "frame",
        "frameset",
        "portal",
        "marquee",
        "style",
        "font",
        "basefont",
    }
    | {"xmp", "plaintext", "noembed", "noframes", "listing"}  # inside them nothing is what it seems
)
_WATCHED_TAGS = _FORBIDDEN_TAGS | {"script", "iframe", "meta", "form", "link"}
_ADDRESSES = frozenset(
    {"href", "src", "action", "formaction", "poster", "data", "xlink:href", "srcset", "background"}
)
# What a page says about itself. Not: who owns it for a search engine, that it shall not be found, where to go instead.
_META_NAMES = r"viewport|description|color-scheme|format-detection|theme-color|DC\.[a-z.]{1,40}"
_META_PROPERTIES = r"(?:og|article):[a-z_:]{1,40}"
_META = re.compile(f"(?:name:(?:{_META_NAMES})|property:(?:{_META_PROPERTIES}))", re.IGNORECASE)
_RELATIONS = frozenset(
    {
        "stylesheet",
        "icon",
        "canonical",
        "alternate",
        "preload",
        "manifest",
        "prev",
        "next",
        "license",
        "self",
        "first",
        "last",
    }
)
_LEADS_OUT = frozenset({"action", "formaction"})  # where what a reader typed goes
_TOLD = re.compile(r"""[ ](?:alt|title|content|aria-label)=["']([^"'<]++)""", re.IGNORECASE)
_AWAY = re.compile(r"""=["']\s*+((?:https?:)?+//[^"'<]++)""", re.IGNORECASE)
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
           | <meta \s++ charset="utf-8" \s*+ /?+ >
           | <meta \s++ (?:name="(?:{_META_NAMES})"|property="(?:{_META_PROPERTIES})")
               \s++ content="[^"]*+" \s*+ /?+ >
           | <(?!(?:{"|".join(sorted(_WATCHED_TAGS))})[\s/>]) [a-z][a-z0-9-]*+
             {_PLAIN_ATTRIBUTES}
             (?: \s++ (?:{"|".join(sorted(_ADDRESSES - _LEADS_OUT))}) ="(?:/|\#|\?|https?://|mailto:|tel:)[^"]*+"
                 (?=[\s/>]) {_PLAIN_ATTRIBUTES} )?+
             \s*+ /?+ >
    )*+""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)


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
    return _irregular(text) or concealed.finding(text, ours) or _spam(text, ours)


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
    if name == "meta" and (reason := _meta(attributes)):
        return reason
    if name == "link" and not _RELATIONS.issuperset(attributes.get("rel", "").lower().split()):
        return f"relation «{attributes.get('rel', '')[:40]}» to another page"
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


def _meta(attributes: dict[str, str]) -> str | None:
    if "http-equiv" in attributes:
        return "order to the browser by <meta>"
    for key in ("name", "property"):
        if key in attributes and not _META.fullmatch(f"{key}:{attributes[key].strip()}"):
            return f"<meta {key}=«{attributes[key][:40]}»>"
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


def _spam(text: str, ours: Ours) -> str | None:
    told = spam.look(
        unescape(" ".join(_TOLD.findall(text)))
    ).refused  # searched and read aloud, though not seen
    if told:
        return f"spam word «{told}» in an attribute"
    found = spam.look(_words_of(text))
    if found.refused:
        return f"spam word «{found.refused}»"
    if len(found.topics) > spam.TOPICS_ALLOWED:
        return f"spam words «{'», «'.join(found.topics)}»"
    return (_spam_link(text) if found.topics else None) or _spam_address(text, ours)


def _words_of(markup: str) -> str:
    """What a reader sees of it: words divided by elements inside a line are one word, by all others two."""
    return unescape(_MARKUP.sub(" ", _INLINE.sub("", markup)))


def _spam_link(text: str) -> str | None:
    for part in _LINK_END.split(text):
        begins = [found.start() for found in _LINK_BEGIN.finditer(part)]
        if begins and (word := spam.planted_word(_words_of(part[begins[-1] :]), linked=True)):
            return f"spam word «{word}» in a link"
    return None


def _spam_address(text: str, ours: Ours) -> str | None:
    """Names of brands in addresses that lead away; words of the trade in their hosts. A ministry's page about gambling
    may have them in its own address."""
    away = [unescape(found[1]) for found in _AWAY.finditer(text)]
    away = [address for address in dict.fromkeys(away) if not ours(address)]
    if not away:
        return None
    hosts = " ".join(address.partition("//")[2].partition("/")[0] for address in away)
    if word := spam.planted_word(hosts, linked=True) or spam.look(unquote(" ".join(away))).refused:
        return f"spam word «{word}» in an address"
    return None
