// A page without any tool: `<script type="module">` and an import map, in Chromium.

import { test } from "node:test";
import { bench, limit, report, useChromium, useProject, useStatic } from "./support.mjs";

const origin = await useStatic(await useProject("browser"));
const open = await useChromium();

test("a page, chaski", limit, async (t) => report(t, await open(`${origin}/`)));
test("a page, chaski/web", limit, async (t) => report(t, await open(`${origin}/web.html`)));
for (const [name, page] of [["chaski", "bench.html"], ["chaski/web", "bench-web.html"]]) {
  test(`a page, ${name}, time`, limit, (t) => bench(t, `Chromium, ${name}`, async () => (await open(`${origin}/${page}`)).milliseconds));
}
