"""The grammar of addresses: what may be published, and that nothing outside it slips in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conglang.wire.headers import HEADER_SETS, header_set
from conglang.wire.paths import (
    MAX_LENGTH,
    MEDIA_TYPES,
    SHARDS,
    PathError,
    check_path,
    check_site_key,
    is_text,
    media_type,
    shard_of,
    tree_path,
)

segments = st.from_regex(r"[a-z0-9_-]{1,12}", fullmatch=True)
pages = st.lists(segments, max_size=6).map(lambda parts: "/" + "".join(part + "/" for part in parts))
files = st.tuples(
    pages,
    st.from_regex(r"[a-z0-9]{1,8}(\.[0-9a-f]{8})?", fullmatch=True),
    st.sampled_from(sorted(MEDIA_TYPES)),
)
paths = pages | files.map(lambda parts: f"{parts[0]}{parts[1]}.{parts[2]}")


@given(paths)
def test_every_proper_path_has_one_shard_one_type_one_header_set_and_one_place(path: str) -> None:
    assert check_path(path) == path
    assert shard_of(path) in SHARDS
    assert media_type(path)
    assert header_set(path) in HEADER_SETS
    assert not tree_path(path).startswith("/") and not tree_path(path).endswith("/")


@given(st.text(max_size=60))
def test_whatever_passes_the_grammar_is_harmless_in_a_file_system(text: str) -> None:
    try:
        check_path(text)
    except PathError:
        return
    assert ".." not in text.split("/") and "//" not in text and text.isascii() and text == text.lower()


@pytest.mark.parametrize(
    "path",
    [
        "", "a/", "//", "/A/", "/a", "/a//b/", "/./", "/../", "/a/../b/", "/a/..", "/.git/config.txt", "/a b/",
        "/tin-tức/", "/a%2fb/", "/a\\b/", "/a/?q=1", "/a/#x", "/index.html", "/a/index.html", "/a.php", "/a.css.gz",
        "/a.css.br", "/a.css/", "/x.css/y.css", "/a/\n", "/a/\0", "/.well-known", "/..css", "/.css",
        "/" + "a/" * 13, "/" + "a" * MAX_LENGTH + "/",
    ],
)  # fmt: skip
def test_path_outside_the_grammar_is_refused(path: str) -> None:
    with pytest.raises(PathError):
        check_path(path)


def test_only_text_is_worth_compressing() -> None:
    """An office document is a ZIP already, whatever its type is called."""
    packed = {"docx", "xlsx", "pptx", "odt", "pdf", "zip", "png", "woff2"}
    text = {"css", "js", "json", "webmanifest", "svg", "xml", "atom", "rss", "csv", "ics"}

    assert {ending for ending in packed | text if is_text(f"/_/d/a.{ending}")} == text


@pytest.mark.parametrize("key", ["", "Badinh", "ba dinh", "-a", "a-", "a.b", "../x", "network", "a" * 64])
def test_site_key_that_could_be_mistaken_is_refused(key: str) -> None:
    with pytest.raises(PathError):
        check_site_key(key)
