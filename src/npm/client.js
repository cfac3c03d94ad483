// One account at one provider, spoken to by the host's fetch.

import { enter, enterForBytes } from "./core.js";
import { invalid, reading } from "./error.js";
import { exchange, headersOf, hostOf } from "./exchange.js";
import { write } from "./json.js";
import PROVIDERS from "./providers.js";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

export class Chaski {
  // Private, so that no console and no JSON shows the keys.
  #account;
  #host;
  #provider;

  constructor(options) {
    if (typeof options !== "object" || options === null) throw invalid("", 'an account, like { provider: "whatspie", token: "…" }');
    const { fetch, timeout, baseUrl, ...account } = reading(() => ({ ...options }));
    this.#host = hostOf({ fetch, timeout });
    if (baseUrl !== undefined) {
      if (account.base_url !== undefined) throw invalid("/baseUrl", "the same as base_url: give one of them");
      account.base_url = baseUrl;
    }
    this.#account = write(account);
    this.#provider = enter("account", this.#account).provider;
  }

  get provider() {
    return this.#provider;
  }

  send(message, options) {
    return this.#call({ send_message: message }, options);
  }

  status(id, options) {
    return this.#call({ message_status: { id } }, options);
  }

  check(options) {
    return this.#call({ check_account: {} }, options);
  }

  quota(options) {
    return this.#call({ quota: {} }, options);
  }

  groups(options) {
    return this.#call({ list_groups: {} }, options);
  }

  request(call) {
    try {
      const [name, asked] = reading(() => named(call));
      const [{ method, url, headers }, bytes] = enterForBytes("request", `${this.#account}\n${name}\n${write(asked)}`);
      const request = { method, url, headers: Object.fromEntries(headers) };
      if (bytes.length === 0) return request;
      const isText = request.headers["content-type"] === "application/json";
      return { ...request, body: isText ? decoder.decode(bytes) : bytes };
    } catch (error) {
      throw this.#tagged(error);
    }
  }

  reply(call, response) {
    try {
      const [name] = reading(() => named(call));
      const { status, headers, body } = reading(() => answerOf(response));
      return enter("reply", `${this.#account}\n${headers}\n${name}`, status, body);
    } catch (error) {
      throw this.#tagged(error);
    }
  }

  receive(webhook, now = Date.now()) {
    try {
      const { headers, body } = reading(() => webhookOf(webhook));
      return enter("receive", `${this.#account}\n${headers}`, body, reading(() => momentOf(now)));
    } catch (error) {
      throw this.#tagged(error);
    }
  }

  async #call(call, options) {
    try {
      return this.reply(call, await exchange(this.#host, this.request(call), options));
    } catch (error) {
      throw this.#tagged(error);
    }
  }

  #tagged(error) {
    error.provider = this.#provider;
    return error;
  }
}

export function providers() {
  return structuredClone(PROVIDERS);
}

/** The one member of a call: its name and its value. */
function named(call) {
  const members = typeof call === "object" && call !== null ? Object.entries(call) : [];
  return members.length === 1 ? members[0] : [""];
}

function answerOf(response) {
  const { status, headers, body } = response ?? {};
  if (typeof response?.text === "function") {
    throw invalid("", "the body of a Response must be read first: { status, headers, body: await response.text() }");
  }
  if (!Number.isInteger(status) || status < 100 || status > 599) throw invalid("/status", "an HTTP status");
  return { status, headers: JSON.stringify(headersOf(headers)), body: binary(body) };
}

function webhookOf(webhook) {
  const { headers, body } = webhook ?? {};
  if (typeof webhook?.text === "function") {
    throw invalid("", "the body of a Request must be read first: { headers, body: await request.text() }");
  }
  if (body === undefined || body === null) throw invalid("/body", "the body as it came, text or bytes: signatures hold over nothing else");
  return { headers: JSON.stringify(allHeaders(headers)), body: binary(body) };
}

/** All headers, of `Headers`, of an object or of pairs; Node's have arrays where one came several times. */
function allHeaders(headers) {
  const pairs = typeof headers?.[Symbol.iterator] === "function" ? [...headers] : Object.entries(headers ?? {});
  const given = pairs.filter(([, value]) => value !== undefined).map(([name, value]) => [String(name), String(value)]);
  return Object.fromEntries(given);
}

function momentOf(now) {
  const milliseconds = now instanceof Date ? now.getTime() : now;
  if (typeof milliseconds !== "number" || !Number.isFinite(milliseconds)) throw invalid("/now", "a Date, or milliseconds since 1970");
  return milliseconds;
}

function binary(body) {
  if (body === undefined || body === null) return new Uint8Array();
  if (typeof body === "string") return encoder.encode(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  throw invalid("/body", "text or bytes");
}
