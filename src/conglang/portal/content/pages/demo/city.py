"""The city portal's own texts: the announcement of the ceremony, what changed, the 126 communes as a table."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from conglang.portal.identity.units.models import Unit

from .communes import FIGURES_NOTE, RESOLUTION, Commune
from .texts import LOCAL, Json, Story, facts, heading, items, table, text
from .texts import block as stored
from .words import number

CEREMONY_TITLE = (
    "Sáng 30/6/2025: Lễ công bố Nghị quyết và các Quyết định về tổ chức đơn vị hành chính cấp xã của Hà Nội"
)
CEREMONY_SLUG = "le-cong-bo-to-chuc-don-vi-hanh-chinh-cap-xa"
CEREMONY_ALT = "Hình vẽ chiếc cổng làng ba nét màu đỏ; phía dưới là 126 chấm tròn, mỗi chấm tượng trưng cho một phường, xã mới."
CHANNELS = [
    ("Cổng thông tin điện tử Thành phố", "hanoi.gov.vn", ""),
    ("126 trang thông tin điện tử của phường, xã", "Trên chính trang của từng phường, xã", ""),
    ("Fanpage", "Thủ đô Hà Nội - Việt Nam", ""),
    ("YouTube", "Thủ đô Hà Nội - Việt Nam", ""),
]
COURSE = [
    (
        "12/6/2025",
        "Thành ủy Hà Nội ban hành Kế hoạch số 341-KH/TU về vận hành thử nghiệm mô hình chính quyền địa phương hai cấp.",
    ),
    ("16/6/2025", "Ủy ban Thường vụ Quốc hội ban hành Nghị quyết số 1656/NQ-UBTVQH15."),
    ("20–26/6/2025", "126 phường, xã vận hành thử nghiệm."),
    ("23/6/2025", "Thành ủy Hà Nội ban hành Kế hoạch số 343-KH/TU về tổ chức Lễ công bố."),
    ("08:30, ngày 30/6/2025", "Lễ công bố."),
    ("01/7/2025", "126 phường, xã hoạt động."),
]


def stories() -> list[Story]:
    """Return the city's first news and notices, oldest first."""
    return [_trial(), _ceremony(), _two_levels()]


def _ceremony() -> Story:
    key = "ceremony"
    timeline = [{"when": when, "text": words} for when, words in COURSE]
    return Story(
        section="news",
        title=CEREMONY_TITLE,
        slug=CEREMONY_SLUG,
        summary=(
            "Lễ công bố bắt đầu lúc 08:30, Thứ Hai, ngày 30/6/2025, được truyền trực tiếp trên Cổng thông tin điện tử "
            "Thành phố và trang thông tin điện tử của 126 phường, xã."
        ),
        body=[
            text(
                key,
                "Thành phố Hà Nội tổ chức Lễ công bố Nghị quyết của Ủy ban Thường vụ Quốc hội và các Quyết định của Thành phố "
                "về việc triển khai tổ chức đơn vị hành chính cấp xã vào lúc 08:30, Thứ Hai, ngày 30/6/2025.",
                "Điểm cầu chính là Cung Văn hóa Lao động hữu nghị Việt - Xô, kết nối trực tuyến với các phường, xã.",
            ),
            heading(key, "Theo dõi trực tiếp ở đâu"),
            facts(key, CHANNELS),
            text(
                key, "Người dân cũng có thể theo dõi thông tin trên iHanoi, ứng dụng công dân số của Thủ đô."
            ),
            heading(key, "Các mốc thời gian"),
            stored("timeline", items(timeline, key), key),
            heading(key, "Điều gì thay đổi"),
            text(
                key,
                "Từ ngày 01/7/2025, Hà Nội có 126 đơn vị hành chính cấp xã, gồm 51 phường và 75 xã, thay cho 526 đơn vị trước đó. "
                "30 quận, huyện, thị xã kết thúc hoạt động; chính quyền địa phương còn hai cấp là Thành phố và phường, xã.",
                "Muốn biết địa bàn cũ nay thuộc phường, xã nào, mời dùng mục “Tìm phường, xã của bạn” ở trang chủ.",
            ),
        ],
        at=datetime(2025, 6, 26, 9, 0, tzinfo=LOCAL),
        with_map=True,
    )


def _trial() -> Story:
    return Story(
        section="notices",
        title="126 trang thông tin điện tử của phường, xã vận hành thử nghiệm",
        slug="126-trang-thong-tin-dien-tu-van-hanh-thu-nghiem",
        summary="Mỗi phường, xã có một trang riêng, là thành phần của Cổng thông tin điện tử Thành phố.",
        body=[
            text(
                "trial",
                "Theo Công văn số 9567/VP-TTDLCNS ngày 25/6/2025 của Văn phòng Ủy ban nhân dân Thành phố, các phường, xã sau sắp xếp "
                "biên tập tin, bài và công bố đầy đủ thông tin trên trang thông tin điện tử của mình.",
                "Trung tâm Truyền thông, Dữ liệu và Công nghệ số Thành phố cung cấp sản phẩm, tin mẫu và hướng dẫn nghiệp vụ.",
                "Trong thời gian vận hành thử nghiệm, mục nào chưa có thông tin được ghi rõ là chưa cung cấp.",
            )
        ],
        at=datetime(2025, 6, 25, 16, 0, tzinfo=LOCAL),
    )


def _two_levels() -> Story:
    key = "two levels"
    return Story(
        section="news",
        title="Từ ngày 01/7/2025 làm thủ tục hành chính ở đâu?",
        slug="tu-ngay-01-7-2025-lam-thu-tuc-hanh-chinh-o-dau",
        summary="Không còn cấp huyện: người dân làm việc với phường, xã hoặc với cơ quan của Thành phố.",
        body=[
            text(
                key,
                "Từ ngày 01/7/2025, Hà Nội không còn quận, huyện, thị xã. Người dân làm thủ tục tại phường, xã nơi mình cư trú "
                "hoặc tại cơ quan của Thành phố, và nộp hồ sơ trực tuyến trên Cổng Dịch vụ công quốc gia.",
                "199 trong 526 đơn vị cũ được chia về nhiều phường, xã; với 158 đơn vị trong số đó, dân cư cũng được chia. "
                "Ở những nơi này, tên đơn vị cũ chưa đủ để biết nơi ở nay thuộc đâu.",
            ),
            text(key, f"Căn cứ: {RESOLUTION}."),
        ],
        at=datetime(2025, 7, 1, 7, 30, tzinfo=LOCAL),
    )


def introduction(city: Unit, communes: Sequence[Commune]) -> tuple[str, list[Json]]:
    """Return summary and body of the city's general introduction, added up from its communes."""
    area, population = (
        sum(one.unit.area_km2 for one in communes),
        sum(one.unit.population for one in communes),
    )
    wards = sum(one.type == "phường" for one in communes)
    summary = f"{city.full_name}: {len(communes)} đơn vị hành chính cấp xã, {number(population)} người, {number(area, 2)} km²."
    most, least = (
        max(communes, key=lambda one: one.unit.population),
        min(communes, key=lambda one: one.unit.population),
    )
    large, small = (
        max(communes, key=lambda one: one.unit.area_km2),
        min(communes, key=lambda one: one.unit.area_km2),
    )
    return summary, [
        text(
            "city",
            f"{city.full_name} có {len(communes)} đơn vị hành chính cấp xã, gồm {wards} phường và {len(communes) - wards} xã, "
            f"theo {RESOLUTION}.",
            f"Cộng số liệu của các phường, xã, Thành phố có diện tích {number(area, 2)} km² và dân số {number(population)} người. "
            f"Đông dân nhất là {most.in_sentence} ({number(most.unit.population)} người), ít dân nhất là {least.in_sentence} "
            f"({number(least.unit.population)} người). Rộng nhất là {large.in_sentence} ({number(large.unit.area_km2, 2)} km²), "
            f"nhỏ nhất là {small.in_sentence} ({number(small.unit.area_km2, 2)} km²).",
            f"Ghi chú: {FIGURES_NOTE}",
        )
    ]


def commune_table(communes: Sequence[Commune]) -> tuple[str, list[Json]]:
    rows = [
        [one.name, number(one.unit.area_km2, 2), number(one.unit.population), number(one.density)]
        for one in sorted(communes, key=lambda one: (one.type, one.unit.folded_name))
    ]
    header = ["Phường, xã", "Diện tích (km²)", "Dân số (người)", "Mật độ (người/km²)"]
    return "Diện tích, dân số, mật độ của 126 phường, xã.", [
        table("communes", "126 phường, xã của thành phố Hà Nội từ ngày 01/7/2025", header, rows),
        text("communes", f"Ghi chú: {FIGURES_NOTE}"),
    ]


def former_districts(districts: Sequence[Unit], heirs: Mapping[str, Sequence[str]]) -> tuple[str, list[Json]]:
    rows = [[district.full_name, ", ".join(heirs.get(district.full_name, ()))] for district in districts]
    return (
        f"{len(rows)} quận, huyện, thị xã kết thúc hoạt động từ ngày 01/7/2025 và các phường, xã mới trên địa bàn.",
        [
            table(
                "districts",
                "Quận, huyện, thị xã cũ và phường, xã mới",
                ["Đơn vị cũ", "Phường, xã có địa bàn ở đó"],
                rows,
            )
        ],
    )
