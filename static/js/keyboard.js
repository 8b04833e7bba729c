// Keys. What an element does by key it says itself: data-key="n" (pressed: clicked, or focused if
// it is a field), data-key="g p" for two keys one after the other. A row of a list is [data-row];
// j and k go along the rows, o opens the row's first link (or its [data-open]). Inside the current
// row a data-key counts for that row alone. Ctrl-Enter sends the form that one writes in.

const OFF = "crosswalk.keys-off"; // WCAG 2.1.4: single keys can be turned off
let off = false;
try {
  off = Boolean(localStorage.getItem(OFF));
} catch {
  // A browser that stores nothing forgets it with the page.
}
const FIELDS = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select";
const FIRST_FIELD = ":checked, input:not([type=hidden]), textarea";
let prefix = "";
let prefixTimer = 0;

const typing = (element) => element.isContentEditable || element.matches?.(FIELDS);
const shown = (element) => element.checkVisibility?.() ?? true;
const currentRow = () => document.activeElement?.closest("[data-row]") ?? document.querySelector("[data-row].is-current");

function move(step) {
  const rows = [...document.querySelectorAll("[data-row]")].filter(shown);
  if (!rows.length) return;
  const at = rows.indexOf(currentRow());
  const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1)];
  for (const row of rows) row.classList.toggle("is-current", row === next);
  (next.querySelector("[data-open]") ?? next.querySelector("a"))?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function perform(key) {
  const row = currentRow();
  const named = `[data-key="${CSS.escape(key)}"]`;
  const element =
    row?.querySelector(named) ??
    [...document.querySelectorAll(named)].find((found) => shown(found) && !found.closest("[data-row]")) ??
    [...document.querySelectorAll(`[data-reach] ${named}`)].find((found) => row?.dataset.paper || !found.closest("#triage")); // out of sight
  if (!element) return false;
  if (element.matches(FIELDS)) {
    element.focus();
    element.select?.();
  } else {
    const fold = element.matches("summary") && element.parentElement;
    // A form that is open is not closed by the key that leads to it.
    if (!fold || !fold.open || !fold.querySelector("form[method=post]")) element.click();
    if (fold) fold.querySelector(FIRST_FIELD)?.focus();
  }
  return true;
}

function onKey(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form?.method === "post") {
    event.preventDefault();
    event.target.form.requestSubmit(event.target.form.querySelector(".primary"));
    return;
  }
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    if (typing(document.activeElement)) document.activeElement.blur();
    document.querySelectorAll("details.menu[open]").forEach((menu) => (menu.open = false));
    return;
  }
  if (typing(event.target) || document.querySelector("dialog:modal") || off) return;
  const key = prefix ? `${prefix} ${event.key}` : event.key;
  prefix = "";
  clearTimeout(prefixTimer);
  let done = true;
  if (key === "j") move(1);
  else if (key === "k") move(-1);
  else if (key === "o" && currentRow())
    (currentRow().querySelector("[data-open]") ?? currentRow().querySelector("a"))?.click();
  else if (!perform(key)) {
    done = false;
    if (document.querySelector(`[data-key^="${CSS.escape(key)} "]`)) {
      prefix = key;
      prefixTimer = setTimeout(() => (prefix = ""), 1500);
    }
  }
  if (done) event.preventDefault();
}

function showKeys() {
  const dialog = document.getElementById("keys");
  const list = dialog.querySelector(".keys");
  list.querySelectorAll("[data-made]").forEach((item) => item.remove());
  const named = new Map();
  for (const element of document.querySelectorAll("[data-key]")) {
    const label = element.dataset.keyLabel ?? element.getAttribute("aria-label") ?? text(element);
    if (label && element.dataset.key !== "?" && !named.has(element.dataset.key)) named.set(element.dataset.key, label);
  }
  for (const [keys, label] of named) {
    const item = document.createElement("li");
    item.dataset.made = "";
    const combo = document.createElement("span");
    combo.className = "combo";
    for (const key of keys.split(" ")) {
      const cap = document.createElement("kbd");
      cap.textContent = key;
      combo.append(cap, " ");
    }
    item.append(combo, label);
    list.append(item);
  }
  dialog.querySelector("#keys-on").checked = !off;
  dialog.showModal();
}

function text(element) {
  const copy = element.cloneNode(true);
  copy.querySelectorAll("kbd").forEach((kbd) => kbd.remove());
  return copy.textContent.trim();
}

// Back in a list, keys go on at the row that one left it by, also where the browser made the page anew.
const openerOf = (row) => row?.querySelector("[data-open]");
const placeName = () => `crosswalk.row ${location.pathname}${location.search}`;
function rememberRow() {
  const left = openerOf(currentRow())?.getAttribute("href");
  try {
    if (left) sessionStorage.setItem(placeName(), left);
  } catch {
    // A browser that stores nothing begins at the first row.
  }
}
function returnToRow() {
  if (performance.getEntriesByType("navigation")[0]?.type !== "back_forward" || document.activeElement !== document.body) return;
  try {
    const left = sessionStorage.getItem(placeName());
    const row = left && [...document.querySelectorAll("[data-row]")].find((each) => openerOf(each)?.getAttribute("href") === left);
    if (!row) return;
    row.classList.add("is-current");
    openerOf(row).focus({ preventScroll: true });
  } catch {
    // See above.
  }
}

addEventListener("pagehide", rememberRow);
returnToRow();
document.addEventListener("keydown", onKey);
document.addEventListener("focusin", ({ target }) => {
  const row = target.closest?.("[data-row]");
  if (row) document.querySelectorAll("[data-row].is-current").forEach((other) => other.classList.toggle("is-current", other === row));
});
document.addEventListener("click", ({ target }) => {
  if (target.closest('[data-key="?"]')) showKeys();
  document.querySelectorAll("details.menu[open]").forEach((menu) => menu.contains(target) || (menu.open = false));
});
document.getElementById("keys-on").addEventListener("change", ({ target }) => {
  off = !target.checked;
  try {
    if (off) localStorage.setItem(OFF, "1");
    else localStorage.removeItem(OFF);
  } catch {
    // See above.
  }
});
document.querySelector('[data-key="?"]').hidden = false;
