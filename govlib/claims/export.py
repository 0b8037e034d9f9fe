"""Checked claims for readers and for machines: a list, ClaimReview, CiTO."""

import json
from textwrap import shorten

import pandas as pd

from govlib.claims.check import count_verdicts
from govlib.claims.ledger import Article

CITO = {
    "reproduced": "confirms",
    "explained": "qualifies",
    "plausible": "qualifies",
    "undecided": "qualifies",
    "differs": "disputes",
    "not supported": "disputes",
    "not comparable": "discusses",
    "not checkable": "discusses",
}
"""How a review with a verdict cites the text: terms of CiTO, the Citation Typing Ontology."""

RATINGS = {"reproduced": 5, "explained": 4, "plausible": 4, "undecided": 3, "differs": 2} | {
    "not supported": 1
}
"""Ratings of ClaimReview from 1 to 5; a verdict that is none has no number."""

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
    if not details:
        short = [["", "verdict", "printed", "recomputed", "statement"]]
        for row in table[~table["worded"]].to_dict("records"):
            cut = shorten(row["statement"], 66, placeholder=" ...")
            short.append([row["claim"], row["verdict"], row["article"], row["ours"], cut])
        wide = [max(map(len, column)) for column in zip(*short, strict=True)]
        wide[0] = width
        for texts in short:
            cells = [f"{text:{room}}" for text, room in zip(texts, wide, strict=True)]
            lines.append("  ".join(cells).rstrip())
    for row in table.to_dict("records") if details else ():
        lines.append(f"{row['claim']:{width}} {row['verdict']:14} {row['statement']}")
        blank = " " * (width + 15)
        if row["article"] or row["ours"]:
            whose = "to hold" if row["check_of"] else "text"
            lines.append(f"{blank} {whose}: {row['article']}; here: {row['ours'] or 'no figure'}.")
        lines.append(f"{blank} {row['reason']}")
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
        rating: dict[str, object] = {"@type": "Rating", "alternateName": row["verdict"]}
        if row["verdict"] in RATINGS:
            number = RATINGS[row["verdict"]]
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
                f"cito:{CITO[row['verdict']]}": {"@id": article.url} if article.url else source,
            }
        )
    content = {"@context": CONTEXT, "@graph": reviews}
    return f"{json.dumps(content, ensure_ascii=False, indent=2)}\n".encode()
