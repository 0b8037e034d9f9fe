"""Where the panels of a figure and their legends stand."""

from collections.abc import Iterable
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.transforms import ScaledTranslation, blended_transform_factory


def legend_below(ax: Axes, handles: Any) -> None:
    """Put the legend below the Axes, in two columns, where it covers nothing.

    Parameters
    ----------
    ax : Axes
        Of a panel; more lines of its label across need `place_legends` afterwards.
    handles : iterable of Artist
        What the legend lists, by its labels.
    """
    anchor, transform = _below(ax)
    ax.legend(
        handles=list(handles),
        loc="upper center",
        bbox_to_anchor=anchor,
        bbox_transform=transform,
        ncols=2,
    )


def place_legends(panels: Iterable[Axes]) -> None:
    """Put the legends that hang below panels at their distance from the panel's label.

    Parameters
    ----------
    panels : iterable of Axes
        Whose place, or lines of the label across, may have changed; others' legends stay.
    """
    for ax in panels:
        legend = ax.get_legend()
        if legend is not None and _hangs_below(ax):
            anchor, transform = _below(ax)
            legend.set_bbox_to_anchor(anchor, transform)


def count_columns(fig: Figure) -> int:
    """Return how many columns the panels of a figure stand in.

    Parameters
    ----------
    fig : Figure
        To be looked at.

    Returns
    -------
    int
        0 where the panels are not one grid with a panel in each place, filled from the top.
    """
    specs = [ax.get_subplotspec() for ax in _panels(fig)]
    there = [spec for spec in specs if spec is not None]
    if not there or len(there) < len(specs) or any(spec.num2 != spec.num1 for spec in there):
        return 0
    grid = there[0].get_gridspec()
    alone = isinstance(grid, GridSpec) and all(spec.get_gridspec() is grid for spec in there)
    filled = [spec.num1 for spec in there] == list(range(len(there)))
    return grid.ncols if alone and filled else 0


def column_edges(ax: Axes) -> tuple[float, float]:
    """Return where the column of the figure begins and ends in which a panel stands.

    Parameters
    ----------
    ax : Axes
        A panel; one outside any grid has the whole figure.

    Returns
    -------
    tuple of float
        Left and right, in pixels from the left edge of the figure.
    """
    spec, width = ax.get_subplotspec(), ax.figure.bbox.width
    if spec is None:
        return 0.0, width
    whole = spec.get_topmost_subplotspec()
    columns = whole.get_gridspec().ncols
    return whole.colspan.start / columns * width, whole.colspan.stop / columns * width


def arrange_panels(fig: Figure, columns: int) -> float:
    """Set the panels of a figure in another number of columns.

    One column is broken into several, its panels in order from the top of the first; a grid of
    rows is filled anew, row by row. Where panels share their x axis, the lowest of each column
    show it.

    Parameters
    ----------
    fig : Figure
        Whose panels are one grid (`count_columns`); changed in place.
    columns : int
        How many; from 1 to the number of panels.

    Returns
    -------
    float
        How much higher the figure should be, so that panels keep their height.
    """
    panels = _panels(fig)
    grid = _grid(panels[0])
    shared = any(not _shows_numbers(ax) for ax in panels)
    given = grid.get_height_ratios()
    rows = list(given) if given is not None else [1.0] * grid.nrows
    heights = [rows[i // grid.ncols] for i in range(len(panels))]
    if grid.ncols == 1:
        parts = _break_column(fig, panels, heights, columns)
    else:
        parts = _fill_rows(fig, panels, heights, columns)
    for ax in (ax for part in parts for ax in part) if shared else ():
        lowest = any(ax is part[-1] for part in parts)
        ax.tick_params(axis="x", labelbottom=lowest)
        ax.xaxis.label.set_visible(lowest)
    place_legends(panels)
    height = dict(zip(panels, heights, strict=True))
    return float(max(sum(height[ax] for ax in part) for part in parts) / sum(rows))


def _break_column(
    fig: Figure, panels: list[Axes], heights: list[float], columns: int
) -> list[list[Axes]]:
    """Set one column of panels in several, each with rows of its own; return the columns."""
    parts = _split(panels, heights, columns)
    height = dict(zip(panels, heights, strict=True))
    outer = GridSpec(1, columns, figure=fig)
    for column, part in enumerate(parts):
        rows = outer[column].subgridspec(len(part), 1, height_ratios=[height[ax] for ax in part])
        for i, ax in enumerate(part):
            ax.set_subplotspec(rows[i])
    return parts


def _fill_rows(
    fig: Figure, panels: list[Axes], heights: list[float], columns: int
) -> list[list[Axes]]:
    """Set panels in rows of a number of columns; return the columns."""
    ratios = heights[::columns]
    grid = GridSpec(len(ratios), columns, fig, height_ratios=ratios)
    for i, ax in enumerate(panels):
        ax.set_subplotspec(grid[i])
    return [panels[column::columns] for column in range(columns)]


def _panels(fig: Figure) -> list[Axes]:
    """Return the panels that are shown, in their order."""
    return [ax for ax in fig.axes if ax.get_visible()]


def _grid(ax: Axes) -> Any:
    """Return the grid in which a panel stands."""
    spec = ax.get_subplotspec()
    assert spec is not None
    return spec.get_gridspec()


def _split(panels: list[Axes], heights: list[float], columns: int) -> list[list[Axes]]:
    """Break one column of panels into several of about the same height, none of them empty."""
    parts: list[list[Axes]] = [[] for _ in range(columns)]
    column, done = -1, 0.0
    for i, (ax, height) in enumerate(zip(panels, heights, strict=True)):
        there = int((done + height / 2) / sum(heights) * columns)
        column = max(min(there, column + 1), columns - (len(panels) - i))
        parts[column].append(ax)
        done += height
    return parts


def _shows_numbers(ax: Axes) -> bool:
    """Say whether a panel writes the numbers below its x axis."""
    return bool(ax.xaxis.get_tick_params().get("labelbottom", True))


def _hangs_below(ax: Axes) -> bool:
    """Say whether the legend of a panel hangs below it."""
    legend = ax.get_legend()
    return legend is not None and legend.get_bbox_to_anchor().y1 < ax.bbox.y0


def _below(ax: Axes) -> tuple[tuple[float, float], Any]:
    """Return where the legend below an Axes is anchored, and what that place is relative to."""
    # A distance in points, whatever the height of the Axes; the label's lines are 1.2 letters high.
    label = ax.xaxis.label
    further = 1.2 * float(label.get_fontsize()) * label.get_text().count("\n")
    below = ScaledTranslation(0, -(30 + further) / 72, ax.figure.dpi_scale_trans)
    across, middle = ax.transAxes, 0.5
    spec = ax.get_subplotspec()
    if spec is not None:
        # Names of rows make the Axes narrow: the middle of its part of the figure has more room.
        across, middle = ax.figure.transFigure, sum(column_edges(ax)) / 2 / ax.figure.bbox.width
    return (middle, 0), blended_transform_factory(across, ax.transAxes + below)
