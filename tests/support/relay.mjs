// What the suites of the relay share: webhooks as the five providers send them, and subscribers that look at signatures.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { after } from "node:test";
import { Webhook } from "standardwebhooks";
import { freePort } from "./workerd.mjs";
import { ask } from "./world.mjs";

/** Accounts for webhooks, one for each provider: the ones that sign do, the others have a key in the path. */
export const inboundAccounts = {
  whatspie: { provider: "whatspie", token: "sandbox-token", device: "6281776521626", inbound_key: "inbound-key-of-whatspie" },
  gowhatsapp: { provider: "gowhatsapp", base_url: "https://wa.example.com", token: "sandbox-token", webhook_secret: "5ec2e75ec2e7-of-gowhatsapp" },
  wachat: { provider: "wachat", api_key: "sandbox-key", inbound_key: "inbound-key-of-wachat" },
  a1base: { provider: "a1base", account_id: "acc-sandbox", api_key: "sandbox-key", api_secret: "sandbox-secret", from: "+14155552671" },
  whatsspot: { provider: "whatsspot", api_key: "sandbox-key", webhook_secret: "hook-secret-of-whatsspot" },
};

export const pathOf = (name, { inbound_key }) => `/v1/inbound/${name}${inbound_key ? `/${inbound_key}` : ""}`;

export const hmac = (secret, ...parts) => parts.reduce((hmac, part) => hmac.update(part), createHmac("sha256", secret)).digest("hex");

/** The headers in which a provider signs these bytes, where it does. */
export function signed({ provider, webhook_secret, api_secret, inbound_key }, body, seconds = Math.floor(Date.now() / 1000)) {
  if (provider === "a1base" && !inbound_key) return { "x-timestamp": `${seconds}`, "x-signature": hmac(api_secret, `${seconds}`, body) };
  if (!webhook_secret) return {};
  const signature = hmac(webhook_secret, body);
  if (provider === "whatsspot") return { "x-webhook-signature": signature };
  return { "x-webhook-signature": `sha256=${signature}`, "x-hub-signature-256": `sha256=${signature}` };
}

const digitsOf = ({ phone }) => phone.slice(1);
const jidOf = (chat) => chat.group ?? `${digitsOf(chat)}@s.whatsapp.net`;
const cusOf = (chat) => chat.group ?? `${digitsOf(chat)}@c.us`;
const gowhatsapp = (event_type, { at }, data) => ({ event_type, device_id: "abc123def456", timestamp: new Date(at).toISOString(), data: { ...data, timestamp: seconds(at) } });
const seconds = (at) => Math.floor(at / 1000);

/**
 * What each provider can tell, by the type of the event that it is. Each takes `{ id, chat, from, text, at }`: the message,
 * where it was written, and by whom or who has it now (a phone).
 */
export const webhooks = {
  whatspie: {
    "message.received": ({ id, chat, from, text, at }) => ({
      message: text,
      from: chat.group ?? digitsOf(chat),
      timestamp: seconds(at),
      message_id: id,
      from_user: { name: "Jane", jid: jidOf({ phone: from }) },
      is_forwarded: false,
      is_broadcast: false,
      ...(chat.group && { participant: jidOf({ phone: from }) }),
    }),
    "message.read": ({ id, at }) => ({ type: "message_read", data: { message_id: id, wa_message_id: `3EB0${id}`, read_at: new Date(at).toISOString() } }),
    "message.failed": ({ id }) => ({ type: "message_failed", data: { message_id: id, status: "ERROR", reason: "number is not on WhatsApp" } }),
  },
  gowhatsapp: {
    "message.received": (told) => gowhatsapp("message.received", told, { message_id: told.id, from: jidOf({ phone: told.from }), chat: jidOf(told.chat), is_from_me: false }),
    "message.sent": (told) => gowhatsapp("message.received", told, { message_id: told.id, from: "14155552671@s.whatsapp.net", chat: jidOf(told.chat), is_from_me: true }),
    "message.delivered": (told) => gowhatsapp("message.delivered", told, { message_id: told.id, chat: jidOf(told.chat), sender: jidOf({ phone: told.from }) }),
    "message.read": (told) => gowhatsapp("message.read", told, { message_id: told.id, chat: jidOf(told.chat), sender: jidOf({ phone: told.from }) }),
  },
  // A form.
  wachat: {
    "message.received": ({ id, chat, text, at }) =>
      Object.entries({ id, gateway_number: "628970450001", originator: digitsOf(chat), receive_date: new Date(at).toISOString(), msg: text }),
  },
  a1base: {
    "message.received": (told) => a1base(told, { sender_number: told.from, sender_name: "Jane", is_from_agent: false }),
    "message.sent": (told) => a1base(told, { sender_number: "+14155552671", sender_name: "Agent", is_from_agent: true }),
  },
  whatsspot: {
    "message.received": ({ id, chat, from, text, at }) => ({
      event: "message.received",
      data: { id: `false_${cusOf(chat)}_${id}`, from: chat.group ?? digitsOf(chat), to: "12025550100", body: text, type: "chat", timestamp: seconds(at), hasMedia: false, ...(chat.group && { author: cusOf({ phone: from }) }) },
    }),
    "message.delivered": ({ id }) => ({ event: "message.ack", data: { id, status: "DELIVERED", ack: 2 } }),
    "message.read": ({ id }) => ({ event: "message.ack", data: { id, status: "READ", ack: 3 } }),
  },
};

function a1base({ id, chat, text, at }, more) {
  return {
    thread_id: chat.group ?? `chat_${digitsOf(chat)}`,
    message_id: id,
    thread_type: chat.group ? "group" : "individual",
    ...more,
    a1_account_id: "123-123-123",
    a1_phone_number: "+14155552671",
    timestamp: new Date(at).toISOString(),
    service: "whatsapp",
    message_type: "text",
    message_content: { text },
  };
}

// The same content may come in other bytes.
const backwards = (value) => (Object(value) === value ? Object.fromEntries(Object.entries(value).reverse().map(([key, each]) => [key, backwards(each)])) : value);
export const spellings = [(value) => JSON.stringify(value), (value) => JSON.stringify(value, null, 2), (value) => JSON.stringify(backwards(value), null, "\t")];
const forms = [
  (fields) => new URLSearchParams(fields).toString(),
  (fields) => fields.map((field) => field.map(encodeURIComponent).join("=")).join("&"),
  (fields) => new URLSearchParams([...fields].reverse()).toString(),
];

/** A webhook as a request: its path, its bytes in one of three spellings, and `headers()`, with a signature of this moment. */
export function requestOf(name, account, value, spelling = 0) {
  const isForm = Array.isArray(value);
  const body = (isForm ? forms : spellings)[spelling](value);
  const type = { "content-type": isForm ? "application/x-www-form-urlencoded" : "application/json" };
  return { path: pathOf(name, account), body, headers: () => ({ ...type, ...signed(account, body) }) };
}

/** Posts it, once. */
export const post = ({ url }, { path, body, headers }) => ask(url, "POST", path, body, headers());

/** All events of the log, page by page. */
export async function logged({ api }, filters = {}) {
  const items = [];
  for (let cursor = null; ; ) {
    const { status, text, json } = await api("GET", `/v1/events?${new URLSearchParams({ limit: 100, ...filters, ...(cursor && { cursor }) })}`);
    assert.equal(status, 200, text);
    items.push(...json.items);
    cursor = json.next;
    if (cursor === null) return items;
  }
}

export const createSecret = (name) => `whsec_${Buffer.from(name.padEnd(32, "-")).toString("base64")}`;

/**
 * A subscriber for the file that asks: a server on a port of its own, and what it got, each with `error` where the
 * reference implementation finds the signature wrong. `respond(got, response, request)` answers; without it, 200.
 * One that is `closed` is where nobody listens, until `open()`.
 */
export async function useSubscriber(name, { respond = (_, response) => response.end("ok"), closed = false, secret = createSecret(name) } = {}) {
  const received = [];
  const waiting = new Set();
  const oracle = new Webhook(secret);
  const server = createServer(async (request, response) => {
    // Who is killed while it asks is no news.
    const body = await buffer(request).catch(() => undefined);
    if (!body) return;
    const got = { id: request.headers["webhook-id"], at: Date.now(), path: request.url, headers: request.headers, body: body.toString() };
    try {
      got.event = oracle.verify(got.body, got.headers);
    } catch (error) {
      got.error = `${error.message}: ${got.body.slice(0, 200)}`;
    }
    received.push(got);
    for (const look of waiting) look();
    subscriber.respond(got, response, request);
  });
  const port = await freePort();
  const subscriber = {
    name,
    url: `http://127.0.0.1:${port}/hook`,
    secret,
    received,
    respond,
    /** What it got of this event. */
    of: (id) => received.filter((got) => got.id === id),
    /** Waits until this holds of what it got, and returns what it is. */
    async until(what, holds, within = 20_000) {
      const found = holds();
      if (found) return found;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => (waiting.delete(look), reject(new Error(`not within ${within} ms: ${what}`))), within);
        const look = () => {
          const found = holds();
          if (!found) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
      });
    },
    open: () => once(server.listen(port, "127.0.0.1"), "listening"),
  };
  if (!closed) await subscriber.open();
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return subscriber;
}

/** A subscriber as it is in the configuration. */
export const subscribed = ({ url, secret }, more) => ({ url, secret, ...more });
