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
