// The form of a message, and the message itself: each can be made of the other.
//
// Only what somebody changes in the form changes in the message. What the form has no field for (options, metadata,
// several recipients, seconds) stays as it is.

const LISTED = /[,;\n]+/;

/** The fields that are a text in the form and a member in the message. */
const TEXTS = { text: "text", "reply-to": "reply_to", "on-unsupported": "on_unsupported", "on-ambiguous": "on_ambiguous", via: "via" };
const SWITCHES = ["typing", "presence"];

/** What stands in each field for a message. */
function written(message) {
  const { media, mentions, send_at, expires_in } = message;
  const [to] = [message.to].flat();
  const kind = "phone" in Object(to) ? "phone" : "group";
  return {
    to: kind,
    "to-value": text(Object(to)[kind]),
    ...Object.fromEntries(Object.entries(TEXTS).map(([field, name]) => [field, text(message[name])])),
    ...Object.fromEntries(SWITCHES.map((name) => [name, message[name] === true])),
    "media-kind": text(media?.kind),
    "media-url": text(media?.url),
    mentions: [mentions ?? []].flat().join(", "),
    "send-at": local(send_at),
    "expires-in": text(expires_in),
  };
}

const text = (value) => (["string", "number"].includes(typeof value) ? String(value) : "");

/** A moment as the field for it has it: without a zone, to the minute. */
function local(at) {
  const date = new Date(at ?? NaN);
  return Number.isNaN(date.getTime()) ? "" : new Date(date - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Writes a message into the form. */
export function fill(form, message) {
  const { elements } = form;
  for (const [field, value] of Object.entries(written(message))) {
    if (typeof value === "boolean") elements[field].checked = value;
    else choose(elements[field], value);
  }
  elements["to-value"].disabled = Array.isArray(message.to);
  elements["media-file"].value = "";
}

/** Writes a value into a field. What somebody wrote as JSON may be a choice that the form does not have: then it has it. */
export function choose(element, value) {
  if (element.tagName === "SELECT" && ![...element.options].some((option) => option.value === value)) element.append(new Option(value));
  element.value = value;
}

/** The message that a form says, on top of `before`. `file` is media that was chosen, `{ base64, filename, mime }`. */
export function read(form, before, file) {
  const { elements } = form;
  const was = written(before);
  const now = (field) => (typeof was[field] === "boolean" ? elements[field].checked : elements[field].value);
  const message = { ...before };
  const change = (fields, name, value) => {
    if (!fields.some((field) => now(field) !== was[field])) return;
    if (value === undefined || value === "" || value === false) delete message[name];
    else message[name] = value;
  };
  change(["to", "to-value"], "to", { [now("to")]: now("to-value") });
  for (const [field, name] of Object.entries(TEXTS)) change([field], name, now(field));
  for (const name of SWITCHES) change([name], name, now(name));
  change(["mentions"], "mentions", listed(now("mentions")));
  change(["send-at"], "send_at", moment(now("send-at")));
  change(["expires-in"], "expires_in", now("expires-in") === "" ? undefined : Number(now("expires-in")));
  if (file && now("media-kind") !== "") message.media = { kind: now("media-kind"), ...file };
  else change(["media-kind", "media-url"], "media", media(now("media-kind"), now("media-url").trim(), before.media));
  return ordered(message);
}

function listed(numbers) {
  const list = numbers.split(LISTED).map((number) => number.trim()).filter(Boolean);
  return list.length > 0 ? list : undefined;
}

function media(kind, written, before) {
  if (kind === "") return undefined;
  const { url, base64, ...rest } = before ?? {};
  return written === "" && base64 !== undefined ? { ...rest, kind, base64 } : { ...rest, kind, url: written };
}

/** The form's local time as RFC 3339. */
function moment(written) {
  const date = new Date(written);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().replace(".000Z", "Z");
}

const ORDER = ["to", "text", "media", "mentions", "reply_to", "typing", "presence", "send_at", "expires_in", "via", "on_unsupported", "on_ambiguous", "options", "metadata"];

/** The members in the order in which the documentation has them. */
function ordered(message) {
  const place = (name) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return Object.fromEntries(Object.entries(message).sort(([one], [other]) => place(one) - place(other)));
}

/** A chosen file as media. */
export async function mediaOf(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  const [family] = file.type.split("/");
  const kind = ["image", "video", "audio"].includes(family) ? family : "document";
  return { kind, base64: btoa(binary), filename: file.name, ...(file.type && { mime: file.type }) };
}
