// What a message went through, step by step.

import { h, moment } from "./dom.js";

/** What each status means, and how it looks: `good` and `bad` are ends. */
const STATUSES = {
  scheduled: { text: "waits for its time" },
  queued: { text: "waits for its turn" },
  sending: { text: "is on its way to the gateway" },
  accepted: { text: "the gateway took it", tone: "done" },
  sent: { text: "the gateway passed it on to WhatsApp", tone: "done" },
  delivered: { text: "it has arrived", tone: "good" },
  read: { text: "somebody has read it", tone: "good" },
  failed: { text: "it was not sent", tone: "bad" },
  expired: { text: "its time was over before it could be sent", tone: "bad" },
  cancelled: { text: "called back before it was sent", tone: "bad" },
  unknown: { text: "it may have been sent, and nobody knows: look in the chat, then resolve it", tone: "bad" },
};

const OUTCOMES = {
  accepted: "done",
  rejected: "bad",
  ambiguous: "bad",
};

/** All statuses, in the order in which a message may have them. */
export const statuses = Object.keys(STATUSES);

/** Whether nothing more will become of a message by itself. */
export const isOver = ({ status }) => ["good", "bad"].includes(STATUSES[status]?.tone);

/** A status as a small label. */
export function tag(status) {
  const tone = STATUSES[status]?.tone;
  return h("span", { class: `tag ${tone === "done" ? "" : (tone ?? "")}`.trim() }, status);
}

/** The steps that a message tells of itself: each has a key, which stays the same while the message goes on. */
export function steps(message) {
  const tries = message.attempts.map(({ connection, at, outcome, http_status: http, error, receipt }, place) => ({
    key: `try-${place}`,
    at,
    title: `Try ${place + 1}, ${connection}: ${outcome ?? "under way"}`,
    tone: OUTCOMES[outcome],
    text: [http && `HTTP ${http}`, error && `${error.kind}: ${error.message}`, receipt?.id && `the gateway's id is ${receipt.id}`, receipt?.job && `its job is ${receipt.job}`].filter(Boolean).join(" · "),
  }));
  const { status, updated_at: at } = message;
  const isTaken = message.attempts.some(({ outcome }) => outcome === "accepted");
  const meaning = status === "queued" && isTaken ? "the gateway has it in a queue of its own" : (STATUSES[status]?.text ?? "");
  const left = message.degraded.length > 0 ? `; said otherwise: ${message.degraded.join(", ")}` : "";
  return [
    { key: "created", at: message.created_at, title: "On disk in this Worker", tone: "done", text: message.id },
    ...tries,
    { key: `${status}-${tries.length}`, at, title: status, tone: STATUSES[status]?.tone, text: `${meaning}${left}` },
  ];
}

/** A step as an item of a list. */
export const item = ({ at, title, text, tone }) => h("li", { class: tone }, h("strong", {}, title), " ", moment(at), text && h("p", {}, text));

/** All that is known of a message now. */
export const timeline = (message) => h("ol", { class: "timeline" }, steps(message).map(item));
