// A Worker of Chaski's, spoken to from anywhere: no wasm, and no provider's key.

import { ChaskiError, invalid, reading } from "./error.js";
import { exchange, hostOf } from "./exchange.js";
import { write } from "./json.js";

export { ChaskiError, isChaskiError } from "./error.js";

export class Edge {
  // Private, so that no console and no JSON shows the key.
  #key;
  #host;
  #url;

  constructor(options) {
    if (typeof options !== "object" || options === null) throw invalid("", 'an object, like { url: "https://…", key: "…" }');
    const { url, key, fetch, timeout, ...rest } = reading(() => ({ ...options }));
    const [unknown] = Object.keys(rest);
    if (unknown !== undefined) throw invalid(`/${unknown}`, "no such member; there are url, key, fetch, timeout");
    this.#host = hostOf({ fetch, timeout });
    this.#url = baseOf(url);
    if (typeof key !== "string" || !/^[!-~]+$/.test(key)) throw invalid("/key", "the Worker's CHASKI_API_KEY, or a token");
    this.#key = key;
  }

  async send(message, options) {
    const { idempotencyKey, wait, signal, timeout } = reading(() => ({ ...options }));
    const headers = {};
    if (idempotencyKey !== undefined) headers["idempotency-key"] = printable("/idempotencyKey", idempotencyKey);
    if (wait !== undefined) headers.prefer = `wait=${seconds("/wait", wait)}`;
    return this.#post("/v1/messages", message, this.#longer({ signal, timeout }, wait), headers);
  }

  async preview(message, options) {
    return this.#post("/v1/messages/preview", message, options);
  }

  async message(id, options) {
    return this.#get(`/v1/messages/${segment("/id", id)}`, options);
  }

  async messages(options) {
    return this.#get(`/v1/messages${search(options)}`, options);
  }

  async cancel(id, options) {
    return this.#ask("DELETE", `/v1/messages/${segment("/id", id)}`, undefined, options);
  }

  async resolve(id, as, options) {
    return this.#post(`/v1/messages/${segment("/id", id)}/resolve`, { as }, options);
  }

  async events(options) {
    const { wait, type, ...rest } = reading(() => ({ ...options }));
    const headers = wait === undefined ? {} : { prefer: `wait=${seconds("/wait", wait)}` };
    const types = [type ?? []].flat().map((pattern) => ["type", pattern]);
    return this.#ask("GET", `/v1/events${search(rest, types)}`, undefined, this.#longer(rest, wait), headers);
  }

  async subscribers(options) {
    return this.#get("/v1/subscribers", options);
  }

  async deliveries(subscriber, options) {
    return this.#get(`/v1/subscribers/${segment("/subscriber", subscriber)}/deliveries${search(options)}`, options);
  }

  async replay(subscriber, events, options) {
    return this.#post(`/v1/subscribers/${segment("/subscriber", subscriber)}/replay`, events, options);
  }

  async token(narrowed, options) {
    return this.#post("/v1/tokens", narrowed, options);
  }

  async providers(options) {
    return this.#get("/v1/providers", options);
  }

  async connections(options) {
    return this.#get("/v1/connections", options);
  }

  async health(connection, options) {
    return this.#get(`/v1/connections/${segment("/connection", connection)}/health`, options);
  }

  async groups(connection, options) {
    return this.#get(`/v1/connections/${segment("/connection", connection)}/groups`, options);
  }

  /** The wait comes on top of what an answer may take. */
  #longer({ signal, timeout }, wait) {
    const longer = this.#host.timeout && this.#host.timeout + (wait ?? 0) * 1000;
    return { signal, timeout: timeout === undefined ? longer : timeout };
  }

  #get(path, options) {
    return this.#ask("GET", path, undefined, options);
  }

  #post(path, value, options, headers) {
    return this.#ask("POST", path, write(value), options, { "content-type": "application/json", ...headers });
  }

  async #ask(method, path, body, options, headers) {
    const authorization = `Bearer ${this.#key}`;
    const request = { method, url: this.#url + path, headers: { accept: "application/json", authorization, ...headers } };
    const answer = await exchange(this.#host, body === undefined ? request : { ...request, body }, options);
    return read(answer);
  }
}

function baseOf(url) {
  let base;
  try {
    base = new URL(url);
  } catch (cause) {
    throw invalid("/url", "where the Worker is, like https://chaski.example.workers.dev", cause);
  }
  const isLoopback = ["localhost", "127.0.0.1", "[::1]"].includes(base.hostname);
  if (base.protocol !== "https:" && !(base.protocol === "http:" && isLoopback)) {
    throw invalid("/url", "https; http is for loopback only");
  }
  if (base.username || base.password || base.search || base.hash) throw invalid("/url", "no user, no query and no fragment");
  return base.href.replace(/\/+$/, "");
}

/** A value as one segment of a path: it cannot add one, nor climb. */
function segment(pointer, value) {
  if (typeof value !== "string" || !/[^.]/.test(value)) throw invalid(pointer, "a string that is not empty");
  return encodeURIComponent(printable(pointer, value));
}

function printable(pointer, value) {
  if (typeof value !== "string" || !/^[ -~]+$/.test(value)) throw invalid(pointer, "a string of printable ASCII characters");
  return value;
}

function seconds(pointer, value) {
  if (!Number.isInteger(value) || value < 1) throw invalid(pointer, "a whole number of seconds, 1 or more");
  return value;
}

/** All options that are not about the exchange itself, as a query, with `more` of them. */
function search(options, more = []) {
  const { signal, timeout, ...query } = reading(() => ({ ...options }));
  const given = [...Object.entries(query), ...more].filter(([, value]) => value !== undefined && value !== null);
  return given.length === 0 ? "" : `?${reading(() => new URLSearchParams(given))}`;
}

/** The Worker's answer as it comes; a problem (RFC 9457) is thrown. */
function read({ status, headers, body }) {
  const text = new TextDecoder().decode(body);
  const isSuccess = status >= 200 && status < 300;
  let json;
  try {
    json = text === "" ? null : JSON.parse(text);
  } catch (cause) {
    if (isSuccess) throw new ChaskiError("malformed", "the answer is not JSON: is the URL right?", { status, body: text, cause });
  }
  if (isSuccess) return json;
  const { code, detail, errors, retry_after: told } = json ?? {};
  // Anyone may have written this: a proxy's JSON has a `code` or `errors` of its own.
  const kind = KINDS.includes(code) ? code : kindOf(status);
  const retryAfter = [told, Number(headers["retry-after"] ?? NaN)].find(Number.isFinite);
  const members = { status, errors: Array.isArray(errors) ? errors : [], retryAfter, body: text };
  throw new ChaskiError(kind, typeof detail === "string" ? detail : `HTTP ${status}`, members);
}

/** What the Worker calls its problems. */
const KINDS = [
  "invalid",
  "unsupported",
  "auth",
  "not_found",
  "quota",
  "rate_limited",
  "offline",
  "rejected",
  "unavailable",
  "lost",
  "malformed",
  "forged",
];

/** The kind of an answer that no Worker of Chaski's gave: a proxy or the platform did. */
function kindOf(status) {
  if (status < 400) return "malformed";
  // 408 comes from proxies too, after they have passed the request on.
  if (status >= 500 || status === 408) return "unavailable";
  return { 401: "auth", 403: "auth", 404: "not_found", 429: "rate_limited" }[status] ?? "rejected";
}
