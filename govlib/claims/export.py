"""Checked claims for readers and for machines: a list, ClaimReview, CiTO."""

import json
from textwrap import shorten

import pandas as pd

from govlib.claims.check import count_verdicts
from govlib.claims.ledger import Article

REVIEWS = {
    "reproduced": ("confirms", 5),
    "explained": ("qualifies", 4),
    "plausible": ("qualifies", 4),
    "undecided": ("qualifies", 3),
    "differs": ("disputes", 2),
    "not supported": ("disputes", 1),
    "not comparable": ("discusses", None),
    "not checkable": ("discusses", None),
}
"""How a review with a verdict cites the text (terms of CiTO, the Citation Typing Ontology), and its
rating of ClaimReview from 1 to 5; a verdict that is none has no number."""

CONTEXT = ["https://schema.org", {"cito": "http://purl.org/spar/cito/"}]


def write_list(table: pd.DataFrame, citation: str, *, details: bool = True) -> str:
    """Write claims for reading in a terminal, with the statements counted.

    Parameters
    ----------
    table : DataFrame
        As `check` returns it.
    citation : str
        The text's.
    details : bool
        Whether each claim is a paragraph with its reason, or else a line: printed, recomputed,
        verdict; statements that state no number are then only counted.
    """
    lines = [citation, write_head(table), ""]
    width = max(4, *map(len, table["claim"]))
    if details:
        for row in table.to_dict("records"):
            lines.append(f"{row['claim']:{width}} {row['verdict']:14} {row['statement']}")
            blank = " " * (width + 15)
            if row["article"] or row["ours"]:
                whose = "to hold" if row["check_of"] else "text"
                ours = row["ours"] or "no figure"
                lines.append(f"{blank} {whose}: {row['article']}; here: {ours}.")
            lines.append(f"{blank} {row['reason']}")
    else:
        short = table[~table["worded"]]
        columns = [
            ["".ljust(width), *short["claim"]],
            ["verdict", *short["verdict"]],
            ["printed", *short["article"]],
            ["recomputed", *short["ours"]],
            ["statement", *(shorten(s, 66, placeholder=" ...") for s in short["statement"])],
        ]
        wide = [max(map(len, column)) for column in columns]
        for cells in zip(*columns, strict=True):
            padded = [cell.ljust(room) for cell, room in zip(cells, wide, strict=True)]
            lines.append("  ".join(padded).rstrip())
    return "\n".join([*lines, "", *write_tally(table), ""])


def write_head(table: pd.DataFrame) -> str:
    """Write the countries and editions of checked claims: "KAZ, WGI edition 2023"."""
    editions = table["edition"].dropna().drop_duplicates()
    about = [*dict.fromkeys(one for one in table["economy"] if one)]
    return ", ".join([*about, *(f"WGI edition {one:.0f}" for one in editions)])


def write_tally(table: pd.DataFrame) -> list[str]:
    """Write how many statements have which verdict: "15 statements: 6 reproduced, ..."."""
    lines = []
    for worded, what in ((False, "statements"), (True, "further statements that state no number")):
        counts = count_verdicts(table, worded=worded)
        if counts.sum():
            listed = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
            lines.append(f"{counts.sum()} {what}: {listed}.")
    return lines


def write_reviews(table: pd.DataFrame, article: Article) -> bytes:
    """Write claims as JSON-LD: a ClaimReview (schema.org) each, with how it cites the text (CiTO).

    Our own checks are left out. The rating is 5 for reproduced to 1 for not supported, its name the
    verdict; a statement that is not comparable or not checkable has the name alone.
    """
    source = {"@type": "CreativeWork", "name": article.citation}
    if article.url:
        source |= {"@id": article.url, "url": article.url}
    reviews = []
    for row in table[table["check_of"] == ""].to_dict("records"):
        cites, number = REVIEWS[row["verdict"]]
        rating: dict[str, object] = {"@type": "Rating", "alternateName": row["verdict"]}
        if number is not None:
            rating |= {"ratingValue": number, "bestRating": 5, "worstRating": 1}
        reviews.append(
            {
                "@type": "ClaimReview",
                "identifier": row["claim"],
                "claimReviewed": row["statement"],
                "itemReviewed": {"@type": "Claim", "appearance": source},
                "reviewRating": rating,
                "reviewBody": row["reason"],
                "author": {"@type": "Organization", "name": "govlib"},
                f"cito:{cites}": {"@id": article.url} if article.url else source,
            }
        )
    content = {"@context": CONTEXT, "@graph": reviews}
    return f"{json.dumps(content, ensure_ascii=False, indent=2)}\n".encode()
