// What is being written goes on by a list: behind [[ (or 【【) in every text, and in the fields with
// data-complete="tag" (…): what /api/v1/complete offers. Arrows choose, Enter or Tab takes, Escape
// puts away. While an input method composes, nothing is asked for and no key is taken. data-between=","
// says that a field holds several, one behind the other; with data-ticks, what is taken is ticked among
// the boxes of that name, and the field is empty again. A field's own datalist comes first.

const PAUSE = 60; // ms
const OPENED = /(?:\[\[|【【)([^[\]【】|｜\n]{0,80})$/;
const region = document.getElementById("messages");
const words = document.getElementById("completion-words").dataset;
const list = Object.assign(document.createElement("ul"), { id: "completions", className: "completions", popover: "manual" });
list.setAttribute("role", "listbox");
list.setAttribute("aria-label", words.list);
const said = Object.assign(document.createElement("p"), { className: "visually-hidden" });
said.setAttribute("role", "status");
const mirror = Object.assign(document.createElement("div"), { className: "caret-mirror" });
mirror.setAttribute("aria-hidden", "true");

let field; // that is being completed
let asked; // { q, for, start } of what the list answers
let request;
let timer = 0;
let composing = false;

const isOpen = () => Boolean(field) && list.matches(":popover-open");
const options = () => [...list.querySelectorAll("[role=option]")];
const chosen = () => list.querySelector("[aria-selected=true]");

// What the caret stands behind that can go on: { q, for, start }, start being where it began.
function typed(target) {
  if (target.selectionStart !== target.selectionEnd) return null;
  const before = target.value.slice(0, target.selectionStart);
  if (target.dataset.complete) {
    const between = target.dataset.between?.replace("\\n", "\n");
    const start = between ? Math.max(...[...between].map((mark) => before.lastIndexOf(mark))) + 1 : 0;
    const q = before.slice(start).trimStart();
    return q ? { q, for: target.dataset.complete, start: before.length - q.length } : null;
  }
  const opened = target.matches("textarea") ? OPENED.exec(before) : null;
  return opened ? { q: opened[1], for: "link", start: opened.index } : null;
}

function close() {
  clearTimeout(timer);
  request?.abort();
  if (list.matches(":popover-open")) list.hidePopover();
  for (const name of ["aria-controls", "aria-activedescendant"]) field?.removeAttribute(name);
  if (field?.getAttribute("role") === "combobox") field.setAttribute("aria-expanded", "false");
  field = asked = undefined;
}

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  if (!option) return field.removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", option.id);
}

// Where the caret is on the screen: of a text, by a copy of it that is laid out alike.
function place(target, start) {
  const box = target.getBoundingClientRect();
  if (!target.matches("textarea")) return { x: box.left, top: box.top, bottom: box.bottom };
  const style = getComputedStyle(target);
  for (const name of ["font", "letterSpacing", "lineHeight", "padding", "border", "textIndent", "tabSize", "direction", "wordBreak", "overflowWrap"]) mirror.style[name] = style[name];
  mirror.style.width = `${target.clientWidth + parseFloat(style.borderLeftWidth) + parseFloat(style.borderRightWidth)}px`;
  const mark = document.createElement("span");
  mark.textContent = "\u200b";
  mirror.replaceChildren(target.value.slice(0, start), mark);
  document.body.append(mirror);
  const line = parseFloat(style.lineHeight) || 1.5 * parseFloat(style.fontSize);
  const top = Math.min(Math.max(box.top + mark.offsetTop - target.scrollTop, box.top), box.bottom - line);
  const x = box.left + mark.offsetLeft;
  mirror.remove();
  return { x, top, bottom: top + line };
}

function show(target, now, items) {
  field = target;
  asked = now;
  list.replaceChildren(
    ...items.map(({ label, text, detail, kind }, at) => {
      const option = Object.assign(document.createElement("li"), { id: `completion-${at + 1}` });
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.text = text;
      for (const [name, shown] of Object.entries({ label, detail, kind: words[kind] })) {
        if (!shown) continue;
        const part = Object.assign(document.createElement("span"), { className: `completion-${name}`, textContent: shown, dir: "auto" });
        option.append(part, " ");
      }
      return option;
    }),
  );
  if (!items.length) return close();
  if (!list.isConnected) document.body.append(list, said);
  if (!list.matches(":popover-open")) list.showPopover();
  const { x, top, bottom } = place(target, now.start);
  const { width, height } = list.getBoundingClientRect();
  list.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`;
  list.style.top = `${bottom + height + 4 > innerHeight && top - height - 4 > 0 ? top - height - 4 : bottom + 4}px`;
  target.setAttribute("aria-controls", list.id);
  target.setAttribute("aria-autocomplete", "list");
  if (target.matches("input")) {
    target.setAttribute("role", "combobox");
    target.setAttribute("aria-expanded", "true");
  }
  said.textContent = words.found.replace("{count}", items.length);
  choose(now.for === "link" ? options()[0] : null); // in a field, Enter sends the form
  return undefined;
}

const local = (target, { q }) => {
  const part = q.toLowerCase();
  const every = [...(document.getElementById(target.dataset.known)?.options ?? [])];
  return every
    .filter(({ value, label }) => `${value} ${label}`.toLowerCase().includes(part))
    .slice(0, 5)
    .map(({ value, label }) => ({ text: value, label: label || value, detail: label && label !== value ? value : "", kind: "" }));
};

async function ask(target) {
  const now = typed(target);
  if (!now) return close();
  request?.abort();
  request = new AbortController();
  const { signal } = request;
  try {
    const answer = await fetch(`/api/v1/complete?${new URLSearchParams({ q: now.q, for: now.for })}`, { signal });
    if (!answer.ok) throw new TypeError(answer.statusText);
    const { items } = await answer.json();
    region.querySelector("[data-unanswered]")?.remove();
    const still = document.activeElement === target && !composing ? typed(target) : null;
    if (signal.aborted || still?.q !== now.q || still.start !== now.start) return undefined;
    const own = local(target, now);
    const texts = new Set(own.map(({ text }) => text));
    const found = [...own, ...items.filter(({ text }) => !texts.has(text))];
    return show(target, now, found.length === 1 && found[0].text === now.q && now.for !== "link" ? [] : found);
  } catch (error) {
    if (error.name === "AbortError") return undefined;
    close();
    const notice = Object.assign(document.createElement("p"), { className: "notice warning", textContent: words.offline });
    notice.dataset.unanswered = "";
    region.replaceChildren(notice);
    return undefined;
  }
}

function insert(words, from) {
  const target = field;
  let to = target.selectionStart;
  if (asked.for === "link") to += /^(\]\]|】】)?/.exec(target.value.slice(to))[0].length;
  target.setSelectionRange(from, to);
  // So that Ctrl-Z takes it back; what does not know it writes it all the same.
  if (!document.execCommand("insertText", false, words)) {
    target.setRangeText(words, from, to, "end");
    target.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function take(option) {
  const { text } = option.dataset;
  const target = field;
  const { start, for: what } = asked;
  if (target.dataset.ticks) {
    const box = document.querySelector(`input[name="${target.dataset.ticks}"][value="${CSS.escape(text)}"]`);
    if (box && !box.checked) box.click();
    box?.scrollIntoView({ block: "nearest" });
    insert("", start);
  } else if (what === "link") insert(`[[${text}]]`, start);
  else insert(target.dataset.between?.includes(",") ? `${text}, ` : text, start);
  close();
}

for (const box of document.querySelectorAll("[data-ticks]")) box.hidden = false;
document.addEventListener("input", ({ target, isComposing }) => {
  if (!target.matches?.("textarea, input[data-complete]")) return;
  if (target.list && target.dataset.complete) {
    target.dataset.known = target.list.id; // ours, so that there are not two lists
    target.removeAttribute("list");
  }
  clearTimeout(timer);
  if (isComposing) return;
  if (typed(target)) timer = setTimeout(ask, PAUSE, target);
  else if (field) close();
});
document.addEventListener("compositionstart", () => (composing = true));
document.addEventListener("compositionend", ({ target }) => {
  composing = false;
  if (target.matches?.("textarea, input[data-complete]") && typed(target)) timer = setTimeout(ask, PAUSE, target);
});

// Before all others that hear keys: what the list takes, nobody else does.
addEventListener(
  "keydown",
  (event) => {
    if (!isOpen() || event.target !== field || event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && !event.shiftKey) {
      const every = options();
      const at = every.indexOf(chosen());
      choose(every[(at + step + (at < 0 && step < 0 ? 1 : 0) + every.length) % every.length]);
    } else if (event.key === "Enter" && !event.shiftKey && chosen()) take(chosen());
    else if (event.key === "Tab" && !event.shiftKey && chosen()) take(chosen());
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);
document.addEventListener("selectionchange", () => {
  if (!isOpen()) return;
  const now = document.activeElement === field ? typed(field) : null;
  if (!now || now.start !== asked.start) close();
});
document.addEventListener("focusout", ({ target }) => target === field && close());
addEventListener("scroll", ({ target }) => isOpen() && target !== list && close(), true);
addEventListener("resize", () => isOpen() && close());
list.addEventListener("pointerdown", (event) => event.preventDefault()); // the text keeps the caret
list.addEventListener("click", (event) => {
  const option = event.target.closest("[role=option]");
  if (option && field) take(option);
});

// This file comes when a field is first written in: what stands in it already goes on, too.
const first = document.activeElement;
if (first?.matches("textarea, input[data-complete]") && typed(first)) ask(first);
