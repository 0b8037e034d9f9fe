"""What places that take figures ask of them: sizes, fonts, lines, formats."""

import functools
import tomllib
from pathlib import Path
from typing import Any

from govlib.errors import BadParameter, UnknownName, did_you_mean

Profile = dict[str, Any]

FORMATS = ("pdf", "svg", "png", "eps", "tiff")
"""The formats that a profile can ask for; PDF, SVG and PNG are always written."""

UNCERTAINTY = ("parentheses", "plus-minus")
"""How a table writes a standard error: 0.14 (0.24) or 0.14 ± 0.24."""

FIELDS: dict[str, Any] = {
    "title": str,
    "max_width_mm": (int, float),
    "max_height_mm": (int, float),
    "fonts": list,
    "font_size_pt": (int, float),
    "smallest_pt": (int, float),
    "thinnest_pt": (int, float),
    "dpi": int,
    "formats": list,
    "uncertainty": str,
    "colour": str,
    "page": str,
    "notes": str,
}
OPTIONAL: dict[str, Any] = {
    "width_mm": (int, float),
    "largest_pt": (int, float),
}
FOLDER = Path(__file__).parent


def read_profiles(path: Path | None = None) -> dict[str, Profile]:
    """Return the profiles: what each place that takes figures asks of them.

    Parameters
    ----------
    path : Path, optional
        A TOML file with a table per profile; ``govlib/profiles.toml`` by default.

    Returns
    -------
    dict of str to dict
        By name: ``title``; ``width_mm`` that figures are given (absent: their own),
        ``max_width_mm``, ``max_height_mm``; ``fonts`` in the order they are tried;
        ``font_size_pt`` of axis labels, ``smallest_pt`` and, where there is one, ``largest_pt`` of
        any text; ``thinnest_pt`` of any line; ``dpi`` of pixel formats; ``formats``;
        ``uncertainty`` (how tables write errors); ``colour``; ``page`` of the publisher; ``notes``.

    Raises
    ------
    BadParameter
        If an entry is missing, unknown, of the wrong type or out of range; names it.
    """
    path = FOLDER / "profiles.toml" if path is None else path
    try:
        tables: dict[str, Profile] = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise BadParameter(f"{path.name} is not TOML: {error}.") from None
    profiles: dict[str, Profile] = {}
    for name, table in tables.items():
        like = table.pop("like", None)
        if like is not None and like not in profiles:
            raise BadParameter(f"{path.name}: {name} is like {like!r}, which is not above it.")
        profiles[name] = {"name": name} | profiles.get(like, {}) | table | {"name": name}
        _check(profiles[name], f"{path.name}: {name}")
    return profiles


def find_profile(name: str) -> Profile:
    """Return one profile by its name.

    Raises
    ------
    UnknownName
        If there is no such profile; names those there are.
    """
    held = _held()
    if name not in held:
        raise UnknownName(
            f"profile {name!r} is not known; known: {', '.join(held)}."
            f"{did_you_mean(name, held, {key: one['title'] for key, one in held.items()})}"
        )
    return dict(held[name])


@functools.cache
def _held() -> dict[str, Profile]:
    """Read the shipped profiles once."""
    return read_profiles()


@functools.cache
def register_fonts() -> None:
    """Make the shipped fonts known to matplotlib, and its own preferred to the system's.

    Another copy of a font, such as a system's DejaVu Sans that matplotlib has remembered, would
    give other bytes: the shipped ones have a name that no system has, and matplotlib's go first.
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


def _check(profile: Profile, where: str) -> None:
    """Refuse a profile with a wrong entry."""
    known = FIELDS | OPTIONAL
    for field in FIELDS:
        if field not in profile:
            raise BadParameter(f"{where} has no {field}.")
    for field, value in profile.items():
        if field == "name":
            continue
        if field not in known:
            hint = did_you_mean(field, known)
            raise BadParameter(f"{where} has {field}; known: {', '.join(known)}.{hint}")
        if not isinstance(value, known[field]) or isinstance(value, bool):
            raise BadParameter(f"{where}: {field} = {value!r} is of the wrong type.")
        if isinstance(value, (int, float)) and value <= 0:
            raise BadParameter(f"{where}: {field} = {value} is not above 0.")
    unknown = [kind for kind in profile["formats"] if kind not in FORMATS]
    if unknown or not profile["fonts"]:
        raise BadParameter(f"{where}: formats are of {', '.join(FORMATS)}; a font is needed.")
    if profile["uncertainty"] not in UNCERTAINTY:
        raise BadParameter(f"{where}: uncertainty is one of {', '.join(UNCERTAINTY)}.")
    sizes = [profile["smallest_pt"], profile["font_size_pt"], profile.get("largest_pt", 1e9)]
    if sizes != sorted(sizes):
        raise BadParameter(f"{where}: smallest_pt, font_size_pt, largest_pt must ascend.")
    if profile.get("width_mm", 0) > profile["max_width_mm"]:
        raise BadParameter(f"{where}: width_mm is above max_width_mm.")


def profile_style(profile: Profile) -> Any:
    """Return the rcParams under which a fitted figure is saved: fonts embedded as TrueType."""
    register_fonts()
    return {
        "font.family": profile["fonts"],
        "pdf.fonttype": 42,
        "ps.fonttype": 42,
        "svg.fonttype": "path",
        "svg.hashsalt": "govlib",
        "savefig.bbox": None,
        # With these a figure that was laid out stays so.
        "figure.constrained_layout.use": False,
        "figure.autolayout": False,
        "savefig.facecolor": "white",
        "savefig.transparent": False,
    }
