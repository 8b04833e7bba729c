// The palette, on Ctrl-K: letters in, places out (/jump), arrows choose, Enter goes. A place is a link,
// or says with data-press which button of this page does what it offers.

const dialog = document.getElementById("palette");
const box = document.getElementById("palette-q");
const list = document.getElementById("palette-list");
let waiting = false; // Enter was pressed before the list had caught up

const options = () => [...list.querySelectorAll("[role=option]")];
const chosen = () => list.querySelector("[aria-selected=true]");
const isCurrent = () => list.querySelector("[data-for]")?.dataset.for === box.value;

function open() {
  if (dialog.open) return dialog.close();
  if (document.querySelector("dialog:modal")) return;
  box.value = "";
  dialog.showModal();
  box.dispatchEvent(new Event("open"));
}

function choose(option) {
  if (!option) return box.removeAttribute("aria-activedescendant");
  chosen()?.setAttribute("aria-selected", "false");
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  box.setAttribute("aria-activedescendant", option.id);
}

function go(option) {
  if (!option) return;
  const { press } = option.dataset;
  dialog.close();
  (press ? document.querySelector(press) : option).click();
}

function step(by) {
  const every = options();
  if (every.length) choose(every[(every.indexOf(chosen()) + by + every.length) % every.length]);
}

const STEPS = { ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5 };

box.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (STEPS[event.key]) step(STEPS[event.key]);
  else if (event.key === "Enter" && (event.ctrlKey || event.metaKey))
    location.href = `/search?${new URLSearchParams({ q: box.value })}`;
  else if (event.key === "Enter" && isCurrent()) go(chosen());
  else if (event.key === "Enter") waiting = true;
  else return;
  event.preventDefault();
});

box.addEventListener("input", () => (waiting = false));
list.addEventListener("htmx:afterSwap", () => {
  choose(options()[0]);
  if (waiting && isCurrent()) go(chosen());
  if (isCurrent()) waiting = false;
});
list.addEventListener("click", (event) => {
  const option = event.target.closest("[data-press]");
  if (option) go(option);
});
dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
dialog.addEventListener("close", () => (waiting = false));

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  event.preventDefault();
  open();
});
for (const button of document.querySelectorAll("[data-palette]")) {
  button.hidden = false;
  button.addEventListener("click", open);
}
