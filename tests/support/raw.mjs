// A provider that answers in raw bytes, or not at all: what no HTTP server would let itself be made to do.

import { once } from "node:events";
import { createServer } from "node:net";
import { after } from "node:test";

/**
 * Starts one for the file that asks. The first segment of a path names the answer: `answers[name](socket, request)` is called
 * once the request is there whole, `{ name, method, path, head, body }`, or where `answers[name].isEager` at its first byte.
 * Returns its origin, and `seen(name)`, what has come by this name.
 */
export async function useRaw(answers) {
  const requests = [];
  const sockets = new Set();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket)).on("error", () => {});
    let bytes = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      const request = requestIn(bytes);
      if (!request) return;
      bytes = Buffer.alloc(0);
      requests.push(request);
      answers[request.name]?.(socket, request);
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  after(() => {
    server.close();
    sockets.forEach((socket) => socket.destroy());
  });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    seen: (name) => requests.filter((request) => request.name === name),
  };
}

/** The request that these bytes are, once it is whole; its body has a length, as those of the Worker have. */
function requestIn(bytes) {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = bytes.subarray(0, end).toString("latin1");
  const [, length = "0"] = /^content-length: (\d+)$/im.exec(head) ?? [];
  if (bytes.length < end + 4 + Number(length)) return undefined;
  const [method, path] = head.split(" ", 2);
  return { name: path.split("/")[1], method, path, head, body: bytes.subarray(end + 4).toString() };
}

const headOf = (fields) => `HTTP/1.1 200 OK\r\n${Object.entries({ "Content-Type": "application/json", ...fields }).map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;

/** An answer with this body, whole, and with its length. */
export const whole = (body, fields) => (socket) => {
  const bytes = Buffer.from(body);
  socket.write(headOf({ "Content-Length": bytes.length, ...fields }));
  socket.write(bytes);
};

/** The same in pieces, without a length. */
export const chunked = (body, size = 1 << 16) => (socket) => {
  const bytes = Buffer.from(body);
  socket.write(headOf({ "Transfer-Encoding": "chunked" }));
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = bytes.subarray(at, at + size);
    socket.write(`${chunk.length.toString(16)}\r\n`);
    socket.write(chunk);
    socket.write("\r\n");
  }
  socket.write("0\r\n\r\n");
};

/**
 * An answer that goes on for so many bytes, for as long as somebody takes it. `told.written` is how many have gone, and
 * `told.over` a promise of the end of the connection.
 */
export const pouring = (total, told, fields = {}) => (socket) => {
  told.written = 0;
  told.over = new Promise((over) => socket.once("close", over));
  const hasLength = "Content-Length" in fields;
  const chunk = Buffer.alloc(1 << 16, "x");
  const framed = hasLength ? chunk : Buffer.concat([Buffer.from("10000\r\n"), chunk, Buffer.from("\r\n")]);
  socket.write(headOf(hasLength ? fields : { "Transfer-Encoding": "chunked", ...fields }));
  const pump = () => {
    if (socket.destroyed || told.written >= total) return;
    socket.write(framed, () => ((told.written += chunk.length), setImmediate(pump)));
  };
  pump();
};

/** One byte in each second of what never ends. */
export const dripping = (start, byte = "x") => (socket) => {
  socket.write(start);
  const timer = setInterval(() => socket.write(byte), 1_000);
  socket.once("close", () => clearInterval(timer));
};
