// Webhooks as the gateways' own pages show them, to try the inspector with. Those that are signed are signed when
// they are chosen: a signature may not be old.

/** A secret that is nobody's, of the length that each gateway gives. */
export const SECRET = "not-a-secret-only-a-sample";

const json = { "content-type": "application/json" };
const form = { "content-type": "application/x-www-form-urlencoded" };
const multi = (event) => ({ ...json, "user-agent": "WhatsApp-API-MultiSession/1.0", "x-webhook-event": event });

const john = { timestamp: 1581651709, message_id: "3219EDE2131", from_user: { name: "John Doe", jid: "62856123456@s.whatsapp.net" }, is_forwarded: false, is_broadcast: false };
const spot = { from: "1234567890", to: "12025550100", body: "Hello world", type: "chat", timestamp: 1678900000, hasMedia: false };
const base = {
  thread_id: "chat_123456789",
  message_id: "msg_987654321",
  thread_type: "individual",
  sender_number: "+61400123456",
  sender_name: "Jane",
  a1_account_id: "123-123-123",
  a1_phone_number: "+14155552671",
  timestamp: "2024-12-20T00:48:15+00:00",
  service: "whatsapp",
  message_type: "text",
  is_from_agent: false,
  message_content: { text: "Hello world" },
};

const whatspie = (name, body) => ({ provider: "whatspie", name, headers: json, body });
const gowhatsapp = (name, event_type, data, more) => ({
  provider: "gowhatsapp",
  name,
  headers: multi(event_type),
  body: { event_type, device_id: "abc123def456-ghi789", timestamp: "2024-12-09T13:37:04.123456Z", data },
  sign: { header: "x-webhook-signature", prefix: "sha256=" },
  ...more,
});
const whatsspot = (name, event, data, more) => ({ provider: "whatsspot", name, headers: json, body: { event, data }, sign: { header: "x-webhook-signature", prefix: "" }, ...more });
const a1base = (name, body, more) => ({ provider: "a1base", name, headers: json, body: { ...base, ...body }, sign: { header: "x-signature", prefix: "", timestamp: "x-timestamp" }, ...more });

/** The samples. `sign` says how one is signed; `age` how many seconds ago it was; `spoilt` that its body was changed since. */
export const SAMPLES = [
  whatspie("Somebody writes", { message: "Hello, I need help with my order", from: "62856123456", ...john }),
  whatspie("An image, with its caption", {
    type: "imageMessage",
    file: { url: "https://whatspie.is3.cloudhost.id/whatspie/messages/2022-10-05/3EB0237E918896635AD332133.jpeg", caption: "Check out this product!", fileName: null },
    from: "628561234456",
    participant: null,
    timestamp: 1664932915,
    message_id: "3EB0237E918896635AD3",
    from_user: { name: "Mike Johnson", jid: "628561234456@s.whatsapp.net" },
    is_forwarded: false,
    is_broadcast: false,
  }),
  whatspie("In a group", { message: "Hello, I need help with my order", from: "120363022368688477@g.us", ...john, participant: "62856123456@s.whatsapp.net" }),
  whatspie("Somebody has read it", { type: "message_read", data: { message_id: 7637842, wa_message_id: "3EB0237E918896635AD3", read_at: "2026-03-02T10:00:00Z" } }),
  whatspie("Several at once, one of them unknown", [{ message: "Hello, I need help with my order", from: "62856123456", ...john }, { type: "group_joined", data: { group_id: "495" } }]),
  gowhatsapp("In a group; it keeps the text", "message.received", {
    message_id: "3EB0ABC123DEF456789",
    from: "6281234567890@s.whatsapp.net",
    chat: "120363123456789012@g.us",
    timestamp: 1702129024,
    is_from_me: false,
  }),
  gowhatsapp("One member has read it", "message.read", { message_id: "3EB0ABC123DEF456789", chat: "120363123456789012@g.us", sender: "6281234567890@s.whatsapp.net", timestamp: 1702129024 }),
  gowhatsapp("Banned for a day", "connection.temporary_ban", { jid: "6281234567890", reason: "spam", expires: "2024-12-10T13:37:04.123456Z" }),
  gowhatsapp("Media, which tells nothing more", "media.received", {
    jid: "6281234567890",
    message_id: "3EB0ABC123DEF456789",
    chat: "6289876543210@s.whatsapp.net",
    media_type: "image",
    mime_type: "image/jpeg",
  }),
  { provider: "wachat", name: "Somebody writes, as a form", headers: form, body: "id=7841&gateway_number=628970450001&originator=62856123456&receive_date=2022-01-28+23%3A31%3A50&msg=Saya+mau+pesan+2+%26+3%2C+100%25+%F0%9F%98%80%0Aterima+kasih" },
  a1base("Somebody writes", {}),
  a1base("In a group", { thread_id: "group-thread-id-123", thread_type: "group" }),
  a1base("Signed twelve minutes ago", {}, { age: 720 }),
  whatsspot("Somebody writes", "message.received", { id: "false_1234567890@c.us_3EB0...", ...spot }),
  whatsspot("Somebody has read it", "message.ack", { id: "false_1234567890@c.us_3EB0...", status: "READ", ack: 3 }),
  whatsspot("The device is gone", "device.disconnected", { id: "dev_123", status: "READ" }),
  whatsspot("Changed on its way", "message.received", { id: "false_1234567890@c.us_3EB0...", ...spot }, { spoilt: ["Hello world", "Hello w0rld"] }),
  { provider: "", name: "None of the five", headers: { ...json, "x-github-event": "ping" }, body: { zen: "Keep it logically awesome.", hook_id: 1 } },
];

/** A sample as it would come now: its headers and its body. */
export async function posted({ headers, body, sign, age = 0, spoilt }) {
  let text = typeof body === "string" ? body : JSON.stringify(body);
  const all = { ...headers };
  // Browsers sign over https and on this machine only.
  if (sign && crypto.subtle) {
    const stamp = sign.timestamp ? `${Math.floor(Date.now() / 1000) - age}` : "";
    if (sign.timestamp) all[sign.timestamp] = stamp;
    all[sign.header] = sign.prefix + (await hmac(SECRET, stamp + text));
  }
  if (spoilt) text = text.replace(...spoilt);
  return { headers: all, body: text };
}

/** HMAC-SHA256 in hex, by the browser: what the wasm checks was not made by itself. */
async function hmac(secret, text) {
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
