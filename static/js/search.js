// Results as you type wait for a Chinese word to be finished: while an input method composes, its
// letters are not what is meant.

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
