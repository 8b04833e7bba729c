// What this browser holds that was begun and not finished: drafts of forms (drafts.js), and the import
// that was looked at and not taken. The overview lists them; the preview says that it was looked at.

const DRAFT = "crosswalk.draft ";
const PREVIEW = "crosswalk.preview";
const MOST = 6;

// Storage may be forbidden: then nothing was kept.
function attempt(work) {
  try {
    return work() ?? null;
  } catch {
    return null;
  }
}

const preview = document.querySelector("[data-preview]");
if (preview) {
  const page = location.pathname + location.search;
  const looked = { page, title: preview.dataset.preview, at: Date.now() };
  attempt(() => localStorage.setItem(PREVIEW, JSON.stringify(looked)));
  preview.addEventListener("submit", ({ submitter }) => submitter?.matches(".primary") && attempt(() => localStorage.removeItem(PREVIEW)));
}

function read(key) {
  return attempt(() => {
    const text = localStorage.getItem(key);
    if (key === PREVIEW) return { key, words: "", ...JSON.parse(text) };
    const { page, title, words } = JSON.parse(text.slice(text.indexOf(" ")));
    return { key, page, title, words: words ?? "", at: parseInt(text) };
  });
}

function show(section) {
  const keys = attempt(() => Object.keys(localStorage)) ?? [];
  const held = keys.filter((key) => key.startsWith(DRAFT) || key === PREVIEW).map(read);
  const begun = held.filter((each) => each && /^\/(?![/\\])/.test(each.page ?? ""));
  if (!begun.length) return;
  begun.sort((one, other) => other.at - one.at);
  const list = section.querySelector("ol");
  const blank = section.querySelector("template").content.querySelector("li");
  const said = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  const pages = begun.filter(({ page }, place) => begun.findIndex((each) => each.page === page) === place);
  for (const { key, page, title, words, at } of pages.slice(0, MOST)) {
    const row = blank.cloneNode(true);
    const link = row.querySelector("a");
    const drop = row.querySelector("[data-drop]");
    link.href = page;
    link.textContent = title || page;
    row.querySelector("time").textContent = said.format(at);
    row.querySelector(".row-why").textContent = words.slice(0, 200);
    drop.setAttribute("aria-label", `${drop.textContent}: ${link.textContent}`);
    drop.addEventListener("click", () => {
      attempt(() => localStorage.removeItem(key));
      row.remove();
      section.hidden = section.querySelectorAll("li").length === 0;
    });
    list.append(row);
  }
  section.hidden = false;
}

const section = document.querySelector("[data-half-done]");
if (section) show(section);
