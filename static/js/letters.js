// Texts by their letters and digits alone, ligatures, widths and accents folded, as
// app/kit/passages.py has them. So a passage is found again whether a page's text says `com-⏎pile`,
// `com\u0002pile` or `compile`.

const KEPT = /[\p{L}\p{N}\u3099\u309a]/u;
const HYPHEN = /[-\u00ad\u0002\ufffe\u2010\u2011]$/u;
const WIDE = /[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]/u;
const folds = new Map();

function fold(character) {
  let folded = folds.get(character);
  if (folded === undefined) {
    folded = character.normalize("NFKD").toLowerCase().normalize("NFKD");
    folded = [...folded].filter((each) => KEPT.test(each)).join("");
    folds.set(character, folded);
  }
  return folded;
}

export const lettersOf = (text) => [...text].map(fold).join("");

// The letters of a page's pieces of text, and of each where it stands: `piece` and `offset`.
export function readLetters(pieces) {
  let letters = "";
  const piece = [];
  const offset = [];
  pieces.forEach(({ str }, number) => {
    for (let at = 0; at < str.length; ) {
      const character = String.fromCodePoint(str.codePointAt(at));
      for (const letter of fold(character)) {
        letters += letter;
        for (let unit = 0; unit < letter.length; unit++) {
          piece.push(number);
          offset.push(at);
        }
      }
      at += character.length;
    }
  });
  return { letters, piece, offset };
}

// The words between two places of a page, as one would write them down: lines joined, words that a
// line end splits whole again, Chinese without a space.
export function writeOut(pieces, from, to) {
  let text = "";
  let ended = false;
  for (let number = from.piece; number <= to.piece && number < pieces.length; number++) {
    const { str, hasEOL } = pieces[number];
    const part = str.slice(number === from.piece ? from.offset : 0, number === to.piece ? to.offset : undefined);
    if (part) {
      text = ended ? joinLines(text, part) : text + part;
      ended = false;
    }
    ended ||= Boolean(hasEOL);
  }
  return text.normalize("NFC").replace(/[\u00ad\u0002\ufffe]/gu, "").replace(/[\ufb00-\ufb06]/gu, (ligature) => ligature.normalize("NFKC")).replace(/\s+/gu, " ").trim();
}

export function joinLines(before, after) {
  const start = before.trimEnd();
  const end = after.trimStart();
  if (HYPHEN.test(start)) return /\p{L}[-\u00ad\u0002\ufffe\u2010\u2011]$/u.test(start) && /^\p{Ll}/u.test(end) ? start.slice(0, -1) + end : start + end;
  return WIDE.test(start.slice(-1)) && WIDE.test(end.slice(0, 1)) ? start + end : `${start} ${end}`;
}

const shared = (one, other, step) => {
  let count = 0;
  for (let at = step > 0 ? 0 : -1; one.at(at) !== undefined && one.at(at) === other.at(at) && count < 40; at += step) count++;
  return count;
};

// Every place where these letters stand.
export function findAll(letters, wanted, most = 2000) {
  const found = [];
  for (let at = wanted ? letters.indexOf(wanted) : -1; at >= 0 && found.length < most; at = letters.indexOf(wanted, at + wanted.length)) found.push(at);
  return found;
}

// Where a quotation stands in a page's letters: of several places, the one with what stood around it.
export function findQuote(letters, { exact, prefix, suffix }) {
  const wanted = lettersOf(exact);
  const before = lettersOf(prefix);
  const after = lettersOf(suffix);
  let best = null;
  for (const at of findAll(letters, wanted)) {
    const likeness = shared(letters.slice(Math.max(0, at - 40), at), before, -1) + shared(letters.slice(at + wanted.length, at + wanted.length + 40), after, 1);
    if (!best || likeness > best.likeness) best = { from: at, to: at + wanted.length, likeness };
  }
  return best;
}
