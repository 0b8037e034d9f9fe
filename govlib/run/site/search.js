"use strict";
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const query = (new URLSearchParams(location.search).get("q") || "").trim();
const terms = plain(query).split(/\s+/).filter(Boolean);
document.querySelector("header input").value = query;

/** How well an entry answers: 0 unless every word occurs; a heading counts for more than text. */
function score(entry) {
  let sum = 0;
  for (const term of terms) {
    const inText = plain(entry.text).split(term).length - 1;
    const found = 20 * plain(entry.heading).includes(term) + 10 * plain(entry.title).includes(term)
      + Math.min(inText, 5);
    if (!found) return 0;
    sum += found;
  }
  return sum;
}

/** A line of text around the first word found, with the words marked. */
function excerpt(text) {
  const lower = text.toLowerCase();
  const at = terms.map((term) => lower.indexOf(term)).filter((i) => i >= 0);
  const start = Math.max(0, Math.min(...at, text.length) - 60);
  const line = document.createElement("p");
  let rest = (start ? "… " : "") + text.slice(start, start + 240);
  while (rest) {
    const found = terms.map((term) => [rest.toLowerCase().indexOf(term), term.length])
      .filter(([i]) => i >= 0).sort(([a], [b]) => a - b)[0];
    if (!found) break;
    const mark = document.createElement("mark");
    mark.textContent = rest.slice(found[0], found[0] + found[1]);
    line.append(rest.slice(0, found[0]), mark);
    rest = rest.slice(found[0] + found[1]);
  }
  line.append(rest);
  return line;
}

if (terms.length) {
  const found = ENTRIES.map((entry) => [score(entry), entry]).filter(([points]) => points);
  found.sort(([a], [b]) => b - a);
  const status = document.getElementById("status");
  status.textContent = status.dataset.found.replace("{count}", found.length);
  const list = document.getElementById("results");
  for (const [, entry] of found.slice(0, 50)) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = entry.href;
    link.textContent = entry.heading === entry.title ? entry.title : `${entry.title}: ${entry.heading}`;
    item.append(link, excerpt(entry.text));
    list.append(item);
  }
}
