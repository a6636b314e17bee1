"""Which families of outputs exist. Apps register theirs in ``AppConfig.ready()``."""

from .rules import Family, is_family_name

_families: dict[str, Family] = {}


def register(family: Family) -> None:
    """Make a family known.

    Raises ValueError when the name is malformed or taken by a different class.
    """
    if not is_family_name(family.name):
        raise ValueError(f"«{family.name}» is no family name: lower-case letters, digits and hyphens only.")
    known = _families.get(family.name)
    if known is not None and type(known) is not type(family):
        raise ValueError(f"The family name «{family.name}» belongs to {type(known).__qualname__} already.")
    _families[family.name] = family


def unregister(name: str) -> None:
    """Forget a family; for tests that bring their own."""
    _families.pop(name, None)


def always_current() -> frozenset[str]:
    """Families (``always_current = True``) that no restoration holds at an older state: announcements of danger."""
    return frozenset(name for name, family in _families.items() if getattr(family, "always_current", False))


def families() -> tuple[Family, ...]:
    """All families, by rank and name."""
    return tuple(sorted(_families.values(), key=lambda family: (family.rank, family.name)))


def family(name: str) -> Family | None:
    """The family of this name, or None when its code is gone (its outputs are then withdrawn)."""
    return _families.get(name)
