"""Pictures we draw ourselves from data: no photograph, no emblem, no words, the same bytes every time."""

import io
import math
from collections.abc import Sequence
from functools import cache

from PIL import Image, ImageDraw

PAPER, INK, RED, GOLD, SOFT = "#F7F5F1", "#1B1A17", "#9E1B1E", "#A67A07", "#B9B2A5"
SIZE = (720, 405)
MARK = 14  # half the side of the mark's square, px
SCALE = 2  # drawn larger, then reduced: smooth edges
Point = tuple[float, float]


def unit_map(points: Sequence[Point], chosen: Point | None) -> bytes:
    """Draw all communes as dots where they are (latitude, longitude), one of them marked. PNG."""
    canvas = _all_dots(tuple(points)).copy()
    if chosen is not None:
        x, y = _placed(points)[list(points).index(chosen)]
        mark, shape = _mark()
        canvas.paste(mark, (round(x / SCALE) - MARK, round(y / SCALE) - MARK), shape)
    return _png(canvas)


@cache
def _all_dots(points: tuple[Point, ...]) -> Image.Image:
    canvas, draw = _canvas()
    for place in _placed(points):
        _dot(draw, place, 7, SOFT)
    return canvas.resize(SIZE, Image.Resampling.LANCZOS)


@cache
def _mark() -> tuple[Image.Image, Image.Image]:
    """A dot in a ring, and the round shape to paste it through."""
    side, middle = 2 * MARK * SCALE, (MARK * SCALE, MARK * SCALE)
    canvas, shape = Image.new("RGB", (side, side), PAPER), Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(canvas)
    for radius, colour in ((26, RED), (18, PAPER), (12, RED)):
        _dot(draw, middle, radius, colour)
    ImageDraw.Draw(shape).ellipse([2, 2, side - 3, side - 3], fill=255)
    small = (2 * MARK, 2 * MARK)
    return canvas.resize(small, Image.Resampling.LANCZOS), shape.resize(small, Image.Resampling.LANCZOS)


# Our own mark (design/mark.svg) on its field of 48 × 48: cubic curves as start, two handles, end.
STROKES: tuple[tuple[tuple[Point, Point, Point, Point], ...], ...] = (
    (((4, 17.5), (12, 18.3), (19, 15), (24, 8)), ((24, 8), (29, 15), (36, 18.3), (44, 17.5))),
    (((11, 43), (11, 40), (11, 37), (11, 34)), ((11, 34), (11, 28), (15, 24), (20, 23))),
    (((37, 43), (37, 40), (37, 37), (37, 34)), ((37, 34), (37, 28), (33, 24), (28, 23))),
)
FIELD, STROKE = 48, 5


def gate(count: int) -> bytes:
    """Draw the gate of our mark above rows of dots, one dot for each commune. PNG."""
    canvas, draw = _canvas()
    width, height = canvas.size
    size = height * 0.62
    left, top = (width - size) / 2, height * 0.02
    for stroke in STROKES:
        for curve in stroke:
            for x, y in _along(curve):
                place = left + x * size / FIELD, top + y * size / FIELD
                _dot(draw, place, STROKE * size / FIELD / 2, RED)
    draw.line([(width * 0.12, height * 0.66), (width * 0.88, height * 0.66)], fill=GOLD, width=5)
    for number, row in enumerate(_rows(count, 42)):
        for column in range(row):
            x = width / 2 + (column - (row - 1) / 2) * width * 0.018
            _dot(draw, (x, height * (0.74 + 0.07 * number)), 9, INK)
    return _png(canvas.resize(SIZE, Image.Resampling.LANCZOS))


def _along(curve: tuple[Point, Point, Point, Point], steps: int = 240) -> list[Point]:
    """Points of a cubic curve, close enough for round dots to make a line."""
    weights = [
        ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        for t in (n / steps for n in range(steps + 1))
    ]
    return [
        (
            sum(w * p[0] for w, p in zip(row, curve, strict=True)),
            sum(w * p[1] for w, p in zip(row, curve, strict=True)),
        )
        for row in weights
    ]


def _canvas() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    canvas = Image.new("RGB", (SIZE[0] * SCALE, SIZE[1] * SCALE), PAPER)
    return canvas, ImageDraw.Draw(canvas)


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
    canvas.save(out, "PNG", compress_level=3)
    return out.getvalue()
