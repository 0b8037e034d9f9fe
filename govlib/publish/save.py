"""A figure or table, its data and its numbers as files for a journal."""

import base64
import errno
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from govlib.errors import BadParameter
from govlib.plot._style import Description, describe, profile_of
from govlib.plot.profiles import FORMATS, Profile, find_profile
from govlib.project import remove_unfinished, replace_files
from govlib.publish.lint import Drawing, first_problem, laid_out
from govlib.publish.metadata import (
    About,
    describe_eps,
    describe_file,
    describe_svg,
    pixel_fields,
    software,
    sources,
    tag_pdf,
    tiff_tags,
    vector_fields,
)
from govlib.publish.provenance import PLACES, describe_result, find_sources, rebuild_command
from govlib.publish.tables import Uncertainty, check_rows, write_tables

ALWAYS = ("pdf", "svg", "png")
"""The formats of a figure that are written whatever the profile."""

DIGITS = 9
"""Digits of a number in JSON: as many as an estimate of the World Bank has.

The last digits of a sum or an inverse depend on the processor; written, they would make other bytes
of equal input.
"""

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
        A notebook's parameters, recorded in every file. With ``figures_dir`` among them the files
        go to ``<figures_dir>/<edition>/<economy>[/<language>][/<profile>]``.
    profile : str, optional
        A name in ``profiles.toml``; by default the parameters' or the figure's own.
    numbers : mapping, optional
        Everything that a text would quote: numbers (written with nine digits), words, lists,
        mappings and tables (as lists of rows). Under ``data``, names or hashes of the data used,
        where they cannot be told from the rows of the tables (`provenance.find_sources`).
    data : DataFrame, optional
        What the CSV of a figure contains; by default the tables of its panels.
    caption, alternative_text : str, optional
        By default what the panels say (`govlib.plot.describe`).
    folder : str or Path, optional
        Where to, in place of the parameters' folder; by default the working directory.
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
    UnknownName
        If there is no such profile, language or data.
    BadTable
        If the table or `data` is empty or cannot be laid out.
    """
    numbers = _check_mapping("numbers", numbers)
    parameters = _check_mapping("parameters", parameters)
    if not isinstance(stem, str) or not stem or Path(stem).name != stem:
        raise BadParameter(f"stem {stem!r} is not a file name; the folder has its own parameter.")
    if given := {"parameters", "caption", "alternative_text", "made_with"} & set(numbers):
        raise BadParameter(f"{', '.join(sorted(given))} in numbers: give it to save itself.")
    if isinstance(shown, pd.DataFrame):
        fig, said = None, Description("", "", "", "en", [shown])
        profile = profile or str(parameters.get("profile", "paper"))
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
    table = _join_rows(tables)
    caption = said.caption if caption is None else caption
    if alternative_text is None:
        alternative_text = said.alternative_text
    language = str(parameters.get("language", said.language))
    recorded = {name: value for name, value in parameters.items() if name not in PLACES}
    recorded |= {"language": language} if language != "en" else {}
    recorded.pop("profile", None)
    recorded = plain_values(recorded | ({"profile": profile} if profile != "paper" else {}))
    hashes = numbers.pop("data", None)
    if hashes is None:
        hashes = find_sources(tables, edition=parameters.get("edition"))
    made = describe_result(stem, parameters=recorded, data=hashes)
    about = describe_file(
        stem, made, caption=caption, alternative_text=alternative_text, language=language
    )
    record = {
        "parameters": recorded,
        "data": {one["name"]: one["sha256"] for one in made["data"]},
        "caption": caption,
        "alternative_text": alternative_text,
    }
    record |= plain_values(numbers)
    if fig is None:
        record |= {"notes": list(notes), "rows": plain_values(table)}
    record["made_with"] = made
    data_files = {
        "csv": table.to_csv(index=False, lineterminator="\n").encode(),
        "json": _write_json(record),
    }
    if fig is not None:
        with laid_out(fig, chosen) as drawing:
            if problem := first_problem(drawing, chosen):
                raise BadParameter(problem)
            contents = _draw(drawing, chosen, about) | data_files
        contents["md"] = _write_below(stem, about).encode()
    else:
        layout = {"uncertainty": uncertainty, "profile": profile, "language": language}
        below = [*notes, *sources(about)[:-1]]
        contents = data_files | write_tables(table, caption, below, **layout)
    target = _folder_of(parameters) if folder is None else Path(folder)
    return _save_files(stem, target / ("" if profile == "paper" else profile), contents)


class Picture:
    """A figure as pixels, shown where it is the last line of a notebook's cell."""

    def __init__(self, png: bytes, width: int, stem: str | None, title: str) -> None:
        """Keep the pixels (PNG), their width on the screen, and names."""
        self.png, self.width, self.stem, self.title = png, width, stem, title

    def __repr__(self) -> str:
        """Return the title of the figure."""
        return f"Figure: {self.title or self.stem or 'untitled'}"

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        """Give IPython the picture; the stem tells a report which files belong to it."""
        data = {"image/png": base64.b64encode(self.png).decode(), "text/plain": repr(self)}
        metadata: dict[str, Any] = {"image/png": {"width": self.width}}
        return data, metadata | ({"govlib": {"figure": self.stem}} if self.stem else {})


def show(fig: Figure | Axes, stem: str | None = None) -> Picture:
    """Show a figure in a notebook as `save` will save it, and close it in pyplot.

    Parameters
    ----------
    fig : Figure or Axes
        Left as it is; closed in pyplot, which would show it once more.
    stem : str, optional
        The name it will be saved by, written into the metadata of the cell's output.

    Returns
    -------
    Picture
        The pixels of the PNG, as wide on the screen as at 150 dots an inch.

    Raises
    ------
    BadParameter
        If it is neither a Figure nor an Axes.
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
    found = shown.get_figure(root=True) if isinstance(shown, (Axes, Figure)) else None
    if found is None:
        raise BadParameter(
            f"{type(shown).__name__} cannot be saved; give a matplotlib Figure or Axes, or a "
            "DataFrame."
        )
    return found


def _check_mapping(name: str, value: Any) -> dict[str, Any]:
    """Return a mapping as a dict."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadParameter(
            f"{name} is of type {type(value).__name__}; give a mapping of names to values."
        )
    return dict(value)


def _join_rows(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the tables as one, with rows."""
    if not tables:
        raise BadParameter(
            "data is missing: the figure was not drawn by gov.plot, which would know its table. "
            "Give the plotted table: save(fig, stem, data=table)."
        )
    table = pd.concat(tables, ignore_index=True) if tables[1:] else tables[0]
    check_rows("data", table)
    return table


def _folder_of(parameters: Mapping[str, Any]) -> Path:
    """Return the folder of a notebook's figures, without that of the profile."""
    if "figures_dir" not in parameters:
        return Path()
    missing = [name for name in ("edition", "economy") if name not in parameters]
    if missing:
        raise BadParameter(
            f"parameters name no {' and no '.join(missing)}, by which the folders of figures are "
            "named; give them, or folder=."
        )
    folder = Path(parameters["figures_dir"], str(parameters["edition"]), parameters["economy"])
    language = parameters.get("language", "en")
    return folder if language == "en" else folder / language


def _draw(drawing: Drawing, profile: Profile, about: About) -> dict[str, bytes]:
    """Return a figure in the formats of a profile, with its metadata."""
    contents: dict[str, bytes] = {}
    for kind in (kind for kind in FORMATS if kind in {*ALWAYS, *profile.formats}):
        if kind == "png":
            info = PngInfo()
            for name, text in pixel_fields(about).items():
                info.add_text(name, text)
            contents[kind] = _write_pixels(drawing, profile, format=kind, pnginfo=info)
        elif kind == "tiff":
            contents[kind] = _write_pixels(
                drawing, profile, format=kind, tiffinfo=tiff_tags(about), compression="tiff_lzw"
            )
        else:
            content = io.BytesIO()
            drawing.figure.savefig(content, format=kind, metadata=vector_fields(about, kind))
            finish = {"pdf": tag_pdf, "svg": describe_svg, "eps": describe_eps}[kind]
            contents[kind] = finish(content.getvalue(), about)
    return contents


def _write_pixels(drawing: Drawing, profile: Profile, **options: Any) -> bytes:
    """Return the pixels as a file, without opacity: all is opaque, and journals ask for that."""
    content = io.BytesIO()
    pixels = np.ascontiguousarray(drawing.pixels[:, :, :3])
    Image.fromarray(pixels).save(content, dpi=(profile.dpi, profile.dpi), **options)
    return content.getvalue()


def _write_below(stem: str, about: About) -> str:
    """Write the text below a figure: caption, alternative text, source, how it was made."""
    made = about["made"]
    shown = (about["alternative_text"] or about["title"]).replace("[", "(").replace("]", ")")
    command = rebuild_command(made)
    parts = {
        "Caption.": about["caption"],
        "Alternative text.": about["alternative_text"],
        "Data.": " ".join(sources(about)[:-1]),
        "Made with": f"{software(about)}; licence {made['licence']}."
        + (f" Rebuild: `{command}`." if command else ""),
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

    Returns
    -------
    any
        Tables as lists of rows, keys as text, missing values as None, fractions with nine digits.
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
    if isinstance(value, str):  # most are, and pandas takes its time to see that
        return value
    if pd.isna(value):
        return None
    plain = value.item() if hasattr(value, "item") else value
    return float(f"{plain:.{DIGITS}g}") if isinstance(plain, float) else plain
