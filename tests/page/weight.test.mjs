// The page is there before the wasm is, weighs little, and speaks to nobody but its own Worker.

import assert from "node:assert/strict";
import { test } from "node:test";
import { go, limit, untilReady, useBrowser, useStart, views } from "./support.mjs";

/** Bytes over the wire, with the wasm. */
const MOST = 200_000;

const { url } = await useStart();
const open = await useBrowser(url);

test("first paint does not wait for the wasm", limit, async (t) => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  const page = await open(t, { before: (page) => page.route("**/*.wasm", async (route) => (await held, route.continue())) });
  await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length > 0);
  assert.equal(await page.locator("#cards").getAttribute("aria-busy"), "true");
  await page.getByRole("heading", { level: 1 }).waitFor();
  // What needs no wasm is there and can be used.
  await page.getByRole("textbox", { name: "Text", exact: true }).fill("Without wasm");
  await page.locator("#card-own pre", { hasText: "Without wasm" }).waitFor();
  assert.equal(await page.locator("#cards").getAttribute("aria-busy"), "true");
  release();
  await untilReady(page);
  await page.locator("#card-whatspie pre", { hasText: "Without wasm" }).waitFor();
});

test(`the page with its wasm is at most ${MOST / 1000} kB over the wire`, limit, async (t) => {
  let bytes = 0;
  const page = await open(t, {
    before: async (page) => {
      const devtools = await page.context().newCDPSession(page);
      await devtools.send("Network.enable");
      devtools.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
    },
  });
  await untilReady(page);
  const first = bytes;
  for (const view of views.slice(1)) {
    await go(page, view);
  }
  await page.waitForLoadState("networkidle");
  t.diagnostic(`first view ${first} bytes, all views ${bytes} bytes`);
  assert.ok(first > 60_000 && bytes <= MOST, `${bytes} bytes`);
});

test("the page's policy lets nothing else in", limit, async () => {
  const { headers } = await fetch(`${url}/`);
  const policy = headers.get("content-security-policy");
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|https?:|\*/);
  assert.equal(headers.get("referrer-policy"), "no-referrer");
  assert.equal(headers.get("x-content-type-options"), "nosniff");
});
