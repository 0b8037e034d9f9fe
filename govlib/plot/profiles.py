"""What journals ask of figures: sizes, fonts, lines, formats."""

import functools
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from govlib.errors import BadParameter, UnknownName, did_you_mean

FORMATS = ("pdf", "svg", "png", "eps", "tiff")
"""The formats that a profile can ask for; PDF, SVG and PNG are always written."""

FOLDER = Path(__file__).parent

_Positive = Annotated[float, msgspec.Meta(gt=0)]


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one journal, or another use, asks of a figure.

    `width_mm` is the width that figures get (None: their own); sizes are in points: `font_size_pt`
    of axis labels, `smallest_pt` and `largest_pt` of any text, `thinnest_pt` of any line. `fonts`
    are in the order they are tried, `dpi` is for pixel formats, `uncertainty` how tables write
    standard errors: 0.14 (0.24) or 0.14 ± 0.24, `page` the publisher's rules. Where it is
    `headed`, a figure has title, subtitle and source line, and its panels have no letters.
    """

    name: str
    title: str
    max_width_mm: _Positive
    max_height_mm: _Positive
    fonts: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    font_size_pt: _Positive
    smallest_pt: _Positive
    thinnest_pt: _Positive
    dpi: Annotated[int, msgspec.Meta(gt=0)]
    formats: tuple[Literal["pdf", "svg", "png", "eps", "tiff"], ...]
    uncertainty: Literal["parentheses", "plus-minus"]
    colour: str
    page: str
    notes: str
    headed: bool = False
    width_mm: _Positive | None = None
    largest_pt: _Positive | None = None

    def __post_init__(self) -> None:
        """Check what the entries say together."""
        sizes = [self.smallest_pt, self.font_size_pt, self.largest_pt or float("inf")]
        if sizes != sorted(sizes):
            raise ValueError("smallest_pt, font_size_pt, largest_pt must ascend")
        if self.width_mm and self.width_mm > self.max_width_mm:
            raise ValueError("width_mm is above max_width_mm")


def read_profiles(path: Path | None = None) -> dict[str, Profile]:
    """Return the profiles of a TOML file by name; `plot/profiles.toml` by default.

    A table per profile with the entries of `Profile`; ``like`` names a profile above it, whose
    entries it takes over. BadParameter names an entry that is missing, unknown or out of range, and
    a profile that is not above.
    """
    path = path or FOLDER / "profiles.toml"
    whole: dict[str, dict[str, Any]] = {"": {}}
    profiles, name = {}, "not TOML"
    try:
        for name, table in tomllib.loads(path.read_text("utf-8")).items():
            whole[name] = whole[table.pop("like", "")] | table
            profiles[name] = msgspec.convert(whole[name] | {"name": name}, Profile)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, KeyError) as error:
        raise BadParameter(f"{path.name}: {name}: {error}.") from None
    return profiles


_included = functools.cache(read_profiles)


def find_profile(name: str) -> Profile:
    """Return an included profile; raise UnknownName, with the names there are, if there is none."""
    known = _included()
    if name not in known:
        titles = {key: one.title for key, one in known.items()}
        raise UnknownName(
            f"profile {name!r} is not known; known: {', '.join(known)}."
            f"{did_you_mean(name, known, titles)}"
        )
    return known[name]


@functools.cache
def register_fonts() -> None:
    """Make the included fonts known to matplotlib, and its own preferred to the system's.

    A system's copy of DejaVu Sans would give other bytes: the included fonts have names that no
    system has, and matplotlib's own go first.
    """
    import matplotlib as mpl
    from matplotlib import font_manager

    known = font_manager.fontManager
    own = Path(mpl.get_data_path(), "fonts", "ttf")
    listed = {Path(entry.fname) for entry in known.ttflist}
    for path in [*sorted(own.glob("DejaVu*.ttf")), *sorted((FOLDER / "fonts").glob("*.ttf"))]:
        if path not in listed:
            known.addfont(path)
    known.ttflist.sort(key=lambda entry: Path(entry.fname).parent != own)
