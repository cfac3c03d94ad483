// What the page shows as curl and TypeScript is run, and makes the very request that it shows as HTTP.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { Chaski } from "../../build/npm/index.js";
import { curl, http, rust, typescript } from "../../www/compose/code.js";
import { examples } from "../../www/compose/examples.js";
import { alias, gateways } from "../../www/parts/gateways.js";
import { useServer } from "../support/world.mjs";

/** What a client adds of its own accord. */
const OWN = ["host", "connection", "user-agent", "content-length", "transfer-encoding", "expect", "accept-encoding", "accept-language", "sec-fetch-mode"];

let last;
const origin = await useServer(async (request, response) => {
  const { method, url, headers } = request;
  last = { method, url, headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN.includes(name))), body: await buffer(request) };
  response.end("{}");
});

const folder = mkdtempSync(join(tmpdir(), "chaski-code-"));
after(() => rmSync(folder, { recursive: true }));
const image = Buffer.from("89504e470d0a1a0a00ff27", "hex");
writeFileSync(join(folder, "dot.png"), image);
writeFileSync(join(folder, "secret.txt"), "not to be sent");

const odd = {
  ...examples,
  Odd: () => ({ to: { group: alias }, text: `it's "odd": \\ $HOME \`id\` é 👋\nand $(more)` }),
  ...Object.fromEntries(
    ["@secret.txt", "<secret.txt", "hello;type=text/html", "x;filename=odd", '"quoted"', "\u0007 bell", "two\nlines"].map((text) => [
      `File ${JSON.stringify(text)}`,
      () => ({ to: { group: alias }, text, media: { kind: "image", base64: image.toString("base64"), filename: "dot.png", mime: "image/png" } }),
    ]),
  ),
  Dollars: () => ({ to: { group: alias }, text: "$HOME" }),
  File: () => ({ to: { group: alias }, text: "a 'file'", media: { kind: "image", base64: image.toString("base64"), filename: "dot.png", mime: "image/png" } }),
};

/** The account at our server, and its secrets. */
function here({ account }) {
  const local = { ...account, base_url: `${origin}/at` };
  const secrets = Object.fromEntries(Object.values(local).filter((value) => value.startsWith("$")).map((value) => [value.slice(1), `the-${value.slice(1)}`]));
  return { local, secrets };
}

/** The parts of a multipart body, whatever stands between them. */
const parts = ({ headers, body }) => body.toString("latin1").split(`--${/boundary=(.*)$/.exec(headers["content-type"])?.[1]}`);

const cases = gateways.flatMap((gateway) => Object.entries(odd).map(([name, make]) => ({ gateway, name, message: { ...make(), to: { group: gateway.group } } })));

for (const { gateway, name, message } of cases) {
  const { local, secrets } = here(gateway);
  let request;
  try {
    request = new Chaski(local).request({ send_message: message });
  } catch {
    // Not every gateway can do all: then the page shows less.
    continue;
  }
  const filled = (text) => Object.entries(secrets).reduce((told, [variable, value]) => told.replaceAll(`$${variable}`, value), text);

  test(`${gateway.name}, ${name}: curl`, async () => {
    await promisify(execFile)("sh", ["-c", `${curl(request)} -s`], { cwd: folder, env: { ...process.env, ...secrets } });
    assert.equal(`${last.method} ${last.url}`, `${request.method} ${new URL(request.url).pathname}`);
    const { "content-type": type, ...headers } = last.headers;
    const { "content-type": expectedType, ...expected } = request.headers;
    assert.deepEqual(headers, JSON.parse(filled(JSON.stringify(expected))));
    if (typeof request.body === "string") {
      assert.equal(type, expectedType);
      assert.equal(last.body.toString(), request.body);
    } else {
      const form = await new Response(last.body, { headers: { "content-type": type } }).formData();
      const wanted = await new Response(request.body, { headers: { "content-type": expectedType } }).formData();
      const told = async (data) => Promise.all([...data].map(async ([part, value]) => [part, value.name ?? "", value.type ?? "", typeof value === "string" ? value : Buffer.from(await value.arrayBuffer()).toString("hex")]));
      assert.deepEqual(await told(form), await told(wanted));
    }
  });

  test(`${gateway.name}, ${name}: TypeScript`, async () => {
    const body = typescript(local, message).replace(/^import .*$/m, "");
    const run = new Function("Chaski", "env", `return (async () => { ${body} })();`);
    await run(Chaski, secrets).catch((error) => assert.notEqual(error.kind, "invalid", error.message));
    assert.equal(`${last.method} ${last.url}`, `${request.method} ${new URL(request.url).pathname}`);
    if (typeof request.body === "string") assert.equal(last.body.toString(), request.body);
    else assert.deepEqual(parts(last).length, parts({ headers: request.headers, body: Buffer.from(request.body) }).length);
  });

  test(`${gateway.name}, ${name}: HTTP and Rust say the same`, () => {
    assert.match(http(request), new RegExp(`^${request.method} /at`));
    const [, marks, json] = /Message::parse\(r(#*)"([^]*?)"\1\.as_bytes\(\)\)/.exec(rust(local, message));
    assert.deepEqual(JSON.parse(json), message, marks);
  });
}

test("a raw string of Rust ends where it should", () => {
  const message = { to: { group: "495" }, text: 'a "quote"# and "##' };
  const [, json] = /Message::parse\(r(?:#+)"([^]*)"#+\.as_bytes/.exec(rust({ provider: "whatspie" }, message));
  assert.deepEqual(JSON.parse(json), message);
});
