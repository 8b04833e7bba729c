// Files or a folder dropped on any page go to the preview of an import; /import does the same
// without a script.

const overlay = document.getElementById("drop");

// A field that takes files by itself, as a note's text takes pictures, keeps them.
const carriesFiles = (event) =>
  event.dataTransfer?.types.includes("Files") && !event.target.closest?.("input[type=file], textarea");

const show = (visible) => (overlay.hidden = !visible);

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
  const form = Object.assign(document.createElement("form"), { method: "post", action: "/import", enctype: "multipart/form-data" });
  const input = Object.assign(document.createElement("input"), { type: "file", name: "file", multiple: true, files: held.files });
  form.hidden = true;
  form.append(input);
  document.body.append(form);
  form.submit();
}

if (overlay) {
  window.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    show(true);
  });
  window.addEventListener("dragover", (event) => {
    if (overlay.hidden || !carriesFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  });
  overlay.addEventListener("dragleave", () => show(false)); // it fills the window
  window.addEventListener("drop", (event) => {
    if (overlay.hidden || !carriesFiles(event)) return;
    event.preventDefault();
    const items = [...event.dataTransfer.items];
    const entries = items.map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    send(entries, [...event.dataTransfer.files]).catch(() => show(false));
  });
  window.addEventListener("keydown", (event) => event.key === "Escape" && show(false));
}
