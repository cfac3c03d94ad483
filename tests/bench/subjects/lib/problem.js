// Problem details (RFC 9457), and the words for what a gateway answers: shared by all subjects in JavaScript.

const TITLES = { 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 409: "Conflict", 422: "Unprocessable Content", 503: "Service Unavailable" };

export class Problem extends Error {
  constructor(status, code, detail, more) {
    super(detail);
    this.status = status;
    this.body = { type: "about:blank", title: TITLES[status] ?? "Error", status, code, detail, ...more };
  }

  respond() {
    return new Response(JSON.stringify(this.body), { status: this.status, headers: { "content-type": "application/problem+json" } });
  }
}

export const unauthorized = () => new Problem(401, "auth", "this needs the header `Authorization: Bearer <key>`");

/** In constant time; the length of the key is no secret. */
export function isKey(given, key) {
  if (given === null || given.length !== key.length) return false;
  let difference = 0;
  for (let at = 0; at < key.length; at += 1) difference |= given.charCodeAt(at) ^ key.charCodeAt(at);
  return difference === 0;
}

const KINDS = { 400: "invalid", 401: "auth", 402: "quota", 403: "auth", 404: "not_found", 408: "unavailable", 422: "invalid", 429: "rate_limited" };

/** What the gateway answered, as an object; fails with what went wrong. */
export async function answerOf(response) {
  const text = await response.text();
  const { status } = response;
  let json;
  try {
    json = text === "" ? null : JSON.parse(text);
  } catch {
    if (response.ok) throw new Problem(503, "malformed", "the answer is not JSON", { provider_status: status });
  }
  const saysNo = json?.error === true || json?.success === false || json?.status === false || json?.status === 0 || json?.status === "error";
  if (response.ok && !saysNo) return json;
  const kind = response.ok ? "rejected" : (KINDS[status] ?? (status >= 500 ? "unavailable" : "rejected"));
  const said = [json?.error, json?.message, json?.detail, json?.error?.message].find((word) => typeof word === "string" && word !== "");
  const after = Number(response.headers.get("retry-after") ?? NaN);
  const retry_after = Number.isFinite(after) ? after : undefined;
  throw new Problem(503, kind, said ?? `HTTP ${status}`, { provider_status: status, retry_after });
}

/** One request to a gateway. Never behind a redirect, and not for ever. */
export async function ask(url, init) {
  let response;
  try {
    response = await fetch(url, { ...init, redirect: "manual", signal: AbortSignal.timeout(25_000) });
  } catch {
    throw new Problem(503, "lost", "the connection broke before there was an answer: it may have been sent");
  }
  return answerOf(response);
}
