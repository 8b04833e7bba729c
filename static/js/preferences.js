// Language, theme and density. The forms work alone; with this a look is switched without leaving
// the page, and a language comes back to where htmx has gone meanwhile.

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-preferences]");
  if (!form) return;
  form.elements.next.value = location.pathname + location.search;
  const { name, value } = event.submitter;
  if (name === "language") return;
  event.preventDefault();
  if (value) document.documentElement.dataset[name] = value;
  else delete document.documentElement.dataset[name];
  for (const button of form.querySelectorAll(`[name="${name}"]`))
    button.setAttribute("aria-pressed", String(button === event.submitter));
  fetch(form.action, { method: "POST", body: new FormData(form, event.submitter), redirect: "manual" });
});
