"use strict";
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

const theme = document.getElementById("theme");
const showTheme = () => theme.setAttribute("aria-pressed", String(isDark()));
theme.hidden = false;
theme.addEventListener("click", () => {
  root.dataset.theme = isDark() ? "light" : "dark";
  try { localStorage.setItem("govlib-theme", root.dataset.theme); } catch { /* this page only */ }
  showTheme();
});
system.addEventListener("change", showTheme);
showTheme();

// On a narrow screen the contents would push the text off it.
if (!matchMedia("(min-width: 60rem)").matches) document.getElementById("menu").open = false;

const code = document.getElementById("code");
if (code) {
  code.hidden = false;
  code.addEventListener("click", () => {
    const open = code.getAttribute("aria-pressed") === "false";
    code.setAttribute("aria-pressed", String(open));
    for (const cell of document.querySelectorAll("details.cell")) cell.open = open;
  });
}

// Tables: a column is sorted by its head; one that is wider than its frame becomes a list of rows.
const plainNumber = (text) => {
  const found = text.replace(/[\u2007\s]/g, "").replace("−", "-").replace(",", ".").match(/^[+-]?[\d.]+/);
  return found ? Number(found[0]) : NaN;
};
for (const frame of document.querySelectorAll(".table")) {
  const table = frame.querySelector("table");
  const heads = [...table.querySelectorAll("thead tr:last-child > *")];
  const rows = [...table.querySelectorAll("tbody tr")];
  const roles = { table: "table", thead: "rowgroup", tbody: "rowgroup", tr: "row", td: "cell" };
  for (const [tag, role] of Object.entries(roles)) {
    for (const node of [table, ...table.querySelectorAll("*")]) if (node.localName === tag) node.setAttribute("role", role);
  }
  for (const node of table.querySelectorAll("th")) node.setAttribute("role", node.closest("thead") ? "columnheader" : "rowheader");
  rows.forEach((row) => [...row.cells].forEach((cell, i) => { cell.dataset.head = heads[i]?.textContent.trim() ?? ""; }));
  const simple = rows.every((row) => row.cells.length === heads.length);
  heads.forEach((head, place) => {
    if (rows.length < 3 || !simple || !rows.some((row) => row.cells[place].textContent.trim())) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.title = document.body.dataset.sort;
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      const key = (row) => row.cells[place].textContent.trim();
      rows.sort((a, b) => {
        const [x, y] = [plainNumber(key(a)), plainNumber(key(b))];
        if (isNaN(x) || isNaN(y)) return isNaN(x) && isNaN(y) ? sign * key(a).localeCompare(key(b), undefined, { numeric: true }) : isNaN(x) - isNaN(y);
        return sign * (x - y);
      });
      table.tBodies[0].append(...rows);
    });
  });
  const fit = () => {
    table.classList.remove("stacked");
    table.classList.toggle("stacked", frame.scrollWidth > frame.clientWidth + 1);
  };
  let width = 0;
  new ResizeObserver(() => { if (frame.clientWidth !== width) { width = frame.clientWidth; fit(); } }).observe(frame);
  fit();
}

// Points of a figure: Tab reaches the first, arrow keys the others, what each says is shown below.
for (const figure of document.querySelectorAll("figure")) {
  const points = [...figure.querySelectorAll("circle > title")].map((title) => title.parentNode);
  const readout = figure.querySelector(".readout");
  if (!points.length) continue;
  readout.textContent = readout.dataset.hint;
  points.forEach((point, i) => {
    const text = point.textContent;
    point.setAttribute("role", "img");
    point.setAttribute("aria-label", text);
    point.setAttribute("tabindex", i ? "-1" : "0");
    for (const event of ["focus", "pointerenter"]) point.addEventListener(event, () => { readout.textContent = text; });
    point.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      const next = points[i + (step ?? 0)];
      if (!step || !next) return;
      event.preventDefault();
      point.setAttribute("tabindex", "-1");
      next.setAttribute("tabindex", "0");
      next.focus();
    });
  });
}
