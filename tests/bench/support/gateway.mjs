// The gateway that all subjects send to: it answers every request with the same bytes, and does as little else as it can.
// A process of its own, on the core of the load; `startGateway` is the other side of it.

import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { answers } from "./messages.mjs";
import { loading } from "./machine.mjs";

const own = fileURLToPath(import.meta.url);

/**
 * Starts it. Returns `{ origin, tell, asked, stop }`: `tell` changes its answers (`{ status, body }`, or null for its own) and
 * its delay in ms; `asked` says what it was asked since it was told so last: how often, when first and last, and the last request.
 */
export async function startGateway() {
  const { command, args } = loading(process.execPath, [own, "serve"]);
  const child = fork(own, ["serve"], { execPath: command, execArgv: args.slice(0, -2), stdio: "inherit" });
  const call = async (message) => {
    child.send(message);
    const [answer] = await once(child, "message");
    return answer;
  };
  const [{ port }] = await once(child, "message");
  return {
    origin: `http://127.0.0.1:${port}`,
    tell: (settings) => call({ tell: settings }),
    asked: () => call({ asked: true }),
    stop: () => child.kill("SIGKILL"),
  };
}

function serve() {
  let told = {};
  let count, first, last, request;
  const reset = () => ([count, first, last, request] = [0, 0, 0, undefined]);
  reset();
  const bodies = Object.fromEntries(Object.entries(answers).map(([path, value]) => [path, Buffer.from(JSON.stringify(value))]));
  const server = createServer({ keepAliveTimeout: 600_000 }, (incoming, response) => {
    const chunks = [];
    incoming.on("data", (chunk) => chunks.push(chunk));
    incoming.on("end", () => {
      count += 1;
      last = Date.now();
      first ||= last;
      request = { method: incoming.method, url: incoming.url, headers: incoming.headers, chunks };
      const [, path] = incoming.url.split("/", 2);
      const body = told.body === undefined ? bodies[path] : Buffer.from(told.body);
      const answer = () => {
        response.writeHead(told.status ?? 200, { "content-type": "application/json", "content-length": body.length });
        response.end(body);
      };
      if (told.delay) setTimeout(answer, told.delay);
      else answer();
    });
  });
  server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
  process.on("message", (message) => {
    if (message.tell !== undefined) {
      told = message.tell ?? {};
      reset();
      return process.send({});
    }
    const { chunks, ...rest } = request ?? { chunks: [] };
    process.send({ count, first, last, request: { ...rest, body: Buffer.concat(chunks).toString() } });
  });
  process.on("disconnect", () => process.exit());
}

if (process.argv[1] === own && process.argv[2] === "serve") serve();
