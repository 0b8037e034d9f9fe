"""A figure or table, its data and its numbers as files for a journal."""

import base64
import errno
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from govlib.errors import BadParameter
from govlib.plot._style import Description, describe, panels, profile_of
from govlib.plot.profiles import FORMATS, Profile, find_profile
from govlib.project import figures_folder, remove_unfinished, replace_files
from govlib.publish import metadata
from govlib.publish.lint import RULES, SAVED, Drawing, laid_out
from govlib.publish.provenance import describe_result, find_sources, rebuild_command
from govlib.publish.tables import Uncertainty, check_rows, write_tables

ALWAYS = ("pdf", "svg", "png")
"""The formats of a figure that are written whatever the profile."""

DIGITS = 9
"""Digits of a number in JSON, as in the World Bank's: later ones depend on the processor."""

SCREEN_DPI = 150
"""Dots per inch at which a notebook shows a figure."""


def save(
    shown: Figure | Axes | pd.DataFrame,
    stem: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    profile: str | None = None,
    numbers: Mapping[str, Any] | None = None,
    data: pd.DataFrame | None = None,
    caption: str | None = None,
    alternative_text: str | None = None,
    folder: str | Path | None = None,
    uncertainty: Uncertainty | None = None,
    notes: Sequence[str] = (),
) -> list[Path]:
    """Save a figure or a table with its data, its texts and what it was made with.

    Equal input gives equal bytes. All files are written or none: after a failure the earlier files
    are as they were. A figure is drawn as it is (what `show` shows), after a check of its size,
    texts, lines, fonts and axis labels against the profile (`lint.SAVED`).

    Parameters
    ----------
    shown : Figure, Axes or DataFrame
        The figure (of an Axes, the one that it is in), or a table with columns as they should be
        headed.
    stem : str
        Name of the files without ending: the notebook's, or one that begins with it.
    parameters : mapping, optional
        A notebook's parameters, recorded in every file. With ``figures_dir`` the files go to
        ``<figures_dir>/<edition>/<economy>[/<language>][/<profile>]``.
    profile : str, optional
        A name in ``profiles.toml``; by default the parameters' or the figure's own.
    numbers : mapping, optional
        Everything that a text would quote: numbers, words, lists, mappings and tables. Under
        ``data``, names of the data used, where the rows of the tables do not tell them
        (`provenance.find_sources`).
    data, caption, alternative_text : DataFrame, str, str, optional
        What the CSV of a figure contains, and what is said of it; by default the tables of its
        panels and what they say (`govlib.plot.describe`).
    folder : str or Path, optional
        In place of the parameters' folder; by default the working directory.
    uncertainty, notes
        Of a table: as `tables.lay_out_table`, and sentences below it.

    Returns
    -------
    list of Path
        Of a figure ``<stem>.pdf``, ``.svg``, ``.png``, the profile's other formats, ``.csv``,
        ``.json`` and ``.md`` (caption, alternative text, source); of a table ``.csv``, ``.json``,
        ``.md``, ``.tex``, ``.html`` and ``.docx``.

    Raises
    ------
    BadParameter
        If an argument is of another type, the figure was made for another profile or does not meet
        it, a parameter is an absolute path, or the folder cannot be written.
    UnknownName, BadTable
        If there is no such profile, language or data; if the table or `data` is empty or cannot be
        laid out.
    """
    for name, value in {"numbers": numbers, "parameters": parameters}.items():
        if not isinstance(value, Mapping | None):
            raise BadParameter(
                f"{name} is of type {type(value).__name__}; give a mapping of names to values."
            )
    numbers, parameters = dict(numbers or {}), dict(parameters or {})
    if not isinstance(stem, str) or not stem or Path(stem).name != stem:
        raise BadParameter(f"stem {stem!r} is not a file name; the folder has its own parameter.")
    if given := {"parameters", "caption", "alternative_text", "made_with"} & set(numbers):
        raise BadParameter(f"{', '.join(sorted(given))} in numbers: give it to save itself.")
    if isinstance(shown, pd.DataFrame):
        fig, said, made_for = None, Description("", "", "", "en", [shown]), "paper"
    else:
        fig = _figure_of(shown)
        said, made_for = describe(fig), profile_of(fig)
    profile = profile or str(parameters.get("profile", made_for))
    chosen = find_profile(profile)
    if fig is not None and profile != made_for:
        raise BadParameter(
            f"The figure was made for the profile {made_for}, not for {profile}. Draw it in "
            f'gov.plot.figure(profile="{profile}"), or within gov.plot.style("{profile}").'
        )
    tables = said.tables if data is None else [data]
    if not tables:
        raise BadParameter(
            "data is missing: the figure was not drawn by gov.plot, which would know its table. "
            "Give the plotted table: save(fig, stem, data=table)."
        )
    table = pd.concat(tables, ignore_index=True) if tables[1:] else tables[0]
    check_rows("data", table)
    language = str(parameters.get("language", said.language))
    recorded = parameters | ({"language": language} if language != "en" else {})
    recorded.pop("profile", None)
    recorded |= {"profile": profile} if profile != "paper" else {}
    used = numbers.pop("data", None)
    if used is None:
        # What is drawn is cited, also where other rows are given as its data.
        used = find_sources([*said.tables, *tables], edition=parameters.get("edition"))
    made = describe_result(stem, parameters=plain_values(recorded), data=used)
    texts = {
        "caption": said.caption if caption is None else caption,
        "alternative_text": said.alternative_text if alternative_text is None else alternative_text,
    }
    about = metadata.describe_file(stem, made, language=language, **texts)
    hashes = {one["name"]: one["sha256"] for one in made["data"]}
    record = {"parameters": made["parameters"], "data": hashes} | texts | plain_values(numbers)
    if fig is None:
        record |= {"notes": list(notes), "rows": plain_values(table)}
    contents = {
        "csv": table.to_csv(index=False, lineterminator="\n").encode(),
        "json": _write_json(record | {"made_with": made}),
    }
    if fig is None:
        layout = {"uncertainty": uncertainty, "profile": profile, "language": language}
        below = [*notes, *metadata.sources(about)[:-1]]
        contents |= write_tables(table, about["caption"], below, **layout)
    else:
        with laid_out(fig, chosen) as drawing:
            for problem in (text for rule in SAVED for text in RULES[rule](drawing, chosen)):
                raise BadParameter(problem)
            contents = _draw(drawing, chosen, about) | contents
        contents["md"] = _write_below(stem, about).encode()
    if folder is None and "figures_dir" in parameters:
        if missing := [name for name in ("edition", "economy") if name not in parameters]:
            raise BadParameter(
                f"parameters name no {' and no '.join(missing)}, by which the folders of figures "
                "are named; give them, or folder=."
            )
        folder = figures_folder(parameters)
    target = Path(folder or "") / ("" if profile == "paper" else profile)
    return _save_files(stem, target, contents)


@dataclass(frozen=True, repr=False)
class Picture:
    """A figure as pixels (PNG), shown where it is the last line of a notebook's cell."""

    png: bytes
    width: int
    stem: str | None
    title: str

    def __repr__(self) -> str:
        """Return the title of the figure."""
        return f"Figure: {self.title or self.stem or 'untitled'}"

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        """Give IPython the picture; the stem tells a report which files belong to it."""
        data = {"image/png": base64.b64encode(self.png).decode(), "text/plain": repr(self)}
        about: dict[str, Any] = {"image/png": {"width": self.width}}
        return data, about | ({"govlib": {"figure": self.stem}} if self.stem else {})


def show(fig: Figure | Axes, stem: str | None = None) -> Picture:
    """Show a figure in a notebook as `save` will save it, and close it in pyplot.

    The figure is left as it is; pyplot would show it once more if it were not closed there. The
    picture has the pixels of the PNG, as wide on the screen as at 150 dots an inch; `stem`, the
    name it will be saved by, is written into the metadata of the cell's output.
    """
    fig = _figure_of(fig)
    plt.close(fig)
    profile = find_profile(profile_of(fig))
    with laid_out(fig, profile) as drawing:
        png = _write_pixels(drawing, profile, format="png")
    width = round(fig.get_figwidth() * SCREEN_DPI)
    return Picture(png, width, stem, describe(fig).title)


def _figure_of(shown: Any) -> Figure:
    """Return the whole figure of what is to be saved."""
    if isinstance(shown, (Axes, Figure)) and (found := shown.get_figure(root=True)) is not None:
        return found
    kind = type(shown).__name__
    raise BadParameter(f"{kind} cannot be saved; give a matplotlib Figure or Axes, or a DataFrame.")


def _draw(drawing: Drawing, profile: Profile, about: metadata.About) -> dict[str, bytes]:
    """Return a figure in the formats of a profile, with its metadata."""
    contents: dict[str, bytes] = {}
    for kind in (kind for kind in FORMATS if kind in {*ALWAYS, *profile.formats}):
        if kind == "png":
            info = PngInfo()
            for name, text in metadata.pixel_fields(about).items():
                info.add_text(name, text)
            contents[kind] = _write_pixels(drawing, profile, format=kind, pnginfo=info)
        elif kind == "tiff":
            options = {"tiffinfo": metadata.tiff_tags(about), "compression": "tiff_lzw"}
            contents[kind] = _write_pixels(drawing, profile, format=kind, **options)
        else:
            content, fields = io.BytesIO(), metadata.vector_fields(about, kind)
            drawing.figure.savefig(content, format=kind, metadata=fields)
            contents[kind] = metadata.FINISH[kind](content.getvalue(), about)
    # An SVG ends with an invisible circle on each point, whose title a browser shows.
    width, height = drawing.figure.get_size_inches() * 72
    circles = [
        f'  <circle cx="{point["x"] * width:.1f}" cy="{point["y"] * height:.1f}" r="5" '
        f'fill="#ffffff" fill-opacity="0"><title>{escape(point["text"])}</title></circle>\n'
        for point in place_points(drawing.figure)
    ]
    end = f' <g id="points">\n{"".join(circles)} </g>\n</svg>'
    contents["svg"] = contents["svg"].replace(b"</svg>", end.encode())
    return contents


def place_points(fig: Figure) -> list[dict[str, Any]]:
    """Return the points of a drawn figure, from left to right in each panel.

    A dict has `x` and `y`, as parts of the picture from its upper left, and `text`.
    """
    found = []
    for ax, panel in panels(fig):
        for point in sorted(panel.points, key=lambda one: (one.x, -one.y)):
            across, up = ax.transData.transform((point.x, point.y)) / fig.bbox.size
            found.append({"x": float(across), "y": float(1 - up), "text": point.label})
    return found


def _write_pixels(drawing: Drawing, profile: Profile, **options: Any) -> bytes:
    """Return the pixels as a file, without opacity: all is opaque, and journals ask for that."""
    content = io.BytesIO()
    pixels = np.ascontiguousarray(drawing.pixels[:, :, :3])
    Image.fromarray(pixels).save(content, dpi=(profile.dpi, profile.dpi), **options)
    return content.getvalue()


def _write_below(stem: str, about: metadata.About) -> str:
    """Write the text below a figure: caption, alternative text, source, how it was made."""
    made = about["made"]
    shown = (about["alternative_text"] or about["title"]).replace("[", "(").replace("]", ")")
    command = rebuild_command(made)
    rebuild = f" Rebuild: `{command}`." if command else ""
    parts = {
        "Caption.": about["caption"],
        "Alternative text.": about["alternative_text"],
        "Data.": " ".join(metadata.sources(about)[:-1]),
        "Made with": f"{metadata.software(about)}; licence {made['licence']}.{rebuild}",
    }
    lines = [f"# {stem}", f"![{' '.join(shown.split())}]({stem}.png)"]
    lines += [f"**{head}** {text}" for head, text in parts.items() if text]
    return "\n\n".join(lines) + "\n"


def _write_json(record: Mapping[str, Any]) -> bytes:
    """Return the contents of a JSON file."""
    for name, value in record.items():
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise BadParameter(
                f"{name!r} in numbers cannot be written as JSON ({error}): give numbers, words, "
                "lists, mappings and tables."
            ) from None
    return (json.dumps(record, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def _save_files(stem: str, folder: Path, contents: Mapping[str, bytes]) -> list[Path]:
    """Write files of one name, by their endings, all or none."""
    places = {folder / f"{stem}.{kind}": content for kind, content in contents.items()}
    try:
        remove_unfinished(folder, stem)
        for path in places:
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, f"{path.name} is a folder")
        replace_files(places)
    except OSError as error:
        raise BadParameter(
            f"{stem} cannot be saved in {folder} ({error.strerror}); the files there are as they "
            "were. Another folder is named by the parameter figures_dir, or by folder=."
        ) from error
    return list(places)


def plain_values(value: Any) -> Any:
    """Turn tables, mappings and pandas' values, in any nesting, into what JSON has.

    Tables become lists of rows, keys text, missing values None; fractions have nine digits.
    """
    if isinstance(value, pd.DataFrame):
        columns = {str(name): plain_values(value[name]) for name in value.columns}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    if isinstance(value, Mapping):
        return {str(key): plain_values(item) for key, item in value.items()}
    if isinstance(value, (pd.Series, np.ndarray)):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain_values(item) for item in value]
    if not isinstance(value, str) and pd.isna(value):  # pandas takes its time to see text
        return None
    plain = value.item() if hasattr(value, "item") else value
    return float(f"{plain:.{DIGITS}g}") if isinstance(plain, float) else plain
