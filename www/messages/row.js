// One message of the list: in a line, and opened with all that is known of it and can be done about it.

import { h, moment } from "../parts/dom.js";
import { copyButton, listing } from "../parts/listing.js";
import { recipient } from "../parts/recipient.js";
import { tag, timeline } from "../parts/timeline.js";
import { told } from "../parts/trouble.js";
import { working } from "../parts/working.js";

/** The line. The API does not tell what a message says: only to whom it goes. */
export function head({ status, to, connection, via: asked, error, created_at: at }) {
  // Before the first try there is only what was asked for.
  const by = connection ?? [asked ?? []].flat().join(", then ");
  const via = by && h("span", { class: "aside" }, ` via ${by}`);
  const why = error && h("span", { class: "aside" }, ` · ${error.kind}: ${error.message}`);
  return [tag(status), h("span", { class: "what" }, h("strong", {}, recipient(to)), via ?? "", why ?? ""), moment(at)];
}

/** What it shows once it is opened. `put` takes what the Worker answers about it. */
export function more(message, row, { edge, put }) {
  return [
    ...(message.status === "unknown" ? [resolving(message, row, edge, put), row.trouble] : []),
    timeline(message),
    facts(message),
    ...message.attempts.map(answer).filter(Boolean),
    ...(message.metadata ? [unfolding("Metadata", message.metadata)] : []),
    ...(canCancel(message) ? [cancelling(message, row, edge, put)] : []),
    // Beside what was tried, if there still is such a thing.
    ...(message.status === "unknown" ? [] : [row.trouble]),
  ];
}

/** What waits here can be called back; what a gateway has taken cannot. */
const canCancel = ({ status, attempts }) => ["scheduled", "queued"].includes(status) && !attempts.some(({ outcome }) => outcome === "accepted");

function facts(message) {
  const { to, via, provider, provider_id: theirs, job, batch, send_at: from, expires_at: until } = message;
  const several = Array.isArray(to) && to.length > 1;
  const rows = [
    ["Message", h("code", {}, message.id), copyButton(() => message.id, "the message's id")],
    theirs && [`At ${provider}`, h("code", {}, theirs), copyButton(() => theirs, "the gateway's id")],
    job && ["Job", h("code", {}, job), copyButton(() => job, "the job's id")],
    batch && ["Batch", h("code", {}, batch), copyButton(() => batch, "the batch's id")],
    several && ["To", to.map(recipient).join(", ")],
    via && ["Asked for", [via].flat().join(", then ")],
    from && ["Send at", moment(from)],
    until && ["Not after", moment(until)],
  ];
  return h("dl", { class: "facts" }, rows.filter(Boolean).map(([name, ...values]) => h("div", {}, h("dt", {}, name), h("dd", {}, values))));
}

/** What the gateway answered to a try, as it came. */
function answer({ connection, http_status: status, receipt, error }, place) {
  const raw = receipt ? receipt.raw : error?.body;
  if (raw === undefined || raw === null || raw === "") return undefined;
  return unfolding(`What ${connection} answered to try ${place + 1}${status ? ` (HTTP ${status})` : ""}`, raw);
}

function unfolding(title, value) {
  const text = pretty(value);
  const copy = h("div", { class: "over" }, listing(text), copyButton(() => text, title));
  return h("details", {}, h("summary", {}, title), copy);
}

/** JSON with its lines broken; what is none as it is. */
function pretty(value) {
  if (typeof value !== "string") return JSON.stringify(value, null, 2);
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return value;
  }
}

function cancelling({ id }, row, edge, put) {
  const button = h("button", { type: "button" }, "Cancel this message");
  const go = () => run(button, "Cancelling…", row, () => edge.cancel(id), put);
  button.addEventListener("click", go);
  return h("div", { class: "actions" }, button, h("span", { class: "hint" }, "It has not left yet. Cancelled, it never will."));
}

function resolving({ id }, row, edge, put) {
  const choice = (verdict, words, busy, meaning) => {
    const button = h("button", { type: "button" }, words);
    const go = () => run(button, busy, row, () => edge.resolve(id, verdict), put);
    button.addEventListener("click", verdict === "resend" ? () => ask(button, go) : go);
    return h("div", { class: "choice-of" }, button, h("span", { class: "hint" }, meaning));
  };
  return h(
    "fieldset",
    { class: "resolve" },
    h("legend", {}, "Nobody knows whether it was sent. Look in the chat: what do you see?"),
    choice("sent", "It was sent", "Noting…", "It is noted as sent. Nothing goes out."),
    choice("failed", "It was not sent", "Noting…", "It is noted as failed. Nothing goes out."),
    choice("resend", "Send again", "Sending…", "It goes out once more: whoever has it already gets it twice."),
  );
}

/** The one answer that sends something is asked for twice. */
function ask(button, go) {
  const back = () => {
    sure.remove();
    button.hidden = false;
    button.focus();
  };
  const yes = h("button", { type: "button", class: "primary", onclick: () => (back(), go()) }, "Yes, send again");
  const no = h("button", { type: "button", class: "quiet", onclick: back }, "Not now");
  const sure = h("div", { class: "actions", role: "group", "aria-label": "It may arrive twice" }, yes, no);
  button.hidden = true;
  button.after(sure);
  no.focus();
}

/** Does it, and says so meanwhile; what goes wrong is told in the row. */
const run = (button, busy, row, act, put) =>
  working(button, busy, async () => {
    row.trouble.replaceChildren();
    try {
      const message = await act();
      // The button may be gone with what it was for.
      if (button.isConnected) row.focus();
      put(message);
    } catch (error) {
      row.trouble.replaceChildren(told(error));
    }
  });
