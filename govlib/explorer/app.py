"""The explorer in JupyterLab: controls that write choices, and a picture that shows them."""

import functools
import io
import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as widgets
import pandas as pd
import traitlets

from govlib.datasets import economies, surveys, wgi
from govlib.errors import GovlibError
from govlib.explorer.views import (
    CHOICES,
    DPI,
    SURVEY,
    VIEWS,
    check_choices,
    draw_view,
    list_entries,
    save_shown,
    save_view,
)
from govlib.i18n import LANGUAGES, text
from govlib.project import replace_file
from govlib.run.notebooks import EXPLORER, find_notebooks, read_parameters
from govlib.run.parameters import check_names
from govlib.stats import DIMENSIONS, MEASURES

STORE = Path("build") / "explore.json"
"""Where the last choices are kept, relative to the working directory."""

WORDS = (
    *("points", "table", "code", "command", "parameters", "copy", "copied", "not_copied"),
    *("download", "year", "play"),
)
OWN_NAMES = {"en": "English", "ru": "Русский", "kk": "Қазақша"}
FIELDS = {
    "view": widgets.Dropdown,
    "economy": widgets.Combobox,
    "edition": widgets.Dropdown,
    "measure": widgets.Dropdown,
    "first_year": widgets.Dropdown,
    "last_year": widgets.Dropdown,
    "group": widgets.Dropdown,
    "peers": widgets.Text,
    "language": widgets.Dropdown,
}


class Picture(anywidget.AnyWidget):
    """Shows what `draw_view` returns; `explorer.js` draws it."""

    _esm = Path(__file__).with_name("explorer.js")
    _css = Path(__file__).with_name("explorer.css")
    view = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)


def explore(names: Mapping[str, Any] | None = None) -> None:
    """Show the explorer in a notebook: the figures with controls.

    Parameters
    ----------
    names : mapping, optional
        Parameter names and values; a notebook passes its ``globals()``. By default those of
        ``00-explore``. If they are those of the last time, the explorer goes on with the choices
        made then.

    Raises
    ------
    GovlibError
        If papermill injected a name that is not a parameter. A value that does not exist is
        explained in place of the figure.
    """
    from IPython.display import display

    explorer = Explorer(names)
    view = "application/vnd.jupyter.widget-view+json"
    bundle: dict[str, Any] = {view: explorer.box._repr_mimebundle_()[view]}
    bundle |= {"text/plain": "The explorer: run the cells to see its controls."}
    # For readers without widgets: what the parameters cell asks for.
    if "figure" in (drawn := draw_view(explorer.given)):
        content = io.BytesIO()
        drawn["figure"].savefig(content, format="png", dpi=DPI)
        bundle |= {"image/png": content.getvalue()}
    display(bundle, raw=True)


class Explorer:
    """The widgets, the choices that they show, and what was refused last.

    Attributes
    ----------
    box : Widget
        Controls above the picture.
    choices : dict
        `CHOICES` and their values. Every change is kept in ``build/explore.json``.
    """

    def __init__(self, names: Mapping[str, Any] | None = None) -> None:
        """Make the widgets and draw the first picture."""
        defaults = read_parameters(find_notebooks([EXPLORER])[0])
        names = defaults if names is None else names
        check_names(names)  # only the names: values are explained in place
        self.given = {name: names.get(name, defaults[name]) for name in CHOICES}
        self.choices, note = restore_choices(self.given)
        first, self.drawn = _draw(self.choices, note)
        try:
            check_choices(self.choices)
        except GovlibError:
            self.choices = dict(defaults)  # what the controls begin with; the message stands
        self.serial = 1
        self.filling = False
        self.turn = threading.RLock()  # JupyterLab may hand two messages to two threads
        survey = read_parameters(find_notebooks([VIEWS["waves"].notebook])[0])
        both = enumerate([defaults, survey])
        self.years = {bool(i): (one["first_year"], one["last_year"]) for i, one in both}
        self.controls = _make_controls()
        self.picture = Picture(view=first | self._time() | {"serial": 1})
        self.picture.on_msg(self._hear_page)
        self.fill()
        for name, control in self.controls.items():
            if name == "save":
                control.on_click(lambda _: self.save())
            else:
                control.observe(functools.partial(self._hear, name), "value")
        self.box = widgets.VBox([_arrange(self.controls), self.picture])
        self.box.add_class("govlib-all")

    def _hear(self, name: str, event: Mapping[str, Any]) -> None:
        with self.turn:  # first: another thread may be filling
            if not self.filling:  # what `fill` writes is no choice
                self.change(name, event["new"])

    def change(self, name: str, value: Any) -> None:
        """Take a choice, draw it and keep it; one that cannot be is explained."""
        try:
            self._take(name, value)
        except GovlibError as error:
            self.drawn = {"message": str(error)}  # the text stays in its field to be corrected
            self._show(self.drawn)
            return
        self.picture.status = ""
        view, self.drawn = _draw(self.choices)
        self._show(view)
        self.fill()
        try:
            kept = {"cell": self.given, "choices": self.choices}
            replace_file(STORE, json.dumps(kept, ensure_ascii=False, indent=2).encode())
        except OSError as error:
            self.picture.status = f"{STORE}: {error.strerror}"

    def _take(self, name: str, value: Any) -> None:
        """Write what a control became into the choices."""
        chosen = self.choices
        if name == "economy":
            chosen["economy"] = economies.find(value)
        elif name == "group":
            chosen["peers"] = [value] if value else chosen["peers"]
        elif name == "peers":
            asked = [word.strip() for word in value.split(",") if word.strip()]
            groups = economies.group_titles()
            found = [word if word in groups else economies.find(word) for word in asked]
            chosen["peers"] = list(dict.fromkeys(found))
        elif name in DIMENSIONS:
            others = [code for code in chosen["dimensions"] if code != name]
            chosen["dimensions"] = [*others, name] if value else others
        else:
            if name == "view" and (value == "waves") != (chosen["view"] == "waves"):
                # The years of a survey are others than those of an edition.
                self.years[value != "waves"] = (chosen["first_year"], chosen["last_year"])
                chosen["first_year"], chosen["last_year"] = self.years[value == "waves"]
            chosen[name] = value

    def _show(self, view: dict[str, Any]) -> None:
        self.serial += 1
        self.picture.view = view | self._time() | {"serial": self.serial}

    def _time(self) -> dict[str, Any]:
        """Return the last years that can be chosen, for the page to slide and play through."""
        view, first = VIEWS[self.choices["view"]], self.choices["first_year"]
        years = sorted(_known_years(self.choices))
        if "first_year" not in view.unused:
            years = [year for year in years if year > first]
        return {"years": years, "year": self.choices["last_year"]}

    def _hear_page(self, _: Any, asked: Any, __: Any) -> None:
        """Take a year of the slider; send what is shown as the file that the page asked for."""
        if "year" in asked:
            self._hear("last_year", {"new": asked["year"]})
        if (kind := asked.get("download")) and "figure" in self.drawn:
            shown = "-".join(str(self.choices[n]) for n in ("view", "economy", "edition"))
            try:
                content = save_shown(self.drawn, f"explore-{shown}", kind)
            except (GovlibError, OSError) as error:
                self.picture.status = str(error)
            else:
                self.picture.send({"file": f"explore-{shown}.{kind}"}, [content])

    def save(self) -> None:
        """Run the notebook that draws the view for print, and say which files it wrote."""
        view, language = self.choices["view"], self.choices["language"]
        drawn, button = self.drawn, self.controls["save"]
        if drawn["message"]:
            self.picture.status = drawn["message"]
            return
        button.disabled = True
        notebook = VIEWS[view].notebook
        self.picture.status = text("explorer.saving", language, notebook=notebook)
        try:
            files = ", ".join(map(str, save_view(view, drawn["given"])))
            saved = text("explorer.saved", language, files=files)
            self.picture.status = f"{saved}. {drawn['cut']}" if drawn["cut"] else saved
        except (GovlibError, OSError) as error:
            self.picture.status = str(error)
        finally:
            button.disabled = False

    def fill(self) -> None:
        """Write the choices into the controls, in their language."""
        self.filling = True
        try:
            language = self.choices["language"]
            words = {key: text(f"explorer.{key}", language) for key in WORDS}
            self.picture.words = words | {"language": language}
            for name in (*FIELDS, "save"):
                _set(self.controls[name], "description", text(f"explorer.{name}", language))
            unused = VIEWS[self.choices["view"]].unused
            values = self._fill_options()
            for name in FIELDS:
                _set(self.controls[name], "value", values[name])
                _set(self.controls[name], "disabled", name in unused)
            for code in DIMENSIONS:
                _set(self.controls[code], "description", text(f"dimension.{code}", language))
                _set(self.controls[code], "value", code in self.choices["dimensions"])
                _set(self.controls[code], "disabled", "dimensions" in unused)
        finally:
            self.filling = False

    def _fill_options(self) -> dict[str, Any]:
        """Write what the controls offer; return what they show."""
        choices, language = self.choices, self.choices["language"]
        known = _known_years(choices)
        offered = sorted({*known, choices["first_year"], choices["last_year"]})
        absent = functools.partial(text, "explorer.not_in_edition", language)
        years = [(str(y) if y in known else absent(year=y), y) for y in offered]
        groups = economies.group_titles(language)
        own = (f"({text('explorer.own_group', language)})", "")
        options: dict[str, list[tuple[str, Any]]] = {
            "view": [(text(f"view.{code}", language), code) for code in VIEWS],
            "edition": [(str(edition), edition) for edition in wgi.editions()],
            "measure": [(text(f"measure.{code}", language), code) for code in MEASURES],
            "first_year": years,
            "last_year": years,
            "group": [own, *((title, group) for group, title in groups.items())],
            "language": [(OWN_NAMES[code], code) for code in LANGUAGES],
        }
        for name, pairs in (options | {"economy": list(list_entries().values())}).items():
            _set(self.controls[name], "options", tuple(pairs))
        code, peers = choices["economy"], choices["peers"]
        return choices | {
            "group": peers[0] if len(peers) == 1 and peers[0] in groups else "",
            "peers": ", ".join(peers),
            "economy": f"{code} {economies.names(language).get(code, '')}".strip(),
        }


def restore_choices(cell: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Return the choices to begin with, and a note: the last ones if the cell is the same."""
    try:
        kept = json.loads(STORE.read_text("utf-8"))
        chosen = {name: kept["choices"][name] for name in CHOICES}
        if kept["cell"] != dict(cell) or chosen == kept["cell"]:
            return dict(cell), ""
        return chosen, text("explorer.continued", chosen["language"])
    except FileNotFoundError:
        return dict(cell), ""
    except (OSError, ValueError, LookupError, TypeError):
        language = cell["language"] if cell["language"] in list(LANGUAGES) else "en"
        return dict(cell), text("explorer.from_cell", language, file=STORE.as_posix())


def _draw(choices: Mapping[str, Any], note: str = "") -> tuple[dict[str, Any], dict[str, Any]]:
    """Draw a view as `explorer.js` takes it, and as it is; what goes wrong is told on the page."""
    try:
        drawn = draw_view(choices)
    except Exception as error:
        drawn = {"message": f"govlib failed ({type(error).__name__}: {error}). Please report it."}
    view = drawn | {"notes": [*filter(None, [note]), *drawn.get("notes", [])]}
    if "figure" in drawn:
        del view["figure"]
        table: pd.DataFrame = drawn["table"]
        own = table["economy"] == choices["economy"] if "economy" in table else []
        write = functools.partial(_write, digits=VIEWS[choices["view"]].decimals)
        view["table"] = {
            "columns": list(table.columns),
            "rows": table.map(write).to_numpy().tolist(),
            "own": [i for i, is_own in enumerate(own) if is_own],
        }
    return view, drawn


def _write(value: Any, digits: int) -> str:
    """Write a value of a table: all numbers of a column with as many decimals."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    return f"{value:.{digits}f}" if isinstance(value, float) else str(value)


def _known_years(choices: Mapping[str, Any]) -> set[int]:
    """Return the years of the edition, or of the survey's waves."""
    if choices["view"] != "waves":
        return set(map(int, wgi.read(choices["edition"])["year"].unique()))
    try:
        waves = surveys.info(surveys.find(SURVEY, choices["economy"]))["waves"]
    except GovlibError:
        return set()
    return {int(wave["name"][:4]) for wave in waves}


def _make_controls() -> dict[str, Any]:
    layout = {"width": "27em", "max_width": "98%", "height": "auto"}
    controls = {name: kind(layout=layout) for name, kind in FIELDS.items()}
    for control in controls.values():
        control.style.description_width = "11em"
    for name in ("economy", "peers"):
        controls[name].continuous_update = False
        controls[name].layout.width = "40em"  # of long names nothing is cut
    box = {"width": "auto", "height": "auto", "margin": "0 1.5em 0 0"}
    controls |= {code: widgets.Checkbox(indent=False, layout=box) for code in DIMENSIONS}
    controls["save"] = widgets.Button(layout={"width": "auto", "align_self": "flex-start"})
    return controls


def _arrange(controls: Mapping[str, Any]) -> widgets.Widget:
    """Lay the controls out in rows that wrap on a narrow screen."""
    flow = {"flex_flow": "row wrap", "align_items": "flex-start", "width": "100%"}
    box = widgets.VBox(
        [
            widgets.Box([controls[name] for name in FIELDS], layout=flow),
            widgets.Box([controls[code] for code in DIMENSIONS], layout=flow),
            controls["save"],
        ]
    )
    box.add_class("govlib-controls")
    return box


def _set(control: Any, name: str, value: Any) -> None:
    if getattr(control, name) != value:
        setattr(control, name, value)
