"""The report as a reader meets it: from disk, offline, by mouse and by keyboard."""

import json
import re
from urllib.parse import unquote, urldefrag, urlsplit

import pandas as pd
import pytest
from screens import WIDTHS

from govlib.datasets import wgi
from govlib.datasets.package import add_resource, find_resource
from govlib.project import project_folder
from govlib.run.report import build_report

RUNS = {
    "KAZ-en": ({}, ()),
    "UZB-kk": ({"economy": "UZB", "edition": 2024, "last_year": 2023, "language": "kk"}, ()),
    "KAZ-ru": ({"language": "ru"}, ("01-effectiveness-and-voice", "07-claims")),
}


@pytest.fixture(scope="module")
def reports(browser, tmp_path_factory):
    """Give a function that builds a report once and returns its folder."""
    built = {}

    def report(name):
        if name not in built:
            parameters, notebooks = RUNS[name]
            place = tmp_path_factory.mktemp("reports") / name
            built[name] = build_report(parameters, notebooks=notebooks, output=place).parent
        return built[name]

    return report


def pages(folder):
    return sorted(folder.glob("*.html"))


def different_pages(folder):
    """Return the pages that another language or economy changes: all, for the first report."""
    same = {path.stem for path in project_folder().glob("docs/*.md")}
    chosen = pages(folder)
    if folder.name != next(iter(RUNS)):
        chosen = [path for path in chosen if path.stem not in same and path.stem[:2] not in OTHERS]
    return chosen


OTHERS = {"02", "03", "04", "05", "06", "09"}


def path_of(address):
    return unquote(urlsplit(address).path)


@pytest.mark.parametrize("name", RUNS)
def test_every_link_leads_somewhere_and_nothing_comes_from_outside(reports, open_page, name):
    folder = reports(name)
    page = open_page()
    waiting, links, ids = [(folder / "index.html").as_uri()], {}, {}
    while waiting:
        address = waiting.pop()
        if address in ids:
            continue
        page.goto(address)
        ids[address] = set(page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)"))
        found = page.evaluate("[...document.links].map(e => e.href)")
        links[address] = [href for href in found if href.startswith("file:")]
        outside = {urlsplit(href).scheme for href in found} - {"file"}
        assert outside <= {"https", "http"}, outside
        loaded = page.evaluate("performance.getEntriesByType('resource').map(e => e.name)")
        assert all(one.startswith(folder.as_uri()) for one in loaded), loaded
        assert page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 50)")
        waiting += [urldefrag(href)[0] for href in links[address] if ".html" in href]
    assert {path_of(address) for address in ids} == {str(path) for path in pages(folder)}
    for address, found in links.items():
        for href in found:
            target, part = urldefrag(href)
            assert path_of(target).startswith(str(folder)), f"{address} leads to {href}"
            assert (folder / path_of(target)).stat().st_size > 0, f"{address} leads to {href}"
            if part:
                assert unquote(part) in ids[target], f"{address} leads to {href}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", RUNS)
def test_no_page_has_a_serious_barrier(reports, open_page, find_barriers, name, scheme):
    folder = reports(name)
    page = open_page(
        color_scheme=scheme,
        viewport={"width": WIDTHS[-1] if scheme == "light" else WIDTHS[0], "height": 900},
    )
    kinds = ("index", "01", "07", "search", "reference")  # of pages, which share one style
    chosen = different_pages(folder)
    if scheme == "dark":
        chosen = [path for path in chosen if path.stem.startswith(kinds)]
    for path in chosen:
        page.goto(path.as_uri())
        page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        assert find_barriers(page) == [], path.name
        for image in page.locator("img").all():
            assert len(image.get_attribute("alt")) > 20
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (dark == "rgb(255, 255, 255)") == (scheme == "light")


CLIPPED = """
[...document.querySelectorAll('main, main *')].filter(e =>
  !e.closest('svg, .hidden, .stacked thead') && e.clientWidth > 1
  && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline'
).map(e => `${e.tagName} ${e.className} ${e.scrollWidth} > ${e.clientWidth}`)
"""


@pytest.mark.parametrize("name", RUNS)
def test_nothing_is_clipped_at_any_width(reports, open_page, name):
    folder = reports(name)
    shots = project_folder() / "build" / "screenshots"
    page = open_page()
    for path in different_pages(folder):
        page.goto(path.as_uri())
        page.evaluate("for (const d of document.querySelectorAll('main details')) d.open = true")
        for width in (360, *WIDTHS):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(60)
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{path.name} is {wide} pixels wider than a window of {width}"
            assert page.evaluate(CLIPPED) == [], f"{path.name} at {width}"
            if path.stem in ("index", "01-effectiveness-and-voice", "07-claims"):
                page.screenshot(path=shots / f"{name}-{path.stem}-{width}.png", full_page=True)


def test_a_column_is_sorted_by_its_head(reports, page):
    page.goto((reports("KAZ-en") / "index.html").as_uri())
    verdicts = page.locator(".ledger tbody .verdict")
    before = verdicts.all_inner_texts()
    for order in ("ascending", "descending"):
        page.get_by_role("button", name="Verdict").click()
        assert page.locator(f"th[aria-sort={order}]").inner_text() == "Verdict"
        expected = sorted(before, reverse=order == "descending")
        assert verdicts.all_inner_texts() == expected != before


def test_points_of_a_figure_tell_their_values_by_keyboard_and_pointer(reports, page):
    page.goto((reports("KAZ-en") / "01-effectiveness-and-voice.html").as_uri())
    focus(page, "figure circle")
    readout = page.locator(".readout")
    first = readout.inner_text()
    assert "2018" in first
    page.keyboard.press("ArrowRight")
    assert readout.inner_text() != first
    page.locator("figure circle").last.hover(force=True)
    assert "2022" in readout.inner_text()


def test_the_picker_shows_what_the_edition_says_of_any_country(reports, page):
    page.goto((reports("KAZ-en") / "index.html").as_uri())
    for economy, dimension in [("KAZ", "ge"), ("UZB", "cc"), ("TKM", "va"), ("DNK", "rl")]:
        page.select_option("select[name=country]", economy)
        page.select_option("select[name=dimension]", dimension)
        page.select_option("select[name=compare]", "")
        table = wgi.ranked(2023, dimensions=dimension, years=2022)
        row = table[table["economy"] == economy].iloc[0]
        told = page.inner_text("#picked").replace("−", "-")
        for value in row[["estimate", "estimate_lower", "estimate_upper"]]:
            assert f"{value:.2f}" in told
        assert f"rank {row['position']} of {row['ranked']}." in told
        assert page.locator("#charts .own circle").count() == 1
        assert page.locator("#charts .peer circle").count() == 10
    page.select_option("select[name=compare]", "eu")
    assert "Of 26 peers" in page.inner_text("#picked")
    size = (reports("KAZ-en") / "assets" / "edition.js").stat().st_size
    assert size < 1_000_000


def focus(page, selector):
    """Press Tab until an element has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(f"document.activeElement.matches({json.dumps(selector)})"):
            return
    raise AssertionError(f"{selector} is not reached by Tab")


def test_searching_by_keyboard_finds_and_opens_a_page(reports, page):
    page.goto((reports("KAZ-en") / "index.html").as_uri())
    focus(page, "header input")
    page.keyboard.type("law enforcement")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=law+enforcement")
    assert re.search(r"Found: [1-9]", page.inner_text("#status"))
    first = page.inner_text("#results li:first-child a")
    assert "law-enforcement" in first
    focus(page, "#results a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/02-trust-in-law-enforcement.html*")
    page.goto((reports("KAZ-en") / "search.html").as_uri() + "?q=xyzzyplugh")
    assert page.inner_text("#status") == "Found: 0"
    page.goto((reports("KAZ-ru") / "search.html").as_uri() + "?q=Казахстан")
    assert re.search(r"Найдено: [1-9]", page.inner_text("#status"))


def test_code_is_folded_and_unfolds_by_keyboard(reports, page):
    page.goto((reports("KAZ-en") / "01-effectiveness-and-voice.html").as_uri())
    code = page.locator("details.cell pre")
    assert code.count() > 10
    assert not any(one.is_visible() for one in code.all())
    focus(page, "details.cell summary")
    page.keyboard.press("Enter")
    assert [one.is_visible() for one in code.all()].count(True) == 1
    focus(page, "#menu a")  # from the end of the page around to its start
    page.focus("#code")
    page.keyboard.press("Space")
    assert all(one.is_visible() for one in code.all())
    page.keyboard.press("Space")
    assert not any(one.is_visible() for one in code.all())


def test_the_theme_is_chosen_once_for_all_pages(reports, open_page):
    page = open_page(color_scheme="light")
    colour = "getComputedStyle(document.body).backgroundColor"
    page.goto((reports("KAZ-en") / "index.html").as_uri())
    light = page.evaluate(colour)
    page.click("#theme")
    dark = page.evaluate(colour)
    assert dark != light
    assert page.get_attribute("#theme", "aria-pressed") == "true"
    page.click("nav ol a >> nth=0")
    page.wait_for_url("**/01-*.html")
    assert page.evaluate(colour) == dark


def test_a_page_is_read_without_scripts_and_printed_without_controls(reports, open_page):
    page = open_page(java_script_enabled=False)
    page.goto((reports("KAZ-en") / "index.html").as_uri())
    assert page.locator("nav a").first.is_visible()
    assert not page.locator("#theme").is_visible()
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator("table.ledger").is_visible()
    assert page.locator("figure svg").is_visible()
    assert not page.locator("header").is_visible()
    assert not page.locator("nav").first.is_visible()
    assert page.pdf().startswith(b"%PDF")


def test_the_first_page_shows_the_verdicts_and_the_first_figure(reports, page):
    folder = reports("KAZ-en")
    [ledger] = (folder / "figures").glob("07-claims.json")
    claims = json.loads(ledger.read_text("utf-8"))["claims"]
    page.goto((folder / "index.html").as_uri())
    shown = page.locator("table.ledger tbody tr")
    assert shown.count() == len(claims) == 16
    for row, claim in zip(shown.all(), claims, strict=True):
        cells = row.locator("th, td").all_inner_texts()
        assert cells[0] == claim["claim"]
        assert claim["statement"] in cells[1]
        assert cells[5] == claim["verdict"]
        assert claim["reason"] in row.locator("td").first.text_content()
    counts = page.locator(".tally strong").all_inner_texts()
    assert sum(map(int, counts)) == page.locator(".tally i").count() == 15  # without our own check
    assert page.locator("#figure-01-effectiveness-and-voice svg").count() == 1
    page.goto((reports("UZB-kk") / "index.html").as_uri())
    assert "Өзбекстан" in page.inner_text(".subtitle")
    assert "02-trust-in-law-enforcement" in page.inner_text("main")
    assert not (reports("UZB-kk") / "02-trust-in-law-enforcement.html").exists()
    assert page.locator("table.ledger").count() == 0  # a profile: the statements are of Kazakhstan


HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"


def test_names_and_labels_that_look_like_html_are_shown_as_text(data_copy, open_page, tmp_path):
    economies = pd.read_csv(data_copy / "wgi/economies.csv", keep_default_na=False)
    economies.loc[economies["economy"] == "KAZ", "name"] = HOSTILE
    add_resource(find_resource("economies"), economies, replace=True)
    record = data_copy / "datapackage.json"
    package = json.loads(record.read_text("utf-8"))
    [survey] = [entry for entry in package["resources"] if entry["name"] == "bns-trust"]
    survey["items"]["police"]["en"] = survey["title"] = HOSTILE
    survey["sources"][0] |= {"publisher": HOSTILE, "citation": HOSTILE}
    record.write_text(json.dumps(package), "utf-8")
    ledger = (data_copy / "claims/sadykova-2024.toml").read_text("utf-8")
    ledger = ledger.replace('statement = "Gov', f'statement = "{HOSTILE}', 1)
    (data_copy / "claims/sadykova-2024.toml").write_text(ledger, "utf-8")
    names = ["01-effectiveness-and-voice", "02-trust-in-law-enforcement", "07-claims"]
    folder = build_report({}, notebooks=names, output=tmp_path / "report").parent
    page = open_page()
    seen = {}
    for path in pages(folder):
        page.goto(path.as_uri())
        page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        page.wait_for_timeout(50)
        assert page.locator("img[src=x], main script").count() == 0, path.name
        seen[path.stem] = page.inner_text("body").count(HOSTILE)
    assert all(seen.values()), seen  # in the head of every page at least
    assert min(seen[name] for name in ["index", "cite", *names]) >= 2, seen
    page.goto((folder / "search.html").as_uri() + "?q=onerror")
    assert HOSTILE[:20] in page.inner_text("#results")
    assert page.locator("#results img").count() == 0
