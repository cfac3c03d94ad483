// What the host does for Rust: it decides nothing, it carries bytes.

/** Milliseconds until a provider's answer must be whole: one of them types for seconds before it sends. */
const TIMEOUT = 25_000;

/** Bytes of a provider's answer at most: the longest honest one is a list of groups. */
const ANSWER_LIMIT = 4 << 20;

/** The headers of an answer that Rust reads. */
const HEADERS = ["date", "location", "retry-after"];

/** The head of a request, for Rust: a line of its method and its URL, then its headers, a line for each. */
export function headOf({ method, url, headers }) {
  let head = `${method} ${url}\n`;
  for (const [name, value] of headers) head += `${name}:${value}\n`;
  return head;
}

/** Does a fetch. Returns what came of it, for Rust: its head, and the body; undefined where that is larger than the limit. */
export async function perform({ method, url, headers }, body) {
  let request;
  try {
    const init = { method, headers, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT) };
    request = new Request(url, method === "GET" ? init : { ...init, body });
  } catch {
    return ["unreachable"];
  }
  try {
    const response = await fetch(request);
    const bytes = await read(response, ANSWER_LIMIT);
    if (!bytes) await response.body.cancel();
    let head = `${response.status}\n`;
    for (const name of HEADERS) if (response.headers.has(name)) head += `${name}:${response.headers.get(name)}\n`;
    return [head, bytes];
  } catch (error) {
    return [error?.name === "TimeoutError" ? "timeout" : "lost"];
  }
}

/** The whole body, or undefined where it is larger than the limit; what is left of it is the caller's to end. */
export async function read(message, limit) {
  if (!message.body) return new Uint8Array();
  // What comes packed is longer than it says.
  const length = message.headers.has("content-encoding") ? null : message.headers.get("content-length");
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

/** Logs a fault of ours: no word of a request gets into the log. */
export function report(error) {
  console.error(`chaski: ${typeof error === "string" ? error : `${error?.name}: ${error?.message}`}`);
}
