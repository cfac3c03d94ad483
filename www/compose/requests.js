// What each gateway gets: five cards, written anew whenever the message changes.

import * as code from "./code.js";
import { byId, h, same } from "../parts/dom.js";
import { core } from "../parts/core.js";
import { alias, gateways } from "../parts/gateways.js";
import { copyButton, listing, write } from "../parts/listing.js";
import { told } from "../parts/trouble.js";

const LANGUAGES = { http: "HTTP", curl: "curl", typescript: "TypeScript", rust: "Rust" };

/** The Worker's own request comes first: it stands for all the others. */
const cards = [makeOwn(), ...gateways.map(makeGateway)];
let language = "http";
let message;
let chaski;

/** Puts the empty cards on the page: they need no wasm. */
export function lay() {
  byId("cards").replaceChildren(...cards.map(({ element }) => element));
  byId("languages").replaceChildren(...Object.entries(LANGUAGES).map(([name, title]) => tab(name, title)));
  byId("languages").addEventListener("keydown", turn);
}

/** Brings the module, and shows what waits to be shown. */
export async function load() {
  chaski = await core();
  byId("cards").setAttribute("aria-busy", "false");
}

/** Shows the requests that this message comes to. Gives what is wrong with it, where it is wrong for every gateway. */
export function show(next) {
  message = next;
  const errors = cards.filter(({ isNeedy }) => chaski || !isNeedy).map(({ update }) => update());
  const invalid = errors.filter((error) => error?.kind === "invalid");
  return invalid.length === gateways.length ? invalid[0] : undefined;
}

/** What this Worker gets: it needs no wasm to be said. */
function makeOwn() {
  const { element, say } = makeCard("This Worker", "own", h("p", { class: "about" }, "One request for all of them: it keeps the message, and sends it once."));
  const update = () => {
    const { origin } = location;
    const headers = { authorization: "Bearer $CHASKI_API_KEY", "content-type": "application/json" };
    const request = { method: "POST", url: `${origin}/v1/messages`, headers, body: JSON.stringify(message) };
    say(code.edge[language]?.(origin, message) ?? code[language](request));
  };
  return { element, update };
}

/** What a gateway gets, and what it cannot do. */
function makeGateway({ name, account, group }) {
  const own = h("input", { value: group, spellcheck: false, autocapitalize: "off", "aria-label": `${alias} at ${name}`, oninput: () => update() });
  const naming = h("label", { class: "name" }, h("span", {}, `${alias} is here`), own);
  const lacks = h("p", { class: "lacks", hidden: true });
  const { element, say } = makeCard(name, account.provider, naming, lacks);
  const update = () => {
    const local = named(message, own.value);
    naming.hidden = same(local, message);
    const { sent, request, missing, error } = build(account, local);
    lacks.hidden = missing.length === 0;
    lacks.replaceChildren(...lacking(missing, request));
    if (request) say(language in code.edge ? code[language](account, sent) : code[language](request));
    else say("", error && told(error));
    return error;
  };
  return { element, update, isNeedy: true };
}

/** A card: `say` writes a text into it, or an element where there is none. */
function makeCard(name, id, ...between) {
  const place = listing("", "http");
  place.setAttribute("aria-label", `What ${name} gets`);
  let text = "";
  let said;
  const say = (next, instead = "") => {
    if (next === text && next !== "") return;
    const isChange = text !== "" && said === language;
    [text, said] = [next, language];
    if (text === "") place.replaceChildren(instead);
    else write(place, text, language);
    place.classList.remove("fresh");
    if (isChange) requestAnimationFrame(() => place.classList.add("fresh"));
  };
  const copy = copyButton(() => text, `what ${name} gets`);
  const element = h("article", { class: id === "own" ? "card own" : "card", id: `card-${id}` }, h("header", {}, h("h3", {}, name), copy), ...between, place);
  return { element, say };
}

/** The message as one gateway knows it: an alias is its own id there. */
function named(message, own) {
  const at = (to) => (to?.group === alias ? { group: own } : to);
  return { ...message, to: Array.isArray(message.to) ? message.to.map(at) : at(message.to) };
}

/** The request for an account; where it cannot do all, the one without that, and what is missing. */
function build(account, { via, on_unsupported, on_ambiguous, expires_in, ...message }) {
  // Which connection is taken, what if one cannot, and how long: that is the Worker's to know.
  const { options, ...rest } = message;
  const own = options?.[account.provider];
  const asked = own === undefined ? rest : { ...message, options: { [account.provider]: own } };
  const request = (sent) => new chaski.Chaski(account).request({ send_message: sent });
  try {
    return { sent: asked, request: request(asked), missing: [] };
  } catch (error) {
    if (error.kind !== "unsupported") return { error, missing: [] };
    const missing = error.errors.map(({ pointer, detail }) => ({ member: pointer.split("/")[1], word: detail.replace(/^.* cannot (do |be )?/, "") }));
    const names = missing.map(({ member }) => member);
    const sent = Object.fromEntries(Object.entries(asked).filter(([name]) => !names.includes(name)));
    // Without these it would be another message.
    if (names.some((name) => ["to", "media", "text", "options"].includes(name))) return { missing };
    try {
      return { sent, request: request(sent), missing };
    } catch {
      return { missing };
    }
  }
}

/** What is said of a gateway that cannot do all; the Worker itself sends a message later. */
function lacking(missing, request) {
  const lost = missing.filter(({ member }) => member !== "send_at").map(({ word }) => word);
  const held = missing.length > lost.length ? "The Worker holds it until its time." : "";
  if (lost.length === 0) return [held];
  const advice = request ? "Here it is without." : "A route can try another gateway.";
  return [h("strong", {}, `Cannot: ${lost.join(", ")}.`), ` ${advice} ${held}`];
}

function tab(name, title) {
  const isSelected = name === language;
  const members = { type: "button", role: "tab", id: `language-${name}`, "aria-selected": String(isSelected), "aria-controls": "cards", tabindex: isSelected ? "0" : "-1" };
  return h("button", { ...members, onclick: () => select(name) }, title);
}

function select(name) {
  language = name;
  for (const other of Object.keys(LANGUAGES)) {
    const element = byId(`language-${other}`);
    element.setAttribute("aria-selected", String(other === name));
    element.tabIndex = other === name ? 0 : -1;
  }
  byId("cards").setAttribute("aria-labelledby", `language-${name}`);
  if (message) show(message);
}

/** Arrows go from tab to tab, as in any list of tabs. */
function turn(event) {
  const names = Object.keys(LANGUAGES);
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const place = { Home: 0, End: names.length - 1 }[event.key] ?? (step && (names.indexOf(language) + step + names.length) % names.length);
  if (place === undefined) return;
  event.preventDefault();
  select(names[place]);
  byId(`language-${names[place]}`).focus();
}
