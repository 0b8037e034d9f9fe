"""A table for another program: Stata, Excel, Parquet or CSV, with labels and sources."""

import datetime
import io
from pathlib import Path

import pandas as pd

from govlib.datasets.package import Resource, find_resource
from govlib.errors import BadParameter
from govlib.project import replace_files
from govlib.publish.provenance import find_sources

STATA_NAME, STATA_LABEL = 32, 80
"""Most letters of a name and of a label in Stata."""


def export(table: pd.DataFrame, path: str | Path) -> list[Path]:
    """Write a table for another program.

    Parameters
    ----------
    table : DataFrame
        Any table of govlib, or your own.
    path : path
        Ends in ``.dta`` (Stata 14 or newer), ``.xlsx``, ``.parquet`` or ``.csv``: the format.

    Returns
    -------
    list of Path
        The file written; of CSV, which holds no labels, also ``<stem>-about.csv``.

    Labels (meaning and unit of each column, where the data package describes it) and sources are
    variable and data labels in Stata, a second sheet ("about") in Excel, metadata
    (`DataFrame.attrs`) in Parquet.

    Raises
    ------
    BadParameter
        If the ending is another one, the table is not a DataFrame or has no rows, Stata cannot
        have a name, or Parquet's package is not installed.

    Examples
    --------
    >>> import govlib as gov
    >>> table = gov.wgi.read(2023, economies="central_asia", dimensions="ge")
    >>> gov.export(gov.economies.add_codes(table), "central-asia.dta")  # doctest: +SKIP
    """
    path = Path(path)
    if not isinstance(table, pd.DataFrame) or table.empty:
        raise BadParameter(f"A table with rows is needed, not {type(table).__name__}.")
    if path.suffix not in (".dta", ".xlsx", ".parquet", ".csv"):
        raise BadParameter(f"{path}: the ending says the format: .dta, .xlsx, .parquet or .csv.")
    resources = [find_resource(name) for name in find_sources([table])]
    labels = {str(name): str(name).replace("_", " ") for name in table}
    for one in (find_resource("codes"), *resources):
        for field in one["schema"]["fields"]:
            if (name := field["name"]) in labels:
                about, unit = field.get("description", name), field.get("unit", "")
                labels[name] = f"{about} ({unit})" if unit and unit not in about else about
    sources = list(dict.fromkeys(_cite(one) for one in resources))
    about = [*labels.items(), *(("source", one) for one in sources)]
    described = pd.DataFrame(about, columns=["column", "about"])
    flat = table.reset_index(drop=True).rename(columns=str)
    flat = flat.astype(dict.fromkeys(flat.select_dtypes("category"), "str"))
    content = io.BytesIO()
    contents = {path: b""}
    if path.suffix == ".dta":
        _write_stata(flat, labels, sources, content)
    elif path.suffix == ".xlsx":
        with pd.ExcelWriter(content, engine="openpyxl") as book:
            flat.to_excel(book, sheet_name="data", index=False)
            described.to_excel(book, sheet_name="about", index=False)
    elif path.suffix == ".parquet":
        flat.attrs = {"labels": labels, "sources": sources}
        try:
            flat.to_parquet(content, index=False)
        except ImportError as error:
            raise BadParameter("Parquet needs pyarrow: pip install 'govlib[grid]'") from error
    else:
        content.write(flat.to_csv(index=False, lineterminator="\n").encode())
        beside = described.to_csv(index=False, lineterminator="\n").encode()
        contents[path.with_name(f"{path.stem}-about.csv")] = beside
    replace_files(contents | {path: content.getvalue()})
    return list(contents)


def _write_stata(
    flat: pd.DataFrame, labels: dict[str, str], sources: list[str], content: io.BytesIO
) -> None:
    """Write Stata's format; whole numbers and yes or no that may be missing become numbers."""
    for name, column in flat.items():
        if len(str(name)) > STATA_NAME or not str(name).isidentifier():
            raise BadParameter(f"Stata cannot have a variable {name!r}: rename the column.")
        kinds = pd.api.types
        if kinds.is_bool_dtype(column) or kinds.is_extension_array_dtype(column.dtype):
            is_text = kinds.is_string_dtype(column)
            flat[name] = column.fillna("") if is_text else column.astype("float64")
    flat.to_stata(
        content,
        write_index=False,
        version=118,
        time_stamp=datetime.datetime(2000, 1, 1),  # equal tables give equal bytes
        data_label="; ".join(sources)[:STATA_LABEL],
        variable_labels={name: label[:STATA_LABEL] for name, label in labels.items()},
    )


def _cite(resource: Resource) -> str:
    """Write the source of a resource."""
    return f"{resource['title']}: " + "; ".join(
        str(source.get("citation") or f"{source.get('publisher', '')}, {source['title']}")
        for source in resource["sources"]
    )
