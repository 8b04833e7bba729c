// Marking a passage of a note or an abstract ([data-quotable]) offers to use it as evidence. Without
// this the page /evidence/new takes a quotation that is typed.

const button = document.querySelector("[data-quote-it]");
const LIMIT = 1500; // characters: an address should stay an address

document.addEventListener("selectionchange", () => {
  const selection = getSelection();
  const passage = selection.toString().trim();
  const range = selection.rangeCount ? selection.getRangeAt(0) : null;
  const node = range?.commonAncestorContainer;
  const source = (node?.nodeType === Node.TEXT_NODE ? node.parentElement : node)?.closest?.("[data-quotable]");
  if (!passage || !source || passage.length > LIMIT) {
    if (document.activeElement !== button) button.hidden = true;
    return;
  }
  const place = new URLSearchParams({ source: source.dataset.quotable, quote: passage });
  if (source.dataset.locator) place.set("locator", source.dataset.locator);
  button.href = `/evidence/new?${place}`;
  button.hidden = false;
  const end = range.getBoundingClientRect();
  button.style.top = `${end.bottom + scrollY + 6}px`;
  button.style.left = `${Math.max(8, Math.min(end.left + scrollX, innerWidth - button.offsetWidth - 8))}px`;
});
