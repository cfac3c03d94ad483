// Answers of every sort and size: each comes to one outcome, none takes the Worker's memory, and what is too large is cut off.

import assert from "node:assert/strict";
import { test } from "node:test";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { createPhones } from "../support/delivery.mjs";
import { chunked, pouring, useRaw, whole } from "../support/raw.mjs";
import { figure, promise } from "../support/scale.mjs";
import { useWorkerd } from "../support/workerd.mjs";
import { assertSecret, assertUnharmed } from "../support/world.mjs";

const MIB = 1 << 20;
/** How much more of the machine's memory the Worker's process may have after all this than before. */
const GROWTH = 64 * MIB;
/** The longest answer that is read. */
const LIMIT = 4 * MIB;
/** What a stub can write before it sees that nobody reads: the limit, and what is on its way in buffers. */
const WRITTEN = LIMIT + 8 * MIB;

const fine = '{"status":200,"data":{"id":"7637842","status":"PENDING"}}';
const arrays = (depth) => "[".repeat(depth) + "]".repeat(depth);
const sized = (bytes) => `{"status":200,"message":"${"x".repeat(bytes - 27)}"}`;
const keys = (count) => `{${Array.from({ length: count }, (_, key) => `"k${key}":1`).join()}}`;
const zeros = Buffer.alloc(64 * MIB);
const coded = (encoding, bytes) => whole(bytes, { "Content-Encoding": encoding });
const codedInPieces = (encoding, bytes) => (socket) => {
  socket.write(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: ${encoding}\r\nTransfer-Encoding: chunked\r\n\r\n${bytes.length.toString(16)}\r\n`);
  socket.write(bytes);
  socket.write("\r\n0\r\n\r\n");
};

const told = { "poured": {}, "poured-with-a-length": {} };
// What the Worker may make of each: `good` is a receipt, `bad` one that nobody can read.
const bodies = {
  "fine": [whole(fine), "good"],
  "fine-in-pieces-of-a-byte": [chunked(fine, 1), "good"],
  "with-unknown-members": [whole(fine.replace("{", `{"new":${JSON.stringify({ a: [1, { b: null }] })},`)), "good"],
  "an-id-above-2^53": [whole('{"status":200,"data":{"id":120363025246125016,"status":"PENDING"}}'), "good"],
  "an-id-of-300-digits": [whole(`{"status":200,"data":{"id":${"9".repeat(300)},"status":"PENDING"}}`)],
  "lone-surrogates": [whole('{"status":200,"message":"\\ud800","data":{"id":"\\udfff\\ud800","status":"PENDING"}}')],
  "a-nul": [whole('{"status":200,"data":{"id":"a\\u0000b","status":"PEN\\u0000DING"}}')],
  "a-raw-nul": [whole(fine.replace("PENDING", "PEN\0DING")), "bad"],
  "the-same-key-twice": [whole('{"status":200,"status":500,"data":{"id":1,"id":2,"status":"PENDING"}}')],
  "a-byte-order-mark": [whole(`\ufeff${fine}`)],
  "utf-16": [whole(Buffer.from(fine, "utf16le")), "bad"],
  "no-utf-8": [whole(Buffer.from('{"status":200,"message":"\xff\xfe","data":{"id":"\xc0\xaf"}}', "latin1"))],
  "half": [whole(fine.slice(0, 30)), "bad"],
  "two-answers": [whole(fine + fine), "bad"],
  "a-page": [whole("<!DOCTYPE html><h1>Welcome</h1>", { "Content-Type": "text/html" }), "bad"],
  "nothing": [whole("")],
  "white-space": [whole(" \n\t ")],
  "null": [whole("null")],
  "a-number": [whole("1e999999")],
  "a-string": [whole('"ok"')],
  "an-array": [whole("[[],[]]")],
  "wrong-types": [whole('{"status":[],"message":{"a":1},"data":"nothing","code":{}}')],
  "other-wrong-types": [whole('{"status":200,"data":{"id":{"a":1},"status":[1]}}')],
  "a-number-beyond-any-float": [whole('{"status":200,"data":{"id":1e400,"status":"PENDING"}}')],
  "100,000-arrays-deep": [whole(`{"status":200,"data":${arrays(100_000)}}`)],
  "100,000-objects-deep": [whole(`{"a":`.repeat(100_000) + "1" + "}".repeat(100_000))],
  "a-million-arrays-open": [whole("[".repeat(1_000_000)), "bad"],
  "200,000-keys": [whole(keys(200_000))],
  "1-byte": [whole("{"), "bad"],
  "64-KiB": [whole(sized(1 << 16))],
  "1-MiB": [whole(sized(MIB))],
  "4-MiB": [whole(sized(LIMIT)), "good"],
  "4-MiB-in-pieces": [chunked(sized(LIMIT)), "good"],
  "4-MiB-and-a-byte": [whole(sized(LIMIT + 1)), "bad"],
  "4-MiB-and-a-byte-in-pieces": [chunked(sized(LIMIT + 1)), "bad"],
  "a-million-keys": [chunked(keys(1_000_000)), "bad"],
  "gzip": [coded("gzip", gzipSync(fine)), "good"],
  "gzip-that-is-none": [coded("gzip", fine), "bad"],
  "half-of-gzip": [coded("gzip", gzipSync(fine).subarray(0, 20)), "bad"],
  "a-gzip-bomb": [coded("gzip", gzipSync(zeros)), "bad"],
  "a-gzip-bomb-in-pieces": [codedInPieces("gzip", gzipSync(zeros)), "bad"],
  "a-deflate-bomb": [coded("deflate", deflateSync(zeros)), "bad"],
  "a-brotli-bomb": [coded("br", brotliCompressSync(zeros, { params: { 1: 5 } })), "bad"],
  "poured": [pouring(64 * MIB, told.poured), "bad"],
  "poured-with-a-length": [pouring(64 * MIB, told["poured-with-a-length"], { "Content-Length": 64 * MIB }), "bad"],
};
const nameOf = (body) => body.replaceAll(/[^a-z0-9-]/gi, "-");
const names = Object.keys(bodies);
const raw = await useRaw(Object.fromEntries(names.map((name) => [nameOf(name), bodies[name][0]])));
const connections = Object.fromEntries(names.map((name) => [nameOf(name), { provider: "whatspie", base_url: `${raw.url}/${nameOf(name)}`, token: "canary-token" }]));
const worker = await useWorkerd({ config: { connections }, isFaulty: true });
const phone = createPhones("93");
const send = (name) => worker.send({ to: { phone: phone() }, text: "Hello", via: nameOf(name) });

/** The bytes that the Worker has, without what nobody holds any more, and how much of them is the wasm's. */
async function weigh() {
  const wasm = Number(await worker.fault("door", "pages")) << 16;
  return { all: worker.memory(), wasm };
}

test("B5: whatever a provider answers, it comes to one outcome, takes no memory, and is cut off where it is too large", async (t) => {
  for (let round = 0; round < 20; round += 1) await send("fine");
  const before = await weigh();
  const wrong = [];
  for (const name of names) {
    const { status, json, text } = await send(name);
    const [{ outcome, error }] = json?.attempts ?? [{}];
    const kind = outcome === "accepted" ? "good" : outcome === "ambiguous" ? "bad" : outcome;
    const wanted = bodies[name][1] ?? kind;
    if (status !== 200 || kind !== wanted || !["good", "bad", "rejected"].includes(kind)) wrong.push([name, status, outcome, error?.kind, text.slice(0, 200)]);
    if (name === "an-id-above-2^53") assert.equal(json.provider_id, "120363025246125016");
    await told[name]?.over;
  }
  const { all, wasm } = await weigh();
  assert.deepEqual(wrong, []);
  const written = Object.values(told).map(({ written }) => written);
  assert.ok(Math.max(...written) < WRITTEN, `${written} bytes`);
  const grown = all - before.all;
  assert.ok(grown <= GROWTH, `${figure(grown)} bytes more than before`);
  const mib = (bytes) => `${(bytes / MIB).toFixed(1)} MiB`;
  promise(t, "B5", {}, `${names.length} answers, each with one outcome`, `memory +${mib(grown)} of ${mib(GROWTH)}, the wasm's ${mib(wasm)}`, `of 64 MiB ${written.map(mib).join(" and ")} came through`);
});

test("B5: a read is answered, whatever the provider says", async (t) => {
  const wrong = [];
  for (const name of names) {
    for (const what of ["health", "groups"]) {
      const { status, headers, text } = await worker.api("GET", `/v1/connections/${nameOf(name)}/${what}`);
      const isProblem = headers["content-type"] === "application/problem+json";
      if (![200, 502, 503].includes(status) || isProblem !== (status !== 200)) wrong.push([name, what, status, text.slice(0, 200)]);
    }
  }
  assert.deepEqual(wrong, []);
  promise(t, "B5", {}, `${2 * names.length} reads answered`);
});

test("B5: none of this is a fault of the Worker, nor is a key told", () => {
  assertUnharmed(worker);
  assertSecret(worker, ["canary-token"]);
});
