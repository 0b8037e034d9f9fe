"""All figures of a folder on one page."""

import html
from pathlib import Path
from urllib.parse import quote

from govlib.errors import UnknownName
from govlib.project import replace_file
from govlib.publish.lint import figure_size
from govlib.publish.metadata import read_metadata

ACROSS = 3
THUMBNAIL = 260
"""Width of a thumbnail in pixels of the page."""

KINDS = ("pdf", "svg", "png", "eps", "tiff", "csv", "json", "md")


def write_contact_sheet(folder: Path, page: Path) -> Path:
    """Write a page with a thumbnail of every figure in a folder.

    Parameters
    ----------
    folder : Path
        Figures of one edition, economy and profile, as `save_figure` wrote them.
    page : Path
        The Markdown file to write, in the folder or above it; replaced if it exists.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    UnknownName
        If the folder holds no figure.
    BadFile
        If a figure does not say how it was made.
    """
    images = sorted(folder.glob("*.png"))
    if not images:
        raise UnknownName(f"{folder} holds no figure (PNG). Make them with: govlib run")
    cells = [_cell(image, page.parent) for image in images]
    cells += ["<td></td>"] * (-len(cells) % ACROSS)
    rows = [cells[i : i + ACROSS] for i in range(0, len(cells), ACROSS)]
    about = read_metadata(images[0])["made"]
    words = ", ".join(
        f"{name} {about['parameters'][name]}"
        for name in ("economy", "edition", "profile", "language")
        if name in about["parameters"]
    )
    lines = [
        f"# Figures: {words}",
        "",
        "Made by `govlib contact-sheet`, not by hand. Each figure is a PDF, an SVG and a PNG, with",
        "the plotted data (CSV), every number quoted (JSON) and its caption (Markdown);",
        "`govlib whence FILE` says where it comes from and how to rebuild it.",
        "",
        "<table>",
        *("\n".join(["<tr>", *row, "</tr>"]) for row in rows),
        "</table>",
        "",
    ]
    replace_file(page, "\n".join(lines).encode())
    return page


def _cell(image: Path, start: Path) -> str:
    """Write the thumbnail of a figure, what it shows, its size and its files."""
    about = read_metadata(image)
    width, height = figure_size(image)
    near = quote(image.relative_to(start).as_posix())
    words = html.escape(about["alternative_text"] or about["title"], quote=True)
    links = [
        f'<a href="{near.removesuffix("png")}{kind}">{kind}</a>'
        for kind in KINDS
        if image.with_suffix(f".{kind}").exists()
    ]
    return (
        f'<td valign="top"><a href="{near}">'
        f'<img src="{near}" width="{THUMBNAIL}" alt="{words}"></a>'
        f"<br><b>{html.escape(image.stem)}</b><br>{html.escape(about['title'])}<br>"
        f"{width:.0f} × {height:.0f} mm; {' '.join(links)}</td>"
    )
