// Formulas: KaTeX is fetched by the first page that has one. Without it the TeX stands there to be read.

const KATEX = new URL("../vendor/katex/", import.meta.url);
const VERSION = "?v=0.19.1";
// trust: no \href, no \includegraphics. colorIsTextColor: \color{red}{No} reddens No, not all that follows.
const OPTIONS = { trust: false, colorIsTextColor: true, throwOnError: false, maxExpand: 200, maxSize: 20 };
let loading;

function load() {
  loading ??= new Promise((resolve, reject) => {
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = new URL(`katex.min.css${VERSION}`, KATEX);
    const script = document.createElement("script");
    script.src = new URL(`katex.min.js${VERSION}`, KATEX);
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(sheet, script);
  });
  return loading;
}

// KaTeX writes some styles (of \fcolorbox, \pmb, of what it cannot read) as attributes, which the
// Content-Security-Policy refuses; set as properties they are a script's own.
function render(formula) {
  const { setAttribute } = Element.prototype;
  Element.prototype.setAttribute = function (name, value) {
    if (name === "style") this.style.cssText = value;
    else setAttribute.call(this, name, value);
  };
  try {
    window.katex.render(formula.textContent, formula, { ...OPTIONS, displayMode: "display" in formula.dataset });
  } finally {
    Element.prototype.setAttribute = setAttribute;
  }
}

async function typeset() {
  const formulas = document.querySelectorAll(".math:not([data-set])");
  if (!formulas.length) return;
  await load();
  for (const formula of formulas) {
    if ("set" in formula.dataset) continue;
    formula.dataset.set = "";
    render(formula);
  }
}

typeset();
document.body.addEventListener("htmx:afterSwap", typeset);
