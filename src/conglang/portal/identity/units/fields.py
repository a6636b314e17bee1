"""A column that holds a unit's code and refuses one whose register is not known."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.lookups import Exact, In, IsNull, Lookup
from django.db.models.query_utils import DeferredAttribute

from .rules import BadUnitCode, UnitCode

REFUSAL = (
    "A unit's code needs its register: use UnitCode('nso-2025', '00004'), not {value!r}. "
    "The same number names different units in different registers."
)


def _require(value: Any) -> None:
    if value is not None and not isinstance(value, UnitCode) and not hasattr(value, "resolve_expression"):
        raise TypeError(REFUSAL.format(value=value))


class UnitCodeAttribute(DeferredAttribute):
    """Refuses anything but a UnitCode at the moment it is assigned, not at the next save."""

    def __set__(self, instance: models.Model, value: Any) -> None:
        _require(value)
        instance.__dict__[self.field.attname] = value


class UnitCodeField(models.CharField):
    """Stores ``register:code``; takes and gives UnitCode only. A bare str raises TypeError.

    The only lookups are exact, in and isnull: ``code__endswith="00004"`` would be a bare number too.
    """

    descriptor_class = UnitCodeAttribute
    # What mypy's Django plugin reads:
    _pyi_private_set_type: UnitCode  # type: ignore[assignment]
    _pyi_private_get_type: UnitCode  # type: ignore[assignment]
    _pyi_lookup_exact_type: UnitCode

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 48)
        super().__init__(*args, **kwargs)

    def get_prep_value(self, value: Any) -> Any:
        _require(value)
        return str(value) if isinstance(value, UnitCode) else value

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> UnitCode | None:
        return None if value is None else UnitCode.parse(value)

    def to_python(self, value: Any) -> UnitCode | None:
        """Read a fixture's or a form's text, which must name the register."""
        if value is None or isinstance(value, UnitCode):
            return value
        try:
            return UnitCode.parse(str(value))
        except BadUnitCode as error:
            raise ValidationError(str(error)) from error

    def run_validators(self, value: Any) -> None:
        super().run_validators(str(value) if isinstance(value, UnitCode) else value)

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))

    def get_lookup(self, lookup_name: str) -> type[Lookup] | None:
        return LOOKUPS.get(lookup_name)

    def get_transform(self, lookup_name: str) -> None:
        return None


def _require_codes(lookup: Lookup) -> None:
    """Refuse to compare a code with another column or expression that is not a code."""
    output = getattr(lookup.rhs, "output_field", None) if hasattr(lookup.rhs, "resolve_expression") else None
    if output is not None and not isinstance(output, UnitCodeField):
        raise TypeError(REFUSAL.format(value=lookup.rhs))


class CodeExact(Exact):
    def get_prep_lookup(self) -> Any:
        _require_codes(self)
        return super().get_prep_lookup()


class CodeIn(In):
    def get_prep_lookup(self) -> Any:
        _require_codes(self)
        if isinstance(self.rhs, str):  # would be read letter by letter
            raise TypeError(REFUSAL.format(value=self.rhs))
        return super().get_prep_lookup()


LOOKUPS: dict[str, type[Lookup]] = {"exact": CodeExact, "in": CodeIn, "isnull": IsNull}
