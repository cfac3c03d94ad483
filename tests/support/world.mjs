// What the suites share: a Worker of their own, its API in one line, and an eye on what must stay secret.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request } from "node:http";
import { buffer } from "node:stream/consumers";
import { after } from "node:test";
import { devKey } from "../../src/tools/dev-config.mjs";
import { startWorker } from "../../src/tools/dev-worker.mjs";

/**
 * Starts a Worker for the file that asks, and stops it after its last test.
 *
 * Without `config` it has that of wrangler.toml; with `key` null it has no CHASKI_API_KEY. Returns
 * `{ url, logs(), api, send, problems }`: `api` is `ask` with the key, `send` posts a message and waits for its
 * first outcome, `problems` are the bodies of all refusals.
 */
export async function useWorker({ config, key = devKey, secrets }) {
  const vars = { ...(config !== undefined && { CHASKI_CONFIG: config }), ...(key !== null && { CHASKI_API_KEY: key }) };
  const worker = await startWorker({ vars, secrets });
  after(worker.stop);
  return clientOf(worker, key ?? devKey);
}

/** What a suite needs of a Worker that runs. */
export function clientOf({ url, logs }, key) {
  const problems = [];
  const api = async (method, path, body, headers, options) => {
    const answer = await ask(url, method, path, body, { authorization: `Bearer ${key}`, ...headers }, options);
    if (answer.status >= 400) problems.push(answer.text);
    return answer;
  };
  const send = (message, headers) => api("POST", "/v1/messages", message, { prefer: "wait=30", ...headers });
  return { url, logs, api, send, problems };
}

/**
 * One request, with its path as it is given: no client's idea of tidiness in between.
 *
 * A body that is no string and no bytes is sent as JSON. Headers that are null are left out.
 */
export async function ask(origin, method, path, body, headers = {}, { signal, chunked = false } = {}) {
  const bytes = body === undefined || typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
  const all = {
    ...(bytes !== undefined && { "content-type": "application/json" }),
    ...(bytes !== undefined && !chunked && { "content-length": Buffer.byteLength(bytes) }),
    ...headers,
  };
  const { hostname, port } = new URL(origin);
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
  const sent = request({ hostname, port, method, path, headers: given, agent: false, signal });
  // A refusal may come before the whole body has gone: what counts is the answer.
  const answered = new Promise((resolve, reject) => sent.once("response", resolve).on("error", reject));
  sent.end(bytes);
  const response = await answered;
  const text = (await buffer(response)).toString();
  return { status: response.statusCode, headers: response.headers, text, json: parsed(text) };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a request asks how far a message is, at each provider's own path. The Worker does so some seconds after it sent. */
export const isLookUp = ({ path }) => /\/(status|get-details|whatspie\/messages)\/[^/]+$/.test(path);

/** A server on a free port, for the file that asks. Returns its origin. */
export async function useServer(handle) {
  const server = createServer(handle);
  await once(server.listen(0, "127.0.0.1"), "listening");
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

/** An origin where nobody listens: a free port may be someone's a moment later, the lowest one is nobody's. */
export const closedOrigin = "http://127.0.0.1:1";

/** Asserts that an answer is a problem (RFC 9457) of this status and code, at these places. */
export function assertProblem(answer, status, code, pointers) {
  const { json } = answer;
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers["content-type"], "application/problem+json");
  assert.equal(json?.status, status);
  assert.equal(json.code, code, answer.text);
  for (const member of ["type", "title", "detail"]) assert.ok(json[member] && typeof json[member] === "string", `${member}: ${answer.text}`);
  if (pointers) assert.deepEqual((json.errors ?? []).map((error) => error.pointer), pointers, answer.text);
  for (const error of json.errors ?? []) assert.equal(typeof error.detail, "string");
}

/** Asserts that neither the log nor any refusal has one of these in it. */
export function assertSecret({ logs, problems }, secrets) {
  const lines = [...logs().split("\n"), ...problems];
  for (const secret of secrets) assert.deepEqual(lines.filter((line) => line.includes(secret)), [], `${secret} is told`);
}

/** Asserts that the Worker logged no fault of its own. A client that left is none. */
export function assertUnharmed({ logs }) {
  const fault = /chaski: |panicked|RuntimeError/;
  assert.deepEqual(logs().split("\n").filter((line) => fault.test(line)), []);
}
