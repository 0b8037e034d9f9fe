// Before anything is drawn: the theme that the reader chose on another page.
try {
  const chosen = localStorage.getItem("govlib-theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
} catch { /* a browser may keep no storage for pages from disk */ }
