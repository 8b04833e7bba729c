// Language and theme. Both forms work alone; with this a theme is switched without leaving the page,
// and a language comes back to where htmx has gone meanwhile.

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-preferences]");
  if (!form) return;
  form.elements.next.value = location.pathname + location.search;
  const button = event.submitter;
  if (button?.name !== "theme") return;
  event.preventDefault();
  if (button.value) document.documentElement.dataset.theme = button.value;
  else delete document.documentElement.dataset.theme;
  for (const other of form.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
  form.closest("details").open = false;
  fetch(form.action, { method: "POST", body: new FormData(form, button), redirect: "manual" });
});
