"""A table of results as files: laid out for reading, with its notes, source and provenance."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from govlib.errors import BadTable
from govlib.i18n import check_language
from govlib.plot.profiles import find_profile
from govlib.project import project_folder
from govlib.publish.metadata import describe_figure, sources
from govlib.publish.provenance import PLACES, describe_result
from govlib.publish.save import check_given, check_table, plain_values, save_files, write_json
from govlib.publish.tables import format_table

READABLE = ("md", "tex", "html", "docx")
COMMA = frozenset({"ru", "kk"})
"""Languages with a decimal comma."""

FIGURE_SPACE = "\u2007"
"""A blank as wide as a digit."""

Uncertainty = Mapping[str, str | Sequence[str]]


def save_table(
    table: pd.DataFrame,
    stem: str,
    folder: str | Path,
    *,
    numbers: Mapping[str, Any],
    uncertainty: Uncertainty | None = None,
    profile: str = "paper",
) -> list[Path]:
    """Save a table as CSV, JSON, Markdown, LaTeX, HTML and Word.

    CSV and JSON hold the values as they are; the others hold them laid out by `lay_out_table`,
    numbers flush right with equal decimals. Equal input gives equal bytes; after a failure the
    earlier files stand as they were.

    Parameters
    ----------
    table : DataFrame
        Columns as they should be headed.
    stem : str
        Name of the files without ending: the notebook's, or one that begins with it.
    folder : str or Path
        As in `save_figure`.
    numbers : mapping
        As in `save_figure`: ``parameters``, ``data`` and ``caption``; and ``notes``, sentences to
        stand below the table. The source of the data is added to them.
    uncertainty : mapping, optional
        By column, that of its standard error, or those of its lower and upper bound: written into
        one column, as the profile has it.
    profile : str
        A name in ``govlib/profiles.toml``.

    Returns
    -------
    list of Path
        ``<stem>.csv``, ``.json``, ``.md``, ``.tex``, ``.html``, ``.docx``.

    Raises
    ------
    UnknownName
        If there is no such profile or language.
    BadTable
        If the table is empty, a heading is repeated, the index has a name (it would be lost), or a
        column of `uncertainty` is missing or holds no numbers.
    BadParameter
        As `save_figure`.
    """
    find_profile(profile)
    check_given(stem, numbers)
    given = plain_values(numbers)
    parameters = {k: v for k, v in (given.get("parameters") or {}).items() if k not in PLACES}
    if profile != "paper":
        parameters["profile"] = profile
    made = describe_result(stem, parameters=parameters, data=numbers.get("data"))
    about = describe_figure(stem, numbers, made)
    shown = lay_out_table(
        table, uncertainty=uncertainty, profile=profile, language=about["language"]
    )
    right = [str(name) for name in shown if _is_number(shown[name], table)]
    notes = [*given.get("notes", []), " ".join(sources(about)[:-1])]
    rows = given | {"parameters": parameters, "rows": plain_values(table), "made_with": made}
    contents = {"csv": format_table(table, "csv"), "json": write_json(rows)}
    for kind in READABLE:
        contents[kind] = format_table(
            shown, kind, caption=about["caption"], notes=notes, right=right
        )
    target = project_folder() / folder / ("" if profile == "paper" else profile)
    return save_files(stem, target, contents)


def lay_out_table(
    table: pd.DataFrame,
    *,
    uncertainty: Uncertainty | None = None,
    profile: str = "paper",
    language: str = "en",
) -> pd.DataFrame:
    """Write the numbers of a table for reading, each with its uncertainty.

    A number with an error has as many decimals as give the column's middle error two digits; one
    without as many as give the column's largest value three.

    Parameters
    ----------
    table : DataFrame
        Columns as they should be headed.
    uncertainty : mapping, optional
        As in `save_table`.
    profile : str
        Decides between "0.14 (0.24)" and "0.14 ± 0.24"; bounds are "0.14 [−0.26; 0.55]".
    language : str
        Russian and Kazakh have a decimal comma.

    Returns
    -------
    DataFrame
        Text; a column with its uncertainty is headed by the names of both.

    Raises
    ------
    UnknownName, BadTable
        As `save_table`.
    """
    check_language(language)
    uncertainty = uncertainty or {}
    habit = find_profile(profile)["uncertainty"]
    check_table("table", table)
    _check(table, uncertainty)
    parts = {key: [v] if isinstance(v, str) else list(v) for key, v in uncertainty.items()}
    absorbed = {name for names in parts.values() for name in names}
    columns: dict[str, list[str]] = {}
    for name in table.columns:
        errors = parts.get(name, [])
        if name in absorbed and not errors:
            continue
        values = table[name]
        if not _is_numeric(values):
            columns[name] = ["" if pd.isna(value) else str(value) for value in values]
            continue
        digits = _decimals(values, table[errors] if errors else None)
        main = _write(values, digits)
        others = [_write(table[error], digits) for error in errors]
        if len(others) == 1 and habit == "plus-minus":
            head, form = f"{name} ± {errors[0]}", "{} ± {}"
        elif len(others) == 1:
            head, form = f"{name} ({errors[0]})", "{} ({})"
        elif others:
            head, form = f"{name} [{errors[0]}; {errors[1]}]", "{} [{}; {}]"
        else:
            head, form = name, "{}"
        columns[head] = [
            form.format(*row)
            if row[0] and all(part.strip(FIGURE_SPACE) for part in row)
            else row[0]
            for row in zip(main, *others, strict=True)
        ]
        if language in COMMA:
            columns[head] = [text.replace(".", ",") for text in columns[head]]
    return pd.DataFrame(columns)


def _check(table: pd.DataFrame, uncertainty: Uncertainty) -> None:
    """Refuse a table whose columns are not those that are named."""
    if table.columns.duplicated().any():
        twice = ", ".join(dict.fromkeys(map(str, table.columns[table.columns.duplicated()])))
        raise BadTable(f"The table has two columns {twice}: head each differently.")
    index = [str(name) for name in table.index.names if name is not None]
    if index:
        raise BadTable(
            f"{', '.join(index)} would be lost: it is the table's index. Call reset_index() first."
        )
    for name, errors in uncertainty.items():
        names = [errors] if isinstance(errors, str) else list(errors)
        missing = [one for one in [name, *names] if one not in table]
        if missing or len(names) not in (1, 2):
            raise BadTable(
                f"uncertainty names {', '.join(missing) or f'{len(names)} columns for {name}'}; "
                f"one or two are needed, of: {', '.join(map(str, table.columns))}."
            )
        words = [str(one) for one in [name, *names] if not _is_numeric(table[one])]
        if words:
            raise BadTable(
                f"uncertainty names {', '.join(words)}, which holds no numbers; name a column of "
                "numbers and those of its errors or bounds."
            )


def _is_numeric(values: pd.Series) -> bool:
    """Say whether a column holds numbers; true and false are none."""
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _decimals(values: pd.Series, errors: pd.DataFrame | None) -> int:
    """Return how many decimals say what is known."""
    numbers = values.dropna().astype("float64")
    if errors is not None and len(errors.columns) == 1:
        known = errors.iloc[:, 0].dropna().astype("float64").abs()
        size, digits = (float(known.median()) if len(known) else 0.0), 2
    elif errors is not None:
        width = (errors.iloc[:, 1] - errors.iloc[:, 0]).dropna().astype("float64").abs() / 4
        size, digits = (float(width.median()) if len(width) else 0.0), 2
    else:
        if pd.api.types.is_integer_dtype(values) or (numbers % 1 == 0).all():
            return 0
        size, digits = float(numbers.abs().max()), 3
    if not size > 0:
        return 2
    return int(min(max(digits - 1 - np.floor(np.log10(size)), 0), 6))


def _write(values: pd.Series, decimals: int) -> list[str]:
    """Write numbers with a minus sign (none at 0.00), padded to one width; missing ones empty."""
    rounded = [v if pd.isna(v) else round(float(v), decimals) + 0.0 for v in values]
    texts = ["" if pd.isna(v) else f"{v:.{decimals}f}".replace("-", "−") for v in rounded]
    widest = max(map(len, texts), default=0)
    return [text.rjust(widest, FIGURE_SPACE) if text else "" for text in texts]


def _is_number(column: pd.Series, table: pd.DataFrame) -> bool:
    """Say whether a column of text was one of numbers."""
    name = str(column.name).split(" ± ")[0].split(" (")[0].split(" [")[0]
    held = table[column.name] if column.name in table else table[name]
    return _is_numeric(held)
