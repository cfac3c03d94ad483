// The host's side of the door (door.rs is the other): the only place that touches the host's request,
// response and fetch. It decides nothing; it carries bytes.

import { Door, __wbg_reset_state as renew, initSync } from "../../build/worker/chaski.js";
import wasm from "../../build/worker/chaski_bg.wasm";

/** Milliseconds until a provider's answer must be whole: one of them types for seconds before it sends. */
const TIMEOUT = 30_000;

/** Bytes of a provider's answer at most: the longest honest one is a list of groups. */
const ANSWER_LIMIT = 4 << 20;

initSync({ module: wasm });

let door;

/** The lives of the wasm instance so far: a trap ends one, and with it all requests that are in it. */
let life = 0;

export default {
  async fetch(request, env) {
    try {
      door ??= new Door(JSON.stringify(env));
      return await exchange(door, request);
    } catch (error) {
      // A panic, a trap, or a fault of ours: no word of the request gets into the log.
      console.error(`chaski: ${error?.name}: ${error?.message}`);
      return respond({ status: 500, headers: [["content-type", "application/problem+json"]] }, JSON.stringify(FAULT));
    }
  },
};

const FAULT = {
  type: "about:blank",
  title: "Internal Server Error",
  status: 500,
  code: "unavailable",
  detail: "a fault in the Worker: whether a message was sent is not known",
};

async function exchange(door, request) {
  const { headers } = request;
  let body;
  try {
    body = await read(request, door.limit);
    if (!body) await drain(request.body);
  } catch {
    // The caller is gone in the middle of the request, and hears no answer.
    return new Response(null, { status: 400 });
  }
  const born = life;
  const exchange = enter(born, () =>
    door.open(
      request.method,
      path(request.url),
      headers.get("authorization") ?? undefined,
      headers.get("content-type") ?? undefined,
      headers.get("idempotency-key") ?? undefined,
      body,
    ),
  );
  try {
    for (;;) {
      const [head, rest] = split(enter(born, () => exchange.next(Date.now())));
      if (!head.fetch) return respond(head, rest);
      const bring = await perform(head.fetch, rest);
      enter(born, () => bring(exchange));
    }
  } finally {
    if (born === life) exchange.free();
  }
}

/** Goes into the wasm instance. A panic in there unwinds and leaves it whole; after a trap it takes a new one. */
function enter(born, call) {
  if (born !== life) throw new Error("another request ended the instance that this one was in");
  try {
    return call();
  } catch (error) {
    if (error?.name !== "PanicError") {
      renew();
      life += 1;
      door = undefined;
    }
    throw error;
  }
}

/** Does a fetch. Returns what brings its outcome into the exchange. */
async function perform({ method, url, headers }, body) {
  let request;
  try {
    const init = { method, headers, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT) };
    request = new Request(url, method === "GET" ? init : { ...init, body });
  } catch {
    return (exchange) => exchange.fail("unreachable");
  }
  try {
    const response = await fetch(request);
    const bytes = await read(response, ANSWER_LIMIT);
    if (!bytes) await response.body.cancel();
    const [date, location, retryAfter] = ["date", "location", "retry-after"].map(
      (name) => response.headers.get(name) ?? undefined,
    );
    return (exchange) => exchange.answer(response.status, date, location, retryAfter, bytes);
  } catch (error) {
    return (exchange) => exchange.fail(error?.name === "TimeoutError" ? "timeout" : "lost");
  }
}

/** The whole body, or undefined where it is larger than the limit; what is left of it is the caller's to end. */
async function read(message, limit) {
  if (!message.body) return new Uint8Array();
  const length = message.headers.get("content-length");
  if (length !== null) return Number(length) > limit ? undefined : new Uint8Array(await message.arrayBuffer());
  const chunks = [];
  let size = 0;
  for await (const chunk of message.body.values({ preventCancel: true })) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  chunks.reduce((at, chunk) => (bytes.set(chunk, at), at + chunk.length), 0);
  return bytes;
}

/** Who is still sending does not hear the answer, so what is too large is taken in and dropped. */
async function drain(body) {
  for await (const _ of body);
}

/** The path of a URL as it came, without the query. */
function path(url) {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  const end = url.slice(start).search(/[?#]/);
  return start < 0 ? "/" : end < 0 ? url.slice(start) : url.slice(start, start + end);
}

const decoder = new TextDecoder();

/** A step as door.rs packs it: the head in JSON, a line feed, the body. */
function split(step) {
  const end = step.indexOf(10);
  return [JSON.parse(decoder.decode(step.subarray(0, end))), step.subarray(end + 1)];
}

function respond({ status, headers }, body) {
  return new Response(body, { status, headers });
}
