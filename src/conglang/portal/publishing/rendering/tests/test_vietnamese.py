"""Days, numbers and sizes read as an office in Vietnam writes them."""

from datetime import UTC, date, datetime

import pytest

from conglang.portal.publishing.rendering import vietnamese

CEREMONY = datetime(2025, 6, 30, 1, 30, tzinfo=UTC)


def test_screen_shows_weekday_day_and_time_of_vietnam() -> None:
    assert vietnamese.moment(CEREMONY) == "Thứ Hai, ngày 30/6/2025, 08:30"


def test_late_evening_in_utc_is_next_day_in_vietnam() -> None:
    assert vietnamese.day(datetime(2025, 6, 30, 18, 0, tzinfo=UTC)) == "1/7/2025"


def test_a_plain_day_is_never_moved_by_a_zone() -> None:
    assert vietnamese.weekday(date(2025, 7, 6)) == "Chủ Nhật, ngày 6/7/2025"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (date(2025, 6, 30), "ngày 30 tháng 6 năm 2025"),
        (date(2025, 2, 9), "ngày 09 tháng 02 năm 2025"),
        (date(2025, 3, 10), "ngày 10 tháng 3 năm 2025"),
    ],
)
def test_letters_write_zero_before_small_days_and_the_first_two_months(value: date, words: str) -> None:
    assert vietnamese.long_day(value) == words


def test_a_moment_without_zone_is_refused_rather_than_guessed() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        vietnamese.day(datetime(2025, 6, 30))


def test_machines_read_the_offset_of_vietnam() -> None:
    assert vietnamese.machine(CEREMONY) == "2025-06-30T08:30:00+07:00"
    assert vietnamese.machine(date(2025, 6, 30)) == "2025-06-30"


def test_numbers_have_points_between_thousands_and_a_decimal_comma() -> None:
    assert vietnamese.number(8807523) == "8.807.523"
    assert vietnamese.number(2.97, 2) == "2,97"


@pytest.mark.parametrize(
    ("size", "words"),
    [(812, "812 B"), (88123, "86 KB"), (1258291, "1,2 MB"), (1023999, "1.000 KB"), (5 << 30, "5,0 GB")],
)
def test_file_size_is_short(size: int, words: str) -> None:
    assert vietnamese.file_size(size) == words


def test_telephone_link_keeps_digits_only() -> None:
    assert vietnamese.phone_link("(024) 3825.0000") == "tel:02438250000"
    assert vietnamese.phone_link("+84 24 3825 0000") == "tel:+842438250000"
