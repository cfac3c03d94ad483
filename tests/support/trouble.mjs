// A server that answers as badly as its path says, and counts: `/<trouble>/<id>/…`. Tells `/seen/<id>`, the number of
// requests with this id, and `/arrived/<id>`, once there is one.

import { once } from "node:events";
import { createServer } from "node:http";

/** How long an answer without end may get, should nobody cut it off. */
const ENOUGH = 64 << 20;

const begun = (response) => response.writeHead(200, { "content-type": "application/json" }).write('{"status":200,');

const troubles = {
  silent: () => {},
  begun: (_, response) => begun(response),
  reset: (request) => request.socket.resetAndDestroy(),
  closed: (request) => request.socket.destroy(),
  "cut-off": (request, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
    // Only when the beginning is out.
    response.write('{"status":200,', () => request.socket.destroySoon());
  },
  endless: (_, response) => {
    let written = 0;
    response.writeHead(200, { "content-type": "application/json" });
    const pump = () => {
      if (response.destroyed) return;
      written += 1 << 16;
      if (written > ENOUGH) response.end();
      else response.write("x".repeat(1 << 16), () => setImmediate(pump));
    };
    pump();
  },
  301: redirect,
  302: redirect,
  307: redirect,
  308: redirect,
  html: (_, response) => response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad Gateway</h1>"),
  fine: (_, response) => response.writeHead(200, { "content-type": "application/json" }).end('{"code":200,"message":"ok","data":{"id":7}}'),
};

function redirect(request, response) {
  const [, status, id] = request.url.split("/");
  response.writeHead(Number(status), { location: `/fine/${id}-followed/` }).end();
}

/** Returns `{ url, stop() }`. */
export async function startTrouble() {
  const seen = new Map();
  const waiting = new Map();

  const server = createServer((request, response) => {
    const [, trouble, id] = request.url.split("/");
    if (trouble === "seen") return response.end(String(seen.get(id) ?? 0));
    if (trouble === "arrived") {
      const tell = () => response.end();
      return seen.has(id) ? tell() : waiting.set(id, tell);
    }
    seen.set(id, (seen.get(id) ?? 0) + 1);
    waiting.get(id)?.();
    // A client that left is no news.
    response.on("error", () => {});
    request.resume().once("end", () => troubles[trouble](request, response));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    async stop() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
