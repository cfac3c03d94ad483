// The whole of it, as somebody does who has just typed `npm start`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { devKey } from "../../src/tools/dev-config.mjs";
import { until } from "../support/delivery.mjs";
import { enterKey, go, limit, untilReady, useBrowser, useStart } from "./support.mjs";

const { url, sandbox } = await useStart();
const open = await useBrowser(url);

/** What the sandbox's subscriber got, by the id of the event. */
const received = async () => (await (await fetch(`${sandbox}/_sandbox/subscriber`)).json()).map(({ id }) => id);

const say = (text) =>
  fetch(`${sandbox}/_sandbox/say`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ provider: "whatspie", group: "495", text, name: "Ana" }),
  });

test("compose, send, see its end, hear the answer, replay it, cancel another", limit, async (t) => {
  const page = await open(t);
  await untilReady(page);
  await page.getByRole("textbox", { name: "Text", exact: true }).fill("Is anybody there?");
  for (const provider of ["whatspie", "gowhatsapp", "wachat", "a1base", "whatsspot"]) {
    assert.match(await page.locator(`#card-${provider} pre`).textContent(), /Is anybody there\?/, provider);
  }

  // Nothing is sent, and no key asked for, before somebody wants to send.
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByLabel("Key", { exact: true }).fill(devKey);
  await page.getByRole("button", { name: "Use it" }).click();
  const steps = page.locator("#timeline li");
  await steps.filter({ hasText: "On disk in this Worker" }).waitFor();
  await steps.filter({ hasText: "Try 1, whatspie: accepted" }).waitFor();
  await steps.filter({ hasText: "somebody has read it" }).waitFor();

  await go(page, "messages");
  const rows = page.locator("#messages .row");
  await rows.first().locator(".tag", { hasText: "read" }).waitFor();

  await go(page, "events");
  const events = page.locator("#events .row");
  await events.filter({ hasText: "Is anybody there?" }).waitFor();
  // And one that comes while somebody looks.
  assert.equal((await say("Here I am")).status, 200);
  const answer = events.filter({ hasText: "Here I am" });
  await answer.waitFor();

  await answer.locator("summary").first().click();
  const { id } = JSON.parse(await answer.locator("pre").first().textContent());
  const times = async () => (await received()).filter((other) => other === id).length;
  await until("crm has it once", async () => (await times()) === 1);
  await answer.getByRole("button", { name: "Send to crm again" }).click();
  await answer.locator(".outcome", { hasText: "delivered" }).waitFor();
  assert.equal(await times(), 2);

  await go(page, "compose");
  await page.getByRole("button", { name: "Later" }).click();
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await steps.filter({ hasText: "waits for its time" }).waitFor();
  await go(page, "messages");
  const later = rows.filter({ hasText: "scheduled" });
  await later.locator("summary").first().click();
  await later.getByRole("button", { name: "Cancel this message" }).click();
  await rows.locator(".tag", { hasText: "cancelled" }).waitFor();
});

test("a message that nobody knows of is resolved by hand", limit, async (t) => {
  const page = await open(t);
  await fetch(`${sandbox}/_sandbox/faults`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ provider: "wachat", times: 1, fault: { reset: "after" } }),
  });
  await untilReady(page);
  await enterKey(page);
  await page.locator("#via").selectOption("wachat");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.locator("#timeline li").filter({ hasText: "nobody knows" }).waitFor();
  await go(page, "messages");
  const row = page.locator("#messages .row").filter({ hasText: "unknown" });
  await row.locator("summary").first().click();
  await row.getByRole("button", { name: /was sent/i }).first().click();
  await page.locator("#messages .row .tag", { hasText: /^sent$/ }).waitFor();
});

test("a message whose answer was lost is one message, whatever was sent in between", limit, async (t) => {
  const page = await open(t, { expects: /Failed to load resource/ });
  await untilReady(page);
  await enterKey(page);
  const send = async (text, end) => {
    await page.getByRole("textbox", { name: "Text", exact: true }).fill(text);
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await end.waitFor();
  };
  const taken = page.locator("#timeline li").filter({ hasText: "On disk in this Worker" });
  const lost = page.locator("#composer-wrong", { hasText: "may have been done" });
  await page.route("**/v1/messages", async (route) => (await route.fetch(), route.abort()), { times: 1 });
  await send("Once, please", lost);
  await send("Something else", taken);
  await page.getByRole("textbox", { name: "Text", exact: true }).fill("Once, please");
  const answer = page.waitForResponse("**/v1/messages");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  assert.equal((await answer).headers()["idempotent-replayed"], "true");
  const sent = await (await fetch(`${sandbox}/_sandbox/messages`)).json();
  assert.equal(sent.filter(({ text }) => text === "Once, please").length, 1);
});

test("a key is kept in memory alone, and can be forgotten", limit, async (t) => {
  const page = await open(t);
  await untilReady(page);
  await enterKey(page);
  const kept = await page.evaluate(() => [location.href, document.cookie, JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.documentElement.outerHTML].join("\n"));
  assert.doesNotMatch(kept, new RegExp(devKey));
  await page.getByRole("button", { name: "Key in use" }).click();
  await page.getByRole("button", { name: "Forget it" }).click();
  await page.getByRole("button", { name: "Enter key" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Enter key" }).waitFor();
});
