// What a page needs only when something comes to be there: <template data-script="…" data-where="…">,
// with a data-sheet or without, is fetched when the selector first finds something.

const waiting = new Set(document.querySelectorAll("template[data-where]"));

function look() {
  for (const part of waiting) {
    const { where, script, sheet } = part.dataset;
    if (!document.querySelector(where)) continue;
    waiting.delete(part);
    if (sheet) document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: sheet }));
    import(script);
  }
}

look();
document.addEventListener("focusin", look);
document.body.addEventListener("htmx:afterSettle", look);
