"""Views of the explorer: choices become the lines that make a figure, and these are run.

The explorer runs the very lines that it lets a reader copy. They stand in blocks; the tables of the
blocks that did not change are kept, so that a change draws only what it touches.
"""

import io
import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from govlib.datasets.economies import members
from govlib.datasets.economies import names as economy_names
from govlib.datasets.wgi import editions
from govlib.datasets.wgi import read
from govlib.datasets.wgi import ranked
from govlib.errors import GovlibError
from govlib.explorer.kept import forget_changed, forget_with_data, keep

IMPORTS = "import matplotlib.pyplot as plt\nimport govlib\n\n"
STYLE = 'plt.style.use("govlib.paper")\n'
DPI = 144
"""Pixels an inch on the screen; a reader who zooms in still sees sharp letters."""

NOTEBOOKS = {
    "trend": ("01-effectiveness-and-voice", ""),
    "league": ("03-position-among-peers", "-positions"),
    "world": ("03-position-among-peers", "-world"),
    "slope": ("03-position-among-peers", "-change"),
    "gap": ("03-position-among-peers", "-gap"),
    "revisions": ("06-what-editions-change", ""),
    "waves": ("02-trust-in-law-enforcement", ""),
}
"""The notebook that draws the figure of each view for print, and what the files' names end on."""

PANELS = """\
fig, axes = plt.subplots({rows}, {columns}, figsize=({width}, {height}), squeeze=False)
for dimension, ax in zip({dimensions}, axes.flat):
    rows = table[table["dimension"] == dimension]
    own = {economy} if {economy} in set(rows["economy"]) else None
    govlib.{function}(rows, highlight=own{names}{language_option}, ax=ax)
    title = govlib.text(f"dimension.{{dimension}}", {language})
    ax.set_title(govlib.words.wrap(title, 45), fontsize=7)
for ax in axes.flat[{number}:]:
    ax.set_visible(False)
"""
READ = "wgi = govlib.wgi.read({edition})\n"
RANK = "world = govlib.wgi.ranked({edition})\n"
MEMBERS = """\
members = [{economy}, *govlib.economies.members({peers})]
"""
LAST_YEAR = '(wgi["year"] == {last_year}) & wgi["dimension"].isin({dimensions})'
BLOCKS = {
    "trend": [
        RANK,
        'shown = (world["economy"] == {economy}) & world["year"].between({first_year}, '
        '{last_year})\ntable = world[shown & world["dimension"].isin({dimensions})]\n',
        "fig, ax = plt.subplots()\ngovlib.plot_trend(table{measure_option}{language_option}, "
        "ax=ax)\n",
    ],
    "league": [
        READ,
        MEMBERS,
        f'chosen = wgi[wgi["economy"].isin(members) & {LAST_YEAR}]\n'
        "table = govlib.stats.league(chosen{error_option})\n",
        PANELS,
    ],
    "world": [
        RANK,
        'table = world[(world["year"] == {last_year}) & world["dimension"].isin({dimensions})]\n',
        PANELS,
    ],
    "slope": [
        READ,
        MEMBERS,
        'shown = wgi["economy"].isin(members) & wgi["dimension"].isin({dimensions})\n'
        'table = wgi[shown & wgi["year"].isin([{first_year}, {last_year}])]\n',
        PANELS,
    ],
    "gap": [
        READ,
        'gaps = govlib.stats.gap(wgi[wgi["year"] == {last_year}]{error_option})\n',
        MEMBERS,
        'table = gaps[gaps["economy"].isin(members)]\n',
        "fig, ax = plt.subplots(figsize=(4.72, {height}))\n"
        "govlib.plot_gaps(table, highlight={economy}{names}{language_option}, ax=ax)\n",
    ],
    "revisions": [
        "held = govlib.wgi.editions()\n"
        "editions = govlib.stats.stack_editions(govlib.wgi.read(edition) for edition in held)\n",
        'method = editions.loc[editions["edition"] == {edition}, "method"].iloc[0]\n'
        'shown = editions["year"].between({first_year}, {last_year})\n'
        'shown &= (editions["economy"] == {economy}) & editions["dimension"].isin('
        "{dimensions})\ntable = editions[shown]\n"
        "govlib.stats.editions.check_editions(table)  # at least one row\n"
        'listed = [code for code in {dimensions} if code in set(table["dimension"])]\n',
        "size = (7.09, 0.7 + 1.65 * len(listed))\n"
        "fig, axes = plt.subplots(len(listed), 2, figsize=size, sharex=True, squeeze=False)\n"
        "for dimension, (left, right) in zip(listed, axes):\n"
        '    rows = table[table["dimension"] == dimension]\n'
        '    title = govlib.text(f"dimension.{{dimension}}", {language})\n'
        '    left.set_title(title, loc="left", fontsize=8)\n'
        '    same = rows[rows["method"] == method]\n'
        "    govlib.plot_editions(same, legend=False{language_option}, ax=left)\n"
        '    govlib.plot_editions(rows, measure="percentile_rank", legend=False'
        "{language_option}, ax=right)\n"
        "plt.setp([ax.xaxis.label for ax in axes[:-1].flat], visible=False)\n"
        "found = [ax.get_legend_handles_labels() for ax in axes[:, 1]]\n"
        "marks = {{label: mark for pair in found for mark, label in zip(*pair)}}\n"
        "marks = dict(sorted(marks.items()))\n"
        'fig.legend(marks.values(), marks, title=govlib.text("axis.edition", {language}),\n'
        '           loc="outside lower center", ncols=8)\n',
    ],
    "waves": [
        'name = govlib.surveys.find("bns-trust", {economy})\n'
        "waves = govlib.surveys.waves(name, {first_year}, {last_year})\n"
        "survey = govlib.surveys.read(name, waves=[waves[0], waves[-1]])\n",
        "# Where the number of respondents is not published, the article's is assumed.\n"
        "table = govlib.stats.add_share_interval(\n"
        '    survey.fillna({{"respondents": 18005}}), design_effect=2.0)\n'
        'full = table[table["answer"] == "fully_agree"]\n'
        "labels = govlib.surveys.labels(name{label_option})\n",
        "fig, (above, below) = plt.subplots(\n"
        "    2, 1, figsize=(4.72, 7.2), height_ratios=[1, 1.4])\n"
        "govlib.plot_shares(full, labels=labels, ax=above)\n"
        'above.set_xlabel(govlib.text("trust.axis", {language}))\n'
        "govlib.plot_answers(survey, labels=labels, ax=below)\n",
    ],
}
FUNCTIONS = {
    "trend": "plot_trend",
    "league": "plot_positions",
    "world": "plot_distribution",
    "slope": "plot_slopes",
    "gap": "plot_gaps",
    "revisions": "plot_editions",
    "waves": "plot_shares",
}
_TABLES: OrderedDict[str, dict[str, Any]] = OrderedDict()
"""The variables after a run of blocks, by their text."""
MOST_TABLES = 120
forget_with_data(_TABLES.clear)


def write_code(choices: Mapping[str, Any]) -> str:
    """Write the lines of govlib that make the figure of a view.

    Parameters
    ----------
    choices : mapping
        As `explore.check_choices` lets them pass.

    Returns
    -------
    str
        Python that leaves the table in ``table`` and the figure in ``fig``.

    Raises
    ------
    GovlibError
        If the choices name what does not exist.
    """
    return IMPORTS + STYLE + "".join(write_blocks(choices))


def run_view(choices: Mapping[str, Any]) -> dict[str, Any]:
    """Run the lines of `write_code`, from the first that changed.

    Parameters
    ----------
    choices : mapping
        As `explore.check_choices` lets them pass.

    Returns
    -------
    dict
        The variables that the lines leave, such as ``table`` and ``fig``. The figure is no longer
        pyplot's, so that nothing shows it a second time.

    Raises
    ------
    GovlibError
        If the choices name what does not exist or cannot be drawn.
    """
    forget_changed()
    *blocks, last = write_blocks(choices)
    names = _run_tables(blocks)
    with plt.rc_context():
        before = set(plt.get_fignums())
        try:
            exec(STYLE + last, names)
        finally:
            for number in set(plt.get_fignums()) - before:
                plt.close(number)
    return names


def warm_tables(choices: Mapping[str, Any], waves: tuple[int, int]) -> Iterator[None]:
    """Run what comes before the figure in every view, so that its first use is soon there.

    Parameters
    ----------
    choices : mapping
        As `explore.check_choices` lets them pass; looked at anew for each view.
    waves : tuple of int
        Years of fieldwork that the view of a survey begins with.

    Yields
    ------
    None
        After each step, which takes some tenths of a second at most.
    """
    for edition in editions():  # positions in the world, the longest step of a new edition
        ranked(edition)
        yield
    for view in BLOCKS:
        try:
            given = dict(zip(("first_year", "last_year"), waves, strict=True))
            asked = {**choices, "view": view, **(given if view == "waves" else {})}
            *blocks, _ = write_blocks(asked)
            for number in range(1, len(blocks) + 1):
                _run_tables(blocks[:number])
                yield
        except GovlibError:  # a survey is not held of every economy
            continue


def render_figure(fig: Any) -> tuple[bytes, tuple[int, int]]:
    """Draw a figure for the screen.

    Parameters
    ----------
    fig : Figure
        As `run_view` leaves it.

    Returns
    -------
    bytes
        PNG at `DPI`.
    tuple of int
        Pixels across and down.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    fig.set_dpi(DPI)
    canvas: Any = FigureCanvasAgg(fig)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())
    content = io.BytesIO()
    # Quick rather than small: the picture goes no further than the reader's screen.
    Image.fromarray(pixels).convert("RGB").save(content, "png", compress_level=1)
    return content.getvalue(), (pixels.shape[1], pixels.shape[0])


@keep(20)
def assumed_error(edition: int) -> float | None:
    """Return the error that is assumed for an edition without errors, as the notebooks do.

    Parameters
    ----------
    edition : int
        Year of release.

    Returns
    -------
    float or None
        Standard normal units: the median error of the edition of 2024; None if the edition has its
        own errors.

    Raises
    ------
    UnknownName
        If the edition is not held.
    """
    table = read(edition).dropna(subset="estimate")
    if table["standard_error"].notna().all():
        return None
    return round(float(read(2024)["standard_error"].median()), 2)


@keep(3)
def read_names(language: str) -> dict[str, str]:
    """Return `catalog.economy_names`, kept from earlier calls.

    Parameters
    ----------
    language : str
        "en", "ru" or "kk".

    Returns
    -------
    dict of str to str
        Not to be changed.
    """
    return economy_names(language)


@keep(20)
def list_economies(edition: int) -> frozenset[str]:
    """Return the codes of the economies that an edition lists.

    Parameters
    ----------
    edition : int
        Year of release.

    Returns
    -------
    frozenset of str

    Raises
    ------
    UnknownName
        If the edition is not held.
    """
    return frozenset(read(edition)["economy"].unique())


def write_blocks(choices: Mapping[str, Any]) -> list[str]:
    """Fill the blocks of a view; only what was checked becomes code, each value as a literal."""
    view, number = choices["view"], len(choices["dimensions"])
    language, function = choices["language"], FUNCTIONS[view]
    rows, columns = -(-number // 2), min(2, number)
    listed = {choices["economy"], *_members(tuple(choices["peers"]))}
    listing = 1 + 0.22 * len(listed & list_economies(choices["edition"]))
    heights = {"league": listing, "slope": max(3.8, listing - 0.1), "world": 3.2}
    error = assumed_error(choices["edition"]) if view in ("league", "gap") else None
    words = "" if language == "en" else json.dumps(language)
    values = {
        **{name: json.dumps(value) for name, value in choices.items()},
        "number": number,
        "rows": rows,
        "columns": columns,
        "width": round(3.55 * columns, 2),
        "height": round(listing if view == "gap" else heights.get(view, 1) * rows, 2),
        "function": function,
        # As in the notebooks: codes where names would be many.
        "names": f", names=govlib.economies.names({words})" if view in ("world", "gap") else "",
        "error_option": "" if error is None else f", assumed_error={error}",
        "measure_option": ""
        if choices["measure"] == "estimate"
        else f", measure={json.dumps(choices['measure'])}",
        # English is the default of every function.
        "label_option": words and f", {words}",
        "language_option": words and f", language={words}",
    }
    return [block.format(**values) for block in BLOCKS[view]]


@keep(100)
def _members(peers: tuple[str, ...]) -> list[str]:
    """Return the members of groups, kept from earlier calls."""
    return members(peers)


def _run_tables(blocks: list[str]) -> dict[str, Any]:
    """Run blocks in a namespace of their own, beginning after those whose result is kept."""
    names: dict[str, Any] = {}
    text = ""
    exec(IMPORTS, names)
    for block in blocks:
        text += block
        if text in _TABLES:
            _TABLES.move_to_end(text)
        else:
            exec(block, names)
            _TABLES[text] = dict(names)
            if len(_TABLES) > MOST_TABLES:
                _TABLES.popitem(last=False)
        names = dict(_TABLES[text])
    return names
