// The picture of the explorer: figure with points that a pointer or arrow keys reach, table, texts to copy.
// Everything that comes from data becomes text nodes or attributes, never markup.

function add(parent, tag, attributes = {}, text = "") {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text) element.textContent = text;
  parent.append(element);
  return element;
}

let count = 0;

export default {
  render({ model, el }) {
    const id = `govlib-${(count += 1)}`;
    el.classList.add("govlib-explorer");
    const message = add(el, "p", { role: "alert", class: "message" });
    const notes = add(el, "ul", { class: "notes" });
    const status = add(el, "p", { role: "status", class: "status" });
    const title = add(el, "h3", { class: "title" });
    const figure = add(el, "div", { role: "group", class: "picture" });
    const image = add(figure, "img", { alt: "" });
    const caption = add(el, "p", { class: "caption" });
    const downloads = add(el, "p", { class: "downloads" });
    const files = ["pdf", "svg", "png", "csv"].map((kind) => {
      const button = add(downloads, "button", { type: "button" });
      button.addEventListener("click", () => model.send({ download: kind }));
      return [kind, button];
    });
    const list = add(figure, "div", { role: "listbox", tabindex: "0", class: "points" });
    const tip = add(figure, "div", { class: "tip", "aria-hidden": "true" });
    const tables = add(el, "details");
    const tableTitle = add(tables, "summary");
    const frame = add(tables, "div", { tabindex: "0", role: "region", class: "frame" });
    const texts = Object.fromEntries(
      ["code", "command", "parameters"].map((name) => {
        const details = add(el, "details", { class: name });
        const title = add(details, "summary");
        const pre = add(details, "pre", { tabindex: "0" });
        const button = add(details, "button", { type: "button" });
        button.addEventListener("click", () => copy(name, pre));
        return [name, { title, pre, button }];
      }),
    );
    let points = [];
    let active = -1;
    let address = "";

    async function copy(name, pre) {
      const { copied, not_copied } = model.get("words");
      try {
        await navigator.clipboard.writeText(pre.textContent);
        status.textContent = copied;
      } catch {
        getSelection().selectAllChildren(pre);
        status.textContent = not_copied;
      }
    }

    function choose(place) {
      list.children[active]?.removeAttribute("aria-selected");
      active = place;
      const option = list.children[active];
      if (!option) {
        list.removeAttribute("aria-activedescendant");
        tip.style.display = "none";
        return;
      }
      option.setAttribute("aria-selected", "true");
      list.setAttribute("aria-activedescendant", option.id);
      const { x, y, text } = points[active];
      tip.textContent = text;
      tip.style.display = "block";
      // On the side where there is room.
      tip.style.left = x < 0.5 ? `calc(${100 * x}% + 12px)` : "";
      tip.style.right = x < 0.5 ? "" : `calc(${100 * (1 - x)}% + 12px)`;
      tip.style.top = y < 0.5 ? `calc(${100 * y}% + 8px)` : "";
      tip.style.bottom = y < 0.5 ? "" : `calc(${100 * (1 - y)}% + 8px)`;
    }

    list.addEventListener("keydown", (event) => {
      const last = points.length - 1;
      const moves = {
        ArrowRight: Math.min(active + 1, last),
        ArrowDown: Math.min(active + 1, last),
        ArrowLeft: Math.max(active - 1, 0),
        ArrowUp: Math.max(active - 1, 0),
        Home: 0,
        End: last,
        Escape: -1,
      };
      if (event.key in moves && last >= 0) {
        event.preventDefault();
        event.stopPropagation();
        choose(moves[event.key]);
      }
    });
    list.addEventListener("focus", () => active < 0 && points.length && choose(0));
    list.addEventListener("blur", () => choose(-1));
    list.addEventListener("pointermove", (event) => {
      const box = list.getBoundingClientRect();
      let [nearest, least] = [-1, 18];
      points.forEach(({ x, y }, i) => {
        const away = Math.hypot(
          box.left + x * box.width - event.clientX,
          box.top + y * box.height - event.clientY,
        );
        if (away < least) [nearest, least] = [i, away];
      });
      if (nearest !== active) choose(nearest);
    });
    list.addEventListener("pointerleave", () => choose(-1));

    function fillTable() {
      frame.replaceChildren();
      const { columns, rows, own } = model.get("view").table ?? { columns: [], rows: [] };
      if (!tables.open || !rows.length) return;
      const table = add(frame, "table");
      const head = add(add(table, "thead"), "tr");
      columns.forEach((name) => add(head, "th", { scope: "col" }, name));
      const body = add(table, "tbody");
      rows.forEach((row, i) => {
        const line = add(body, "tr", own.includes(i) ? { class: "own" } : {});
        row.forEach((value) => add(line, "td", {}, value));
      });
      frame.querySelector(".own")?.scrollIntoView({ block: "nearest" });
    }
    tables.addEventListener("toggle", fillTable);

    // In a notebook's command mode JupyterLab takes arrow keys and letters from whatever has the focus.
    function keepKeys() {
      const all = el.closest(".govlib-all") ?? el;
      for (const element of all.querySelectorAll("select, input, button, summary, [tabindex]"))
        element.setAttribute("data-lm-suppress-shortcuts", "true");
    }

    async function show() {
      requestAnimationFrame(keepKeys);
      const view = model.get("view");
      const drawn = Boolean(view.image);
      message.textContent = view.message ?? "";
      message.hidden = !view.message;
      notes.replaceChildren();
      (view.notes ?? []).forEach((note) => add(notes, "li", {}, note));
      const parts = ".title, .picture, .caption, .downloads, details";
      for (const part of el.querySelectorAll(parts)) part.hidden = !drawn;
      choose(-1);
      points = view.points ?? [];
      list.replaceChildren();
      if (drawn) {
        points.forEach(({ x, y, text }, i) => {
          const option = add(list, "div", { role: "option", id: `${id}-${i}` });
          option.setAttribute("aria-label", text.replaceAll("\n", "; "));
          option.style.left = `${100 * x}%`;
          option.style.top = `${100 * y}%`;
        });
        list.hidden = !points.length;
        for (const [name, { pre }] of Object.entries(texts)) pre.textContent = view[name];
        image.alt = view.label;
        title.textContent = view.label;
        caption.textContent = view.caption;
        figure.setAttribute("aria-label", view.label);
        figure.style.maxWidth = `${view.size[0]}px`;
        figure.style.minWidth = `${0.6 * view.size[0]}px`; // smaller, it could not be read: it scrolls
        const before = address;
        address = URL.createObjectURL(new Blob([view.image], { type: "image/svg+xml" }));
        image.src = address;
        try {
          await image.decode();
        } catch {
          // A later picture has taken its place.
        }
        if (before) URL.revokeObjectURL(before);
      }
      fillTable();
      // For whoever measures: this picture is on the screen.
      el.dataset.serial = view.serial;
    }

    function name() {
      const words = model.get("words");
      el.lang = words.language ?? "en";
      list.setAttribute("aria-label", words.points);
      tableTitle.textContent = words.table;
      frame.setAttribute("aria-label", words.table);
      for (const [part, { title, pre, button }] of Object.entries(texts)) {
        title.textContent = words[part];
        pre.setAttribute("aria-label", words[part]);
        button.textContent = `${words.copy}: ${words[part]}`;
      }
      for (const [kind, button] of files)
        button.textContent = `${words.download}: ${kind.toUpperCase()}`;
    }

    function keep({ file }, [content]) {
      const link = document.createElement("a");
      link.download = file;
      link.href = URL.createObjectURL(new Blob([content]));
      link.click();
      URL.revokeObjectURL(link.href);
    }

    const say = () => (status.textContent = model.get("status"));
    model.on("change:view", show);
    model.on("change:words", name);
    model.on("change:status", say);
    model.on("msg:custom", keep);
    name();
    say();
    show();
    model.send({ shown: true });
    return () => address && URL.revokeObjectURL(address);
  },
};
