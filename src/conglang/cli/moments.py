"""When something begins and ends, as a person types it: «18:00», «25/11/2026 18:00», «+6h», «+2d»."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
_AFTER = re.compile(r"\+(\d{1,4})\s*([mhdp]|giờ|phút|ngày)")
_CLOCK = re.compile(r"(\d{1,2})[:h](\d{2})")
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:\s+(\d{1,2})[:h](\d{2}))?")
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d))?")
_UNITS = {"m": 60, "p": 60, "phút": 60, "h": 3600, "giờ": 3600, "d": 86400, "ngày": 86400}


class NoMoment(ValueError):
    """The words name no moment."""


def moment(words: str, *, now: datetime) -> datetime:
    """The instant in UTC, to the second. A clock time alone is the next one; a day alone its first moment.

    Raises NoMoment.
    """
    words, here = words.strip().lower(), now.astimezone(LOCAL)
    try:
        if found := _AFTER.fullmatch(words):
            return _utc(now + timedelta(seconds=int(found[1]) * _UNITS[found[2]]))
        if found := _CLOCK.fullmatch(words):
            at = here.replace(hour=int(found[1]), minute=int(found[2]), second=0)
            return _utc(at if at > here else at + timedelta(days=1))
        if found := _DAY.fullmatch(words):
            day, month, year, hour, minute = (int(part or 0) for part in found.groups())
        elif found := _ISO.fullmatch(words):
            year, month, day, hour, minute = (int(part or 0) for part in found.groups())
        else:
            raise NoMoment(words)
        return _utc(datetime(year, month, day, hour, minute, tzinfo=LOCAL))
    except (ValueError, OverflowError) as error:
        raise NoMoment(words) from error


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


def said(at: datetime) -> str:
    """«18:00 ngày 25/11/2026», Vietnamese time."""
    return at.astimezone(LOCAL).strftime("%H:%M, %d/%m/%Y")
