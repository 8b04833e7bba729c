// The comparison's table: arrow keys move, Enter opens the cell beside the table, + adds a claim,
// Esc closes, branches fold. Every cell is a link, so that without this all of it still works.

const table = document.getElementById("x");
const drawer = document.getElementById("drawer");
const home = location.pathname + location.search;
const FIELDS = "input, textarea, select";
let current; // the one link of the grid that Tab stops at
let at = home; // what the address bar says, to tell our steps from a fragment's

// Going back from a cell that was reloaded as a page of its own.
if (!table) addEventListener("popstate", () => location.pathname + location.search !== home && location.reload());
else start();

function start() {
  for (const link of table.querySelectorAll("a, .fold")) link.tabIndex = -1;
  for (const fold of table.querySelectorAll(".fold")) fold.hidden = false;
  for (const hint of document.querySelectorAll(".x-keys")) hint.hidden = false;
  settle(table.querySelector("tbody td a"));
  table.addEventListener("keydown", onGridKey);
  table.addEventListener("click", onGridClick);
  table.addEventListener("focusin", ({ target }) => target.matches("a") && settle(target));
  drawer.addEventListener("click", onDrawerClick);
  document.addEventListener("keydown", onEscape);
  document.body.addEventListener("htmx:afterSettle", ({ detail }) => detail.target === drawer && focusDrawer());
  document.body.addEventListener("htmx:oobAfterSwap", () => restore());
  addEventListener("popstate", onPopState);
}

function settle(link) {
  if (!link) return;
  if (current) current.tabIndex = -1;
  current = link;
  current.tabIndex = 0;
}

// Where things are. The grid's rows are the heads of the columns, then the body; feet stay out.

const shown = (element) => !element.hidden;
const linkOf = (cell) => cell?.querySelector("a");
const gridRows = () => [table.tHead.rows[0], ...table.tBodies[0].rows].filter(shown);
const gridCells = (row) => [...row.cells].filter((cell) => shown(cell) && linkOf(cell));
const cellAt = (href) => table.querySelector(`td a[href="${CSS.escape(href)}"]`);

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
  const cell = event.target.closest("th, td");
  if (!cell || event.target.matches(".fold")) return;
  const row = cell.parentElement;
  const rows = gridRows();
  const cells = gridCells(row);
  const x = cells.indexOf(cell);
  const y = rows.indexOf(row);
  const fold = cell.querySelector(".fold");
  const open = fold?.getAttribute("aria-expanded") === "true";
  const beside = (step) => {
    const next = rows[Math.min(Math.max(y + step, 0), rows.length - 1)];
    return linkOf(next.cells[cell.cellIndex]) ? next.cells[cell.cellIndex] : cell;
  };
  switch (event.key) {
    case "ArrowRight":
      if (fold && !open && row.parentElement === table.tBodies[0]) toggle(fold);
      else go(cells[x + 1]);
      break;
    case "ArrowLeft":
      if (fold && open && x === 0) toggle(fold);
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
      if (cell.matches("td")) openCell(event.target.getAttribute("href"), { add: true });
      break;
    case " ":
      if (fold) toggle(fold);
      break;
    default:
      return;
  }
  event.preventDefault();
}

function onGridClick(event) {
  const fold = event.target.closest(".fold");
  if (fold) return toggle(fold);
  const link = event.target.closest("td a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  openCell(link.getAttribute("href"));
}

// The drawer

async function openCell(href, { add = false, push = true } = {}) {
  mark(href);
  drawer.hidden = false;
  drawer.scrollTop = 0;
  linkOf(cellAt(href)?.parentElement)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (push && location.pathname !== href) history.pushState(null, "", href);
  at = location.pathname + location.search;
  await htmx.ajax("GET", add ? `${href}?add=1` : href, { target: "#drawer", swap: "innerHTML" });
}

function closeDrawer({ push = true } = {}) {
  drawer.hidden = true;
  drawer.replaceChildren();
  mark(null);
  if (push && at !== home) history.pushState(null, "", home);
  at = home;
  current?.focus();
}

function mark(href) {
  table.querySelector("td a[aria-current]")?.removeAttribute("aria-current");
  const link = href && cellAt(href);
  if (!link) return;
  link.setAttribute("aria-current", "true");
  settle(link);
}

// A cell that was swapped is a new element: it takes up the place of the old one.
function restore() {
  if (drawer.hidden) return;
  for (const link of table.querySelectorAll("td a:not([tabindex])")) link.tabIndex = -1;
  mark(location.pathname);
}

function focusDrawer() {
  const wanted = drawer.querySelector("[aria-invalid=true], [data-focus]") ?? drawer.querySelector("h2");
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
  if (event.key !== "Escape" || drawer.hidden || event.target.matches?.(FIELDS)) return;
  if (document.querySelector("dialog:modal")) return;
  closeDrawer();
}

function onPopState() {
  const now = location.pathname + location.search;
  if (now === at) return;
  if (now === home) closeDrawer({ push: false });
  else if (cellAt(location.pathname)) openCell(location.pathname, { push: false });
  else location.reload();
}

// Folding: what is deeper than a folded head, up to the next that is not, is hidden.

function toggle(fold) {
  fold.setAttribute("aria-expanded", String(fold.getAttribute("aria-expanded") !== "true"));
  if (fold.closest("tbody")) {
    foldAway([...table.tBodies[0].rows], (row) => Number(row.ariaLevel), (row, hidden) => (row.hidden = hidden));
    return;
  }
  const heads = [...table.tHead.rows[0].cells].slice(1, -1);
  const rows = [table.tHead.rows[0], ...table.tBodies[0].rows, ...table.tFoot.rows];
  foldAway(
    heads,
    (head) => Number(head.dataset.d),
    (head, hidden) => {
      if (head.hidden === hidden) return;
      const index = head.cellIndex;
      for (const row of rows) row.cells[index].hidden = hidden;
    },
  );
}

function foldAway(items, depth, set) {
  let limit = Infinity;
  for (const item of items) {
    if (depth(item) <= limit) limit = Infinity;
    set(item, limit !== Infinity);
    if (limit === Infinity && item.querySelector(".fold")?.getAttribute("aria-expanded") === "false") limit = depth(item);
  }
}
