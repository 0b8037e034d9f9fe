"""The widgets of the explorer: controls that write choices, and a picture that shows them."""

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as widgets
import pandas as pd
import traitlets

from govlib.datasets.economies import groups as read_groups
from govlib.datasets.wgi import editions as held_editions
from govlib.project import project_folder
from govlib.datasets.surveys import info, find
from govlib.errors import GovlibError
from govlib.explorer import explore
from govlib.explorer.choices import (
    CHOICES,
    STORE,
    check_choices,
    find_economy,
    find_entry,
    have_types,
    list_entries,
    list_years,
    restore_choices,
    store_choices,
)
from govlib.explorer.kept import Kept, Waiting, freeze, no_collection
from govlib.explorer.views import NOTEBOOKS, assumed_error, warm_tables
from govlib.stats._tables import DIMENSIONS, MEASURES
from govlib.run.parameters import VIEWS
from govlib.i18n import LANGUAGES, text as word
from govlib.run.notebooks import EXPLORER, find_notebooks, read_parameters
from govlib.run.parameters import parameters as check_parameters

WORDS = ("points", "table", "code", "command", "parameters", "copy", "copied", "not_copied")
OWN_NAMES = {"en": "English", "ru": "Русский", "kk": "Қазақша"}
WAVES_FROM_TO = (2022, 2023)
"""The years of fieldwork that the view of a survey begins with: those of its notebook."""
UNUSED = {
    "trend": ("group", "peers"),
    "league": ("first_year", "measure"),
    "world": ("first_year", "group", "peers", "measure"),
    "slope": ("measure",),
    "gap": ("first_year", "measure"),
    "revisions": ("group", "peers", "measure"),
    "waves": ("group", "peers", "dimensions", "measure"),
}
"""The controls that a view does not use."""
MOST_PICTURES = 30
"""How many pictures are kept, so that going back to one takes no drawing."""


class Picture(anywidget.AnyWidget):
    """Shows what `explore.draw_view` returns; `explorer.js` draws it."""

    _esm = Path(__file__).with_name("explorer.js")
    _css = Path(__file__).with_name("explorer.css")
    view = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)


def open_explorer(names: Mapping[str, Any]) -> None:
    """Show the explorer in a notebook.

    Parameters
    ----------
    names : mapping
        Parameter names and values; a notebook passes its ``globals()``. If they are those of the
        last time, the explorer goes on with the choices made then.

    Raises
    ------
    GovlibError
        If papermill injected a name that is not a parameter. A value that does not exist is
        explained in place of the figure.
    """
    from IPython.display import display

    explorer = make_explorer(names)
    shown = explorer._repr_mimebundle_()
    # For readers without widgets: what the parameters cell asks for.
    drawn = explore.draw_view({name: names[name] for name in CHOICES})
    bundle = {"text/plain": "The explorer: run the cells to see its controls."}
    bundle |= {"image/png": drawn["image"]} if "image" in drawn else {}
    view = "application/vnd.jupyter.widget-view+json"
    display(bundle | {view: shown[view]}, raw=True)  # type: ignore[no-untyped-call]
    freeze()


def make_explorer(names: Mapping[str, Any]) -> widgets.Widget:
    """Make the widgets of the explorer.

    Parameters
    ----------
    names : mapping
        As `open_explorer` takes them.

    Returns
    -------
    Widget
        A Box of controls above a `Picture`. Every choice that changes is kept in
        ``build/explore.json``.

    Raises
    ------
    GovlibError
        As `open_explorer`.
    """
    [notebook] = find_notebooks([EXPLORER])
    defaults = read_parameters(notebook)
    # Only the names are refused here; values are explained in place.
    check_parameters(defaults | {"In": names.get("In")})
    choices, note = restore_choices(names)
    drawn = _draw(choices, note)
    if not (
        have_types(choices)
        and choices["edition"] in held_editions()
        and choices["language"] in LANGUAGES
        and choices["view"] in VIEWS
    ):
        choices.update(defaults)  # what the controls begin with; the message stands
    # Made when all is drawn: a page that asks for its state meanwhile would be told of nothing.
    picture = Picture(view=drawn | {"serial": 1}, words=_picture_words(choices["language"]))
    controls = _make_controls()
    years = {False: (defaults["first_year"], defaults["last_year"]), True: WAVES_FROM_TO}
    # JupyterLab may hand the messages of two controls to two threads.
    turn = threading.RLock()
    now: dict[str, Any] = {"filling": None, "serial": 1, "values": {}, "refused": ""}
    pictures = Kept(MOST_PICTURES)
    waiting = Waiting(_prepare(choices), turn)

    def show(view: dict[str, Any]) -> None:
        now["serial"] += 1
        picture.view = view | {"serial": now["serial"]}

    def fill(changed: str = "") -> None:
        now["filling"] = threading.get_ident()
        now["values"].pop(changed, None)
        try:
            _fill_controls(controls, choices, now["values"])
            picture.words = _picture_words(choices["language"])
        finally:
            now["filling"] = None

    def change(name: str, value: Any) -> None:
        if now["filling"] == threading.get_ident():
            return  # what `fill` writes is no choice
        with turn, no_collection():
            take_turn(name, value)
        waiting.pause()

    def hear(_: Any, content: Mapping[str, Any], __: Any) -> None:
        if content.get("shown"):
            waiting.start()

    def take_turn(name: str, value: Any) -> None:
        try:
            _take(choices, name, value, years)
        except GovlibError as error:
            now["refused"] = str(error)
            # The text stays to be corrected, until the next figure: that is of another economy.
            now["values"].pop(name, None)
            show({"message": now["refused"]})
            return
        now["refused"] = picture.status = ""
        if name == "language":
            fill()  # words first, then the picture
        show(_draw_once(choices, pictures))
        fill(name)
        try:
            store_choices(names, choices)
        except OSError as error:
            picture.status = f"{STORE}: {error.strerror}"

    def save(_: Any) -> None:
        if now["refused"]:
            picture.status = now["refused"]
            return
        notebook = NOTEBOOKS[choices["view"]][0]
        controls["save"].disabled = True
        picture.status = text("explorer.saving", choices["language"], notebook=notebook)
        try:
            check_choices(choices)
            files = ", ".join(map(_relative, explore.save_view(choices)))
            picture.status = text("explorer.saved", choices["language"], files=files)
        except (GovlibError, OSError) as error:
            picture.status = str(error)
        finally:
            controls["save"].disabled = False

    for name, control in controls.items():
        if name == "save":
            control.on_click(save)
        else:
            control.observe(functools.partial(_pass_on, change, name), "value")
    picture.on_msg(hear)
    fill()
    explorer = widgets.VBox([_arrange(controls), picture])
    explorer.add_class("govlib-all")
    return explorer


def _prepare(choices: Mapping[str, Any]) -> Iterator[None]:
    """Do step by step what the first use of each view and each edition needs."""
    yield from warm_tables(choices, WAVES_FROM_TO)
    for edition in held_editions():
        with contextlib.suppress(GovlibError):  # it may lack the years
            check_choices({**choices, "edition": edition})
        assumed_error(edition)
        yield


def _picture_words(language: str) -> dict[str, str]:
    """Return the words of the picture's own parts."""
    return {key: text(f"explorer.{key}", language) for key in WORDS} | {"language": language}


def _pass_on(change: Callable[[str, Any], None], name: str, event: Mapping[str, Any]) -> None:
    """Hand on what a control became."""
    change(name, event["new"])


def _draw(choices: Mapping[str, Any], note: str = "") -> dict[str, Any]:
    """Draw a view as `explorer.js` takes it; what goes wrong is said, never thrown at the page."""
    try:
        drawn = explore.draw_view(choices)
    except Exception as error:
        return {"message": f"govlib failed ({type(error).__name__}: {error}). Please report it."}
    drawn["notes"] = [*filter(None, [note]), *drawn.get("notes", [])]
    table: pd.DataFrame | None = drawn.pop("table", None)
    if table is not None:
        own = table["economy"] == choices["economy"] if "economy" in table else []
        digits = 1 if choices["view"] == "waves" else 2  # as the table is rounded
        rows = table.map(functools.partial(_write_value, digits=digits))
        drawn["table"] = {
            "columns": list(table.columns),
            "rows": rows.to_numpy().tolist(),
            "own": [i for i, is_own in enumerate(own) if is_own],
        }
    return drawn


def _draw_once(choices: Mapping[str, Any], pictures: Kept) -> dict[str, Any]:
    """Draw a view, or take it from those kept of the same choices."""
    key = repr([choices[name] for name in CHOICES])
    drawn: dict[str, Any] = pictures.find(key) or _draw(choices)
    if "image" in drawn:
        pictures.put(key, drawn)
    return drawn


def _write_value(value: Any, digits: int = 2) -> str:
    """Write a value of a table: all numbers of a column with as many decimals."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    return f"{value:.{digits}f}" if isinstance(value, float) else str(value)


def _take(
    choices: dict[str, Any], name: str, value: Any, years: dict[bool, tuple[int, int]]
) -> None:
    """Write what a control became into the choices."""
    if name == "economy":
        choices["economy"] = find_economy(value)
    elif name == "group":
        choices["peers"] = [value] if value else choices["peers"]
    elif name == "peers":
        groups = set(read_groups()["group"])
        asked = [text.strip() for text in value.split(",") if text.strip()]
        found = [text if text in groups else find_economy(text) for text in asked]
        choices["peers"] = list(dict.fromkeys(found))
    elif name in DIMENSIONS:
        others = [code for code in choices["dimensions"] if code != name]
        choices["dimensions"] = [*others, name] if value else others
    else:
        if name == "view" and (value == "waves") != (choices["view"] == "waves"):
            # The years of a survey are others than those of an edition.
            years[value != "waves"] = (choices["first_year"], choices["last_year"])
            choices["first_year"], choices["last_year"] = years[value == "waves"]
        choices[name] = value


def _make_controls() -> dict[str, Any]:
    """Make the controls, empty."""

    def options() -> dict[str, Any]:
        layout = {"width": "27em", "max_width": "98%", "height": "auto"}
        return {"style": {"description_width": "11em"}, "layout": layout}

    kinds: dict[str, Any] = {
        "view": widgets.Dropdown,
        "economy": functools.partial(widgets.Combobox, continuous_update=False),
        "edition": widgets.Dropdown,
        "measure": widgets.Dropdown,
        "first_year": widgets.Dropdown,
        "last_year": widgets.Dropdown,
        "group": widgets.Dropdown,
        "peers": functools.partial(widgets.Text, continuous_update=False),
        "language": widgets.Dropdown,
    }
    controls = {name: kind(**options()) for name, kind in kinds.items()}
    for code in DIMENSIONS:
        layout = {"width": "auto", "height": "auto", "margin": "0 1.5em 0 0"}
        controls[code] = widgets.Checkbox(indent=False, layout=layout)
    controls["save"] = widgets.Button(layout={"width": "auto", "align_self": "flex-start"})
    return controls


def _fill_controls(
    controls: Mapping[str, Any], choices: Mapping[str, Any], written: dict[str, Any]
) -> None:
    """Write choices into the controls, in their language; what was written before stays."""
    language, view = choices["language"], choices["view"]
    for name in (*list(controls)[:9], "save"):
        _set(controls[name], "description", text(f"explorer.{name}", language))
    editions = held_editions()
    years = _list_years(choices)
    known = set(years) if view == "waves" else list_years(choices["edition"])
    label = functools.partial(text, "explorer.not_in_edition", language)
    named = [(str(y) if y in known else label(year=y), y) for y in years]
    groups: dict[str, str] = dict(
        read_groups()[["title", "group"]].drop_duplicates().itertuples(index=False)
    )
    peers = choices["peers"]
    offered: dict[str, list[Any]] = {
        "view": [(text(f"view.{code}", language), code) for code in VIEWS],
        "edition": [(str(edition), edition) for edition in editions],
        "measure": [(text(f"measure.{code}", language), code) for code in MEASURES],
        "first_year": named,
        "last_year": named,
        "group": [(f"({word('explorer.own_group', language)})", ""), *groups.items()],
        "language": [(OWN_NAMES[code], code) for code in LANGUAGES],
    }
    values = dict(choices) | {
        "group": peers[0] if len(peers) == 1 and peers[0] in groups.values() else "",
        "peers": ", ".join(peers),
        "economy": find_entry(choices["economy"]),
    }
    for name, pairs in offered.items():
        if values[name] not in [value for _, value in pairs]:
            pairs = [*pairs, (str(values[name]), values[name])]
        if controls[name].options != tuple(pairs):
            controls[name].options = tuple(pairs)
            written.pop(name, None)  # new options begin with the first
    _set(controls["economy"], "options", tuple(list_entries()))
    for name in list(controls)[:9]:
        # A control that a reader has just moved on is not set back.
        if name not in written or written[name] != values[name]:
            _set(controls[name], "value", values[name])
            written[name] = values[name]
        _set(controls[name], "disabled", name in UNUSED[view])
    for code in DIMENSIONS:
        _set(controls[code], "description", text(f"dimension.{code}", language))
        if written.get(code) != (code in choices["dimensions"]):
            written[code] = code in choices["dimensions"]
            _set(controls[code], "value", written[code])
        _set(controls[code], "disabled", "dimensions" in UNUSED[view])


def _set(control: Any, name: str, value: Any) -> None:
    """Set a trait if it is another."""
    if getattr(control, name) != value:
        setattr(control, name, value)


def _list_years(choices: Mapping[str, Any]) -> list[int]:
    """Return the years that are offered: of all editions, or of the survey's waves."""
    if choices["view"] != "waves":
        return sorted(set().union(*map(list_years, held_editions())))
    try:
        waves = info(find("bns-trust", choices["economy"]))["waves"]
    except GovlibError:
        return []
    return sorted({int(wave["name"][:4]) for wave in waves})


def _arrange(controls: Mapping[str, Any]) -> widgets.Widget:
    """Lay the controls out in rows that wrap on a narrow screen."""
    flow = {"flex_flow": "row wrap", "align_items": "flex-start", "width": "100%"}
    top = [control for name, control in controls.items() if name not in (*DIMENSIONS, "save")]
    box = widgets.VBox(
        [
            widgets.Box(top, layout=flow),
            widgets.Box([controls[code] for code in DIMENSIONS], layout=flow),
            controls["save"],
        ]
    )
    box.add_class("govlib-controls")
    return box


def _relative(path: Path) -> str:
    """Write a path as seen from the project."""
    folder = project_folder()
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)
