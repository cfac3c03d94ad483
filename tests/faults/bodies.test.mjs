// Bodies of every sort and size, at each door that takes one: each gets its answer, what is too large a 413, and none takes
// the Worker's memory.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { devConfig } from "../../src/tools/dev-config.mjs";
import { startSandbox } from "../sandbox/server.mjs";
import { logged, pathOf } from "../support/relay.mjs";
import { promise } from "../support/scale.mjs";
import { useWorkerd } from "../support/workerd.mjs";
import { assertProblem, assertUnharmed } from "../support/world.mjs";

const MIB = 1 << 20;
/** The most that the wasm may take of the 128 MiB that an isolate has. */
const MOST = 80 * MIB;

const sandbox = await startSandbox();
after(sandbox.stop);
const config = devConfig(sandbox.url);
config.hooks.own = { key: "hook-key-of-own-0001", to: { group: "ops-team" }, text: "{{text}}" };
config.connections.whatspie.inbound_key = "inbound-key-of-whatspie";
const worker = await useWorkerd({ config, isFaulty: true });
const doors = { messages: "/v1/messages", preview: "/v1/messages/preview", inbound: pathOf("whatspie", config.connections.whatspie), hook: "/v1/hooks/own/hook-key-of-own-0001", tokens: "/v1/tokens" };

const arrays = (depth) => "[".repeat(depth) + "]".repeat(depth);
const hello = '{"to":{"group":"ops-team"},"text":"Hello"';
const keys = (count) => `{${Array.from({ length: count }, (_, key) => `"k${key}":1`).join()}}`;
const sized = (bytes) => Buffer.alloc(bytes, "x").fill('{"text":"', 0, 9).fill('"}', bytes - 2);
// Each with how it is sent, where that is not plainly.
const bodies = {
  "nothing": [""],
  "white space": [" \r\n\t"],
  "half": [`${hello},"met`],
  "two": [`${hello}}${hello}}`],
  "null": ["null"],
  "true": ["true"],
  "a number": ["1e9999"],
  "a string": ['"Hello"'],
  "an array": ["[[],{}]"],
  "a page": ["<!DOCTYPE html><h1>Hello</h1>"],
  "a form": ["to=ops-team&text=Hello"],
  "wrong types": ['{"to":1,"text":[],"type":{},"data":7,"message":null,"from":{},"message_id":[]}'],
  "a byte order mark": [`\ufeff${hello}}`],
  "utf-16": [Buffer.from(`${hello}}`, "utf16le")],
  "no utf-8": [Buffer.from('{"text":"\xff\xfe","message":"\xc0\xaf"}', "latin1")],
  "a raw nul": [`${hello.replace("Hello", "a\0b")}}`],
  "a nul": [`${hello.replace("Hello", "a\\u0000b")}}`],
  "a lone surrogate": [`${hello.replace("Hello", "\\ud83d")}}`],
  "the same key twice": [`${hello},"text":"Bye"}`],
  "a proto": ['{"__proto__":{"text":"Hello"},"constructor":{"prototype":1}}'],
  "a number beyond any float": [`${hello},"expires_in":1e400}`],
  "100,000 arrays deep": [`{"data":${arrays(100_000)}}`],
  "100,000 objects deep": [`${'{"data":'.repeat(100_000)}1${"}".repeat(100_000)}`],
  "a million arrays open": ["[".repeat(1_000_000)],
  "75,000 keys": [keys(75_000)],
  "75,000 options": [`${hello},"options":${keys(75_000)}}`],
  "75,000 options of one provider": [`${hello},"options":{"a1base":${keys(75_000)}}}`],
  "250,000 mentions that are none": [`${hello},"mentions":[${Array(250_000).fill('"x"')}]}`],
  "a million keys": [keys(1_000_000)],
  "1 byte": ["{"],
  "1 MiB": [sized(MIB)],
  "8 MiB": [sized(8 * MIB)],
  "10 MiB": [sized(10 * MIB)],
  "64 MiB": [sized(64 * MIB), { at: ["messages", "inbound"] }, 413],
  "64 MiB in pieces": [sized(64 * MIB), { at: ["messages", "inbound"], chunked: true }, 413],
  "gzip": [gzipSync(`${hello}}`), { headers: { "content-encoding": "gzip" } }],
  "a gzip bomb": [gzipSync(Buffer.alloc(64 * MIB)), { headers: { "content-encoding": "gzip" } }],
};

test("B5: whatever comes in gets an answer that says what is wrong with it, and takes neither memory nor time", { timeout: 60_000 }, async (t) => {
  const wrong = [];
  const statuses = {};
  for (const [name, [body, { headers, chunked, at = Object.keys(doors) } = {}, wanted]] of Object.entries(bodies)) {
    for (const door of at) {
      const answer = await worker.api("POST", doors[door], body, headers, { chunked });
      const { status, text } = answer;
      assert.ok(text.length < MIB, `${name}, ${door}: an answer of ${text.length} bytes`);
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status < 300 && !wanted) continue;
      if (status >= 500 || status < 400 || (wanted && status !== wanted)) wrong.push([name, door, status, text.slice(0, 200)]);
      else assertProblem(answer, status, answer.json?.code);
    }
  }
  const wasm = Number(await worker.fault("door", "pages")) << 16;
  assert.deepEqual(wrong, []);
  assert.ok(wasm <= MOST, `${wasm} bytes`);
  promise(t, "B5", {}, `${Object.keys(bodies).length} bodies at ${Object.keys(doors).length} doors`, `no 5xx of ${JSON.stringify(statuses)}`, `${(wasm / MIB).toFixed(1)} MiB of wasm, of ${MOST / MIB}`);
});

test("B5: an id above 2^53 comes through to the digit, however it is written", async (t) => {
  const ids = ["120363025246125016", "9007199254740993", "18446744073709551615"];
  for (const [at, id] of ids.entries()) {
    const told = { message: `Hello ${at}`, from: "6285156055377", timestamp: 1_767_225_600 + at, message_id: "ID", from_user: { name: "Jane", jid: "6285156055377@s.whatsapp.net" }, is_forwarded: false, is_broadcast: false };
    // As a number, and as a string.
    for (const written of [id, `"${id}"`]) await worker.api("POST", doors.inbound, JSON.stringify(told).replace('"ID"', written));
  }
  const events = (await logged(worker)).filter(({ message }) => message?.text?.startsWith("Hello "));
  assert.deepEqual(new Set(events.map(({ message }) => message.id)), new Set(ids));
  promise(t, "B5", {}, `${ids.length} ids above 2^53, to the digit`);
});

test("B5: none of this is a fault of the Worker", () => assertUnharmed(worker));
