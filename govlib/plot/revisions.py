"""What several editions say of the same years."""

from typing import Any, Unpack

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from govlib.errors import BadParameter, BadTable
from govlib.i18n import join_years, translate
from govlib.plot._style import POINT, Look, drawing, figure, letter, title
from govlib.plot._text import Say, Words, check_one, span_of
from govlib.plot.lines import bounds_of, measured_points
from govlib.stats._tables import METHOD_CHANGED, Z90
from govlib.stats.editions import METHODS, check_editions

MEASURES = {"estimate": "axis.estimate_of_panel", "percentile_rank": "axis.percentile_rank"}
# An axis at least so long: next to nothing would look like a leap.
SPANS = {"estimate": 0.5, "percentile_rank": 20.0}
MARKERS = "osD^vPXp"


def editions(
    table: pd.DataFrame,
    *,
    measure: str = "estimate",
    ax: Axes | None = None,
    **options: Unpack[Words],
) -> Axes:
    """Draw one dimension of one economy as each edition has it: a line for each year.

    A line that is not level is a revision; it breaks where the method changes, and editions from
    2025 have open markers. Lines are darker for later years and named at their right end. One 90%
    interval, of the last year in its first edition, tells how large revisions are beside it. One
    Line2D per year and method, labelled with the year.

    Parameters
    ----------
    table : DataFrame
        Of one economy and dimension, as `stats.stack_editions` returns it.
    measure : str
        "estimate" (standard normal units; editions of one method only) or "percentile_rank"
        (0 to 100, the only measure that sets the methods side by side).
    highlight : int, optional
        The year whose line is thicker.

    Raises
    ------
    BadTable
        As `stats.check_editions`; also if there are several economies, dimensions or methods.
    """
    say = Say(**options)
    _check(table, measure)
    known = table.dropna(subset=["estimate", measure]).sort_values(["year", "edition"])
    years = sorted(set(known["year"]))
    shades = plt.get_cmap("viridis_r")(np.linspace(0.25, 1.0, len(years)))
    with drawing(ax, say) as (ax, look):
        texts, marks = [], []
        for i, (year, shade) in enumerate(zip(years, shades, strict=True)):
            own = str(year) == str(say.highlight)
            looks: dict[str, Any] = {"color": to_hex(shade), "marker": MARKERS[i % len(MARKERS)]}
            looks |= {"label": str(year), "linewidth": look.line(2 if own else 1)}
            looks |= {"markersize": look.line(3 if len(years) < 10 else 2)}
            for method, rows in known[known["year"] == year].groupby("method"):
                looks["markerfacecolor"] = "white" if method == METHODS[1] else looks["color"]
                ax.plot(rows["edition"], rows[measure], **looks)
            last = known[known["year"] == year].iloc[-1]
            if (len(years) - 1 - i) % max(1, -(-len(years) // 8)) == 0:
                texts.append(str(year))
                marks.append((looks["color"], last["edition"], last[measure], own))
        ends = sorted(set(table["edition"]))
        look.year_ticks(ends, named=True)
        ax.set_xlim(ends[0] - 0.9, ends[-1] + 0.3)
        sure = known[known["standard_error"].notna() & (known["year"] == max(years, default=0))]
        words = 0.0
        for row in sure.head(1).to_dict("records"):
            reach = np.abs(bounds_of(pd.DataFrame([row]), measure) - row[measure])
            bar: dict[str, Any] = {"marker": "none", "linestyle": "-", "elinewidth": 1}
            look.draw_points(
                [ends[0] - 0.6], [row[measure]], yerr=reach, color="0.5", capsize=2, **bar
            )
            said = look.wrap(say("editions.scale", year=row["year"]), 0.25 * look.width, 6.5)
            look.write(0.02, 0.99, said, 6.5, va="top", color="0.35", transform=ax.transAxes)
            lines = 1.4 * look.size(6.5) * POINT * (said.count("\n") + 1)
            words = min(0.6, lines / (look.height - 20 * look.scale))
        middle, span = np.mean(ax.get_ylim()), np.ptp(ax.get_ylim())
        half = max(span, SPANS[measure]) / 2
        above = 2 * half * words / (1 - words)  # for the words on the interval
        ax.set_ylim(float(middle - half), float(middle + half + above))
        if known.empty:
            ax.set_ylim((0, 100) if measure == "percentile_rank" else (-2.5, 2.5))
        look.label_axes(x=say("axis.edition"), y=say(MEASURES[measure]))
        look.write_ticks(ax.yaxis)
        look.name_ends(texts, marks)
    points = measured_points(known, measure, say, "edition")
    return look.keep("editions", table, points, lambda drawn: _write(drawn, say))


def by_method(
    table: pd.DataFrame, method: str, *, profile: str = "paper", **options: Unpack[Words]
) -> Figure:
    """Draw a row of two panels for each dimension: the estimates of one method, and all ranks.

    As `editions` draws them. The table is of `stats.stack_editions`, of one economy; `method`, a
    value of its column, names the editions whose estimates are drawn on the left.
    """
    say = Say(**options)
    labels = say.dimensions(table)
    method_name = translate(method, "method", say.language)
    options["notes"] = f"{say('editions.panels', method=method_name)} {say.notes}".strip()
    narrow = Look(profile).profile.max_width_mm < 130
    shape = {"rows": (2 if narrow else 1) * len(labels), "columns": 1 if narrow else 2}
    fig, axes = figure(profile=profile, panel_height=52, **shape)
    for (code, label), (left, right) in zip(labels.items(), axes.reshape(-1, 2), strict=True):
        rows = table[table["dimension"] == code]
        editions(rows[rows["method"] == method], ax=left, **options)
        editions(rows, measure="percentile_rank", ax=right, **options)
        title(left, label)
    letter(axes, language=say.language)
    for ax in axes[: -shape["columns"]]:
        ax.xaxis.label.set_visible(False)
    return fig


def _write(table: pd.DataFrame, say: Say) -> tuple[str, str]:
    """Write caption and alternative text of one economy in one dimension or more."""
    labels, years = say.dimensions(table), span_of(table["year"])
    listed = join_years(table["edition"].unique().tolist())
    name = ", ".join(map(say.name, dict.fromkeys(table["economy"])))
    head = say("trend.head", dimensions="; ".join(labels.values()), name=name, years=years)
    source = say("editions.source", editions=listed)
    estimates = table.dropna(subset=["estimate"])
    with_errors = estimates["standard_error"].notna().groupby(estimates["edition"]).any()
    told = [say("editions.chart", name=name, years=years, editions=listed)]
    if estimates.empty:
        none = say("editions.none", editions=listed)
        return f"{head} {none} {source}", f"{told[0]} {none}"
    parts = [head, say("editions.points", editions=listed)]
    if with_errors.any():
        parts.append(say("editions.bars", z=say.number(Z90)))
    if not with_errors.all():
        without = join_years(with_errors.index[~with_errors].tolist())
        parts.append(say("editions.no_errors", editions=without))
    newer = table.loc[table["method"] == METHODS[1], "edition"].unique().tolist()
    if newer:
        parts.append(say("editions.open", editions=join_years(newer), year=METHOD_CHANGED))
    for code, label in labels.items():
        rows = estimates[estimates["dimension"] == code]
        values = []
        ends = rows[rows["year"].isin(rows["year"].agg(["min", "max"]))]
        ends = ends.sort_values("year", kind="stable")
        for (year, method), of_one in ends.groupby(["year", "method"], sort=False):
            given = {"year": year, "method": translate(str(method), "method", say.language)}
            given |= {"estimates": _span(of_one["estimate"], 2, say)}
            given |= {"ranks": _span(of_one["percentile_rank"], 1, say)}
            values.append(say("editions.value", **given))
        if values:
            told.append(say("trend.values", dimension=label, values="; ".join(values)))
    moves = estimates[estimates["method"] == METHODS[0]].groupby(["dimension", "year"])
    spans = moves["estimate"].agg(["min", "max", "size"]).query("size > 1")
    if len(spans):
        widest = (spans["max"] - spans["min"]).max()
        told.insert(0, say("editions.found", value=say.number(widest)))
    return " ".join([*parts, source]), " ".join(told)


def _span(values: "pd.Series[Any]", digits: int, say: Say) -> str:
    """Write the least and the greatest of numbers, or the one that all are."""
    ends = {say.number(values.min(), digits), say.number(values.max(), digits)}
    return ends.pop() if len(ends) == 1 else say.ends(values.min(), values.max(), digits)


def _check(table: pd.DataFrame, measure: str) -> None:
    """Check that there is one economy and dimension, and nothing that must not share an axis."""
    if measure not in MEASURES:
        raise BadParameter(f"measure = {measure!r}: {' or '.join(MEASURES)} is needed.")
    columns = ["estimate", "standard_error", "percentile_rank"]
    check_editions(table, ["method", *columns, "percentile_rank_lower", "percentile_rank_upper"])
    check_one(table, ["economy", "dimension"])
    if measure == "estimate" and len(set(table["method"])) > 1:
        raise BadTable(
            f"The table has estimates of editions {' and '.join(METHODS)}, which differ in method: "
            'draw one method, or measure="percentile_rank".'
        )
