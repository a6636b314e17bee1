"""Shards: one form for one meaning, and nothing half-right gets in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conglang.wire.manifest import (
    Encoded,
    Entry,
    ManifestError,
    canonical,
    decode_shard,
    encode_shard,
    entry_from_json,
    entry_to_json,
)
from conglang.wire.paths import SHARDS, shard_of

digests = st.binary(min_size=32, max_size=32).map(bytes.hex)
sizes = st.integers(1, 10**9)
instants = st.integers(0, 2**33)
PATHS = ["/", "/tin-tuc/", "/tin-tuc/le-cong-bo/", "/_/a/site.0a1b2c3d.css", "/feed.xml", "/_/404/"]


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    status = draw(st.sampled_from([200, 301, 404, 410]))
    if status == 301:
        return Entry(
            301, mtime=draw(instants), location=draw(st.sampled_from([*PATHS, "https://hanoi.gov.vn/a"]))
        )
    if status != 200 and draw(st.booleans()):
        return Entry(status, mtime=draw(instants))
    size = draw(sizes)
    smaller = st.none() if size < 2 else st.none() | st.builds(Encoded, digests, st.integers(0, size - 1))
    return Entry(status, draw(digests), size, draw(instants), draw(smaller), draw(smaller))


@given(entries())
def test_entry_survives_the_wire(entry: Entry) -> None:
    assert entry_from_json(entry_to_json(entry)) == entry


@given(st.dictionaries(st.sampled_from(PATHS), entries()))
def test_shard_survives_the_wire_and_has_one_form(found: dict[str, Entry]) -> None:
    for shard in {shard_of(path) for path in found} or {"00"}:
        mine = {path: entry for path, entry in found.items() if shard_of(path) == shard}
        data = encode_shard("badinh", shard, mine)
        assert decode_shard(data, site="badinh", shard=shard) == mine
        assert data == encode_shard("badinh", shard, dict(reversed(list(mine.items()))))


_KEYS = st.sampled_from(["v", "site", "shard", "entries", "/", "status"])
_SCALARS = st.none() | st.integers() | st.text(max_size=8)
_JSON = st.recursive(_SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner))


@given(st.binary(max_size=200) | _JSON.map(canonical))
def test_noise_is_refused_with_a_manifest_error(data: bytes) -> None:
    with pytest.raises(ManifestError):
        decode_shard(data, site="badinh", shard="00")


def test_shard_of_another_site_or_number_is_refused() -> None:
    data = encode_shard("badinh", shard_of("/"), {"/": Entry(410)})
    with pytest.raises(ManifestError):
        decode_shard(data, site="tayho", shard=shard_of("/"))
    with pytest.raises(ManifestError):
        decode_shard(data, site="badinh", shard=next(one for one in SHARDS if one != shard_of("/")))


def test_path_in_the_wrong_shard_is_refused() -> None:
    wrong = next(one for one in SHARDS if one != shard_of("/"))
    with pytest.raises(ManifestError):
        encode_shard("badinh", wrong, {"/": Entry(410)})


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": 200},
        {"status": 302, "location": "/a/"},
        {"status": 301},
        {"status": 301, "location": "javascript:alert(1)"},
        {"status": 301, "location": "//elsewhere.example/"},
        {"status": 301, "location": "/A/"},
        {"status": 200, "digest": "a" * 64, "location": "/a/"},
        {"status": 200, "digest": "A" * 64},
        {"status": 200, "digest": "a" * 64, "size": 5, "br": {"digest": "b" * 64, "size": 5}},
        {"status": 200, "digest": "a" * 64, "size": True},
        {"status": 200, "digest": "a" * 64, "size": -1},
        {"status": 200, "digest": "a" * 64, "mtime": 1.5},
        {"status": 200, "digest": "a" * 64, "headers": {}},
        {"status": 410, "size": 3},
        {},
        None,
        [],
        "x",
    ],
)
def test_entry_whose_parts_do_not_fit_is_refused(wrong: object) -> None:
    with pytest.raises(ManifestError):
        entry_from_json(wrong)
