"""Days, moments, numbers and sizes as a Vietnamese reader expects them on a screen.

Screen form «Thứ Hai, ngày 30/6/2025, 08:30»; document form «ngày 30 tháng 6 năm 2025» with 0 before days under ten
and months under three (practice of Decree 30/2020, annex I). Moments are aware; they are shown in Vietnam's one zone.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật")
SIZES = ("B", "KB", "MB", "GB")


def local(moment: date | datetime) -> date | datetime:
    """Return the moment in Vietnam's zone; a plain day stays as it is. A naive datetime is a ValueError."""
    if not isinstance(moment, datetime):
        return moment
    if moment.tzinfo is None:
        raise ValueError(f"A moment without a time zone cannot be shown: {moment!r}")
    return moment.astimezone(VIETNAM)


def day(moment: date | datetime) -> str:
    """«30/6/2025»."""
    there = local(moment)
    return f"{there.day}/{there.month}/{there.year}"


def weekday(moment: date | datetime) -> str:
    """«Thứ Hai, ngày 30/6/2025»."""
    return f"{WEEKDAYS[local(moment).weekday()]}, ngày {day(moment)}"


def clock(moment: datetime) -> str:
    """«08:30»."""
    return f"{local(moment):%H:%M}"


def moment(value: datetime) -> str:
    """«Thứ Hai, ngày 30/6/2025, 08:30»."""
    return f"{weekday(value)}, {clock(value)}"


def long_day(value: date | datetime) -> str:
    """«ngày 09 tháng 02 năm 2025»: the form of letters and documents."""
    there = local(value)
    month = f"{there.month:02}" if there.month < 3 else str(there.month)
    return f"ngày {there.day:02} tháng {month} năm {there.year}"


def machine(value: date | datetime) -> str:
    """The value of a ``datetime`` attribute: RFC 3339 with Vietnam's offset, or the bare ISO day."""
    there = local(value)
    return there.isoformat(timespec="seconds") if isinstance(there, datetime) else there.isoformat()


def number(value: float, digits: int = 0) -> str:
    """«8.807.523», «2,97»: points between thousands, a comma before ``digits`` decimals."""
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def file_size(size_bytes: int) -> str:
    """«812 B», «1,2 MB»: units of 1024, one decimal below ten."""
    size, step = float(size_bytes), 0
    while size >= 1000 and step < len(SIZES) - 1:
        size, step = size / 1024, step + 1
    return f"{number(size, 1 if step and size < 9.95 else 0)} {SIZES[step]}"


def phone_link(text: str) -> str:
    """The ``tel:`` address of a printed phone number: digits and a leading plus only."""
    digits = "".join(sign for sign in text if sign.isdigit())
    return f"tel:{'+' if text.strip().startswith('+') else ''}{digits}"


FILTERS = {
    "clock": clock,
    "day": day,
    "file_size": file_size,
    "long_day": long_day,
    "machine": machine,
    "moment": moment,
    "number": number,
    "phone_link": phone_link,
    "weekday": weekday,
}
