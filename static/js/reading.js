// The page of reading: pdf.js draws the pages that are looked at, over each its text to select, the
// marks on it and its links. Marks are found by their words, never by a position (letters.js); their
// list beside the page is what is known of them.

import { findAll, findQuote, joinLines, lettersOf, readLetters, writeOut } from "./letters.js";

const reader = document.getElementById("reader");
const said = reader.dataset;
const view = document.getElementById("reader-pages");
const marking = document.getElementById("marking");
const dialog = document.getElementById("evidence");
const pageField = document.getElementById("reader-page");
const findField = document.getElementById("reader-find");
const hitsShown = document.getElementById("reader-hits");
const paper = encodeURIComponent(said.paper);
const api = `/api/v1/papers/${paper}`;
// Begun before all else: to load it takes as long as all the rest of opening.
const worker = new Worker(said.worker, { type: "module" });
const GAP = 12; // px between pages
const AHEAD = 1; // pages drawn before and after those in sight
const DRAWN = 12; // pages kept drawn
const AREA = 16_000_000; // pixels of a canvas, at most
const AROUND = 60; // characters kept of what stands before and after a mark
const TOGETHER = 4; // pages, at most, that one passage goes over
const KEYS_OFF = "crosswalk.keys-off";

let pdf;
let pages = [];
let current = 1;
let scale = 1;
let fit = "width";
let drawing = 0; // a new number with every scale: what was begun for an older one is dropped
let chosen = null; // the mark that one is at
let picked = null; // the passage that is selected
let lastColour = "claim";
let search = { words: [], hits: [], at: -1, text: "" };

const remembered = {
  get(name) {
    try {
      return localStorage.getItem(`crosswalk.reading.${name}`);
    } catch {
      return null;
    }
  },
  set(name, value) {
    try {
      localStorage.setItem(`crosswalk.reading.${name}`, value);
    } catch {
      // A browser that stores nothing forgets it with the page.
    }
  },
};

// Messages

const message = document.getElementById("reader-said");
let hiding = 0;

function say(text, tone = "", action = null) {
  message.className = `reader-said notice ${tone}`;
  message.querySelector("p").textContent = text;
  const button = message.querySelector("button");
  button.hidden = !action;
  button.textContent = action?.label ?? "";
  button.onclick = () => {
    message.hidden = true;
    action.run();
  };
  message.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => (message.hidden = true), action ? 10_000 : 4_000);
}

async function ask(url, method, body, headers = {}) {
  let answer;
  try {
    answer = await fetch(url, {
      method,
      headers: { ...(body ? { "Content-Type": "application/json" } : {}), ...headers },
      body: body ? JSON.stringify(body) : undefined,
      keepalive: method === "PUT",
    });
  } catch {
    say(said.unsaved, "bad");
    return null;
  }
  if (answer.ok) return answer.status === 204 ? {} : answer.json();
  const problem = await answer.json().catch(() => ({}));
  say(Object.values(problem.errors ?? {})[0] ?? problem.detail ?? said.unsaved, "bad");
  return null;
}

// Opening

async function open() {
  document.querySelectorAll("[data-scripted]").forEach((part) => (part.hidden = false));
  togglePanel(remembered.get("panel") !== "shut" && innerWidth > 760);
  showTab(remembered.get("tab") ?? "notes");
  const pdfjs = await import(said.pdfjs);
  pdfjs.GlobalWorkerOptions.workerPort = worker;
  let first;
  try {
    pdf = await pdfjs.getDocument({
      url: `/files/${said.file}`,
      isEvalSupported: false,
      enableXfa: false,
      useWasm: false,
      useSystemFonts: true,
      cMapUrl: `${said.vendor}cmaps/`,
      cMapPacked: true,
      standardFontDataUrl: `${said.vendor}standard_fonts/`,
      wasmUrl: `${said.vendor}wasm/`,
      maxImageSize: 100_000_000,
    }).promise;
    first = await pdf.getPage(1);
  } catch (problem) {
    const why = { PasswordException: said.locked, InvalidPDFException: said.broken }[problem.name] ?? (pdf ? said.broken : said.missing);
    const notice = document.createElement("div");
    notice.className = "notice bad";
    notice.setAttribute("role", "alert");
    notice.append(Object.assign(document.createElement("p"), { textContent: why }));
    view.append(notice);
    return;
  }
  const size = first.getViewport({ scale: 1 });
  pages = Array.from({ length: pdf.numPages }, (_, at) => makePage(at + 1, size.width, size.height));
  pages[0].proxy = first;
  view.append(...pages.map(({ box }) => box));
  document.querySelector("[data-pages]").textContent = pdf.numPages;
  for (const page of pages) seen.observe(page.box);
  rescale();
  const at = Number(said.page);
  await goTo(at > pdf.numPages ? 1 : at);
  view.addEventListener("scroll", follow, { passive: true });
  addEventListener("hashchange", goToHash);
  pdf.getOutline().then(showOutline, () => {});
  readMarks();
  await goToHash();
  if (said.q) find(said.q, true);
  await whenDrawn(pages[current - 1]);
  reader.dataset.ready = "";

  function makePage(number, width, height) {
    const box = document.createElement("section");
    box.className = "page";
    box.dataset.number = number;
    box.setAttribute("aria-label", said.place.replace("{page}", number));
    return { number, width, height, box, pdfjs };
  }
}

// Drawing

const seen = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) pages[target.dataset.number - 1].near = isIntersecting;
    draw();
  },
  { root: view, rootMargin: "100% 0px" },
);

function rescale() {
  const page = pages[current - 1] ?? pages[0];
  if (!page) return;
  const wide = view.clientWidth - 2 * GAP;
  const high = view.clientHeight - 2 * GAP;
  if (fit === "width") scale = Math.min(wide / page.width, 2.2);
  else if (fit === "page") scale = Math.min(wide / page.width, high / page.height);
  scale = Math.min(6, Math.max(0.02, scale)); // 0.02: a poster of two hundred inches on a phone
  drawing++;
  const rect = page.box.getBoundingClientRect();
  const within = rect.height ? (view.getBoundingClientRect().top - rect.top) / rect.height : 0;
  for (const each of pages) {
    setSize(each);
    each.drawn = false;
  }
  view.scrollTop = page.box.offsetTop - view.offsetTop + within * page.box.offsetHeight;
  const button = document.querySelector(".reader-scale");
  button.textContent = `${Math.round(scale * 100)} %`;
  button.setAttribute("aria-label", `${button.textContent}: ${button.title}`);
  draw();
}

function setSize(page) {
  page.box.style.setProperty("--total-scale-factor", scale);
  page.box.style.width = `${Math.floor(page.width * scale)}px`;
  page.box.style.height = `${Math.floor(page.height * scale)}px`;
}

let busy = null;

async function draw() {
  if (busy) return;
  for (;;) {
    const next = nearest((page) => page.near && !page.drawn);
    if (!next) break;
    busy = next;
    try {
      await drawPage(next);
    } catch (problem) {
      next.drawn = true; // a page that cannot be drawn must not be tried for ever
      if (problem.name !== "RenderingCancelledException") console.warn(problem);
    }
  }
  busy = null;
  const kept = pages.filter(({ canvas }) => canvas).sort((one, other) => Math.abs(one.number - current) - Math.abs(other.number - current));
  for (const page of kept.slice(DRAWN)) {
    page.canvas.width = 0;
    page.box.replaceChildren();
    Object.assign(page, { canvas: null, textShown: null, linked: false, layer: null, drawn: false });
    page.proxy?.cleanup();
  }
}

const nearest = (wanted) => pages.filter(wanted).sort((one, other) => Math.abs(one.number - current) - Math.abs(other.number - current))[0];

async function proxyOf(page) {
  if (!page.proxy) page.proxy = await pdf.getPage(page.number);
  const { width, height } = page.proxy.getViewport({ scale: 1 });
  if (Math.abs(width - page.width) > 0.5 || Math.abs(height - page.height) > 0.5) {
    Object.assign(page, { width, height });
    setSize(page);
  }
  return page.proxy;
}

async function drawPage(page) {
  const asked = drawing;
  const proxy = await proxyOf(page);
  const viewport = proxy.getViewport({ scale });
  const ratio = Math.min(devicePixelRatio || 1, Math.sqrt(AREA / (viewport.width * viewport.height)));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.floor(viewport.width * ratio));
  canvas.height = Math.max(1, Math.floor(viewport.height * ratio));
  // Marks in the file itself are drawn as the file has them, until they are among ours.
  const taken = document.querySelector(`#marks [data-origin="pdf"][data-file="${said.file}"]`);
  const rendering = proxy.render({ canvas, viewport, annotationMode: taken ? 0 : 1, transform: ratio === 1 ? null : [ratio, 0, 0, ratio, 0, 0], recordImages: true });
  page.textShown ??= showText(page, proxy, viewport);
  await Promise.all([rendering.promise, page.textShown]);
  if (asked !== drawing) return;
  page.drawn = true;
  if (page.canvas) page.canvas.replaceWith(canvas);
  else page.box.prepend(canvas);
  page.canvas = canvas;
  if (!page.linked) {
    page.linked = true;
    showPictures(page, proxy.imageCoordinates);
    await showLinks(page, proxy);
  }
  showMarks(page);
}

// In the dark a page is inverted, and its pictures, inverted once more, look as they are.
function showPictures(page, coordinates) {
  for (let at = 0; coordinates && at + 6 <= coordinates.length; at += 6) {
    const [x1, y1, x2, y2, x3, y3] = coordinates.subarray(at, at + 6);
    const [left, right] = [Math.min(x1, x2, x3, x2 + x3 - x1), Math.max(x1, x2, x3, x2 + x3 - x1)];
    const [top, bottom] = [Math.min(y1, y2, y3, y2 + y3 - y1), Math.max(y1, y2, y3, y2 + y3 - y1)];
    if (right - left < 0.02 || bottom - top < 0.02 || (right - left) * (bottom - top) > 0.8) continue;
    const picture = document.createElement("div");
    picture.className = "page-picture";
    place(picture, { left, top, width: right - left, height: bottom - top });
    page.canvas.after(picture);
  }
}

async function textOf(page) {
  if (!page.reading)
    page.reading = proxyOf(page).then(async (proxy) => {
      page.content = await proxy.getTextContent({ includeMarkedContent: false, disableNormalization: true });
      page.pieces = page.content.items;
      Object.assign(page, readLetters(page.pieces));
      return page;
    });
  return page.reading;
}

async function showText(page, proxy, viewport) {
  await textOf(page);
  const container = document.createElement("div");
  container.className = "textLayer";
  const layer = new page.pdfjs.TextLayer({ textContentSource: page.content, container, viewport });
  await layer.render();
  page.text = container;
  page.divs = layer.textDivs;
  container.append(Object.assign(document.createElement("div"), { className: "endOfContent" }));
  container.addEventListener("pointerdown", () => container.classList.add("selecting"));
  page.layer = Object.assign(document.createElement("div"), { className: "markLayer" });
  page.box.append(page.layer, container);
}

async function showLinks(page, proxy) {
  const links = (await proxy.getAnnotations({ intent: "display" })).filter(({ subtype }) => subtype === "Link");
  const viewport = proxy.getViewport({ scale: 1 });
  for (const link of links) {
    const outside = /^https?:\/\//i.test(link.url ?? "");
    if (!outside && !link.dest) continue; // programs to start, files to open, scripts: never
    const [x1, y1] = onPage(viewport, link.rect[0], link.rect[1]);
    const [x2, y2] = onPage(viewport, link.rect[2], link.rect[3]);
    const anchor = document.createElement("a");
    anchor.className = "page-link";
    if (outside) Object.assign(anchor, { href: link.url, target: "_blank", rel: "noopener noreferrer", title: link.url });
    else {
      anchor.href = `#page=${page.number}`;
      anchor.addEventListener("click", (event) => {
        event.preventDefault();
        goToDestination(link.dest);
      });
    }
    anchor.tabIndex = -1;
    place(anchor, {
      left: Math.min(x1, x2) / page.width,
      top: Math.min(y1, y2) / page.height,
      width: Math.abs(x2 - x1) / page.width,
      height: Math.abs(y2 - y1) / page.height,
    });
    page.box.append(anchor);
  }
}

// A place in a file's own measure, as it is drawn at this scale.
function onPage({ transform: [a, b, c, d, e, f] }, x, y) {
  return [a * x + c * y + e, b * x + d * y + f];
}

function place(element, { left, top, width, height }) {
  Object.assign(element.style, { left: `${left * 100}%`, top: `${top * 100}%`, width: `${width * 100}%`, height: `${height * 100}%` });
}

// Where some of a page's letters are drawn: boxes in parts of the page, one a line.
function boxesOf(page, from, to) {
  const boxes = [];
  const whole = page.box.getBoundingClientRect();
  const range = document.createRange();
  for (let at = from; at < to; ) {
    const number = page.piece[at];
    let end = at;
    while (end + 1 < to && page.piece[end + 1] === number) end++;
    const node = page.divs[number]?.firstChild;
    if (node && whole.width) {
      range.setStart(node, Math.min(page.offset[at], node.length));
      range.setEnd(node, Math.min(page.offset[end] + 1, node.length));
      for (const rect of range.getClientRects())
        boxes.push({ left: (rect.left - whole.left) / whole.width, top: (rect.top - whole.top) / whole.height, width: rect.width / whole.width, height: rect.height / whole.height });
    }
    at = end + 1;
  }
  const lines = [];
  for (const box of boxes) {
    const last = lines.at(-1);
    const same = last && Math.abs(last.top + last.height / 2 - box.top - box.height / 2) < last.height / 3 && box.left > last.left && box.left - last.left - last.width < 0.03;
    if (!same) lines.push({ ...box });
    else {
      const top = Math.min(last.top, box.top);
      last.height = Math.max(last.top + last.height, box.top + box.height) - top;
      last.top = top;
      last.width = box.left + box.width - last.left;
    }
  }
  return lines;
}

function showMarks(page) {
  if (!page.layer) return;
  page.layer.replaceChildren();
  for (const mark of marks)
    for (const { from, to } of (mark.parts ?? []).filter((part) => part.page === page.number))
      for (const box of boxesOf(page, from, to)) addBox(page, box, `mark-box is-${mark.colour}${mark === chosen ? " is-chosen" : ""}`).dataset.of = mark.id;
  search.hits.forEach((hit, at) => {
    if (hit.page === page.number) for (const box of boxesOf(page, hit.from, hit.to)) addBox(page, box, `hit${at === search.at ? " is-current" : ""}`);
  });
}

function addBox(page, box, name) {
  const element = document.createElement("div");
  element.className = name;
  place(element, box);
  page.layer.append(element);
  return element;
}

// Going about

async function whenDrawn(page) {
  for (let tries = 0; !page.layer && tries < 100; tries++) await new Promise((done) => setTimeout(done, 30));
}

async function goTo(number, within = 0) {
  const page = pages[number - 1];
  if (!page) return;
  await proxyOf(page);
  view.scrollTop = page.box.offsetTop - view.offsetTop - GAP + within * page.box.offsetHeight;
  setCurrent(number);
}

async function goToDestination(dest) {
  const explicit = typeof dest === "string" ? await pdf.getDestination(dest) : dest;
  if (!Array.isArray(explicit)) return;
  const at = typeof explicit[0] === "object" && explicit[0] ? await pdf.getPageIndex(explicit[0]).catch(() => -1) : explicit[0];
  if (!(at >= 0 && at < pages.length)) return;
  const page = pages[at];
  const viewport = (await proxyOf(page)).getViewport({ scale: 1 });
  const top = explicit[1]?.name === "XYZ" ? explicit[3] : explicit[1]?.name === "FitH" ? explicit[2] : null;
  const y = typeof top === "number" ? onPage(viewport, 0, top)[1] / page.height : 0;
  await goTo(at + 1, Math.max(0, y - 0.02));
}

async function goToHash() {
  const mark = /^#mark-(\d+)$/.exec(location.hash);
  if (mark) await goToMark(marks.find(({ id }) => id === mark[1]));
}

let following = 0;

function follow() {
  if (following) return;
  following = requestAnimationFrame(() => {
    following = 0;
    const middle = view.scrollTop + view.offsetTop + view.clientHeight / 3;
    let low = 0;
    for (let high = pages.length - 1; low < high; ) {
      const half = (low + high + 1) >> 1;
      if (pages[half].box.offsetTop <= middle) low = half;
      else high = half - 1;
    }
    setCurrent(low + 1);
    hideMarking();
  });
}

let saving = 0;

function setCurrent(number) {
  if (number !== current || !pageField.value) {
    current = number;
    if (document.activeElement !== pageField) pageField.value = number;
    clearTimeout(saving);
    saving = setTimeout(savePlace, 1200);
    const address = new URL(location);
    address.searchParams.set("page", number);
    history.replaceState(history.state, "", address);
  }
  draw();
}

let saved = Number(said.remembered);

async function savePlace() {
  clearTimeout(saving);
  if (current === saved) return;
  saved = current;
  const place = await ask(`${api}/place`, "PUT", { file: said.file, page: current });
  if (!place) return;
  showReading(place.reading);
  if (!place.began) return;
  say(said.began, "", { label: said.undo, run: () => htmx.ajax("POST", `/papers/${paper}/reading`, { values: { reading: "unread" }, target: "#reading", swap: "outerHTML" }) });
}

function showReading(reading) {
  const buttons = [...document.querySelectorAll("#reading button")];
  const at = buttons.findIndex(({ value }) => value === reading);
  for (const [number, button] of buttons.entries()) {
    button.setAttribute("aria-pressed", number === at);
    if (number === (at + 1) % buttons.length) button.dataset.key = "u";
    else delete button.dataset.key;
  }
}

addEventListener("pagehide", savePlace);

// Marks: what is known of them stands in the list

let marks = [];

function readMarks() {
  marks = [...document.querySelectorAll("#marks [data-mark]")].map((item) => {
    const { mark, page, file, exact, prefix, suffix, colour, version } = item.dataset;
    return { id: mark, page: Number(page), file, exact, prefix, suffix, colour, version, item };
  });
  if (chosen) chosen = marks.find(({ id }) => id === chosen.id) ?? null;
  document.querySelector("[data-count-marks]").textContent = marks.length || "";
  for (const mark of marks) mark.looking = locate(mark).then(() => showMark(mark));
  for (const page of pages) showMarks(page);
  Promise.all(marks.map(({ looking }) => looking)).then(sortMarks);
}

function showMark(mark) {
  for (const { page } of mark?.parts ?? []) showMarks(pages[page - 1]);
}

// As they come one after the other in the file.
function sortMarks() {
  const order = [...marks].sort((one, other) => (one.on ?? one.page) - (other.on ?? other.page) || (one.from ?? 0) - (other.from ?? 0));
  if (order.some((mark, at) => mark !== marks[at])) {
    marks = order;
    marks[0].item.parentElement.append(...marks.map(({ item }) => item));
  }
}

// The words of a mark: on its page and what follows it, or, in another version of the file, on the
// nearest that has them.
async function locate(mark) {
  if (!mark.exact) return;
  const order = [...pages].sort((one, other) => Math.abs(one.number - mark.page) - Math.abs(other.number - mark.page));
  for (let together = 1; together <= TOGETHER; together++)
    for (const first of mark.file === said.file ? order.slice(0, 1) : order) {
      const over = pages.slice(first.number - 1, first.number - 1 + together);
      if (over.length < together) continue;
      for (const page of over) await textOf(page);
      const found = findQuote(over.map(({ letters }) => letters).join(""), mark);
      if (!found) continue;
      mark.parts = partsOf(over, found);
      const [{ page: on, from, to }] = mark.parts;
      Object.assign(mark, { on, from, to });
      if (on !== mark.page) mark.item.querySelector("[data-to-mark]").textContent = said.place.replace("{page}", on);
      return;
    }
  mark.item.querySelector(".mark-lost").hidden = false;
}

// What is found in the letters of some pages, one after the other, page by page.
function partsOf(over, { from, to }) {
  let begins = 0;
  const parts = over.map(({ number, letters: { length } }) => {
    const part = { page: number, from: Math.max(0, from - begins), to: Math.min(length, to - begins) };
    begins += length;
    return part;
  });
  return parts.filter((part) => part.from < part.to);
}

async function goToMark(mark) {
  if (!mark) return;
  await mark.looking;
  choose(mark);
  const page = pages[(mark.on ?? mark.page) - 1];
  if (!page) return;
  await goTo(page.number);
  await whenDrawn(page);
  if (mark.on && page.text) await goTo(page.number, Math.max(0, (boxesOf(page, mark.from, mark.to)[0]?.top ?? 0) - 0.15));
  showMarks(page);
}

function choose(mark) {
  const before = chosen;
  chosen = mark;
  for (const each of marks) each.item.classList.toggle("is-chosen", each === mark);
  if (mark) {
    showTab("marks");
    mark.item.scrollIntoView({ block: "nearest" });
  }
  showMark(before);
  showMark(mark);
}

async function refreshMarks() {
  await htmx.ajax("GET", `/papers/${paper}/read?file=${said.file}`, { target: "#marks", swap: "outerHTML" });
  readMarks();
}

document.body.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id === "marks" && detail.requestConfig.verb === "post") readMarks();
});

const markOf = (passage) => marks.find((mark) => mark.on === passage.page && lettersOf(mark.exact) === lettersOf(passage.exact));

// The words of a mark that is there are that mark, in the new colour where one is named.
async function addMark(passage, colour = "") {
  lastColour = colour || lastColour;
  const same = markOf(passage);
  if (same) {
    getSelection().removeAllRanges();
    if (colour && same.colour !== colour) await recolour(same, colour);
    choose(marks.find(({ id }) => id === same.id));
    return chosen;
  }
  const { page, exact, prefix, suffix } = passage;
  const added = await ask(`${api}/marks`, "POST", { file: said.file, page, exact, prefix, suffix, colour: lastColour });
  if (!added) return null;
  getSelection().removeAllRanges();
  hideMarking();
  await refreshMarks();
  const mark = marks.find(({ id }) => Number(id) === added.id);
  await mark?.looking;
  choose(mark);
  return mark;
}

async function recolour(mark, colour) {
  lastColour = colour;
  const changed = await ask(`/api/v1/marks/${mark.id}`, "PATCH", { colour }, { "If-Match": `"${mark.version}"` });
  if (changed) await refreshMarks();
}

async function removeMark(mark) {
  hideMarking();
  if (!(await ask(`/api/v1/marks/${mark.id}`, "DELETE"))) return;
  chosen = null;
  await refreshMarks();
  say(said.removed, "", {
    label: said.undo,
    run: async () => {
      if (await ask(`/api/v1/marks/${mark.id}/restore`, "POST")) await refreshMarks();
    },
  });
}

// Selecting

function pageOfNode(node) {
  return (node?.nodeType === Node.TEXT_NODE ? node.parentElement : node)?.closest?.(".page");
}

// The passage that is selected, over as many pages as it goes.
function readSelection() {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const [first, last] = [pageOfNode(range.startContainer), pageOfNode(range.endContainer)].map((box) => Number(box?.dataset.number));
  if (!first && !last) return null;
  const parts = pages.slice((first || last) - 1, Math.min(last || first, (first || last) + TOGETHER - 1)).map((page) => readPart(page, range)).filter(Boolean);
  if (!parts.length) return null;
  return {
    page: parts[0].page,
    exact: parts.map(({ exact }) => exact).reduce(joinLines),
    prefix: parts[0].prefix,
    suffix: parts.at(-1).suffix,
    box: range.getBoundingClientRect(),
  };
}

// What of a page is within a range.
function readPart(page, range) {
  if (!page.text) return null;
  let from = null;
  let to = null;
  page.divs.forEach((div, number) => {
    const node = div.firstChild;
    if (!node || !range.intersectsNode(node)) return;
    const start = range.startContainer === node ? range.startOffset : 0;
    const end = range.endContainer === node ? range.endOffset : node.length;
    if (start >= end) return;
    from ??= { piece: number, offset: start };
    to = { piece: number, offset: end };
  });
  if (!from) return null;
  const exact = writeOut(page.pieces, from, to);
  if (!lettersOf(exact)) return null;
  const start = { piece: Math.max(0, from.piece - 12), offset: 0 };
  const end = { piece: to.piece + 12, offset: undefined };
  return {
    page: page.number,
    exact,
    prefix: writeOut(page.pieces, start, from).slice(-AROUND),
    suffix: writeOut(page.pieces, to, end).slice(0, AROUND),
  };
}

document.addEventListener("selectionchange", () => {
  picked = readSelection();
  if (dialog.open) return;
  if (picked && !pointing) showMarking(picked.box);
  else if (!picked && !marking.contains(document.activeElement)) hideMarking();
});

let pointing = false;
view.addEventListener("pointerdown", () => (pointing = true));
addEventListener("pointerup", () => {
  pointing = false;
  document.querySelectorAll(".textLayer.selecting").forEach((layer) => layer.classList.remove("selecting"));
  if (!dialog.open && (picked = readSelection())) showMarking(picked.box);
});
addEventListener("pointercancel", () => (pointing = false));
// A toolbar that took the focus would take the selection with it.
marking.addEventListener("pointerdown", (event) => event.preventDefault());

view.addEventListener("click", (event) => {
  if (readSelection() || event.target.closest("a")) return;
  const box = document.elementsFromPoint(event.clientX, event.clientY).length && boxAt(event);
  const mark = box && marks.find(({ id }) => id === box.dataset.of);
  choose(mark || null);
  if (mark) showMarking(box.getBoundingClientRect(), mark);
  else hideMarking();
});

const boxAt = ({ clientX, clientY }) =>
  [...view.querySelectorAll(".mark-box")].find((box) => {
    const { left, right, top, bottom } = box.getBoundingClientRect();
    return clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
  });

function showMarking(at, mark = null) {
  marking.hidden = false;
  marking.querySelector("[data-do=remove]").hidden = !mark;
  for (const button of marking.querySelectorAll("[data-colour]")) button.setAttribute("aria-pressed", button.dataset.colour === mark?.colour);
  const frame = view.getBoundingClientRect();
  const below = at.bottom + 8 + marking.offsetHeight < frame.bottom;
  const top = below ? at.bottom + 8 : Math.max(frame.top + 8, at.top - marking.offsetHeight - 8);
  marking.style.top = `${top}px`;
  marking.style.left = `${Math.max(8, Math.min(at.left, innerWidth - marking.offsetWidth - 8))}px`;
}

function hideMarking() {
  marking.hidden = true;
}

marking.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (button) perform(button.dataset.do ?? "mark", button.dataset.colour);
});

// What is typed while the server is asked goes where it leads to.
let typedAhead = null;

async function perform(what, colour) {
  typedAhead = "";
  try {
    await act(what, colour);
  } finally {
    typedAhead = null;
  }
}

async function act(what, colour = lastColour) {
  const passage = picked;
  if (!passage && !chosen) {
    say(said.nothing);
    return;
  }
  if (what === "mark") {
    if (passage) await addMark(passage, colour);
    else if (chosen.colour !== colour) await recolour(chosen, colour);
  } else if (what === "remove") {
    if (chosen) await removeMark(chosen);
  } else if (what === "comment") {
    const mark = passage ? await addMark(passage) : chosen;
    if (mark) writeComment(mark);
  } else if (what === "evidence") openEvidence(passage, passage ? null : chosen);
  else if (what === "note") {
    const mark = passage ? await addMark(passage) : chosen;
    if (mark) quoteInNote(mark);
  }
}

function writeComment(mark) {
  hideMarking();
  togglePanel(true);
  choose(mark);
  const edit = mark.item.querySelector(".mark-edit");
  edit.open = true;
  writeOn(edit.querySelector("textarea"), typedAhead ?? "");
}

function quoteInNote(mark) {
  hideMarking();
  togglePanel(true);
  showTab("notes");
  const write = document.querySelector(".reader-write");
  write.open = true;
  const field = document.getElementById("reader-note-body");
  const place = said.place.replace("{page}", mark.on ?? mark.page);
  const link = `/papers/${said.paper}/read?page=${mark.on ?? mark.page}#mark-${mark.id}`;
  const words = mark.exact.replace(/[\\`*_[\]<>$#|~^]/g, "\\$&"); // as Markdown that shows just this
  const quotation = `> ${words} ([${place}](${link}))\n\n`;
  field.value = field.value.trim() ? `${field.value.trimEnd()}\n\n` : "";
  writeOn(field, quotation + (typedAhead ?? ""));
}

function writeOn(field, text) {
  field.focus();
  field.setRangeText(text, field.value.length, field.value.length, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// Evidence

let untouched = null;

function openEvidence(passage, mark) {
  hideMarking();
  mark ??= markOf(passage);
  const body = document.getElementById("evidence-body");
  untouched ??= body.innerHTML;
  if (body.querySelector("[data-claimed]")) {
    body.innerHTML = untouched;
    htmx.process(body);
  }
  const form = body.querySelector("form");
  if (form) {
    const { exact, prefix, suffix } = passage ?? mark;
    const page = passage?.page ?? mark.on ?? mark.page;
    const values = { mark: mark?.id ?? "", file: said.file, page, exact, prefix, suffix, quote: exact };
    for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
    form.querySelector("[data-evidence-place]").textContent = said.place.replace("{page}", page);
  }
  dialog.showModal();
  body.querySelector("#evidence-technique")?.focus();
}

dialog.addEventListener("htmx:afterSwap", async () => {
  if (!dialog.querySelector("[data-claimed]")) return;
  getSelection().removeAllRanges();
  dialog.querySelector("[data-claimed] a").focus();
  await refreshMarks();
});

// Notes

document.getElementById("reader-note").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const error = form.querySelector("[data-note-error]");
  error.hidden = true;
  const { title, body } = form.elements;
  const added = await ask("/api/v1/notes", "POST", { paper: said.paper, title: title.value, body: body.value });
  if (!added) {
    error.textContent = message.querySelector("p").textContent;
    error.hidden = false;
    return;
  }
  form.reset();
  if (document.querySelector("#reading-unread[aria-pressed=true]")) showReading("reading"); // who writes has begun
  form.dispatchEvent(new CustomEvent("putaway", { bubbles: true }));
  document.querySelector(".reader-write").open = false;
  await htmx.ajax("GET", `/papers/${paper}/read?file=${said.file}`, { target: "#reading_notes", swap: "outerHTML" });
  say(said.quoted, "good");
});

// Beside

const narrow = () => innerWidth <= 760;

function togglePanel(shown = reader.classList.contains("is-alone")) {
  const before = reader.classList.contains("is-alone");
  reader.classList.toggle("is-alone", !shown);
  document.querySelector(".reader-toggle").setAttribute("aria-expanded", shown);
  if (before === shown && pages.length && !narrow()) rescale();
}

for (const button of document.querySelectorAll("[data-panel]"))
  button.addEventListener("click", () => {
    togglePanel();
    remembered.set("panel", reader.classList.contains("is-alone") ? "shut" : "open");
  });

const tabs = [...document.querySelectorAll(".reader-tabs [role=tab]")];

function showTab(name) {
  for (const tab of tabs) {
    const on = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", on);
    tab.tabIndex = on ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls")).hidden = !on;
  }
}

for (const tab of tabs) {
  tab.addEventListener("click", () => {
    showTab(tab.id.slice(4));
    remembered.set("tab", tab.id.slice(4));
  });
  tab.addEventListener("keydown", ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    next.click();
    next.focus();
  });
}

document.getElementById("panel-marks").addEventListener("click", (event) => {
  const { target } = event;
  const mark = marks.find(({ item }) => item.contains(target));
  if (!mark) return;
  if (target.closest("[data-remove-mark]")) {
    event.preventDefault();
    removeMark(mark);
  } else if (target.closest("[data-to-mark]") || target.closest("blockquote")) {
    event.preventDefault();
    if (narrow()) togglePanel(false);
    history.replaceState(history.state, "", `#mark-${mark.id}`);
    goToMark(mark);
  }
});

function showOutline(items) {
  if (!items?.length) return;
  document.querySelector("[data-no-outline]").hidden = true;
  const list = (entries, depth) => {
    const element = document.createElement("ul");
    for (const entry of entries) {
      const item = document.createElement("li");
      const button = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: entry.title.replace(/\s+/g, " ").trim() });
      button.dir = "auto";
      button.addEventListener("click", () => {
        if (narrow()) togglePanel(false);
        if (entry.dest) goToDestination(entry.dest);
      });
      button.disabled = !entry.dest;
      item.append(button);
      if (entry.items?.length && depth < 6) item.append(list(entry.items, depth + 1));
      element.append(item);
    }
    return element;
  };
  document.getElementById("reader-outline").append(list(items, 0));
}

// Finding

// What a query of the search looks for, word by word; in the field beside the pages, a phrase.
function wordsOf(query) {
  const bare = query.replace(/(^|\s)-?[\p{L}]+:("[^"]*"|\S*)/gu, " ").replace(/(^|\s)-("[^"]*"|\S+)/gu, " ");
  const found = [...bare.matchAll(/"([^"]+)"|(\S+)/gu)].map(([, phrase, word]) => phrase ?? word);
  return found.filter((word) => word !== "OR" && lettersOf(word).length > 1);
}

async function find(text, isQuery = false) {
  const words = (isQuery ? wordsOf(text) : [text]).map(lettersOf).filter(Boolean);
  const mine = { words, hits: [], at: -1, text };
  search = mine;
  for (const page of pages) showMarks(page);
  hitsShown.textContent = "";
  if (!words.length) return;
  const first = current;
  for (const page of [...pages.slice(first - 1), ...pages.slice(0, first - 1)]) {
    await textOf(page);
    if (search !== mine) return;
    const hits = words.flatMap((word) => findWord(page, word, isQuery)).sort((one, other) => one.from - other.from);
    if (!hits.length) continue;
    const before = mine.hits.findIndex((hit) => hit.page > page.number);
    const here = before < 0 ? mine.hits.length : before;
    mine.hits.splice(here, 0, ...hits);
    if (mine.at >= here) mine.at += hits.length;
    if (mine.at < 0) {
      mine.at = here;
      showHit();
    }
    showMarks(page);
    showCount();
  }
  showCount();
}

function findWord(page, word, isQuery) {
  const latin = /^[a-z0-9]+$/.test(word);
  const stems = isQuery && latin && word.length > 4 ? [word, word.replace(/(ies|es|s|ed|ing)$/, "")] : [word];
  for (const stem of stems) {
    const hits = findAll(page.letters, stem)
      .filter((at) => !isQuery || !latin || startsWord(page, at))
      .map((at) => ({ page: page.number, from: at, to: at + stem.length }));
    if (hits.length) return hits;
  }
  return [];
}

function startsWord(page, at) {
  const { str } = page.pieces[page.piece[at]];
  return page.offset[at] === 0 || !/\p{L}/u.test(str[page.offset[at] - 1]);
}

function showCount() {
  hitsShown.textContent = search.hits.length ? said.hits.replace("{at}", search.at + 1).replace("{all}", search.hits.length) : said.none;
}

async function showHit() {
  const hit = search.hits[search.at];
  if (!hit) return;
  const page = pages[hit.page - 1];
  if (current !== hit.page || !page.text) await goTo(hit.page);
  await whenDrawn(page);
  if (page.text) await goTo(hit.page, Math.max(0, (boxesOf(page, hit.from, hit.to)[0]?.top ?? 0) - 0.3));
  for (const each of pages) if (each.layer) showMarks(each);
  showCount();
}

function stepHit(step) {
  const text = findField.value.trim();
  if (text !== search.text) {
    find(text);
    return;
  }
  if (!search.hits.length) return;
  search.at = (search.at + step + search.hits.length) % search.hits.length;
  showHit();
}

let typing = 0;
findField.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => find(findField.value.trim()), 200);
});
findField.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Enter") {
    event.preventDefault();
    stepHit(event.shiftKey ? -1 : 1);
  } else if (event.key === "Escape") {
    findField.value = "";
    find("");
    view.focus();
  }
});
for (const button of document.querySelectorAll("[data-find]")) button.addEventListener("click", () => stepHit(Number(button.dataset.find)));

// The bar

for (const button of document.querySelectorAll("[data-turn]"))
  button.addEventListener("click", () => goTo(Math.min(pages.length, Math.max(1, current + Number(button.dataset.turn)))));

pageField.addEventListener("focus", () => pageField.select());
pageField.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  const number = Number(pageField.value);
  view.focus();
  if (Number.isInteger(number) && number >= 1 && number <= pages.length) goTo(number);
  else pageField.value = current;
});
pageField.addEventListener("blur", () => (pageField.value = current));

for (const button of document.querySelectorAll("[data-zoom]"))
  button.addEventListener("click", () => {
    const what = button.dataset.zoom;
    if (what === "fit") fit = fit === "width" ? "page" : "width";
    else {
      fit = "";
      scale *= what === "in" ? 1.2 : 1 / 1.2;
    }
    rescale();
  });

document.getElementById("reader-version")?.addEventListener("change", ({ target }) => target.form.submit());
new ResizeObserver(() => pages.length && fit && rescaleSoon()).observe(view);
let rescaling = 0;
function rescaleSoon() {
  clearTimeout(rescaling);
  rescaling = setTimeout(rescale, 120);
}

// Keys, before those of every page: where words are selected, or a mark is chosen, more is meant.

let typedG = -Infinity;

document.addEventListener(
  "keydown",
  (event) => {
    const { key, target } = event;
    const modified = event.ctrlKey || event.metaKey || event.altKey;
    if (key === "f" && (event.ctrlKey || event.metaKey) && document.activeElement !== findField) {
      event.preventDefault();
      findField.focus();
      findField.select();
      return;
    }
    if (modified || event.isComposing || document.querySelector("dialog:modal") || target.matches?.("input:not([type=radio], [type=checkbox]), textarea, select")) return;
    if (typedAhead !== null) {
      if (key.length === 1) typedAhead += key;
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    const turn = { PageDown: 1, PageUp: -1 }[key];
    const end = { Home: 1, End: pages.length }[key];
    let done = true;
    if (turn) goTo(Math.min(pages.length, Math.max(1, current + turn)));
    else if (end) goTo(end);
    else if (key === "Escape") {
      done = Boolean(chosen || picked);
      getSelection().removeAllRanges();
      choose(null);
      hideMarking();
    } else if (keysOff()) done = false;
    else if (/^[0-9]$/.test(key) && performance.now() - typedG < 1500) {
      pageField.focus();
      pageField.value = key;
    } else if (key === "j" || key === "k") goTo(Math.min(pages.length, Math.max(1, current + (key === "j" ? 1 : -1))));
    else if (key === "h") perform("mark");
    else if (/^[1-4]$/.test(key) && (picked || chosen)) perform("mark", marking.querySelectorAll("[data-colour]")[key - 1].dataset.colour);
    else if (key === "e") perform("evidence");
    else if (key === "n" && (picked || chosen)) perform("note");
    else if (key === "c") perform("comment");
    else if ((key === "Delete" || key === "Backspace") && chosen && !picked) perform("remove");
    else done = false;
    typedG = key === "g" ? performance.now() : -Infinity;
    if (done) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  },
  true,
);

function keysOff() {
  try {
    return Boolean(localStorage.getItem(KEYS_OFF));
  } catch {
    return false;
  }
}

open();
