// All that a Worker fetches, wherever it goes: a proxy that brings nothing anywhere, and keeps what it was asked.

import { once } from "node:events";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { after } from "node:test";

const yes = { status: 200, headers: { "content-type": "application/json" }, body: '{"status":200,"data":{}}' };

/**
 * Starts one for the file that asks: `useWorkerd({ outbound: recorder.url })` sends everything there. Returns its `url`, and
 * `calls`, what was asked: `{ method, url, host, path, headers, body }`. `respond(call)` answers, `{ status, headers, body }`.
 */
export async function useRecorder({ respond = () => yes } = {}) {
  const calls = [];
  const server = createServer({ requireHostHeader: false }, async (request, response) => {
    const body = await buffer(request).catch(() => undefined);
    if (!body) return;
    const [, host, path] = /^https?:\/\/([^/]*)(.*)$/s.exec(request.url) ?? [null, null, request.url];
    const call = { method: request.method, url: request.url, host, path, headers: request.headers, body: body.toString("latin1") };
    calls.push(call);
    const { status, headers, body: said } = respond(call) ?? yes;
    response.writeHead(status, headers).end(said);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, calls };
}
