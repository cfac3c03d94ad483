// Requests that nobody meant to send: good ones, changed in one to three places, the same for the same seed.

import { createRandom } from "../sandbox/random.mjs";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "LOCK"];
const PIECES = [
  "..", "/", "//", "/../", "%2e%2e", "%2F", "%00", "%0d%0aX-Injected:%201", "%ff", "%", "%zz", "?", "#", "@", ":", ";", "&", "=", "+", "\\", "'", '"', "*", "{}", "[]", "$", "~",
  "\u00e9", "\u202e", "\ufeff", "\u{1f600}", "-1", "0", "9".repeat(20), "1e999", "null", "__proto__", "constructor", "' OR 1=1--", "${x}", "{{x}}", "x".repeat(300),
];
const HEADERS = [
  ["content-type", ["", "text/plain", "application/json; charset=utf-16", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "image/png", "application/json, text/plain"]],
  ["authorization", ["", "Bearer", "Bearer x", "Basic ZGV2OmtleQ==", "Bearer dev-key dev-key", "Digest x"]],
  ["prefer", ["wait=-1", "wait=1e9", "wait=", "respond-async", "wait=1, wait=2", "x=\"", "return=minimal"]],
  ["idempotency-key", ["", "x", "\"x\"", "x".repeat(256), "a\tb"]],
  ["content-encoding", ["gzip", "br", "x"]],
  ["accept", ["", "text/event-stream", "*/*;q=x"]],
  ["origin", ["null", "https://evil.example", "http://127.0.0.1", "x"]],
  ["last-event-id", ["", "-1", "9".repeat(30), "x"]],
  ["expect", ["x"]],
  ["range", ["bytes=0-1"]],
  ["x-http-method-override", ["DELETE"]],
  ["x-forwarded-host", ["evil.example"]],
  ["cookie", ["a=b; authorization=Bearer dev-key"]],
];
const VALUES = [null, true, false, 0, -1, 1.5, 1e308, 2 ** 53, "", " ", "x", "\0", "\ud800", [], [[]], {}, { a: 1 }, "x".repeat(5_000), ["x", "x"], "2026-13-45T99:99:99Z", "+0", "../x", "https://127.0.0.1/x"];

/** Returns a function that makes one of these requests, `{ method, path, headers, body }`, of one of the `seeds`. */
export function createMutations(seeds, seed) {
  const random = createRandom(seed);
  const below = (limit) => Math.floor(random() * limit);
  const pick = (list) => list[below(list.length)];
  const split = (text) => {
    const at = below(text.length + 1);
    return [text.slice(0, at), text.slice(at)];
  };
  const inserted = (text) => split(text).join(pick(PIECES));
  const cut = (text) => (random() < 0.5 ? split(text)[0] : split(text)[1]);

  /** Another value somewhere in it, a member more, or one less. */
  function changed(value) {
    if (Object(value) !== value || random() < 0.2) return pick(VALUES);
    const copy = Array.isArray(value) ? [...value] : { ...value };
    const key = pick(Object.keys(value)) ?? "x";
    const way = random();
    if (way < 0.6) copy[key] = changed(value[key]);
    else if (way < 0.8) delete copy[key];
    else copy[pick(PIECES)] = pick(VALUES);
    return copy;
  }

  function flipped(text) {
    const bytes = Buffer.from(text);
    for (let flips = 1 + below(3); flips > 0 && bytes.length > 0; flips -= 1) bytes[below(bytes.length)] ^= 1 << below(8);
    return bytes;
  }

  const bodies = [
    (text) => cut(text),
    (text) => inserted(text),
    (text) => text + text,
    (text) => flipped(text),
    (text) => {
      try {
        return JSON.stringify(changed(JSON.parse(text)));
      } catch {
        return inserted(text);
      }
    },
  ];
  const changes = [
    (request) => ({ ...request, method: pick(METHODS) }),
    (request) => ({ ...request, path: `/${(random() < 0.7 ? inserted : cut)(request.path.slice(1))}` }),
    (request) => ({ ...request, path: `${request.path}?${pick(["limit", "cursor", "status", "batch", "connection", "since", "x", "key", "", pick(PIECES)])}=${pick(PIECES)}` }),
    (request) => {
      const [name, values] = pick(HEADERS);
      return { ...request, headers: { ...request.headers, [name]: pick(values) } };
    },
    ...Array(4).fill((request) => (typeof request.body === "string" ? { ...request, body: pick([...bodies, bodies[4], bodies[4]])(request.body) } : request)),
  ];
  /** As it can stand in a request line: what cannot, the host refuses before the Worker sees it. */
  const sendable = (path) => path.replaceAll(/[^\x21-\x7e]|["<>\\^`{|}]/gu, (one) => encodeURIComponent(one.isWellFormed() ? one : "?"));

  return () => {
    let request = pick(seeds);
    for (let count = 1 + below(3); count > 0; count -= 1) request = pick(changes)(request);
    return { ...request, path: sendable(request.path) };
  };
}
