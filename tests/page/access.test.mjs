// Everybody can use it: axe finds nothing, the keyboard reaches everything, and it fits a phone. Leaves screenshots.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { enterKey, go, limit, schemes, shoot, sizes, untilReady, useBrowser, useStart, views } from "./support.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

const { url } = await useStart();
const open = await useBrowser(url);

/** What axe finds on the page as it is. */
async function violations(page) {
  const found = await page.evaluate(async (values) => (await globalThis.axe.run(document, { runOnly: { type: "tag", values } })).violations, tags);
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join("\n")}`);
}

for (const size of Object.keys(sizes)) {
  for (const scheme of schemes) {
    test(`${size}, ${scheme}: axe finds nothing at WCAG 2.2 AA, and nothing is wider than the window`, limit, async (t) => {
      // The page's policy lets no foreign script in, so axe comes by the debugger.
      const page = await open(t, { size, scheme, before: (page) => page.addInitScript(axe) });
      await untilReady(page);
      const look = async (name) => {
        await shoot(page, `${name}-${sizes[size].width}-${scheme}`);
        assert.deepEqual(await violations(page), [], name);
        assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, `${name} is too wide`);
      };
      await look("compose");
      for (const details of await page.locator("#composer details").all()) await details.locator("summary").click();
      await page.getByRole("button", { name: "Mention" }).click();
      await look("compose-open");
      for (const view of views.slice(1)) {
        await go(page, view);
        await look(`${view}-without-key`);
      }
      await page.getByRole("button", { name: "Enter key" }).click();
      await look("key");
      await page.keyboard.press("Escape");
      await enterKey(page);
      await go(page, "compose");
      await page.getByRole("button", { name: "Text", exact: true }).click();
      await page.getByRole("button", { name: "Send", exact: true }).click();
      await page.locator("#timeline li.good, #timeline li.bad").first().waitFor({ timeout: 30_000 });
      await look("compose-sent");
      for (const view of ["messages", "events"]) {
        await go(page, view);
        await page.locator(`#view-${view} .row summary`).first().click();
        await look(view);
      }
    });
  }
}

test("the keyboard alone reaches everything, in each view", limit, async (t) => {
  const page = await open(t);
  await untilReady(page);
  for (const view of views) {
    await go(page, view);
    await page.evaluate(() => document.activeElement?.blur());
    const reachable = await page.evaluate(() => {
      const all = document.querySelectorAll("a[href], button, input, select, textarea, summary, pre[tabindex]");
      const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.disabled;
      // Of radio buttons with one name, and of tabs, Tab goes to the chosen one; the arrows go to the others.
      const isOne = (element) => (element.type !== "radio" || element.checked) && element.getAttribute("aria-selected") !== "false";
      return [...all].filter((element) => isSeen(element) && isOne(element)).map((element, place) => ((element.dataset.reach = place), place));
    });
    const reached = new Set();
    for (let presses = 0; presses < reachable.length + 5; presses += 1) {
      await page.keyboard.press("Tab");
      const place = await page.evaluate(() => {
        const { activeElement } = document;
        const { outlineStyle } = getComputedStyle(activeElement);
        return activeElement.dataset.reach === undefined ? null : { place: Number(activeElement.dataset.reach), isShown: outlineStyle !== "none" };
      });
      if (place) {
        assert.ok(place.isShown, `${view}: the focus on element ${place.place} cannot be seen`);
        reached.add(place.place);
      }
    }
    const missed = await page.evaluate((places) => places.map((place) => document.querySelector(`[data-reach="${place}"]`)?.outerHTML.slice(0, 120)), reachable.filter((place) => !reached.has(place)));
    assert.deepEqual(missed, [], view);
  }
});

test("the keyboard alone sends a message", limit, async (t) => {
  const page = await open(t);
  await untilReady(page);
  await page.locator("#text").focus();
  await page.keyboard.press("Control+A");
  await page.keyboard.type("By keyboard");
  await page.locator("#send").focus();
  await page.keyboard.press("Enter");
  await page.keyboard.type("dev-key");
  await page.keyboard.press("Enter");
  await page.locator("#timeline li").nth(1).waitFor();
});
