// The bookmarklet is dragged to the bookmarks bar. Pressed here, it says so: our pages run no such
// link.

for (const link of document.querySelectorAll("[data-bookmarklet]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const hint = document.getElementById(link.dataset.bookmarklet);
    hint.hidden = false;
    hint.focus();
  });
}
