// A digit chooses the verdict (data-key) and the cursor goes to the reason; Enter saves.
document.addEventListener("change", ({ target }) => {
  if (target.name === "verdict") target.closest("[data-queue]")?.elements.reason.focus();
});
