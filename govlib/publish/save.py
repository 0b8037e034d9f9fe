"""A figure, its data and its numbers as files."""

import io
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from govlib.errors import BadParameter, BadTable
from govlib.plot.fitting import fit_figure
from govlib.plot.profiles import FORMATS, Profile, find_profile, profile_style
from govlib.project import UNFINISHED, project_folder, remove_unfinished
from govlib.publish.metadata import (
    About,
    describe_figure,
    embed_eps,
    embed_pdf,
    embed_png,
    embed_svg,
    sources,
    write_tiff,
)
from govlib.publish.provenance import PLACES, describe_result, rebuild_command

ALWAYS = ("pdf", "svg", "png")
"""The formats that are written whatever the profile."""

DIGITS = 9
"""Digits of a number in JSON: as many as an estimate of the World Bank has.

The last digits of a sum or an inverse depend on the processor; written, they would make other bytes
of equal input.
"""


def save_figure(
    fig: Figure,
    stem: str,
    folder: str | Path,
    *,
    data: pd.DataFrame,
    numbers: Mapping[str, Any],
    profile: str = "paper",
) -> list[Path]:
    """Save a figure, the data in it and the numbers that a text would quote of it.

    Equal input gives equal bytes. Every file says what it was made with (`describe_result`), with
    caption and alternative text. All files are written beside their places and renamed once the
    last is complete: after a failure the earlier files stand as they were.

    Parameters
    ----------
    fig : Figure
        Drawn with the style `paper.mplstyle`; left as it is.
    stem : str
        Name of the files without ending: the notebook's.
    folder : str or Path
        Where to; made if it does not exist. Relative to the project's folder. Figures of a profile
        other than ``paper`` go to its subfolder of that name.
    data : DataFrame
        What is plotted.
    numbers : mapping
        Everything that a text would quote: numbers (written with nine digits), words, lists,
        mappings and tables (a list of rows); missing values become null. Of it, ``parameters``,
        ``data`` (hashes), ``caption`` and ``alternative_text`` are written into every file.
    profile : str
        What the figure is for: a name in ``govlib/profiles.toml``, which sets width, fonts, sizes,
        lines, resolution and further formats.

    Returns
    -------
    list of Path
        ``<stem>.pdf``, ``.svg``, ``.png`` and the profile's other formats, ``.csv``, ``.json`` and
        ``.md`` (caption, alternative text, source).

    Raises
    ------
    UnknownName
        If there is no such profile.
    BadTable
        If `data` has no rows.
    BadParameter
        If an argument is of another type, the stem is not a plain file name, the folder cannot be
        written, a parameter is an absolute path, or the figure does not fit the profile.
    """
    chosen = find_profile(profile)
    check_given(stem, numbers)
    check_table("data", data)
    _check_figure(fig)
    parameters = dict(numbers.get("parameters") or {})
    if profile != "paper":
        parameters["profile"] = profile
    made = describe_result(stem, parameters=plain_values(parameters), data=numbers.get("data"))
    about = describe_figure(stem, numbers, made)
    contents = _draw(fig, chosen, about)
    quoted = plain_values(numbers) | {"made_with": made}
    if "parameters" in quoted:
        quoted["parameters"] = {k: v for k, v in quoted["parameters"].items() if k not in PLACES}
    contents["csv"] = data.to_csv(index=False, lineterminator="\n").encode()
    contents["json"] = write_json(quoted)
    contents["md"] = _describe(stem, about).encode()
    target = project_folder() / folder / ("" if profile == "paper" else profile)
    return save_files(stem, target, contents)


def show_figure(fig: Figure, *, profile: str = "paper") -> Any:
    """Show a figure in a notebook as `save_figure` will save it.

    Parameters
    ----------
    fig : Figure
        Drawn with the style `paper.mplstyle`; left as it is, but closed in pyplot, which would
        show it once more.
    profile : str
        What the figure is for: a name in ``govlib/profiles.toml``.

    Returns
    -------
    IPython.display.Image
        The pixels of the PNG, as wide on the screen as the figure at its own resolution
        (150 dots an inch). A notebook shows it where it is the last line of a cell.

    Raises
    ------
    UnknownName
        If there is no such profile.
    BadParameter
        If it is no Figure, or does not fit the profile.

    Notes
    -----
    What is laid out here is what `save_figure` writes, unless the figure changes in between.
    """
    import matplotlib.pyplot as plt
    from IPython.display import Image

    chosen = find_profile(profile)
    _check_figure(fig)
    plt.close(fig)
    fitted = fit_figure(fig, chosen)
    width = fitted.figure.get_figwidth() * fig.dpi * fitted.scale
    picture: Any = Image  # not typed
    return picture(fitted.png, width=round(width))


def _check_figure(fig: Any) -> None:
    """Refuse what is no Figure."""
    if not isinstance(fig, Figure):
        raise BadParameter(
            f"fig is of type {type(fig).__name__}; a matplotlib Figure is shown and saved (of an "
            "Axes, `ax.figure`)."
        )


def check_given(stem: str, numbers: Any) -> None:
    """Refuse a name or numbers that cannot be saved, before anything is drawn.

    Parameters
    ----------
    stem : str
        Name of the files without ending.
    numbers : mapping
        What a text would quote.

    Raises
    ------
    BadParameter
        If the stem is no plain file name, or the numbers or their parameters are no mapping.
    """
    if not isinstance(stem, str) or not stem or Path(stem).name != stem:
        raise BadParameter(f"stem {stem!r} is not a file name; the folder has its own parameter.")
    parameters = numbers.get("parameters") if isinstance(numbers, Mapping) else None
    for name, value in (("numbers", numbers), ('numbers["parameters"]', parameters or {})):
        if not isinstance(value, Mapping):
            raise BadParameter(
                f"{name} is of type {type(value).__name__}; a mapping of names to values is saved."
            )


def check_table(name: str, table: Any) -> None:
    """Refuse a table that cannot be saved.

    Parameters
    ----------
    name : str
        Of the argument, for the message.
    table : DataFrame
        To be saved.

    Raises
    ------
    BadParameter
        If it is no DataFrame.
    BadTable
        If it is empty.
    """
    if not isinstance(table, pd.DataFrame):
        raise BadParameter(f"{name} is of type {type(table).__name__}; a DataFrame is saved.")
    if table.empty:
        raise BadTable(
            f"{name} has {len(table)} rows and {len(table.columns)} columns: there is nothing to "
            "save. Check the economies, years and dimensions that it was made of."
        )


def write_json(quoted: Mapping[str, Any]) -> bytes:
    """Return the contents of a JSON file.

    Parameters
    ----------
    quoted : mapping
        As `plain_values` returns it.

    Returns
    -------
    bytes
        UTF-8, with a line break at the end.

    Raises
    ------
    BadParameter
        If a value is of a type that JSON does not hold; names it.
    """
    for name, value in quoted.items():
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise BadParameter(
                f"{name!r} in numbers cannot be written as JSON ({error}): give numbers, words, "
                "lists, mappings and tables."
            ) from None
    return (json.dumps(quoted, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def save_files(stem: str, folder: Path, contents: Mapping[str, bytes]) -> list[Path]:
    """Write files of one name, all or none.

    Parameters
    ----------
    stem : str
        Name of the files without ending.
    folder : Path
        Where to; made if it does not exist.
    contents : mapping of str to bytes
        The files' contents by their endings.

    Returns
    -------
    list of Path
        In the order of the contents.

    Raises
    ------
    BadParameter
        If the folder cannot be written; the files in it are then as they were.
    """
    remove_unfinished(folder, stem)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(UNFINISHED, f".{stem}.", folder))
    except OSError as error:
        raise BadParameter(
            f"{folder} cannot be written ({error.strerror}); the files in it are as they were. "
            "Name another folder with the parameter figures_dir."
        ) from error
    try:
        written = [beside / f"{stem}.{kind}" for kind in contents]
        for path, content in zip(written, contents.values(), strict=True):
            path.write_bytes(content)
        _replace_all(written, folder)
    except OSError as error:
        raise BadParameter(
            f"{stem} could not be saved in {folder} ({error.strerror}); "
            "the files there are as they were."
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return [folder / path.name for path in written]


def _replace_all(written: list[Path], folder: Path) -> None:
    """Move files into a folder; if one cannot take its place, put back those that were there."""
    places = [folder / path.name for path in written]
    earlier = {place: place.read_bytes() for place in places if place.is_file()}
    moved: list[Path] = []
    try:
        for path, place in zip(written, places, strict=True):
            os.replace(path, place)
            moved.append(place)
    except BaseException:
        for place in moved:
            if place in earlier:
                place.write_bytes(earlier[place])
            else:
                place.unlink()
        raise


def _draw(fig: Figure, profile: Profile, about: About) -> dict[str, bytes]:
    """Draw a figure in the formats of a profile, with its metadata."""
    fitted, scale, pdf, png = fit_figure(fig, profile)
    contents: dict[str, bytes] = {}
    with mpl.rc_context(profile_style(profile)):
        for kind in FORMATS:
            if kind not in {*ALWAYS, *profile["formats"]}:
                continue
            if kind == "pdf":
                contents[kind] = embed_pdf(pdf, about, scale=scale)
            elif kind == "svg":
                drawn = _render(fitted, kind, metadata={"Date": None})
                contents[kind] = embed_svg(drawn, about, scale=scale)
            elif kind == "eps":
                contents[kind] = embed_eps(_render(fitted, kind), about, scale=scale)
            elif kind == "png":
                contents[kind] = embed_png(png, about)
            else:
                contents[kind] = write_tiff(png, about)
    return contents


def _render(fig: Figure, kind: str, **options: Any) -> bytes:
    """Return a figure as the bytes of a file."""
    content = io.BytesIO()
    fig.savefig(content, format=kind, **options)
    return content.getvalue()


def _describe(stem: str, about: About) -> str:
    """Write what stands below a figure: caption, alternative text, source, how it was made."""
    made = about["made"]
    shown = about["alternative_text"] or about["title"]
    parts = [f"![{_one_line(shown)}]({stem}.png)"]
    if about["caption"]:
        parts.append(f"**Caption.** {about['caption']}")
    if about["alternative_text"]:
        parts.append(f"**Alternative text.** {about['alternative_text']}")
    parts.append(f"**Data.** {' '.join(sources(about)[:-1])}")
    command = rebuild_command(made)
    rebuilt = f" Rebuild: `{command}`." if command else ""
    parts.append(
        f"**Made with** {', '.join(f'{n} {v}' for n, v in made['software'].items())}; licence "
        f"{made['licence']}.{rebuilt}"
    )
    return f"# {stem}\n\n" + "\n\n".join(parts) + "\n"


def _one_line(text: str) -> str:
    """Return a text for the brackets of a Markdown image."""
    return " ".join(text.replace("[", "(").replace("]", ")").split())


def plain_values(value: Any) -> Any:
    """Turn tables, mappings and pandas' values into what JSON holds.

    Parameters
    ----------
    value : any
        Numbers, words, lists, mappings and tables in any nesting.

    Returns
    -------
    any
        Tables as lists of rows, keys as text, missing values as None, fractions with nine digits.
    """
    if isinstance(value, pd.DataFrame):
        columns = [plain_values(value[name]) for name in value.columns]
        names = [str(name) for name in value.columns]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
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
