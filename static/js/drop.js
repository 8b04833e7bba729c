// Files or a folder dropped on any page go to the preview of an import; /import does the same
// without a script. PDFs that are dropped on a paper, on its page or its row, become its files.

const overlay = document.getElementById("drop");
const said = overlay?.querySelector("p");

// A field that takes files by itself, as a note's text takes pictures, keeps them.
const carriesFiles = (event) =>
  event.dataTransfer?.types.includes("Files") && !event.target.closest?.("input[type=file], textarea");

// A folder has no type, and a file is not named before it is dropped.
const carriesPdfs = (event) => {
  const items = [...event.dataTransfer.items];
  return items.length > 0 && items.every((item) => item.type === "application/pdf");
};

// The paper under the pointer: its row, or the page that is its own.
const paperAt = (event) =>
  event.target.closest?.("[data-row][data-files]") ?? document.querySelector("article[data-files]");

let target = null;

function show(visible, paper = null) {
  if (!overlay) return;
  target?.classList.remove("drop-target");
  target = visible ? paper : null;
  target?.classList.add("drop-target");
  overlay.hidden = !visible;
  overlay.classList.toggle("of-paper", Boolean(target));
  said.textContent = target ? overlay.dataset.paper.replace("{paper}", target.dataset.filesOf) : overlay.dataset.any;
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

async function send(entries, plain, paper) {
  const nested = await Promise.all(entries.map((entry) => filesOf(entry)));
  const files = entries.length ? nested.flat() : plain;
  if (!files.length) return show(false);
  const held = new DataTransfer();
  for (const file of files) held.items.add(file);
  const action = paper ? paper.dataset.files : "/import";
  const form = Object.assign(document.createElement("form"), { method: "post", action, enctype: "multipart/form-data" });
  const input = Object.assign(document.createElement("input"), { type: "file", name: "file", multiple: true, files: held.files });
  form.hidden = true;
  form.append(input);
  if (paper?.matches("[data-row]")) {
    const value = location.pathname + location.search;
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "next", value }));
  }
  document.body.append(form);
  form.submit();
}

if (overlay) {
  for (const kind of ["dragenter", "dragover"]) {
    window.addEventListener(kind, (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      const paper = carriesPdfs(event) ? paperAt(event) : null;
      if (overlay.hidden || paper !== target) show(true, paper);
    });
  }
  window.addEventListener("dragleave", (event) => event.relatedTarget === null && show(false));
  window.addEventListener("drop", (event) => {
    if (overlay.hidden) return;
    if (!carriesFiles(event)) return show(false);
    event.preventDefault();
    const items = [...event.dataTransfer.items];
    const entries = items.map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    send(entries, [...event.dataTransfer.files], target).catch(() => show(false));
  });
  window.addEventListener("keydown", (event) => event.key === "Escape" && show(false));
}
