// The comparison's form: its buttons are htmx's. This adds what HTML has no word for: rows and
// columns can be dragged, Alt with an arrow moves the one in focus, and Enter in a small field
// presses that field's own button instead of saving everything.

const form = document.getElementById("x-form");
let dragged;

const lineAt = ({ target }) => target.closest?.(".x-order li");

form.addEventListener("dragstart", (event) => {
  dragged = lineAt(event);
  dragged?.classList.add("is-dragged");
});

form.addEventListener("dragover", (event) => {
  const over = lineAt(event);
  if (!dragged || over?.parentElement !== dragged.parentElement) return;
  event.preventDefault();
  if (over === dragged) return;
  const { top, height } = over.getBoundingClientRect();
  if (event.clientY < top + height / 2) over.before(dragged);
  else over.after(dragged);
});

// The server says where it may stand: below what the vocabulary has it below.
form.addEventListener("dragend", () => {
  dragged?.classList.remove("is-dragged");
  if (dragged) htmx.trigger(dragged.closest(".x-order"), "reorder");
  dragged = undefined;
});

// A draft that is taken up: the server draws rows and columns as they were.
form.addEventListener("draft:taken", ({ detail }) => {
  const values = new FormData();
  for (const [name, value] of [...detail, ["do", "update"]]) values.append(name, value);
  const version = form.elements.version?.value;
  if (version) values.set("version", version);
  htmx.trigger(form, "htmx:abort"); // what was taken up before, and thrown away while the server drew it
  htmx.ajax("POST", form.getAttribute("action"), { source: form, target: "#choices", swap: "outerHTML", values }).catch(() => {}); // htmx says itself what failed
});

form.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const step = { ArrowUp: 0, ArrowDown: 1 }[event.key];
  const line = lineAt(event);
  if (event.altKey && line && step !== undefined) {
    event.preventDefault();
    const button = line.querySelectorAll("button")[step];
    button.focus();
    button.click();
  }
  if (event.key !== "Enter" || !event.target.matches("input")) return;
  if (event.target.matches(".x-find input, .x-tree input")) event.preventDefault();
  else if (event.target.matches(".x-add input")) {
    event.preventDefault();
    event.target.closest(".x-add").querySelector("button").click();
  }
});
