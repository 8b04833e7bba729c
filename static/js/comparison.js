// The comparison's table: arrow keys move, Enter opens the cell beside the table, + adds a claim,
// Esc closes; dragging, or Shift with the arrows, chooses cells to fill; filters and folds swap the table in place. Every cell, filter and fold is a link or a
// form, so that without this all of it still works.

const host = document.getElementById("table"); // what the table, its bar and its filters are swapped in
const drawer = document.getElementById("drawer");
const path = location.pathname;
const FIELDS = "input, textarea, select";
let table = null;
const named = new WeakSet(); // links that say their row and column
let current; // the one link of the grid that Tab stops at
let anchor = null; // the cell where a region begins
let isDragged = false;
let home = location.search; // how the table is read; a cell's address beside it says so too
let at = location.pathname + home; // what the address bar says, to tell our steps from a fragment's

// Going back from a cell that was reloaded as a page of its own.
if (!host) addEventListener("popstate", () => location.pathname !== path && location.reload());
else {
  start();
  host.addEventListener("keydown", onGridKey);
  host.addEventListener("click", onClick);
  host.addEventListener("submit", onSubmit);
  host.addEventListener("change", ({ target }) => target.form?.id === "x-form" && target.type !== "search" && target.form.requestSubmit());
  host.addEventListener("focusin", ({ target }) => target.matches("#x a") && settle(target));
  host.addEventListener("pointerdown", onPress);
  host.addEventListener("pointerover", onDrag);
  host.addEventListener("dragstart", (event) => event.target.closest?.("#x tbody td") && event.preventDefault());
  drawer.addEventListener("click", onDrawerClick);
  document.addEventListener("keydown", onEscape);
  document.body.addEventListener("htmx:afterSettle", ({ detail }) => detail.target === drawer && focusDrawer());
  document.body.addEventListener("htmx:oobAfterSwap", () => (nameCells(), restore()));
  addEventListener("popstate", onPopState);
}

// Take up the table that stands there now.
function start() {
  table = document.getElementById("x");
  if (!table) return;
  for (const link of table.querySelectorAll("a")) link.tabIndex = -1;
  (window.requestIdleCallback ?? setTimeout)(nameCells);
  for (const hint of host.querySelectorAll(".x-keys")) hint.hidden = false;
  settle(table.querySelector("tbody td a"));
}

// Each cell says its row and column, and a blank one that it is blank: what a list of links reads out.
function nameCells() {
  if (!table) return;
  const heads = [...table.tHead.rows[0].cells].map(nameOf);
  for (const row of table.tBodies[0].rows)
    for (const cell of row.cells) {
      const link = cell.localName === "td" && cell.firstElementChild;
      if (!link?.href || named.has(link)) continue;
      named.add(link);
      const said = link.getAttribute("aria-label") || table.dataset.blank;
      link.setAttribute("aria-label", `${nameOf(row.cells[0])} × ${heads[cell.cellIndex]}: ${said}`);
    }
}

function nameOf(cell) {
  const parts = cell.querySelector("a:not(.fold, .only)")?.childNodes ?? [];
  return [...parts].filter(({ localName }) => localName !== "small").map((part) => part.textContent).join("").trim();
}

function settle(link) {
  if (!link) return;
  if (current) current.tabIndex = -1;
  current = link;
  current.tabIndex = 0;
}

// The table read otherwise: swapped in, with the scroll, the focus and what was unfolded as they were.

async function show(url, { push = true } = {}) {
  const next = new URL(url, location);
  const address = next.pathname + next.search;
  if (push && address !== at) history.pushState(null, "", address);
  if (push) at = address;
  home = next.search;
  const box = document.getElementById("x-scroll");
  const scroll = box && [box.scrollLeft, box.scrollTop];
  const focused = document.activeElement;
  const kept = focused && host.contains(focused) && { id: focused.id, name: focused.name, value: focused.value, href: focused.getAttribute("href"), head: focused.closest("tr")?.id };
  const open = document.getElementById("x-more")?.open;
  await htmx.ajax("GET", address, { target: "#table", swap: "innerHTML" });
  start();
  if (open) document.getElementById("x-more").open = true;
  if (scroll) document.getElementById("x-scroll")?.scrollTo(...scroll);
  if (kept) focusAgain(kept);
  if (!drawer.hidden) mark(drawer.dataset.cell);
}

function focusAgain({ id, name, value, href, head }) {
  const same =
    (id && document.getElementById(id)) ||
    (name && host.querySelector(`[name="${name}"][value="${CSS.escape(value)}"]:not([type=hidden])`)) ||
    (href && host.querySelector(`a[href="${CSS.escape(href)}"]`)) ||
    (head && table && linkOf(document.getElementById(head)?.cells[0]));
  if (same?.closest("#x")) settle(same);
  (same || current)?.focus({ preventScroll: true });
}

function onSubmit(event) {
  if (event.target.id !== "x-form") return;
  event.preventDefault();
  const given = new URLSearchParams(new FormData(event.target));
  for (const [name, value] of [...given]) if (!value) given.delete(name, value);
  show(given.size ? `${path}?${given}` : path);
}

// Where things are. The grid's rows are the heads of the columns, then the body; feet stay out.

const linkOf = (cell) => cell?.querySelector("a:not(.fold, .only)");
const gridRows = () => [table.tHead.rows[0], ...table.tBodies[0].rows];
const gridCells = (row) => [...row.cells].filter(linkOf);
const cellAt = (href) => table?.querySelector(`td a[href="${CSS.escape(href)}"]`);

function go(cell) {
  const link = linkOf(cell);
  if (!link) return;
  settle(link);
  link.focus({ preventScroll: true });
  cell.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function onGridKey(event) {
  if (event.ctrlKey && !["Home", "End"].includes(event.key)) return;
  if (event.metaKey || event.altKey) return;
  const cell = event.target.closest("#x th, #x td");
  if (!cell) return;
  const row = cell.parentElement;
  const rows = gridRows();
  const cells = gridCells(row);
  const x = cells.indexOf(cell);
  const y = rows.indexOf(row);
  const fold = cell.querySelector(".fold");
  const open = fold?.getAttribute("aria-expanded") === "true";
  const beside = (step) => {
    // What a filter left out is stepped over.
    const end = step > 0 ? rows.length - 1 : 0;
    for (let to = Math.min(Math.max(y + step, 0), rows.length - 1); ; to += Math.sign(step)) {
      const next = rows[to]?.cells[cell.cellIndex];
      if (linkOf(next)) return next;
      if (to === end || !rows[to]) return cell;
    }
  };
  switch (event.key) {
    case "ArrowRight":
      if (fold && !open && cell.matches("tbody th")) fold.click();
      else go(cells[x + 1]);
      break;
    case "ArrowLeft":
      if (fold && open && cell.matches("tbody th")) fold.click();
      else go(cells[x - 1]);
      break;
    case "ArrowDown":
      go(beside(1));
      break;
    case "ArrowUp":
      go(beside(-1));
      break;
    case "PageDown":
      go(beside(10));
      break;
    case "PageUp":
      go(beside(-10));
      break;
    case "Home":
      go(gridCells(event.ctrlKey ? rows[1] : row)[0]);
      break;
    case "End":
      go(gridCells(event.ctrlKey ? rows.at(-1) : row).at(-1));
      break;
    case "+":
      if (cell.matches("td") && !event.target.matches(".sum")) openCell(event.target.getAttribute("href"), { add: true });
      break;
    case " ":
      (fold ?? (event.target.matches(".sum") ? event.target : null))?.click();
      break;
    default:
      return;
  }
  event.preventDefault();
  if (!event.key.startsWith("Arrow")) return;
  const now = current.closest("td");
  if (!event.shiftKey || !cell.matches("td") || !now) return choose(null);
  choose((anchor?.isConnected && anchor) || cell, now);
}

// A region of cells, from one corner to the other: what “Fill cells” fills then.

function choose(from, to) {
  for (const cell of host.querySelectorAll("td.chosen")) cell.classList.remove("chosen");
  const fill = document.getElementById("x-fill");
  fill.dataset.href ??= fill.getAttribute("href");
  anchor = from;
  const asked = new URLSearchParams({ exact: "1" });
  let count = 0;
  if (from) {
    const rows = [...table.tBodies[0].rows];
    const within = (...ends) => [Math.min(...ends), Math.max(...ends) + 1];
    const columns = within(from.cellIndex, to.cellIndex);
    const isLeaf = (head) => !head.querySelector(".fold"); // what has others below it is filled there
    const heads = table.tHead.rows[0].cells;
    for (const row of rows.slice(...within(rows.indexOf(from.parentElement), rows.indexOf(to.parentElement))))
      for (const cell of [...row.cells].slice(...columns)) {
        const link = isLeaf(row.cells[0]) && isLeaf(heads[cell.cellIndex]) && row.checkVisibility() && linkOf(cell);
        if (!link) continue;
        cell.classList.add("chosen");
        count += 1;
        const [technique, issue] = new URL(link.href).pathname.split("/").slice(-2).map(decodeURIComponent);
        if (!asked.has("technique", technique)) asked.append("technique", technique);
        if (!asked.has("issue", issue)) asked.append("issue", issue);
      }
  }
  fill.textContent = count ? fill.dataset.chosen.replace("{count}", count) : fill.dataset.keyLabel;
  fill.href = count ? `${path}/fill?${asked}` : fill.dataset.href;
}

function onPress(event) {
  isDragged = false;
  const cell = event.button === 0 && event.pointerType === "mouse" && event.target.closest("#x tbody td");
  if (cell && !event.shiftKey) choose(null);
  if (cell) anchor ??= cell;
}

function onDrag(event) {
  const cell = event.buttons === 1 && anchor && event.target.closest("#x tbody td");
  if (!cell || (cell === anchor && !isDragged)) return;
  isDragged = true;
  getSelection().removeAllRanges();
  choose(anchor, cell);
}

function onClick(event) {
  const link = event.target.closest("a");
  if (isDragged && link?.closest("#x tbody td")) event.preventDefault();
  if (isDragged || !link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.matches(".sum")) {
    // The head knows how to unfold; a sum that was swapped in does not.
    event.preventDefault();
    const row = link.closest("tr");
    const heads = [row.cells[0], table.tHead.rows[0].cells[link.closest("td").cellIndex]];
    show(heads.map((head) => head.querySelector(".fold[aria-expanded=false]")).find(Boolean).href);
  } else if (link.matches(".fold, .only, [data-view], .chip")) {
    event.preventDefault();
    show(link.href);
  } else if (link.matches("#x td a, [data-cell]")) {
    event.preventDefault();
    openCell(link.getAttribute("href"));
  }
}

// The drawer

async function openCell(href, { add = false, push = true } = {}) {
  mark(href);
  drawer.hidden = false;
  drawer.scrollTop = 0;
  linkOf(cellAt(href)?.parentElement)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  drawer.dataset.cell = href;
  if (push && location.pathname !== href) history.pushState(null, "", href + home);
  at = location.pathname + location.search;
  const asked = new URLSearchParams(home); // the cell as of the table's moment
  if (add) asked.set("add", "1");
  await htmx.ajax("GET", asked.size ? `${href}?${asked}` : href, { target: "#drawer", swap: "innerHTML" });
}

function closeDrawer({ push = true } = {}) {
  drawer.dispatchEvent(new Event("putaway", { bubbles: true })); // drafts.js keeps what was typed
  drawer.hidden = true;
  drawer.replaceChildren();
  mark(null);
  const table = path + home;
  if (push && at !== table) history.pushState(null, "", table);
  at = table;
  current?.focus();
}

function mark(href) {
  table?.querySelector("td a[aria-current]")?.removeAttribute("aria-current");
  const link = href && cellAt(href);
  if (!link) return;
  link.setAttribute("aria-current", "true");
  settle(link);
}

// A cell that was swapped is a new element: it takes up the place of the old one.
function restore() {
  if (drawer.hidden) return;
  for (const link of table?.querySelectorAll("td a:not([tabindex])") ?? []) link.tabIndex = -1;
  mark(drawer.dataset.cell);
}

function focusDrawer() {
  const writing = drawer.contains(document.activeElement) && document.activeElement; // saved, and gone on
  const wanted = drawer.querySelector("[aria-invalid=true]") ?? (writing || (drawer.querySelector("[data-focus]") ?? drawer.querySelector("h2")));
  wanted?.focus({ preventScroll: wanted.matches("h2") });
}

function onDrawerClick(event) {
  if (event.target.closest("[data-close]")) return closeDrawer();
  const link = event.target.closest("a[data-cell]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  openCell(link.getAttribute("href"));
}

function onEscape(event) {
  if (event.key === "Escape" && drawer.hidden && table?.querySelector("td.chosen")) choose(null);
  if (event.key !== "Escape" || drawer.hidden || event.target.matches?.(FIELDS)) return;
  if (document.querySelector("dialog:modal")) return;
  closeDrawer();
}

async function onPopState() {
  const now = location.pathname + location.search;
  if (now === at) return;
  if (location.search !== home) await show(path + location.search, { push: false });
  at = now;
  if (location.pathname === path) drawer.hidden || closeDrawer({ push: false });
  else openCell(location.pathname, { push: false });
}
