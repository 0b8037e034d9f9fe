"""The sources of the Worldwide Governance Indicators: what is known of each, and no scores."""

import pandas as pd

from govlib.datasets.package import find_resource, read_bytes, read_table


def info() -> pd.DataFrame:
    """Return the sources that the editions to 2022 are made of.

    One row per `source` (the World Bank's code): `name`, `type` ("expert": commercial risk ratings,
    "survey": of firms or households, "ngo", "public": international organisations and governments),
    `representative`, `not_representative_in` (dimensions, separated by blanks) and
    `representative_from` (a year, missing if all are).
    """
    kinds = {"representative_from": "Int64", "not_representative_in": "str"}
    table = read_table(read_bytes(find_resource("wgi-sources")), kinds)
    return table.fillna({"not_representative_in": ""})


def names() -> dict[str, str]:
    """Return the name of each source by its code."""
    return dict(info()[["source", "name"]].itertuples(index=False))
