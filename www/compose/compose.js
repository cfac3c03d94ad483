// The first view: a message is written, and sent when that is asked for.

import { choose, fill, mediaOf, read } from "./composer.js";
import { byId, h, same } from "../parts/dom.js";
import { examples } from "./examples.js";
import { follow } from "./journey.js";
import * as requests from "./requests.js";
import { session } from "../session.js";
import { told } from "../parts/trouble.js";
import { working } from "../parts/working.js";

const form = byId("composer");
const json = byId("json");
const wrong = byId("composer-wrong");
const hint = byId("send-hint");
const send = byId("send");

let file;
let message = {};

/** Another message: the form, the JSON and the requests follow, but not where it came from. */
function become(next, origin) {
  if (same(message, next) && origin !== undefined) return;
  message = next;
  if (origin !== "form") fill(form, message);
  if (origin !== "json") json.value = JSON.stringify(brief(message), null, 2);
  json.removeAttribute("aria-invalid");
  const recipient = form.elements.to.value;
  form.elements["to-value"].setAttribute("aria-label", recipient === "phone" ? "Phone" : "Group");
  for (const chip of byId("examples").children) chip.setAttribute("aria-pressed", String(origin === chip.textContent));
  check(requests.show(message));
}

/** Where each member of a message stands in the form. */
const FIELDS = { to: "to", text: "text", media: "media-url", mentions: "mentions", reply_to: "reply-to", send_at: "send-at", expires_in: "expires-in" };

/** Tells what is wrong with the message itself, beside the field where it is. */
function check(error) {
  const members = (error?.errors ?? []).map(({ pointer }) => pointer.split("/")[1]);
  for (const [member, id] of Object.entries(FIELDS)) {
    const field = byId(id);
    if (members.includes(member)) {
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", "composer-wrong");
    } else {
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-describedby");
    }
  }
  wrong.replaceChildren(...(error ? [told(error)] : []));
}

/** Without a file's megabytes, which nobody edits. */
const brief = (whole) => (whole.media?.base64?.length > 1000 ? { ...whole, media: { ...whole.media, base64: `${whole.media.base64.slice(0, 40)}…` } } : whole);

/** The message that somebody wrote as JSON, with the file where it was shortened. */
function parsed() {
  const value = JSON.parse(json.value);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("a message is an object");
  const isBrief = file && value.media?.base64?.endsWith("…");
  return isBrief ? { ...value, media: { ...value.media, base64: file.base64 } } : value;
}

form.addEventListener("input", async ({ target }) => {
  if (target === json) {
    try {
      become(parsed(), "json");
    } catch (error) {
      json.setAttribute("aria-invalid", "true");
      wrong.textContent = `This is no JSON yet: ${error.message}`;
    }
    return;
  }
  if (target.id === "media-file") {
    const [chosen] = target.files;
    file = chosen && (await mediaOf(chosen));
    form.elements["media-kind"].value = file?.kind ?? "";
    form.elements["media-url"].value = "";
  } else if (target.id === "media-url") {
    file = undefined;
    form.elements["media-file"].value = "";
    if (target.value && form.elements["media-kind"].value === "") form.elements["media-kind"].value = "image";
  }
  if (target.name === "to") form.elements["to-value"].value = target.value === "phone" ? "+6285612345678" : "ops-team";
  become(read(form, message, file && { base64: file.base64, filename: file.filename, mime: file.mime }), "form");
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  // What is seen is what is sent.
  if (json.hasAttribute("aria-invalid")) return json.focus();
  const edge = await session.ask();
  if (edge) working(send, "Sending …", () => dispatch(edge));
});

async function dispatch(edge) {
  wrong.replaceChildren();
  try {
    // The key makes it safe to press again where an answer was lost.
    const sent = JSON.stringify(message);
    const answer = await edge.send(message, { idempotencyKey: keyOf(sent) });
    keys.delete(sent);
    follow(edge, answer);
    byId("journey").scrollIntoView({ block: "nearest" });
  } catch (error) {
    wrong.replaceChildren(told(error));
  }
}

/** Keys of messages of which nobody knows yet whether they were accepted. */
const keys = new Map();

/** The same key for the same message until it was accepted, whatever was sent in between. */
function keyOf(sent) {
  if (!keys.has(sent)) keys.set(sent, crypto.randomUUID());
  return keys.get(sent);
}

function knowConnections() {
  const { edge, connections } = session;
  const options = connections.map(({ name, provider }) => h("option", { value: name }, name === provider ? name : `${name} (${provider})`));
  form.elements.via.replaceChildren(h("option", { value: "" }, "its default route"), ...options);
  choose(form.elements.via, typeof message.via === "string" ? message.via : "");
  hint.textContent = edge ? "Once: pressed again after a lost answer, it is still one message." : "Sending asks for the Worker's key first.";
}

byId("examples").replaceChildren(
  ...Object.entries(examples).map(([name, make]) =>
    h("button", { type: "button", "aria-pressed": "false", onclick: () => ((file = undefined), become(make(), name)) }, name),
  ),
);
session.addEventListener("change", knowConnections);

requests.lay();
// Somebody may have written before this ran, or come back to what the browser kept.
const begun = read(form, {});
become(begun, same(begun, examples.Text()) ? "Text" : "form");
requests.load().then(
  () => check(requests.show(message)),
  (error) => wrong.replaceChildren(told(error)),
);
