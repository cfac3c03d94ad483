// Shared by the self-tests: a sandbox per test file and one call per line.

import { after, before, beforeEach } from "node:test";
import { startSandbox } from "./server.mjs";

export const BEARER = { authorization: "Bearer sandbox-token" };
export const AUTH = {
  whatspie: BEARER,
  gowhatsapp: BEARER,
  wachat: { apikey: "sandbox-key", accept: "application/json" },
  a1base: { "x-api-key": "sandbox-key", "x-api-secret": "sandbox-secret" },
  whatsspot: { "x-api-key": "sandbox-key" },
};

export const JID = "6281234567890@s.whatsapp.net";

// The smallest good send of each vendor: [path, body, individual's last recipient].
export const SENDS = {
  whatspie: ["/groups/495/send", { message: "Hello", type: "chat", params: { text: "Hello" } }],
  gowhatsapp: [`/chats/${JID}/messages`, { text: "Hello" }],
  wachat: ["/wachat_api/1.0/message", { destination: "6281234567890", message: "Hello" }],
  a1base: [
    "/v1/messages/group/acc-sandbox/send",
    { content: "Hello", from: "+14155552671", thread_id: "group-thread-id-123", service: "whatsapp" },
  ],
  whatsspot: ["/messages/send", { type: "TEXT", content: "Hello", recipients: ["919999999999"] }],
};

export function useSandbox() {
  const use = {};
  before(async () => (use.sandbox = await startSandbox()));
  beforeEach(() => use.sandbox.reset());
  after(() => use.sandbox.stop());

  // A body that is no string, buffer or form is sent as JSON. `headers` set to null are left out.
  use.call = async (provider, method, path, body, headers = {}) => {
    const raw = body === undefined || typeof body === "string" || body instanceof FormData || body instanceof Uint8Array;
    const all = { ...AUTH[provider], ...(body instanceof FormData ? {} : { "content-type": "application/json" }), ...headers };
    const response = await fetch(`${use.sandbox.url}/${provider}${path}`, {
      method,
      headers: Object.entries(all).filter(([, value]) => value !== null),
      body: raw ? body : JSON.stringify(body),
    });
    const text = await response.text();
    let json;
    try {
      json = JSON.parse(text);
    } catch {
      json = undefined;
    }
    return { status: response.status, headers: response.headers, text, json };
  };
  use.post = (provider, path, body, headers) => use.call(provider, "POST", path, body, headers);
  use.get = (provider, path, headers) => use.call(provider, "GET", path, undefined, headers);
  use.send = (provider, changes = {}, headers) => {
    const [path, body] = SENDS[provider];
    return use.post(provider, path, { ...body, ...changes }, headers);
  };
  return use;
}
