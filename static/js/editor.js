// Writing a note: pictures can be pasted or dropped into the text. The form works without this.

const form = document.querySelector("[data-editor]");
const text = form.elements.body;
const problem = document.getElementById("picture-error");

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
