"""The files that a notebook saved of its figures, and which picture in it shows which of them."""

import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.image import imread
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

ORDER = ["pdf", "svg", "png", "csv", "json"]
"""The files of a figure that come first, in this order; other formats follow by name."""

ALIKE = 0.025
"""The largest mean difference of brightness (0 to 1) between a picture and its own file."""


def read_figures(folder: Path) -> list[dict[str, Any]]:
    """Read what `save_figure` wrote.

    Parameters
    ----------
    folder : Path
        Folders below it, of other languages and profiles, are not searched.

    Returns
    -------
    list of dict
        One a figure, sorted by stem: ``stem``, ``files`` (paths), ``size`` (width and height of the
        SVG in CSS pixels) and ``numbers`` (its JSON: ``caption``, ``parameters``, ...).
    """
    figures = []
    for record in sorted(folder.glob("*.json")):
        vector = record.with_suffix(".svg")
        if not vector.is_file():
            continue
        files = [path for path in record.parent.iterdir() if path.stem == record.stem]
        ranks = {f".{kind}": rank for rank, kind in enumerate(ORDER)}
        figures.append(
            {
                "stem": record.stem,
                "files": sorted(files, key=lambda p: (ranks.get(p.suffix, 99), p.suffix)),
                "size": _size(vector),
                "numbers": json.loads(record.read_text("utf-8")),
            }
        )
    return figures


def match_pictures(
    pictures: Sequence[bytes], figures: Sequence[dict[str, Any]]
) -> list[dict[str, Any] | None]:
    """Say which saved figure each picture of a notebook shows.

    The picture in a notebook and the file differ in size and margins, so they are compared by how
    they look: margins cut off, brightness averaged over a coarse grid.

    Parameters
    ----------
    pictures : sequence of bytes
        PNG, as the notebook stores them.
    figures : sequence of dict
        As `read_figures` returns them.

    Returns
    -------
    list
        For each picture its figure, or None where no file looks like it; a figure is given once.
        Where there are as many pictures as figures, each has one.
    """
    looks = [_look(next(p for p in f["files"] if p.suffix == ".png").read_bytes()) for f in figures]
    shown = [_look(picture) for picture in pictures]
    differences = np.array([[np.abs(one - look).mean() for look in looks] for one in shown])
    found: list[dict[str, Any] | None] = [None] * len(pictures)
    if differences.size:
        for i, j in zip(*linear_sum_assignment(differences), strict=True):
            # As many pictures as figures are the figures, though a profile may lay them out anew.
            if len(pictures) == len(figures) or differences[i, j] <= ALIKE:
                found[i] = figures[j]
    return found


def _look(png: bytes, cells: int = 40) -> NDArray[np.float64]:
    """Return the brightness of a picture within its margins, averaged over a square grid."""
    image = np.asarray(imread(io.BytesIO(png), format="png"), dtype=float)
    image = image if image.ndim == 3 else image[..., None]
    if image.shape[2] in (2, 4):  # what is transparent is seen on white
        image = image[..., :-1] * image[..., -1:] + 1 - image[..., -1:]
    grey = image.mean(axis=2)
    rows, columns = (np.flatnonzero((grey < 0.98).any(axis=axis)) for axis in (1, 0))
    if rows.size:
        grey = grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    for axis in (0, 1):
        edges = np.linspace(0, grey.shape[axis], cells + 1).astype(int)[:-1]
        counts = np.diff([*edges, grey.shape[axis]]).clip(1)
        grey = np.add.reduceat(grey, edges, axis=axis) / np.expand_dims(counts, 1 - axis)
    return np.asarray(grey)


def _size(vector: Path) -> tuple[int, int]:
    """Return width and height of an SVG in CSS pixels, from its view box (in points)."""
    [box] = re.findall(r'\bviewBox="([\d. ]+)"', vector.read_text("utf-8")[:5000])[:1]
    width, height = (round(float(side) * 4 / 3) for side in box.split()[2:])
    return width, height
