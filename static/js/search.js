// Results as you type wait for a Chinese word to be finished: while an input method composes, its
// letters are not what is meant. And Escape goes from the box to the results; browsers would empty
// the box, and the results with it.

const asTyped = (event) => event.target.matches?.("[data-as-typed]");

document.addEventListener(
  "input",
  (event) => {
    if (event.isComposing && asTyped(event)) event.stopImmediatePropagation();
  },
  true,
);

document.addEventListener("compositionend", (event) => {
  if (asTyped(event)) event.target.dispatchEvent(new Event("input", { bubbles: true }));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing || !asTyped(event) || event.target.closest("dialog")) return;
  event.preventDefault();
  event.target.blur();
});
