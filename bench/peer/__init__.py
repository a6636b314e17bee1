"""The peer: a plain Wagtail site of the kind one makes in an afternoon, with the same articles on as many hosts."""
