// One request and its whole answer, by the host's fetch. Never a second try, never behind a redirect.

import { ChaskiError, invalid, reading } from "./error.js";

/** Milliseconds until an answer must be whole: some providers type for seconds before they send. */
const TIMEOUT = 30_000;

/** Bytes of an answer at most: the longest honest one is a list of groups. */
const ANSWER_LIMIT = 4 << 20;

/** What runtimes call it when a connection was never opened: nothing was sent. */
const NEVER_OPENED = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "ConnectionRefused",
]);

/** The headers of an answer that anyone reads. */
const HEADERS = ["date", "location", "retry-after"];

/** What does the exchanges of one client: its own `fetch` and `timeout`, or the host's and ours. */
export function hostOf({ fetch, timeout = TIMEOUT }) {
  if (fetch !== undefined && typeof fetch !== "function") throw invalid("/fetch", "a function like fetch");
  checkTimeout(timeout);
  // The host's own is looked up late, so that one that is replaced by a mock or a tracer is used.
  return { fetch: fetch ?? ((url, init) => globalThis.fetch(url, onlyOnce(init))), isOurs: !fetch, timeout };
}

/** Deno sends a request again when its connection breaks, unless the body is a stream (denoland/deno#35610). */
function onlyOnce(init) {
  return globalThis.Deno && init.body !== undefined ? { ...init, body: new Blob([init.body]) } : init;
}

function checkTimeout(timeout) {
  if (typeof timeout !== "number" || !(timeout >= 0)) throw invalid("/timeout", "milliseconds, 0 or more");
}

/**
 * Sends `{ method, url, headers, body }`.
 * @returns {Promise<{ status: number, headers: object, body: Uint8Array }>}; fails with a ChaskiError only
 */
export async function exchange(host, { url, ...request }, options) {
  const { signal, timeout = host.timeout } = reading(() => ({ signal: options?.signal, timeout: options?.timeout }));
  checkTimeout(timeout);
  if (signal && typeof signal.addEventListener !== "function") throw invalid("/signal", "an AbortSignal");
  if (signal?.aborted) throw new ChaskiError("rejected", "aborted before anything was sent", { cause: signal.reason });
  const init = { ...request, redirect: "manual" };
  try {
    if (signal || !host.isOurs) return await unlessAborted(host, url, init, signal, timeout);
    // The host's own fetch heeds the signal, and without a signal of the caller's there is one thing less to listen to.
    return await perform(host, url, isTimed(timeout) ? { ...init, signal: AbortSignal.timeout(timeout) } : init);
  } catch (error) {
    if (error instanceof ChaskiError) throw error;
    throw error?.name === "TimeoutError" && isTimed(timeout) ? late(timeout) : failure(error);
  }
}

/** Timers take no more than that. */
const isTimed = (timeout) => timeout > 0 && timeout < 2 ** 31;

const late = (timeout) => new ChaskiError("lost", `no answer within ${timeout} ms: it may have been done`);

/** The same where the caller may end it, or brings a fetch that may not heed the signal. */
async function unlessAborted(host, url, init, signal, timeout) {
  const controller = new AbortController();
  let ended;
  const end = (error) => {
    ended ??= error;
    controller.abort(error.cause);
  };
  const message = "aborted while it was under way: it may have been done";
  const onAbort = () => end(new ChaskiError("lost", message, { cause: signal.reason }));
  signal?.addEventListener("abort", onAbort, { once: true });
  const timer = isTimed(timeout) && setTimeout(() => end(late(timeout)), timeout);
  const aborted = new Promise((_, reject) => controller.signal.addEventListener("abort", reject, { once: true }));
  try {
    return await Promise.race([perform(host, url, { ...init, signal: controller.signal }), aborted]);
  } catch (error) {
    throw ended ?? error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

async function perform(host, url, init) {
  const response = await host.fetch(url, init);
  if (response.type === "opaqueredirect") {
    throw new ChaskiError("malformed", "the answer is a redirect: is the URL right?", { status: response.status });
  }
  const { status } = response;
  // Not every fetch of the caller's brings a Response, and `Response.error()` has no status either.
  if (!(Number.isInteger(status) && status >= 100 && status <= 599)) throw new TypeError("fetch brought no Response");
  return { status, headers: headersOf(response.headers), body: await read(response) };
}

/** Those of `Headers`, of an object or of pairs that anyone reads, as an object; names in any case. */
export function headersOf(headers) {
  const pairs = Array.isArray(headers) ? headers : Object.entries(headers ?? {});
  const lookup = (name) => pairs.find(([other]) => String(other).toLowerCase() === name)?.[1];
  const named = typeof headers?.get === "function" ? (name) => headers.get(name) : lookup;
  const found = HEADERS.map((name) => [name, named(name)]).filter(([, value]) => typeof value === "string");
  return Object.fromEntries(found);
}

async function read(response) {
  // Not every fetch of the caller's brings a stream.
  if (typeof response.body?.getReader !== "function") return new TextEncoder().encode(await response.text());
  if (isShort(response.headers)) return new Uint8Array(await response.arrayBuffer());
  const reader = response.body.getReader();
  const chunks = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > ANSWER_LIMIT) {
      reader.cancel().catch(() => {});
      throw new ChaskiError("malformed", "the answer is too large to be one", { status: response.status });
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(size);
  chunks.reduce((at, chunk) => (bytes.set(chunk, at), at + chunk.length), 0);
  return bytes;
}

/** Whether an answer is said to be so short that it need not be watched. What comes packed is longer than it says. */
function isShort(headers) {
  const length = headers.get("content-length");
  return length !== null && Number(length) <= 64 << 10 && !headers.has("content-encoding");
}

/** What it means that fetch threw. */
function failure(error) {
  const causes = [error, error?.cause, ...(error?.cause?.errors ?? [])];
  if (causes.some((cause) => NEVER_OPENED.has(cause?.code))) {
    return new ChaskiError("offline", "no connection could be opened; nothing was sent", { cause: error });
  }
  const hint = globalThis.document ? " In a browser this is also how a server without CORS looks." : "";
  return new ChaskiError("lost", `the connection broke before there was an answer: it may have been done.${hint}`, { cause: error });
}
