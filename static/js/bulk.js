// Papers ticked in lists, and what is done to them. Ticks are kept for the tab: a page of the list
// turned, another list, and going back leave them; with each stands the version that was seen, so
// that what somebody else changed meanwhile is not changed unseen. A row of a list can be judged,
// tagged and filed where it stands: a digit, t, m. The forms come from /bulk when they are needed.

const TICKS = "crosswalk.ticks"; // {citekey: version, or 0}
const SENT = "crosswalk.bulk-sent"; // where one was when the form went off
const region = () => document.getElementById("messages"); // another one after htmx went back

const stored = (name) => {
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch {
    return null;
  }
};
const store = (name, value) => {
  try {
    if (value) sessionStorage.setItem(name, JSON.stringify(value));
    else sessionStorage.removeItem(name);
  } catch {
    // A browser that stores nothing forgets it with the page.
  }
};

let ticks = new Map(Object.entries(stored(TICKS) ?? {}));
let forms; // the promise of them
let last; // the box that was ticked last, for a range

const boxes = () => [...document.querySelectorAll('.tickable input[name="key"]')];
const versionOf = (box) => Number(box.closest("[data-paper]")?.dataset.paper.split(" ")[1] ?? 0);
const said = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const lines = (entries) => [...entries].map(([key, version]) => (version ? `${key} ${version}` : key)).join("\n");

async function load() {
  const holder = await (forms ??= fetchForms());
  if (!holder.isConnected) document.getElementById("main").append(holder); // htmx went back
  return holder;
}

function fetchForms() {
  return fetch("/bulk", { headers: { "HX-Request": "true", "HX-Target": "bar" } })
    .then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error(`${answer.status}`))))
    .then((text) => {
      const holder = document.createElement("div");
      holder.className = "bulk-forms";
      holder.innerHTML = text;
      return holder;
    })
    .catch((error) => {
      forms = undefined;
      say("bad", region().dataset.offline);
      throw error;
    });
}

function say(tone, text) {
  const notice = document.createElement("p");
  notice.className = `notice ${tone}`;
  notice.textContent = text;
  region().replaceChildren(notice);
}

// --- Ticks ---

function keep() {
  store(TICKS, ticks.size ? Object.fromEntries(ticks) : null);
}

// What a page shows anew is seen as it is now.
function show() {
  for (const box of boxes()) {
    box.checked = ticks.has(box.value);
    if (box.checked) ticks.set(box.value, versionOf(box));
  }
  keep();
  showBar();
}

async function showBar() {
  const here = boxes();
  const has = ticks.size > 0 && here.length > 0;
  document.body.classList.toggle("has-ticks", has);
  if (!has && !forms) return;
  await load();
  const bar = document.getElementById("bulk");
  bar.hidden = !has;
  if (!has) return;
  const count = bar.querySelector("[data-count]");
  const shown = here.filter((box) => box.checked).length;
  const text = shown === ticks.size ? count.dataset.count : count.dataset.here;
  count.textContent = said(text, { count: ticks.size, here: shown });
  const total = Number(document.getElementById("results")?.dataset.total ?? 0);
  const all = bar.querySelector('[data-tick="all"]');
  all.hidden = total <= here.length || ticks.size >= total;
  all.textContent = said(all.dataset.label, { total });
}

function tick(box, on) {
  box.checked = on;
  if (on) ticks.set(box.value, versionOf(box));
  else ticks.delete(box.value);
}

async function tickAll() {
  const list = document.getElementById("results").dataset.list; // of an author, a tag …
  const address = new URL(list ?? location.href, location.href);
  if (list) for (const [name, value] of new URLSearchParams(location.search)) address.searchParams.append(name, value);
  address.searchParams.delete("page");
  const answer = await fetch(`/bulk/keys${address.search}`, { headers: { Accept: "application/problem+json" } });
  const text = await answer.text();
  if (!answer.ok) {
    let problem;
    try {
      problem = JSON.parse(text);
    } catch {
      problem = { detail: region().dataset.offline };
    }
    say("bad", Object.values(problem.errors ?? {})[0] ?? problem.detail);
    return;
  }
  for (const line of text.split("\n").filter(Boolean)) {
    const [key, version] = line.split(" ");
    ticks.set(key, Number(version ?? 0));
  }
  show();
}

document.addEventListener("click", (event) => {
  const box = event.target.closest('.tickable input[name="key"]');
  if (box) {
    const all = boxes();
    const from = all.indexOf(last);
    if (event.shiftKey && from >= 0) {
      const [first, end] = [from, all.indexOf(box)].sort((one, other) => one - other);
      for (const each of all.slice(first, end + 1)) tick(each, box.checked);
    } else {
      tick(box, box.checked);
    }
    last = box;
    keep();
    showBar();
    return;
  }
  const what = event.target.closest("[data-tick]")?.dataset.tick;
  if (what === "page") for (const each of boxes()) tick(each, true);
  if (what === "none") ticks.clear();
  if (what === "all") tickAll().catch(() => say("bad", region().dataset.offline));
  else if (what) show();
});

// --- Sending ---

// Enter in a field presses the button beside it.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey) return;
  const part = event.target.closest?.("#bulk .menu-body, .bulk-page > section, #triage [data-part]");
  const button = part?.querySelector("[data-enter]");
  if (!button || event.target.matches("button, select, a")) return;
  event.preventDefault();
  button.form.requestSubmit(button);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  const does = event.submitter?.value;
  if (form.id === "bulk") {
    form.elements.ticked.value = lines(ticks);
    form.elements.back.value = location.pathname + location.search;
    if (!["export", "cite", "complete", "pdfs"].includes(does)) store(SENT, { y: scrollY, does, at: location.href });
  } else if (form.id === "chosen") {
    addTicked(form);
  } else if (form.id === "triage") {
    event.preventDefault();
    sendRow(form, event.submitter);
  } else if (/^\/changes\/\d+\/undo$/.test(new URL(form.action).pathname)) {
    store(SENT, { y: scrollY, does: "undo", at: location.href, change: form.action.match(/\d+(?=\/undo$)/)[0] });
  }
});

// The menu of the list takes those of other pages along.
function addTicked(form) {
  form.querySelectorAll("[data-made]").forEach((each) => each.remove());
  const here = new Set(boxes().map((box) => box.value));
  for (const key of ticks.keys()) {
    if (here.has(key)) continue;
    const field = Object.assign(document.createElement("input"), { type: "hidden", name: "key", value: key });
    field.dataset.made = "";
    form.append(field);
  }
}

// After what was sent: the same place, and the versions as they are now; what is in the trash is ticked no more.
async function comeBack() {
  const sent = stored(SENT);
  store(SENT, null);
  if (!sent) return;
  const number = sent.change ?? document.querySelector('form[action^="/changes/"]')?.action.match(/\/changes\/(\d+)/)?.[1];
  if (sent.at === location.href) scrollTo({ top: sent.y, behavior: "instant" });
  if (!number || !ticks.size) return;
  const answer = await fetch(`/api/v1/changes/${number}`);
  if (!answer.ok) return;
  for (const [key, version] of Object.entries((await answer.json()).papers)) {
    if (!ticks.has(key)) continue;
    if (sent.does === "trash") ticks.delete(key);
    else ticks.set(key, version);
  }
}

// --- A row where it stands ---

const rowNow = () => document.activeElement?.closest("[data-paper]") ?? document.querySelector("[data-paper].is-current");

async function open(part, row, chosen) {
  const holder = await load();
  const form = document.getElementById("triage") ?? holder.querySelector("#triage");
  if (form.closest("[data-paper]") !== row) {
    form.reset();
    row.append(form);
  }
  if (chosen) chosen.checked = true;
  form.elements.ticked.value = row.dataset.paper;
  form.hidden = false;
  form.querySelector("[data-error]").hidden = true;
  for (const each of form.querySelectorAll("[data-part]")) each.hidden = each.dataset.part !== part;
  if (part === "tags") form.elements.tags.focus();
  else if (part === "technique") form.elements.technique?.focus();
  else form.elements.reason.focus();
  form.scrollIntoView({ block: "nearest" });
}

async function close() {
  const form = document.getElementById("triage");
  const row = form?.closest("[data-paper]");
  if (!row) return;
  form.hidden = true;
  (await load()).append(form);
  row.querySelector("[data-open]")?.focus({ preventScroll: true });
}

async function sendRow(form, button) {
  const row = form.closest("[data-paper]");
  const body = new FormData(form, button);
  if (row.querySelector(".row-tick")) body.set("tick", "1");
  let answer;
  try {
    answer = await fetch("/bulk", { method: "POST", headers: { "HX-Request": "true" }, body: new URLSearchParams(body) });
  } catch {
    say("bad", region().dataset.offline);
    return;
  }
  const holder = document.createElement("template");
  holder.innerHTML = await answer.text();
  if (!answer.ok) {
    const error = form.querySelector("[data-error]");
    error.hidden = false;
    error.textContent = holder.content.textContent.trim() || region().dataset.offline;
    return;
  }
  const fresh = holder.content.querySelector("[data-paper]");
  const message = holder.content.querySelector("[data-message]");
  form.hidden = true;
  (await load()).append(form);
  if (fresh) {
    row.replaceWith(fresh);
    fresh.classList.add("is-current");
    fresh.querySelector("[data-open]")?.focus({ preventScroll: true });
  }
  region().replaceChildren(message);
  show();
}

// keyboard.js presses what has the key; here the form comes to the row that is current.
document.addEventListener("click", ({ target }) => {
  const form = target.closest("#triage");
  if (!form) return;
  const part = target.closest("[data-part-key]")?.dataset.partKey ?? (target.matches("[name=verdict]") ? "verdict" : "");
  const row = form.closest("[data-paper]") ?? rowNow();
  if (part && row) open(part, row, target.matches("[name=verdict]") && target);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.closest?.("#triage")) {
    event.preventDefault();
    close();
    return;
  }
  // The first key comes before the form that knows it.
  if (document.getElementById("triage") || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!/^[0-9tm]$/.test(event.key) || !rowNow() || event.target.matches?.("input:not([type=checkbox]), textarea, select")) return;
  event.preventDefault();
  load().then(() => document.dispatchEvent(new KeyboardEvent("keydown", { key: event.key, bubbles: true, cancelable: true })));
});
document.addEventListener("focusin", ({ target }) => target.closest("[data-paper]") && load().catch(() => {}));

// --- Begin ---

document.body.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.id === "results" || target.querySelector?.("#results")) show();
});
document.body.addEventListener("htmx:historyRestore", show);
addEventListener("pageshow", async ({ persisted }) => {
  if (persisted) ticks = new Map(Object.entries(stored(TICKS) ?? {}));
  await comeBack().catch(() => {});
  show();
});
