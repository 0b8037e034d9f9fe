"""Figures to save: one panel of five estimates, drawn with plain matplotlib."""

import matplotlib.pyplot as plt
import pytest

from govlib.datasets.wgi import read as read_wgi
from govlib.plot._style import Panel, figure, register

CAPTIONS = {
    "en": ("Government Effectiveness. Kazakhstan.", "A line [rising] from below zero."),
    "kk": ("Үкімет тиімділігі. Қазақстан.", "Тиімділік <өсті> & «дауыс» төмен: ә ғ қ ң ө ұ ү һ."),
}


def read_estimates():
    """Read Kazakhstan's Government Effectiveness in the 2023 edition."""
    return read_wgi(2023, economies="KAZ", dimensions="ge", years=range(2018, 2023))


def draw_estimates(profile="paper", language="en"):
    """Draw them for a profile, in a language."""
    table = read_estimates()
    fig, ax = figure(profile=profile)
    ax.plot(table["year"], table["estimate"], "o-", color="#0072B2")
    ax.plot(table["year"], table["estimate"] / 2, "s--", color="#D55E00")
    ax.set(xlabel="Year", ylabel="Estimate (standard deviations)")
    register(ax, Panel("trend", table, language, [], lambda _: CAPTIONS[language]))
    return fig


@pytest.fixture(scope="session")
def estimates():
    """Give the estimates."""
    return read_estimates()


@pytest.fixture(scope="session")
def draw():
    """Give the function that draws them."""
    return draw_estimates


@pytest.fixture(autouse=True)
def close():
    """Close what a test drew."""
    yield
    plt.close("all")


@pytest.fixture(scope="session")
def contents():
    """Give a function that reads all files of a folder."""

    def read(folder):
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    return read
