// Copying what one cites with. A [data-copy] says what: "reference" (with its italics, in the style
// that was chosen last), "key", or the "bibtex" that stands beside it. With a data-citekey it is of
// that paper, or of the papers that are ticked, if any are.

const region = document.getElementById("messages");

function keysOf(button) {
  const ticked = [...document.querySelectorAll('input[name="key"]:checked')].map((box) => box.value);
  return ticked.length ? ticked : [button.dataset.citekey];
}

async function fetched(keys) {
  const query = new URLSearchParams(keys.map((key) => ["key", key]));
  const answer = await fetch(`/cite?${query}`, { headers: { "HX-Request": "true", "HX-Target": "cite" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-reference]");
}

async function wanted(button) {
  const beside = button.closest("#cite");
  if (button.dataset.copy === "key") return { text: keysOf(button).join(",") };
  if (button.dataset.copy === "bibtex") return { text: beside.querySelector("[data-bibtex]").textContent };
  const shown = beside?.querySelector("[data-reference]") ?? (await fetched(keysOf(button)));
  const lines = [...shown.children].map((line) => line.textContent.trim());
  return { text: lines.join("\n"), html: shown.innerHTML };
}

// The browser wants to be asked while the key is still pressed, so the clipboard gets promises.
async function copy(button) {
  const found = wanted(button);
  const blob = (type, pick) => found.then((it) => new Blob([pick(it)], { type }));
  const types = { "text/plain": blob("text/plain", (it) => it.text) };
  if (button.dataset.copy === "reference") types["text/html"] = blob("text/html", (it) => it.html);
  await navigator.clipboard.write([new ClipboardItem(types)]);
  return (await found).text;
}

function say(tone, text) {
  const notice = document.createElement("p");
  notice.className = `notice brief ${tone}`;
  notice.textContent = text;
  region.replaceChildren(notice);
  setTimeout(() => notice.remove(), 5000);
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  try {
    const text = await copy(button);
    say("good", `${region.dataset.copied} ${text.length > 120 ? `${text.slice(0, 120)}…` : text}`);
  } catch {
    say("bad", region.dataset.uncopied);
  }
});
