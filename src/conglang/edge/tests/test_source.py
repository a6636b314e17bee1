"""A store that cannot be reached is a foreseen trouble, told in a sentence."""

import pytest

from conglang.edge.source import Source, SourceError


def test_store_nobody_answers_for_is_named_and_no_fault_of_the_edge() -> None:
    with pytest.raises(SourceError, match=r"127\.0\.0\.1:9/store"):
        Source("http://127.0.0.1:9/store").timestamp()
