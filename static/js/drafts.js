// What was typed is not lost. A form with data-draft keeps its text in this browser until it is saved,
// offers it when one comes back, and asks before it is left. data-draft="…" says what a new row is
// about, where the form's address does not. data-item="paper/12" says what it changes, by a number: its
// key, and so the form's address, may be another by the time one comes back, and another's. Ctrl-S saves; with data-stay, which says that the server
// knows `stay`, one goes on writing (data-stay="here": in the very field, unless the page says what was
// wrong: that goes with the page). Files are not kept.

const PREFIX = "crosswalk.draft ";
const SENT = "crosswalk.sent";
const SAVED = "crosswalk.saved";
const MOST = 40; // drafts
const LARGEST = 1_500_000; // characters; a note has a million at most
const ALTOGETHER = 3_000_000; // characters; browsers give five million
const OLDEST = 30 * 24 * 3600 * 1000; // ms
const QUICK = 50_000; // characters; more is written down when one pauses
const PAUSE = 400; // ms

const LANGUAGE = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;

const region = document.getElementById("messages");
const say = (tone, text) => region.replaceChildren(Object.assign(document.createElement("p"), { className: `notice ${tone}`, textContent: text }));
const looks = document.getElementById("draft");
const states = new WeakMap(); // of each form that was seen
const begun = new Map(); // address → the draft of what was written here and is not saved
const coming = new Map(); // address → the key of the draft with which a form is about to come back
let carried; // what was typed while htmx was saving the rest
let leaving = false;
let filling = false;

// Storage may be forbidden, or full: then nothing is kept, and all else works.
const attempt = (work) => {
  try {
    return work() ?? null;
  } catch {
    return null;
  }
};
const local = attempt(() => localStorage);
const session = attempt(() => sessionStorage);

// Forms

const formsIn = (root) => [...root.querySelectorAll("form[data-draft]")];
const actionOf = (form) => new URL(form.getAttribute("action") ?? "", location);
const addressOf = (form) => {
  const { pathname, search } = actionOf(form);
  return encodeURI(`${form.dataset.item ?? `${pathname}${search}`}#${form.dataset.draft}`);
};
const versionOf = (form) => form.querySelector("input[name=version]");
const kept = (form) => [...form.elements].filter(({ name, type }) => name && name !== "version" && !["file", "submit", "button", "search", "fieldset"].includes(type));

// [name, value] of all that is typed and chosen, or of what the server had put there.
function read(form, initially = false) {
  const found = [];
  for (const field of kept(form)) {
    if (field.type === "checkbox" || field.type === "radio") {
      if (initially ? field.defaultChecked : field.checked) found.push([field.name, field.value]);
    } else if (field.options) {
      const options = [...field.options];
      const chosen = options.filter((option) => (initially ? option.defaultSelected : option.selected));
      if (!chosen.length && !field.multiple) chosen.push(...options.slice(0, 1));
      for (const option of chosen) found.push([field.name, option.value]);
    } else found.push([field.name, initially ? field.defaultValue : field.value]);
  }
  return found;
}

const written = (form, initially) => JSON.stringify(read(form, initially));
const digest = (text) => [...text].reduce((sum, letter) => (Math.imul(sum, 31) + letter.codePointAt(0)) | 0, 0);

function fill(form, fields) {
  const given = new Map();
  for (const [name, value] of fields) given.set(name, [...(given.get(name) ?? []), value]);
  for (const [name, values] of given) grow(form, name, values.length);
  filling = true;
  for (const field of kept(form)) {
    const values = given.get(field.name) ?? [];
    const before = field.value;
    if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
    else if (field.options) for (const option of field.options) option.selected = values.includes(option.value);
    else if (values.length) field.value = values.shift();
    if (field.value === before || field.type === "hidden" || field.options) continue;
    for (let fold = field.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  filling = false;
  form.dispatchEvent(new CustomEvent("draft:taken", { detail: fields }));
}

// A claim had more rows of evidence than a fresh form has.
function grow(form, name, wanted) {
  const rows = kept(form).filter((field) => field.name === name);
  const row = rows.at(-1)?.closest("fieldset");
  if (!row || !/^(text|textarea)$/.test(rows.at(-1).type)) return;
  for (let more = rows.length; more < wanted; more++) {
    const copy = row.cloneNode(true);
    for (const part of copy.querySelectorAll("[id], [for], [aria-describedby]"))
      for (const mark of ["id", "for", "aria-describedby"])
        if (part.hasAttribute(mark)) part.setAttribute(mark, `${part.getAttribute(mark)}-${more}`);
    for (const field of copy.querySelectorAll("input, textarea")) field.value = "";
    copy.dataset.grown = "";
    row.parentElement.append(copy);
  }
}

// Drafts, each in an entry of its own, so that two tabs keep two: `PREFIX address id` is
// `milliseconds {"version": …, "fields": …, "words": …, "page": …, "title": …}`.

const newKey = (address) => `${PREFIX}${address} ${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;
const keys = (prefix) => attempt(() => Object.keys(local).filter((key) => key.startsWith(prefix))) ?? [];
const forget = (key) => attempt(() => local.removeItem(key));

function recall(key) {
  return attempt(() => {
    const text = local.getItem(key);
    const at = text.indexOf(" ");
    const { version, fields, words, page, title } = JSON.parse(text.slice(at));
    return { key, at: Number(text.slice(0, at)), version, words, page, title, fields: fields.map(([name, value]) => [String(name), String(value)]) };
  });
}

function prune() {
  const held = keys(PREFIX).map((key) => ({ key, text: local.getItem(key) }));
  held.sort((one, other) => parseInt(other.text) - parseInt(one.text));
  let size = 0;
  held.forEach(({ key, text }, at) => {
    size += text.length;
    if (at >= MOST || size > ALTOGETHER || !(Date.now() - parseInt(text) < OLDEST)) forget(key);
  });
}

// The longest of what is not as it was saved.
function longestWritten(form, fields) {
  const before = new Set(JSON.parse(states.get(form).saved).map(String));
  const written = fields.filter((field) => !before.has(String(field))).map(([, value]) => value.trim());
  return written.sort((one, other) => other.length - one.length)[0] ?? "";
}

// The page that has the form, for the overview (half_done.js): not what answered to what was posted. In
// a drawer beside the table it is the cell's.
function whereBegun(form, key) {
  if (region.dataset.came === "again") {
    const { page, title } = recall(key) ?? {};
    return { page, title };
  }
  const beside = form.closest("#drawer")?.querySelector("h2")?.textContent.trim();
  return { page: location.pathname + location.search, title: beside || document.title.replace(/ · Crosswalk$/, "") };
}

const isUnsaved = (form) => {
  const state = states.get(form);
  return Boolean(state) && !state.thrown && (state.unsaved || written(form) !== state.saved); // one may not have been met yet
};

function keep(form) {
  const state = states.get(form);
  clearTimeout(state.timer);
  state.timer = 0;
  if (!isUnsaved(form)) return drop(form);
  state.key ??= newKey(state.address);
  const fields = read(form);
  // Come back with what was wrong, a form has it all as it was sent.
  const words = longestWritten(form, fields).slice(0, 200) || recall(state.key)?.words;
  const draft = { version: versionOf(form)?.value ?? "", fields, words, ...whereBegun(form, state.key) };
  const text = `${Date.now()} ${JSON.stringify(draft)}`;
  state.size = text.length;
  begun.set(state.address, { key: state.key, at: Date.now(), ...draft });
  if (text.length <= LARGEST) attempt(() => local.setItem(state.key, text));
  return undefined;
}

function drop(form) {
  const state = states.get(form);
  clearTimeout(state.timer);
  state.timer = 0;
  if (state.key) forget(state.key);
  if (begun.get(state.address)?.key === state.key) begun.delete(state.address);
  state.key = undefined;
  state.notice?.remove();
}

function onTyping({ target }) {
  const form = target.form;
  const state = form && states.get(form);
  if (filling || !state || !kept(form).includes(target)) return;
  state.thrown = false;
  clearTimeout(state.timer);
  if (state.size < QUICK) keep(form);
  else state.timer = setTimeout(keep, PAUSE, form);
}

const keepAll = (root = document) => formsIn(root).forEach((form) => states.has(form) && keep(form));

// A form that is seen for the first time: it comes back with what was sent, or with what this page
// had begun, or drafts from before are offered.
function meet(form) {
  if (states.has(form)) return;
  const address = addressOf(form);
  const state = { address, saved: written(form, true), unsaved: false };
  state.size = state.saved.length;
  states.set(form, state);
  if (returned.address === address && returned.digest === digest(written(form))) state.saved = written(form);
  const again = coming.get(address);
  coming.delete(address);
  const mine = begun.get(address);
  if (carried && `${actionOf(form).pathname}/`.startsWith(carried.path)) {
    fill(form, carried.fields);
    keep(form);
    carried = undefined;
  } else if (again) {
    Object.assign(state, { key: again, unsaved: true });
    keep(form);
  } else if (mine && mine.version === (versionOf(form)?.value ?? "")) take(form, mine);
  else {
    for (const key of keys(`${PREFIX}${address} `)) offer(form, recall(key));
    if (isUnsaved(form)) keep(form); // typed before this script came
  }
}

function offer(form, draft) {
  const text = JSON.stringify(draft?.fields);
  if (!draft || text === states.get(form).saved) return forget(draft?.key);
  if (text === written(form)) return take(form, draft);
  return announce(form, draft, false);
}

function take(form, draft) {
  const state = states.get(form);
  state.thrown = false;
  if (isUnsaved(form) && written(form) !== JSON.stringify(draft.fields)) {
    // What stands here now is offered in its turn. (Or the browser has brought the draft back itself.)
    keep(form);
    announce(form, begun.get(state.address), false);
  }
  const version = versionOf(form);
  state.version ??= version?.value;
  state.key = draft.key;
  fill(form, draft.fields);
  if (version) version.value = draft.version; // older than what is saved: saving says so
  keep(form);
  announce(form, draft, true);
}

function throwAway(form, notice, draft) {
  const state = states.get(form);
  forget(draft.key);
  notice.remove();
  if (state.key !== draft.key) return;
  form.querySelectorAll("[data-grown]").forEach((row) => row.remove());
  fill(form, JSON.parse(state.saved));
  if (state.version !== undefined) versionOf(form).value = state.version;
  state.thrown = true; // the server may have yet to draw the form as it was (comparison_form.js)
  drop(form);
}

function announce(form, draft, taken) {
  const notice = looks.content.firstElementChild.cloneNode(true);
  const part = (name) => notice.querySelector(`[data-${name}]`);
  part("offered").hidden = taken;
  part("taken").hidden = !taken;
  part("newer").hidden = draft.version === (states.get(form).version ?? versionOf(form)?.value ?? "");
  part("take").hidden = taken;
  const at = new Date(draft.at);
  const today = at.toDateString() === new Date().toDateString();
  for (const time of notice.querySelectorAll("time")) {
    time.dateTime = at.toISOString();
    time.textContent = [today ? [] : at.toLocaleDateString(LANGUAGE, { day: "numeric", month: "long" }), at.toLocaleTimeString(LANGUAGE, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })].flat().join(" ");
  }
  const text = longestWritten(form, draft.fields);
  const goOn = () => (kept(form).find(({ type, value }) => /^text/.test(type) && value.trim() === text) ?? kept(form).find(({ type }) => /^text/.test(type)))?.focus();
  notice.querySelector(".draft-text").textContent = taken ? "" : text.length > 160 ? `${text.slice(0, 160)}…` : text;
  part("take").addEventListener("click", () => {
    notice.remove();
    take(form, draft);
    goOn();
  });
  part("drop").addEventListener("click", () => {
    throwAway(form, notice, draft);
    goOn();
  });
  form.before(notice);
  for (let fold = form.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  if (taken) {
    states.get(form).notice?.remove();
    states.get(form).notice = notice;
  }
}

// Sent as a page. The next one says whether that was answered by a redirect: saved.

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !states.has(form)) return;
  keep(form);
  leaving = true;
  const { address, key } = states.get(form);
  if (key && !event.submitter?.matches(".danger")) attempt(() => session.setItem(SENT, JSON.stringify({ address, key, digest: digest(written(form)) })));
});

function arrive() {
  const sent = attempt(() => JSON.parse(session.getItem(SENT)));
  attempt(() => session.removeItem(SENT));
  if (!sent) return;
  const { address, key } = sent;
  const redirects = performance.getEntriesByType("navigation")[0]?.redirectCount;
  if (region.dataset.came === "saved" && redirects) {
    forget(key);
    attempt(() => session.setItem(SAVED, JSON.stringify(sent)));
  } else if (region.dataset.came === "again") {
    // With the same address, or as the one form there is: a term that was renamed meanwhile.
    const forms = formsIn(document);
    const back = forms.find((form) => addressOf(form) === address) ?? (forms.length === 1 ? forms[0] : null);
    if (back) coming.set(addressOf(back), key);
  }
}

addEventListener("beforeunload", (event) => {
  keepAll();
  if (!leaving && formsIn(document).some(isUnsaved)) event.preventDefault();
});
addEventListener("pagehide", () => keepAll());
addEventListener("pageshow", ({ persisted }) => {
  leaving = false;
  if (!persisted) return;
  for (const form of formsIn(document)) {
    // Saved, then left by Back: what stands here is what was saved.
    const state = states.get(form);
    if (state.key && !recall(state.key)) Object.assign(state, { saved: written(form), unsaved: false, key: undefined });
  }
});
document.addEventListener("visibilitychange", () => document.hidden && keepAll());
document.addEventListener("input", onTyping);
document.addEventListener("change", onTyping);

// Sent by htmx. A button without a name saves; one with a name makes another form of this one, or
// deletes.

function putAway(root, but) {
  const forms = formsIn(root).filter((form) => states.has(form) && form !== but);
  forms.forEach(keep);
  if (forms.some(isUnsaved)) say("", region.dataset.kept);
}

document.body.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (states.has(detail.elt)) states.get(detail.elt).sent = written(detail.elt);
});
document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { target, requestConfig, isError } = detail;
  const sender = requestConfig.elt.closest("form[data-draft]");
  let saved = false;
  if (sender && target.contains(sender) && states.has(sender)) {
    if (isError && !detail.serverResponse.includes("data-draft")) {
      // A page of somebody who stands before our server: not in the place of the form.
      detail.shouldSwap = false;
      say("bad", region.dataset.offline);
      return;
    }
    const button = requestConfig.triggeringEvent?.submitter;
    const stays = button?.name === "stay";
    keep(sender);
    const { address, key, sent } = states.get(sender);
    saved = !isError && (stays || !button?.name);
    if (saved) {
      if (stays && sent !== written(sender)) carried = { path: `${actionOf(sender).pathname}/`, fields: read(sender) };
      drop(sender);
    } else if (key && !button?.matches(".danger")) coming.set(address, key);
  }
  putAway(target, sender);
  if (saved) states.delete(sender); // as it goes, its field may still say that it was changed
});
document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  formsIn(document).forEach(meet);
  coming.clear();
  const form = detail.elt.closest?.("form[data-draft]");
  if (!form) return;
  states.get(form).thrown = false;
  keep(form); // a part of it came anew
});
document.addEventListener("putaway", ({ target }) => putAway(target));

// Ctrl-S

async function stay(form, button) {
  const state = states.get(form);
  if (state.saving) return (state.saving = "again");
  state.saving = "now";
  try {
    return await send(form, state, button);
  } finally {
    const again = state.saving === "again" && isUnsaved(form);
    state.saving = undefined;
    if (again) stay(form, button);
  }
}

async function send(form, state, button) {
  const sent = written(form);
  keep(form);
  const body = new FormData(form);
  body.set("stay", "1");
  let answer, page;
  try {
    answer = await fetch(actionOf(form), { method: "POST", body });
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return say("bad", region.dataset.offline);
  }
  const next = page.querySelector('form[data-stay="here"]');
  if (page.getElementById("problem")) return region.replaceChildren(page.getElementById("problem"));
  if (!formsIn(page).length) return say("bad", region.dataset.offline); // not our server's answer
  if (!answer.redirected || !answer.ok || !next) return form.requestSubmit(button); // shows what is wrong
  drop(form);
  form.setAttribute("action", next.getAttribute("action"));
  form.dataset.draft = next.dataset.draft;
  if (next.dataset.item) form.dataset.item = next.dataset.item;
  if (!versionOf(form)) form.prepend(versionOf(next));
  // Whatever else stands here to be sent was filled from the version before.
  for (const other of page.querySelectorAll("form")) {
    const ours = [...document.forms].find((each) => each.getAttribute("action") === other.getAttribute("action"));
    if (ours && versionOf(ours) && versionOf(other)) versionOf(ours).value = versionOf(other).value;
  }
  const [here, there] = [form, next].map((each) => each.querySelector(".form-end a"));
  if (here && there) here.href = there.href;
  document.querySelector("h1")?.replaceChildren(...(page.querySelector("h1")?.childNodes ?? []));
  document.title = page.title;
  history.replaceState(history.state, "", answer.url);
  Object.assign(state, { address: addressOf(form), saved: sent, unsaved: false, version: undefined });
  keep(form); // what was typed meanwhile
  region.replaceChildren(...page.getElementById("messages").children);
  return undefined;
}

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  const forms = formsIn(document).filter((form) => form.checkVisibility?.() ?? true);
  const form = event.target.closest?.("form[data-draft]") ?? forms.find(isUnsaved) ?? (forms.length === 1 ? forms[0] : null);
  if (!form || event.isComposing) return;
  event.preventDefault();
  const button = form.querySelector("[data-save]") ?? form.querySelector(".primary");
  if (!("stay" in form.dataset)) button.click();
  else if (form.dataset.stay === "here" && region.dataset.came !== "again") {
    if (form.reportValidity()) stay(form, button);
  } else {
    const extra = Object.assign(document.createElement("button"), { name: "stay", value: "1", hidden: true });
    form.append(extra);
    extra.click();
    extra.remove();
  }
});

arrive();
const returned = attempt(() => JSON.parse(session.getItem(SAVED))) ?? {}; // by Back, to what was saved
if (local && document.querySelector("form[data-draft]")) attempt(prune);
formsIn(document).forEach(meet);
coming.clear();
