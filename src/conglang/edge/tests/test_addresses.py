"""The expressions given to Caddy and nginx accept the grammar of `wire.paths`, no more and no less."""

import re

from hypothesis import given
from hypothesis import strategies as st

from conglang.edge.caddy import FILE_ADDRESS, PAGE_ADDRESS
from conglang.wire.paths import MEDIA_TYPES, check_path

segments = st.from_regex(r"[a-z0-9_-]{1,12}", fullmatch=True)
pages = st.lists(segments, max_size=6).map(lambda parts: "/" + "".join(part + "/" for part in parts))
names = st.from_regex(r"[a-z0-9]{1,8}(\.[0-9a-f]{8})?", fullmatch=True)
files = st.tuples(pages, names, st.sampled_from(sorted(MEDIA_TYPES))).map(
    lambda part: f"{part[0]}{part[1]}.{part[2]}"
)
paths = pages | files


@given(paths)
def test_web_server_lets_every_proper_path_meet_a_file(path: str) -> None:
    address = PAGE_ADDRESS if path.endswith("/") else FILE_ADDRESS
    assert re.fullmatch(address, path) and re.fullmatch(address, path + "?utm=1")


@given(st.text(alphabet="abA./%_-?~ \\cs", max_size=30).map(lambda text: "/" + text))
def test_web_server_lets_nothing_else_meet_a_file(raw: str) -> None:
    if re.search(PAGE_ADDRESS, raw) or re.search(FILE_ADDRESS, raw):
        path = raw.partition("?")[0]
        assert check_path(path) == path
