// A digit chooses the verdict (data-key) and the cursor goes to the reason; Enter saves.
document.addEventListener("click", ({ target }) => {
  const form = target.name === "verdict" && target.closest("[data-queue]");
  if (!form) return;
  const folded = form.closest("details");
  if (folded) folded.open = true;
  form.elements.reason.focus();
});
