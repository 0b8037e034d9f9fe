"use strict";
// Any country of the edition: its rank, its interval and its peers, drawn from EDITION (hundredths).
const form = document.getElementById("picker");
const picked = document.getElementById("picked");
const { country, dimension, compare } = form.elements;
const NEAR = 5, MOST = 24;

function fill(select, entries, chosen) {
  for (const [value, text] of entries) select.add(new Option(text, value, false, value === chosen));
}
const byName = Object.entries(EDITION.names).sort((a, b) => a[1].localeCompare(b[1], document.documentElement.lang));
fill(country, byName, EDITION.economy);
fill(dimension, Object.entries(EDITION.dimensions), "ge");
fill(compare, [...Object.entries(EDITION.titles), ["", picked.dataset.neighbours]], EDITION.group);

function number(hundredths) {
  const text = (hundredths / 100).toFixed(2).replace("-", "−");
  return EDITION.comma ? text.replace(".", ",") : text;
}
const say = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const write = (row) => number(row.estimate)
  + (row.low === null ? "" : " " + say(picked.dataset.interval, { low: number(row.low), high: number(row.high) }));

/** All economies with an estimate of a dimension in the year, best first. */
function standings(code) {
  const at = EDITION.years.indexOf(EDITION.year);
  return Object.entries(EDITION.series).filter(([, of]) => of[code] && of[code][0][at] !== null)
    .map(([economy, of]) => {
      const [estimate, low, high, rank] = of[code].map((series) => series[at]);
      return { economy, name: EDITION.names[economy], estimate, low, high, rank };
    }).sort((a, b) => a.rank - b.rank);
}

function add(parent, tag, attributes, text) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
}
function chart(width, height, label) {
  return add(document.getElementById("charts"), "svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
}
const scale = (from, to, start, end) => (value) => start + (end - start) * (value - from) / (to - from || 1);

/** The years of one country with its band. */
function drawTrend(name, series) {
  const [estimates, lows, highs] = series;
  const kept = EDITION.years.map((year, i) => ({ year, estimate: estimates[i], low: lows[i], high: highs[i] }))
    .filter((row) => row.estimate !== null);
  const ends = kept.flatMap((row) => [row.low ?? row.estimate, row.high ?? row.estimate]);
  const svg = chart(420, 260, kept.map((row) => `${row.year}: ${write(row)}`).join("; "));
  const x = scale(EDITION.years[0], EDITION.years.at(-1), 40, 405);
  const y = scale(Math.min(...ends), Math.max(...ends), 225, 15);
  for (const tick of ticks(Math.min(...ends), Math.max(...ends))) {
    add(svg, "path", { class: tick ? "grid" : "zero", d: `M40 ${y(tick)}H405` });
    add(svg, "text", { x: 34, y: y(tick) + 4, "text-anchor": "end" }, number(tick));
  }
  for (const year of EDITION.years.filter((one) => one % 5 === 0)) add(svg, "text", { x: x(year), y: 250, "text-anchor": "middle" }, year);
  if (kept.every((row) => row.low !== null)) {
    const band = [...kept.map((row) => [row.year, row.high]), ...kept.toReversed().map((row) => [row.year, row.low])];
    add(svg, "path", { class: "band", d: `M${band.map(([year, value]) => `${x(year)} ${y(value)}`).join("L")}Z` });
  }
  add(svg, "path", { class: "line", d: `M${kept.map((row) => `${x(row.year)} ${y(row.estimate)}`).join("L")}` });
  for (const row of kept) add(add(svg, "circle", { class: "point", cx: x(row.year), cy: y(row.estimate), r: 3.5 }), "title", {}, `${name}, ${row.year}: ${write(row)}`);
}
function ticks(low, high) {
  const step = [10, 20, 25, 50, 100, 200].find((one) => (high - low) / one <= 6) ?? 500;
  const found = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high; tick += step) found.push(tick);
  return found;
}

/** The country among its peers, best first. */
function drawPeers(rows, own) {
  const ends = rows.flatMap((row) => [row.low ?? row.estimate, row.high ?? row.estimate]);
  const height = rows.length * 20 + 34;
  const svg = chart(420, height, rows.map((row) => `${row.name}: ${write(row)}`).join("; "));
  const x = scale(Math.min(...ends), Math.max(...ends), 190, 410);
  for (const tick of ticks(Math.min(...ends), Math.max(...ends)).filter((_, i, all) => all.length < 5 || i % 2 === 0)) {
    add(svg, "path", { class: tick ? "grid" : "zero", d: `M${x(tick)} 6V${height - 24}` });
    add(svg, "text", { x: x(tick), y: height - 8, "text-anchor": "middle" }, number(tick));
  }
  rows.forEach((row, i) => {
    const y = 16 + 20 * i;
    const group = add(svg, "g", { class: row.economy === own ? "own" : "peer" });
    add(group, "title", {}, `${row.name}: ${write(row)}`);
    const short = row.name.length > 24 ? `${row.name.slice(0, 23)}…` : row.name;
    add(group, "text", { x: 182, y: y + 4, "text-anchor": "end" }, `${row.rank}. ${short}`);
    if (row.low !== null) add(group, "path", { class: "bar", d: `M${x(row.low)} ${y}H${x(row.high)}` });
    add(group, "circle", { cx: x(row.estimate), cy: y, r: 4 });
  });
}

function draw() {
  const all = standings(dimension.value);
  const place = all.findIndex((row) => row.economy === country.value);
  const own = all[place];
  const about = { name: EDITION.names[country.value], dimension: EDITION.dimensions[dimension.value], year: EDITION.year };
  document.getElementById("charts").replaceChildren();
  const series = EDITION.series[country.value][dimension.value];
  if (series) drawTrend(about.name, series);
  if (!own) { picked.textContent = say(picked.dataset.none, about); return; }
  const group = new Set(EDITION.members[compare.value]);
  const distance = (row) => Math.abs(row.rank - own.rank);
  let peers = all.filter((row) => row !== own && (compare.value ? group.has(row.economy) : true));
  const most = compare.value ? MOST : 2 * NEAR;
  const { length } = peers;
  const above = peers.filter((row) => row.rank < own.rank).length;
  peers = peers.sort((a, b) => distance(a) - distance(b)).slice(0, most);
  const nearest = compare.value && length > most ? " " + say(picked.dataset.nearest, { count: most }) : "";
  const counted = compare.value ? [length, above] : [peers.length, peers.filter((row) => row.rank < own.rank).length];
  drawPeers([...peers, own].sort((a, b) => a.rank - b.rank), own.economy);
  const interval = own.low === null ? "" : " " + say(picked.dataset.interval, { low: number(own.low), high: number(own.high) });
  picked.textContent = say(picked.dataset.found, { ...about, estimate: number(own.estimate), interval, rank: own.rank, ranked: all.length, peers: counted[0], above: counted[1] }) + nearest;
}
form.hidden = false;
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("change", draw);
draw();
