// Writing a note: Ctrl-S saves, pictures can be pasted or dropped into the text, and
// leaving with unsaved text asks first. The form works without all this.

const form = document.querySelector("[data-editor]");
const text = form.elements.body;
const problem = document.getElementById("picture-error");
const unchanged = () => text.value === text.defaultValue && form.elements.title.value === form.elements.title.defaultValue;
let leaving = false;

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.isComposing) return;
  if (event.key !== "s") return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("[data-save]"));
});

form.addEventListener("submit", () => (leaving = true));
addEventListener("pageshow", () => (leaving = false));
addEventListener("beforeunload", (event) => {
  if (!leaving && !unchanged()) event.preventDefault();
});

function insert(words) {
  text.focus();
  text.setRangeText(words, text.selectionStart, text.selectionEnd, "end");
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

async function upload(file) {
  const body = new FormData();
  body.append("picture", file, file.name || "picture");
  problem.hidden = true;
  try {
    const answer = await fetch("/attachments", { method: "POST", body });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.detail);
    insert(`${said.markdown}\n`);
  } catch (error) {
    problem.textContent = error instanceof TypeError ? document.getElementById("messages").dataset.offline : error.message;
    problem.hidden = false;
  }
}

const pictures = (transfer) => [...(transfer?.files ?? [])].filter((file) => file.type.startsWith("image/"));

for (const [type, transfer] of [["paste", "clipboardData"], ["drop", "dataTransfer"]])
  text.addEventListener(type, (event) => {
    const files = pictures(event[transfer]);
    if (!files.length) return;
    event.preventDefault();
    files.forEach(upload);
  });
