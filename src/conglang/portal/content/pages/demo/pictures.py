"""Pictures we draw ourselves from data: no photograph, no emblem, no words, the same bytes every time."""

import io
import math
from collections.abc import Sequence

from PIL import Image, ImageDraw

PAPER, INK, RED, GOLD, SOFT = "#F7F5F1", "#1B1A17", "#9E1B1E", "#A67A07", "#D8D2C6"
SIZE = (960, 540)
SCALE = 2  # drawn larger, then reduced: smooth edges
Point = tuple[float, float]


def unit_map(points: Sequence[Point], chosen: Point | None) -> bytes:
    """Draw all communes as dots where they are (latitude, longitude), one of them marked. PNG."""
    canvas, draw = _canvas()
    places = _placed(points)
    for place in places:
        _dot(draw, place, 7, SOFT)
    if chosen is not None:
        place = places[list(points).index(chosen)]
        _dot(draw, place, 26, RED)
        _dot(draw, place, 18, PAPER)
        _dot(draw, place, 12, RED)
    return _png(canvas)


def gate(count: int) -> bytes:
    """Draw a gate of three strokes above a row of arches of dots, one dot for each commune. PNG."""
    canvas, draw = _canvas()
    width, height = canvas.size
    middle = width / 2
    for side in (-1, 1):
        x = middle + side * width * 0.14
        draw.line([(x, height * 0.27), (x, height * 0.62)], fill=RED, width=26)
    roof = [
        (middle + width * 0.23 * t, height * (0.13 + 0.10 * t * t * t * t + 0.03 * (1 - t * t)))
        for t in _steps()
    ]
    draw.line(roof, fill=RED, width=26, joint="curve")
    draw.line([(width * 0.12, height * 0.66), (width * 0.88, height * 0.66)], fill=GOLD, width=5)
    rows = _rows(count, 42)
    for number, row in enumerate(rows):
        for column in range(row):
            x = middle + (column - (row - 1) / 2) * width * 0.018
            _dot(draw, (x, height * (0.74 + 0.07 * number)), 9, INK)
    return _png(canvas)


def _canvas() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    canvas = Image.new("RGB", (SIZE[0] * SCALE, SIZE[1] * SCALE), PAPER)
    return canvas, ImageDraw.Draw(canvas)


def _steps() -> list[float]:
    return [number / 40 - 1 for number in range(81)]


def _rows(count: int, longest: int) -> list[int]:
    full, rest = divmod(count, longest)
    return [longest] * full + ([rest] if rest else [])


def _placed(points: Sequence[Point]) -> list[Point]:
    """Fit the points into the canvas; a degree of longitude is shorter than one of latitude."""
    width, height = SIZE[0] * SCALE, SIZE[1] * SCALE
    north, south = max(p[0] for p in points), min(p[0] for p in points)
    east, west = max(p[1] for p in points), min(p[1] for p in points)
    narrow = math.cos(math.radians((north + south) / 2))
    scale = min(width * 0.8 / max((east - west) * narrow, 1e-9), height * 0.86 / max(north - south, 1e-9))
    middle = (north + south) / 2, (east + west) / 2
    return [
        (width / 2 + (p[1] - middle[1]) * narrow * scale, height / 2 - (p[0] - middle[0]) * scale)
        for p in points
    ]


def _dot(draw: ImageDraw.ImageDraw, place: Point, radius: float, colour: str) -> None:
    x, y = place
    draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colour)


def _png(canvas: Image.Image) -> bytes:
    out = io.BytesIO()
    canvas.resize(SIZE, Image.Resampling.LANCZOS).save(out, "PNG", compress_level=3)
    return out.getvalue()
