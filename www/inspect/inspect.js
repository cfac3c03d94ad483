// The webhook inspector: what a gateway posted is pasted, and read as the Worker would read it. Nothing leaves the page.

import { byId, h } from "../parts/dom.js";
import { core } from "../parts/core.js";
import { gateways } from "../parts/gateways.js";
import { select } from "../parts/select.js";
import { result } from "./reading.js";
import { posted, SAMPLES, SECRET } from "./samples.js";
import { told } from "../parts/trouble.js";
import { headersOf, judge } from "./verdict.js";

/** Milliseconds after the last keystroke. */
const REST = 100;

/** What stands there at first: one with a text and a signature. */
const FIRST = SAMPLES.findIndex(({ provider }) => provider === "whatsspot");

/** A file above this is no webhook. */
const LARGEST = 16 << 20;

const NAMES = Object.fromEntries(gateways.map(({ name, account }) => [account.provider, name]));

let chaski;
let isBuilt = false;

export async function enter() {
  if (!isBuilt) {
    isBuilt = true;
    samples.querySelector("select").value = `${FIRST}`;
    await fill(FIRST);
    byId("inspect").append(form, results);
  }
  if (!chaski) await load();
}

/** The core comes when it is first needed. */
async function load() {
  results.setAttribute("aria-busy", "true");
  results.replaceChildren(h("p", { class: "hint", role: "status" }, "Loading the core, 59 kB of wasm …"));
  try {
    chaski = await core();
    results.replaceChildren(...result.elements);
    look();
  } catch (error) {
    const again = h("button", { type: "button", onclick: load }, "Try again");
    results.replaceChildren(h("div", { role: "alert" }, told(error)), h("p", {}, again));
  } finally {
    results.removeAttribute("aria-busy");
  }
}

/** The bytes of a file, for as long as the text is not changed: a text area would make other line ends of them. */
let bytes = null;
let timer;
const later = () => {
  clearTimeout(timer);
  timer = setTimeout(look, REST);
};

const body = h("textarea", {
  class: "code",
  id: "inspect-body",
  rows: 9,
  spellcheck: "false",
  autocapitalize: "off",
  placeholder: '{"event":"message.received", …',
  oninput() {
    bytes = null;
    later();
  },
});
const headers = h("textarea", { class: "code", id: "inspect-headers", rows: 4, spellcheck: "false", autocapitalize: "off", placeholder: "content-type: application/json", oninput: later, "aria-describedby": "inspect-headers-wrong" });
const headersWrong = h("p", { class: "wrong", id: "inspect-headers-wrong" });
const secret = h("input", { type: "password", id: "inspect-secret", autocomplete: "off", spellcheck: "false", oninput: later, "aria-describedby": "inspect-secret-wrong" });
const secretWrong = h("p", { class: "wrong", id: "inspect-secret-wrong" });
const reveal = h("input", { type: "checkbox", onchange: (event) => (secret.type = event.target.checked ? "text" : "password") });
const file = h("input", { type: "file", id: "inspect-file", onchange: () => take(file.files[0]) });
const fileWrong = h("p", { class: "wrong", role: "status" });
const provider = select("inspect-provider", "Read as", [["", "find out"], ...Object.entries(NAMES)], later);
const samples = select("inspect-sample", "Try a sample", [], choose);
samples.querySelector("select").append(
  h("option", { value: "" }, "none, my own"),
  ...[...Object.entries(NAMES), ["", "Something else"]].map(([slug, label]) =>
    h("optgroup", { label }, SAMPLES.flatMap((sample, place) => (sample.provider === slug ? [h("option", { value: `${place}` }, sample.name)] : []))),
  ),
);

const form = h(
  "form",
  {
    class: "inspector",
    autocomplete: "off",
    "aria-label": "A webhook",
    onsubmit: (event) => event.preventDefault(),
    ondragover(event) {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      form.classList.add("over-it");
    },
    ondragleave: () => form.classList.remove("over-it"),
    ondrop(event) {
      form.classList.remove("over-it");
      if (event.dataTransfer.files.length === 0) return;
      event.preventDefault();
      take(event.dataTransfer.files[0]);
    },
  },
  h("div", { class: "pair" }, samples, provider),
  h("label", { class: "field", for: "inspect-body" }, "Body, exactly as it came ", body),
  h("label", { class: "field", for: "inspect-file" }, "or drop a file here, or choose one ", file),
  fileWrong,
  h("label", { class: "field", for: "inspect-headers" }, "Headers, one in each line ", headers),
  headersWrong,
  h("label", { class: "field", for: "inspect-secret" }, "Secret, if the gateway signs ", secret),
  secretWrong,
  h("div", { class: "under" }, h("label", { class: "choice" }, reveal, " Show it"), h("span", { class: "hint" }, "It stays in the memory of this page.")),
);

const results = h("section", { class: "reading", "aria-label": "What it is" });

/** A file in place of the text. */
async function take(chosen) {
  file.value = "";
  if (!chosen) return;
  fileWrong.textContent = chosen.size > LARGEST ? `${chosen.name} is larger than any webhook.` : "";
  if (chosen.size > LARGEST) return;
  try {
    const found = new Uint8Array(await chosen.arrayBuffer());
    body.value = new TextDecoder().decode(found);
    bytes = found;
    look();
  } catch (error) {
    fileWrong.textContent = `${chosen.name} cannot be read: ${error.message}`;
  }
}

async function choose(event) {
  await fill(event.target.value);
  look();
}

/** A sample in the fields, ready to be spoilt; without one they are empty. */
async function fill(chosen) {
  const sample = SAMPLES[chosen] ?? { body: "", headers: {} };
  const made = await posted(sample);
  body.value = made.body;
  bytes = null;
  headers.value = Object.entries(made.headers).map(([name, value]) => `${name}: ${value}`).join("\n");
  secret.value = sample.sign ? SECRET : "";
  provider.querySelector("select").value = "";
}

function look() {
  clearTimeout(timer);
  if (!chaski) return;
  const { pairs, wrong } = headersOf(headers.value);
  say(headersWrong, headers, wrong.length > 0 ? `Not name: value, and so left out: ${wrong[0].slice(0, 60)}` : "");
  say(secretWrong, secret, "");
  if (body.value === "" && !bytes) return result.empty();
  const given = { headers: pairs, body: bytes ?? body.value, chosen: provider.querySelector("select").value };
  try {
    result.show(judge(chaski, { ...given, secret: secret.value }), NAMES);
  } catch (error) {
    // What is no secret is told where it stands; the rest is shown without it.
    say(secretWrong, secret, `It must be ${error.errors?.[0]?.detail ?? "another"}.`);
    result.show(judge(chaski, { ...given, secret: "" }), NAMES);
  }
}

function say(place, field, text) {
  if (place.textContent !== text) place.textContent = text;
  if (text) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}
