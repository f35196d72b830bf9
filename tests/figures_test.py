"""The figures of docs/: no curve runs through a label, and no two labels overlap."""

import pathlib
import re
import sys
import unittest

FIGURES = pathlib.Path(__file__).resolve().parents[1] / "docs/figures"
LETTER, ASCENT, DESCENT = 6.0, 9.0, 3.0  # of 12px sans-serif, about


def labels(svg):
    """The box of each text: left, top, right, bottom, and its words."""
    for tag, words in re.findall(r"<text ([^>]*)>([^<]*)</text>", svg):
        at = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        x, y, width = float(at["x"]), float(at["y"]), LETTER * len(words)
        x -= {"end": width, "middle": width / 2}.get(at.get("text-anchor"), 0)
        yield x, y - ASCENT, x + width, y + DESCENT, words


def curves(svg):
    """Points along each curve, a pixel or less apart."""
    for path in re.findall(r'<path class="(?:one|two)" d="M([^"]+)"', svg):
        points = [tuple(map(float, point.split())) for point in path.split("L")]
        for (x, y), (to_x, to_y) in zip(points, points[1:]):
            steps = int(max(abs(to_x - x), abs(to_y - y))) + 1
            for i in range(steps + 1):
                yield x + (to_x - x) * i / steps, y + (to_y - y) * i / steps


def collisions(svg):
    boxes = list(labels(svg))
    for i, (left, top, right, bottom, words) in enumerate(boxes):
        if any(left < x < right and top < y < bottom for x, y in curves(svg)):
            yield f"a curve runs through '{words}'"
        for other in boxes[:i]:
            if left < other[2] and other[0] < right and top < other[3] and other[1] < bottom:
                yield f"'{words}' lies on '{other[4]}'"


class Figures(unittest.TestCase):
    def test_nothing_collides(self):
        files = sorted(FIGURES.glob("*.svg"))
        self.assertTrue(files)
        for file in files:
            with self.subTest(file.name):
                self.assertEqual(list(collisions(file.read_text())), [])

    def test_a_collision_is_seen(self):
        text = '<text x="10" y="20">words</text>'
        curve = '<path class="one" d="M0 {0}L100 {0}"/>'
        self.assertEqual(list(collisions(text + curve.format(16))), ["a curve runs through 'words'"])
        self.assertEqual(list(collisions(text + curve.format(30))), [])
        self.assertEqual(len(list(collisions(text + text))), 1)


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
