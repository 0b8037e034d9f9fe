"""The sources of the Worldwide Governance Indicators: what is known of each, and no scores."""

import io
from functools import cache

import pandas as pd

from govlib.datasets.package import find_resource, read_bytes


def info() -> pd.DataFrame:
    """Return the sources that the editions to 2022 are made of.

    One row per `source` (the World Bank's code): `name`, `type` ("expert": commercial risk ratings,
    "survey": of firms or households, "ngo", "public": international organisations and governments),
    `representative`, `not_representative_in` (dimensions, separated by blanks) and
    `representative_from` (a year, missing if all are).
    """
    return _parse(read_bytes(find_resource("wgi-sources"))).copy()


def names() -> dict[str, str]:
    """Return the name of each source by its code."""
    return dict(info()[["source", "name"]].itertuples(index=False))


@cache
def _parse(content: bytes) -> pd.DataFrame:
    kinds = {"representative_from": "Int64", "not_representative_in": "str"}
    table = pd.read_csv(io.BytesIO(content), dtype=kinds)
    return table.fillna({"not_representative_in": ""})
