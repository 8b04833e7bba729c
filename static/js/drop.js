// Files or a folder dropped on any page go to the preview of an import; /import does the same
// without a script.

const overlay = document.getElementById("drop");
const form = overlay?.querySelector("form");
let depth = 0; // of the elements that the drag is over

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files") && !event.target.closest?.("input[type=file], textarea, [data-takes-files]");

function show(visible) {
  overlay.hidden = !visible;
  if (!visible) depth = 0;
}

// A folder is read whole: browsers give its files in parts of a hundred.
async function filesOf(entry, path = "") {
  if (entry.isFile) {
    const file = await new Promise((take, fail) => entry.file(take, fail));
    return [new File([file], path + file.name, { type: file.type })];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const part = await new Promise((take, fail) => reader.readEntries(take, fail));
    if (!part.length) return found;
    for (const each of part) found.push(...(await filesOf(each, `${path}${entry.name}/`)));
  }
}

async function send(entries, plain) {
  const nested = await Promise.all(entries.map((entry) => filesOf(entry)));
  const files = entries.length ? nested.flat() : plain;
  if (!files.length) return show(false);
  const held = new DataTransfer();
  for (const file of files) held.items.add(file);
  form.elements.file.files = held.files;
  form.submit();
}

if (form) {
  window.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth += 1;
    show(true);
  });
  window.addEventListener("dragover", (event) => {
    if (overlay.hidden || !carriesFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  });
  window.addEventListener("dragleave", () => {
    if (!overlay.hidden && (depth -= 1) <= 0) show(false);
  });
  window.addEventListener("drop", (event) => {
    if (overlay.hidden || !carriesFiles(event)) return;
    event.preventDefault();
    overlay.dataset.sending = "";
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    send(entries, [...event.dataTransfer.files]).catch(() => show(false));
  });
  window.addEventListener("keydown", (event) => event.key === "Escape" && show(false));
}
