"""Bodies of a commune's lasting pages and of its first news, as stored JSON."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from . import communes
from .communes import FIGURES_NOTE, FIRST_DAY, Commune
from .words import day, listed, lower_first, number, paragraphs

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
Json = dict[str, Any]
NATIONAL_SERVICES = "https://dichvucong.gov.vn"


def block(kind: str, value: Any, salt: str) -> Json:
    """One stored block. Its id is made from its place, so that two runs give the same JSON."""
    return {"type": kind, "value": value, "id": str(uuid5(NAMESPACE_URL, f"{salt}:{kind}:{value}"))}


def items(values: list[Any], salt: str) -> list[Json]:
    return [
        {"type": "item", "value": v, "id": str(uuid5(NAMESPACE_URL, f"{salt}:{n}:{v}"))}
        for n, v in enumerate(values)
    ]


def text(salt: str, *sentences: str) -> Json:
    return block("text", paragraphs(*sentences), salt)


def facts(salt: str, entries: list[tuple[str, str, str]]) -> Json:
    values = [{"label": label, "value": value, "note": note} for label, value, note in entries]
    return block("facts", items(values, salt), salt)


def heading(salt: str, words: str) -> Json:
    return block("heading", {"text": words, "level": "2"}, salt)


def table(salt: str, caption: str, header: list[str], rows: list[list[str]]) -> Json:
    value = {
        "caption": caption,
        "header": items(header, f"{salt}h"),
        "rows": items([items(row, f"{salt}{number}") for number, row in enumerate(rows)], f"{salt}r"),
        "first_column_is_head": True,
    }
    return block("table", value, salt)


@dataclass(frozen=True)
class Story:
    """An article to be: in which section, when, with what words."""

    section: str
    title: str
    slug: str
    summary: str
    body: list[Json]
    at: datetime
    with_map: bool = False


def introduction(commune: Commune) -> tuple[str, list[Json]]:
    """Return summary and body of the general introduction: no two communes have the same."""
    key = str(commune.unit.code)
    summary = (
        f"{commune.name}, thành phố Hà Nội: {number(commune.unit.area_km2, 2)} km², {number(commune.unit.population)} người, "
        f"hình thành từ {len(commune.pieces)} đơn vị hành chính cấp xã trước sắp xếp."
    )
    opening = (
        f"{commune.name} là đơn vị hành chính cấp xã của thành phố Hà Nội, hoạt động từ ngày {day(FIRST_DAY)} "
        "khi chính quyền địa phương được tổ chức theo hai cấp."
    )
    return summary, [
        text(key, opening, communes.figures(commune)),
        facts(key, communes.fact_entries(commune)),
        heading(key, "Hình thành"),
        text(key, communes.formation(commune), communes.before(commune)),
        text(key, f"Ghi chú: {FIGURES_NOTE}"),
    ]


def former_units(commune: Commune) -> tuple[str, list[Json]]:
    key = f"former {commune.unit.code}"
    names = [lower_first(piece.predecessor.full_name) for piece in commune.pieces]
    summary = (
        f"{commune.name} tiếp nhận địa bàn của {listed(names)}."
        if len(names) < 7
        else (
            f"{commune.name} tiếp nhận toàn bộ hoặc một phần địa bàn của {len(names)} đơn vị hành chính cấp xã trước sắp xếp."
        )
    )
    note = f"Theo {commune.clause}."
    return summary, [
        text(key, communes.formation(commune)),
        block("predecessors", {"note": note}, key),
        *_divided(commune, key),
    ]


def _divided(commune: Commune, key: str) -> list[Json]:
    if not commune.divided:
        return []
    rows = [
        [
            piece.predecessor.full_name,
            listed([commune.in_sentence, *commune.others(piece, with_residents=True)]),
        ]
        for piece in commune.divided
    ]
    advice = (
        "Dân cư của các đơn vị dưới đây được chia về nhiều phường, xã. Tên đơn vị cũ chưa đủ để biết nơi ở nay thuộc đâu: "
        "cần đối chiếu theo tổ dân phố, thôn hoặc số nhà."
    )
    return [
        heading(key, "Đơn vị cũ được chia về nhiều nơi"),
        text(key, advice),
        table(key, "Đơn vị cũ có dân cư được chia", ["Đơn vị cũ", "Nay thuộc"], rows),
    ]


def intro_sentence(commune: Commune) -> str:
    """The sentence on top of the home page."""
    districts = commune.former_districts
    where = f", trên địa bàn trước đây thuộc {listed(districts)}" if districts else ""
    return (
        f"{commune.name} có {number(commune.unit.population)} người trên {number(commune.unit.area_km2, 2)} km²{where}. "
        f"Trang thông tin điện tử của {commune.type} là thành phần của Cổng thông tin điện tử thành phố Hà Nội."
    )


def procedures(commune_type: str) -> tuple[str, list[Json]]:
    link = f'<a href="{NATIONAL_SERVICES}">Cổng Dịch vụ công quốc gia</a>'
    body = (
        f"<p>Thủ tục hành chính, quy trình giải quyết và việc nộp hồ sơ trực tuyến thực hiện trên {link}.</p>"
        f"<p>Tại đó người dân chọn thủ tục, nơi giải quyết là {commune_type} nơi mình cư trú, và theo dõi được hồ sơ đã nộp.</p>"
    )
    return "Nộp và theo dõi hồ sơ trên Cổng Dịch vụ công quốc gia.", [block("text", body, "procedures")]


def feedback() -> tuple[str, list[Json]]:
    return "Gửi phản ánh, kiến nghị và câu hỏi.", [
        text(
            "feedback",
            "Chức năng gửi phản ánh, kiến nghị và câu hỏi ngay trên trang này đang được chuẩn bị.",
            "Hiện nay người dân phản ánh hiện trường, gửi kiến nghị và theo dõi kết quả qua ứng dụng iHanoi của Thành phố.",
        )
    ]


def stories(commune: Commune) -> list[Story]:
    """Return the first news and notices of a commune, oldest first."""
    found = [_trial(commune), _begins(commune), _where_to(commune)]
    return [*found, _ask_first(commune)] if commune.divided else found


def _trial(commune: Commune) -> Story:
    return Story(
        section="notices",
        title=f"Trang thông tin điện tử của {commune.in_sentence} vận hành thử nghiệm",
        slug="trang-thong-tin-dien-tu-van-hanh-thu-nghiem",
        summary="Nội dung đang được biên tập và bổ sung; thông tin chưa có được ghi rõ là chưa cung cấp.",
        body=[
            text(
                f"trial {commune.unit.code}",
                f"Trang thông tin điện tử của {commune.in_sentence} được vận hành thử nghiệm cùng trang của các phường, xã khác "
                "sau sắp xếp, là thành phần của Cổng thông tin điện tử thành phố Hà Nội.",
                "Trong thời gian thử nghiệm, nội dung được biên tập và bổ sung dần. Mục nào chưa có thông tin được ghi rõ là "
                "chưa cung cấp; trang không đăng số điện thoại, địa chỉ hay tên người phụ trách khi chưa được cơ quan xác nhận.",
            )
        ],
        at=datetime(2025, 6, 26, 8, 0, tzinfo=LOCAL),
    )


def _begins(commune: Commune) -> Story:
    return Story(
        section="news",
        title=f"{commune.name} bắt đầu hoạt động từ ngày {day(FIRST_DAY)}",
        slug="bat-dau-hoat-dong-tu-ngay-01-7-2025",
        summary=(
            f"{commune.name} có {number(commune.unit.population)} người, diện tích {number(commune.unit.area_km2, 2)} km², "
            f"hình thành từ {len(commune.pieces)} đơn vị hành chính cấp xã trước sắp xếp."
        ),
        body=[
            text(
                f"begins {commune.unit.code}",
                f"Từ ngày {day(FIRST_DAY)}, {commune.in_sentence} hoạt động theo mô hình chính quyền địa phương hai cấp. "
                f"Thành phố Hà Nội có 126 đơn vị hành chính cấp xã, gồm 51 phường và 75 xã, thay cho 526 đơn vị trước đó.",
                communes.formation(commune),
                communes.figures(commune),
                f"Ghi chú: {FIGURES_NOTE}",
            )
        ],
        at=datetime(2025, 7, 1, 7, 0, tzinfo=LOCAL),
        with_map=True,
    )


def _where_to(commune: Commune) -> Story:
    whole = [lower_first(piece.predecessor.full_name) for piece in commune.pieces if piece.share == "whole"]
    sentence = (
        f"Người dân ở {listed(whole)} trước đây nay đều thuộc {commune.in_sentence}."
        if whole
        else f"Không đơn vị cũ nào chuyển trọn vẹn về {commune.in_sentence}; mỗi đơn vị chuyển một phần."
    )
    rows = [
        [
            piece.predecessor.full_name,
            piece.predecessor.parent.full_name if piece.predecessor.parent else "",
            "Toàn bộ" if piece.share == "whole" else "Một phần",
            listed(commune.others(piece)) if commune.others(piece) else "Không",
        ]
        for piece in commune.pieces
    ]
    key = f"where {commune.unit.code}"
    return Story(
        section="news",
        title=f"Đơn vị hành chính cũ nào nay thuộc {commune.in_sentence}?",
        slug="don-vi-hanh-chinh-cu-nao-nay-thuoc-day",
        summary=sentence
        if len(sentence) < 300
        else f"Danh sách {len(rows)} đơn vị cũ và phần chuyển về {commune.in_sentence}.",
        body=[
            text(key, sentence),
            table(
                key,
                f"Đơn vị cũ và phần chuyển về {commune.in_sentence}",
                ["Đơn vị cũ", "Quận, huyện, thị xã cũ", "Phần chuyển về đây", "Phần còn lại nay thuộc"],
                rows,
            ),
            text(key, f"Căn cứ: {commune.clause}."),
        ],
        at=datetime(2025, 7, 2, 8, 30, tzinfo=LOCAL),
    )


def _ask_first(commune: Commune) -> Story:
    names = [lower_first(piece.predecessor.full_name) for piece in commune.divided]
    shown = listed(names) if len(names) < 6 else f"{', '.join(names[:5])} và {len(names) - 5} đơn vị khác"
    return Story(
        section="notices",
        title=f"Ai ở địa bàn cũ được chia cần đối chiếu nơi ở trước khi đến {commune.in_sentence} làm thủ tục",
        slug="doi-chieu-noi-o-truoc-khi-lam-thu-tuc",
        summary=f"Dân cư của {shown} được chia về nhiều phường, xã.",
        body=_divided(commune, f"ask {commune.unit.code}")[1:],
        at=datetime(2025, 7, 3, 8, 0, tzinfo=LOCAL),
    )
