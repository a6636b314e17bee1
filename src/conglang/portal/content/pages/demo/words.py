"""Numbers, days and lists as Vietnamese sentences want them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from html import escape


def number(value: int | float | Decimal, digits: int = 0) -> str:
    """65.023 and 2,97."""
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def listed(parts: Sequence[str]) -> str:
    """«A», «A và B», «A, B và C»."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} và {parts[-1]}"


def lower_first(text: str) -> str:
    """«phường Ba Đình» for use within a sentence."""
    return text[:1].lower() + text[1:]


def day(value: date) -> str:
    """01/7/2025: a nought before days under 10 and before the months 1 and 2 (practice of Decree 30/2020)."""
    month = f"{value.month:02}" if value.month < 3 else str(value.month)
    return f"{value.day:02}/{month}/{value.year}"


def paragraphs(*texts: str) -> str:
    """Rich text of plain sentences."""
    return "".join(f"<p>{escape(text, quote=False)}</p>" for text in texts if text)
