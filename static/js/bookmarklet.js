// The bookmarklet. Pressed on the page of a paper, it opens the form of a new paper, filled in with
// the citation tags of that page and with the passage that is marked there. It reads the page in the
// reader's own browser; ORIGIN is put in when app/web/bookmarklet.py makes a link of this file.
(() => {
  const params = new URLSearchParams({ url: location.href.slice(0, 2000) });
  const add = (name, text, most) => {
    const words = (text || "").trim();
    if (words && [...params].length < 250) params.append(name, words.length > most ? words.slice(0, most - 1) + "…" : words);
  };
  for (const meta of document.querySelectorAll("meta[name]")) {
    const tag = /^citation_(?!reference|keyword|fulltext|author_)(.+)/i.exec(meta.name);
    if (tag) add(tag[1].toLowerCase(), meta.content, /abstract/i.test(tag[1]) ? 3000 : 500);
  }
  if (!params.has("title")) add("page_title", document.title, 500);
  add("quote", String(getSelection()), 2000);
  const form = "ORIGIN/papers/new?" + params;
  if (!open(form)) location.href = form;
})();
