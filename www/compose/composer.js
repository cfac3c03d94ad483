// The form of a message, and the message itself: each can be made of the other.
//
// What the form has no field for (options, metadata, several recipients) stays in the message as it is.

const LISTED = /[,;\n]+/;

/** The fields that are a text in the form and a member of the same name in the message. */
const PLAIN = { text: "text", "reply-to": "reply_to", "on-unsupported": "on_unsupported", "on-ambiguous": "on_ambiguous", via: "via" };
const SWITCHES = ["typing", "presence"];

/** The message that a form says, on top of `before`. `file` is media that was chosen, `{ base64, filename, mime }`. */
export function read(form, before, file) {
  const { elements } = form;
  const message = { ...before };
  const set = (name, value) => {
    if (value === undefined || value === "") delete message[name];
    else message[name] = value;
  };
  if (!Array.isArray(message.to)) message.to = { [elements.to.value]: elements["to-value"].value };
  for (const [field, name] of Object.entries(PLAIN)) {
    // A list of connections is not the form's.
    if (!Array.isArray(message[name])) set(name, elements[field].value);
  }
  for (const name of SWITCHES) set(name, elements[name].checked || undefined);
  const mentions = elements.mentions.value.split(LISTED).map((number) => number.trim()).filter(Boolean);
  set("mentions", mentions.length > 0 ? mentions : undefined);
  set("media", media(elements, before.media, file));
  set("send_at", moment(elements["send-at"].value));
  const seconds = elements["expires-in"].valueAsNumber;
  set("expires_in", Number.isNaN(seconds) ? undefined : seconds);
  return ordered(message);
}

function media(elements, before, file) {
  const kind = elements["media-kind"].value;
  if (kind === "") return undefined;
  const { url, base64, ...rest } = before ?? {};
  if (file) return { ...rest, kind, ...file };
  const written = elements["media-url"].value.trim();
  if (written !== "" || base64 === undefined) return { ...rest, kind, url: written };
  return { ...rest, kind, base64 };
}

/** The form's local time as RFC 3339. */
function moment(local) {
  const date = new Date(local);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().replace(".000Z", "Z");
}

/** Writes a message into the form. */
export function fill(form, message) {
  const { elements } = form;
  const to = Array.isArray(message.to) ? message.to[0] : message.to;
  const kind = to && "phone" in Object(to) ? "phone" : "group";
  elements.to.value = kind;
  elements["to-value"].value = Object(to)[kind] ?? "";
  elements["to-value"].disabled = Array.isArray(message.to);
  for (const [field, name] of Object.entries(PLAIN)) elements[field].value = typeof message[name] === "string" ? message[name] : "";
  for (const name of SWITCHES) elements[name].checked = message[name] === true;
  elements.mentions.value = [message.mentions ?? []].flat().join(", ");
  elements["media-kind"].value = message.media?.kind ?? "";
  elements["media-url"].value = message.media?.url ?? "";
  elements["media-file"].value = "";
  const at = new Date(message.send_at ?? NaN);
  elements["send-at"].value = Number.isNaN(at.getTime()) ? "" : new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  elements["expires-in"].value = message.expires_in ?? "";
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
