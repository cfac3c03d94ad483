// One event of the log: in a line, and opened with what it is to everyone beside what the gateway sent.

import { h, moment } from "../parts/dom.js";
import { copyButton, listing } from "../parts/listing.js";
import { recipient } from "../parts/recipient.js";
import { replaying } from "./replaying.js";

const TONES = {
  "message.delivered": "good",
  "message.read": "good",
  "connection.up": "good",
  "subscriber.up": "good",
  "message.failed": "bad",
  "connection.down": "bad",
  "subscriber.down": "bad",
};

const FARES = {
  "message.sent": "was sent",
  "message.delivered": "has arrived",
  "message.read": "was read",
  "message.failed": "was not sent",
};

/** A type as a small label. */
export const typeTag = (type) => h("span", { class: `tag ${TONES[type] ?? ""}`.trim() }, type);

export const head = (event) => [typeTag(event.type), h("span", { class: "what" }, what(event)), moment(event.at)];

/** What it says, in a line: who, where, what, by which connection. */
export function what({ type, message, connection, subscriber }) {
  const by = connection ? [aside(` · ${connection}`)] : [];
  if (type === "message.received") return [h("strong", {}, who(message)), ...where(message), ": ", ...content(message), ...by];
  if (type === "message.sent" && (message.text || message.media)) return [h("strong", {}, "We"), ...where(message), ": ", ...content(message), ...by];
  if (type in FARES) return [h("strong", {}, "Our message"), ...where(message), ` ${FARES[type]}`, message?.id ? aside(` · ${message.id}`) : "", ...by];
  if (type === "connection.up") return [h("strong", {}, connection ?? "The device"), " is connected to WhatsApp"];
  if (type === "connection.down") return [h("strong", {}, connection ?? "The device"), " is no longer connected to WhatsApp"];
  if (type === "subscriber.down") return [h("strong", {}, subscriber), " does not answer any more, and is paused"];
  if (type === "subscriber.up") return [h("strong", {}, subscriber), " goes on"];
  return [aside("Nothing that all gateways have: all of it is in raw"), ...by];
}

const aside = (text) => h("span", { class: "aside" }, text);

const who = (message) => [message?.from?.name, message?.from?.phone].filter(Boolean).join(", ") || "Somebody";

const where = (message) => (message?.chat?.group ? [aside(` in ${message.chat.group}`)] : message?.from_me && message.chat ? [aside(` to ${recipient(message.chat)}`)] : []);

const KINDS = { image: "an image", video: "a video", audio: "a sound", document: "a document" };

function content({ text, media }) {
  if (media) return [aside(KINDS[media.kind] ?? media.kind), ...(text ? [`, ${text}`] : [])];
  return text ? [text] : [aside("without a text")];
}

/** What it shows once it is opened. */
export function more(event, asking) {
  const { raw, ...neutral } = event;
  const ours = panel("As everyone gets it", neutral);
  return [
    // Events of the Worker's own have nothing that was sent from outside.
    event.provider ? h("div", { class: "beside" }, ours, panel(`As ${event.provider} sent it`, raw)) : ours,
    replaying(event, asking),
  ];
}

/** A value as JSON under a title; what is a text, like a form, as it is. */
export function panel(title, value) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const place = listing(text);
  place.setAttribute("role", "group");
  place.setAttribute("aria-label", title);
  return h("div", { class: "panel" }, h("div", { class: "panel-head" }, h("h3", {}, title), copyButton(() => text, title)), place);
}
