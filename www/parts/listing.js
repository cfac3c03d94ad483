// A text in a fixed-width face, with its strings, words and names told apart, and a button to copy it.

import { h } from "./dom.js";

const TOKENS = {
  json: /(?<name>"(?:[^"\\]|\\.)*"(?=\s*:))|(?<text>"(?:[^"\\]|\\.)*")|(?<word>\b(?:true|false|null)\b)/g,
  http: /(?<word>^(?:GET|POST|PUT|DELETE) )|(?<name>^[a-z-]+:(?= )|"(?:[^"\\]|\\.)*"(?=\s*:))|(?<text>"(?:[^"\\]|\\.)*")/gm,
  curl: /(?<word>^curl|(?<= )--?[a-z][a-z-]*)|(?<name>"\$\w+")|(?<text>'(?:[^'\\]|\\.)*')/gm,
  typescript: /(?<name>\/\/.*)|(?<text>"(?:[^"\\]|\\.)*")|(?<word>\b(?:import|from|const|await|new|true|false|null)\b)/g,
  rust: /(?<name>\/\/.*)|(?<text>r(?<marks>#*)"[^]*?"\k<marks>|"(?:[^"\\]|\\.)*")|(?<word>\b(?:use|let|await)\b)/g,
};

/** How much is shown, in characters: a file in base64 is megabytes. It is copied whole. */
const LONGEST = 60_000;

/** A `pre` of this text. */
export function listing(text, language = "json") {
  const place = h("pre", { class: "listing", tabIndex: 0 });
  write(place, text, language);
  return place;
}

/** Writes another text into a listing. */
export function write(place, text, language) {
  const short = text.replaceAll(/[A-Za-z0-9+/=]{600,}/g, (long) => `${long.slice(0, 60)}… ${long.length.toLocaleString()} characters …${long.slice(-20)}`);
  place.replaceChildren(...spans(short.length > LONGEST ? `${short.slice(0, LONGEST)}\n…` : short, TOKENS[language]));
}

function* spans(text, tokens) {
  let end = 0;
  for (const { 0: token, index, groups } of text.matchAll(tokens)) {
    if (index > end) yield text.slice(end, index);
    const [kind] = Object.entries(groups).find(([name, value]) => value !== undefined && name !== "marks");
    yield h("span", { class: `t-${kind}` }, token);
    end = index + token.length;
  }
  yield text.slice(end);
}

/** A button that copies what `text()` gives, and says so. */
export function copyButton(text, what) {
  const button = h("button", { type: "button", class: "small quiet", "aria-label": `Copy ${what}` }, "Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed";
    }
    setTimeout(() => (button.textContent = "Copy"), 1500);
  });
  return button;
}
