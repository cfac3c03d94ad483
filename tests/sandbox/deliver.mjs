// Sends an answer { status, headers?, body } the way a fault wants it, or plainly.

import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";

function encode({ status, headers = {}, body }) {
  if (body === undefined) return { status, headers, bytes: Buffer.alloc(0) };
  const type = typeof body === "string" ? "text/plain; charset=utf-8" : "application/json; charset=utf-8";
  const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  return { status, headers: { "content-type": type, ...lowerCased(headers) }, bytes };
}

const lowerCased = (headers) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

export function write(res, answer) {
  send(res, encode(answer));
}

function send(res, { status, headers, bytes }) {
  // These two have no body by definition; a length would make the client wait for one.
  if (status === 204 || status === 304) return res.writeHead(status, headers).end();
  return res.writeHead(status, { ...headers, "content-length": bytes.length }).end(bytes);
}

const page = (status) =>
  `<!DOCTYPE html>\n<html><head><title>${status}</title></head>\n<body><center><h1>${status}</h1></center></body></html>\n`;

// Keeps Content-Length true: what is cut off is the JSON text, not the HTTP message.
function truncated(answer) {
  const { headers, bytes } = encode(answer);
  return { status: 200, headers, bytes: bytes.subarray(0, Math.floor(bytes.length / 2)) };
}

async function drip(res, answer, { bytes: size, ms }, signal) {
  const { status, headers, bytes } = encode(answer);
  res.writeHead(status, { ...headers, "content-length": bytes.length });
  for (let at = 0; at < bytes.length && !res.destroyed; at += size) {
    res.write(bytes.subarray(at, at + size));
    await delay(ms, undefined, { signal });
  }
  res.end();
}

// `signal` ends every wait when the sandbox stops.
export async function deliver(res, answer, picked, signal) {
  const { kind, fault, released } = picked ?? {};
  switch (kind) {
    case undefined:
      return write(res, answer);
    case "status":
      return write(res, fault.own ? { ...answer, ...fault } : fault);
    case "reset":
      // Not the answer's own socket: it has none while the answer before it on this connection is still being written.
      return void res.req.socket.resetAndDestroy();
    case "hang":
      return undefined;
    case "html":
      return write(res, { status: fault.html, headers: { "content-type": "text/html" }, body: page(fault.html) });
    case "truncate":
      return send(res, truncated(answer));
    case "slow":
      await delay(fault.slow, undefined, { signal });
      return write(res, answer);
    case "hold":
      await Promise.race([released, once(signal, "abort")]);
      return write(res, answer);
    case "drip":
      return drip(res, answer, fault.drip, signal);
    case "empty":
      return write(res, { status: fault.empty });
    default:
      throw new Error(`unknown fault ${kind}`);
  }
}
