// A message is written: five requests follow every keystroke, and what a gateway cannot do stands beside it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gateways } from "../../www/parts/gateways.js";
import { enterKey, limit, untilReady, useBrowser, useStart } from "./support.mjs";

const { url } = await useStart();
const open = await useBrowser(url);
const listing = (page, provider) => page.locator(`#card-${provider} pre`);
const providers = gateways.map(({ account }) => account.provider);

test("each keystroke changes what each gateway gets", limit, async (t) => {
  const page = await open(t);
  await untilReady(page);
  await page.getByRole("textbox", { name: "Text", exact: true }).fill("");
  for (const text of ["H", "Hé", "Hé "]) {
    await page.getByRole("textbox", { name: "Text", exact: true }).pressSequentially(text.at(-1));
    const expected = `"${text}"`;
    for (const provider of ["own", ...providers]) assert.ok((await listing(page, provider).textContent()).includes(expected), `${provider}: ${expected}`);
  }
});

test("the requests are those that the vendors' pages show", limit, async (t) => {
  const page = await open(t);
  await untilReady(page);
  const lines = {
    own: "POST /v1/messages",
    whatspie: "POST /groups/495/send",
    gowhatsapp: "POST /chats/120363025246125016@g.us/messages",
    wachat: "POST /wachat_api/1.0/message",
    a1base: "POST /v1/messages/group/your-account/send",
    whatsspot: "POST /messages/send",
  };
  for (const [provider, line] of Object.entries(lines)) assert.equal((await listing(page, provider).textContent()).split("\n")[0], line);
});

test("what a gateway cannot do is said at its card, and the rest is shown", limit, async (t) => {
  const page = await open(t);
  await untilReady(page);
  await page.getByRole("button", { name: "Mention" }).click();
  assert.equal(await page.locator("#card-whatspie .lacks").isVisible(), false);
  assert.match(await listing(page, "whatspie").textContent(), /62856123456@s\.whatsapp\.net/);
  for (const provider of providers.filter((each) => each !== "whatspie")) {
    assert.match(await page.locator(`#card-${provider} .lacks`).textContent(), /^Cannot: mentions\./, provider);
    assert.match(await listing(page, provider).textContent(), /^POST /, provider);
  }
  await page.getByRole("button", { name: "Image" }).click();
  assert.match(await page.locator("#card-gowhatsapp .lacks").textContent(), /base64/);
  assert.equal(await listing(page, "gowhatsapp").textContent(), "");
});

test("a file is media in base64, for those who take it", limit, async (t) => {
  const page = await open(t);
  await untilReady(page);
  await page.getByText("Media, mentions, reply").click();
  await page.getByLabel("From a file").setInputFiles({ name: "dot.png", mimeType: "image/png", buffer: Buffer.from("89504e470d0a1a0a", "hex") });
  await page.waitForFunction(() => document.querySelector("#card-own pre").textContent.includes('"base64": "iVBORw0KGgo="'));
  assert.match(await listing(page, "gowhatsapp").textContent(), /filename="dot.png"/);
  assert.match(await page.locator("#card-whatspie .lacks").textContent(), /base64/);
});

test("four languages say the same", limit, async (t) => {
  const page = await open(t);
  await untilReady(page);
  const expected = {
    curl: [/^curl -X POST 'https:\/\/api\.whatspie\.com\/groups\/495\/send'/, /'authorization: Bearer '"\$WHATSPIE_TOKEN"/],
    TypeScript: [/import \{ Chaski \} from "chaski";/, /token: env\.WHATSPIE_TOKEN/],
    Rust: [/use chaski::\{Account, Message\};/, /account\.request\(&message\)/],
    HTTP: [/^POST \/groups\/495\/send/],
  };
  for (const [name, patterns] of Object.entries(expected)) {
    await page.getByRole("tab", { name, exact: true }).click();
    for (const pattern of patterns) assert.match(await listing(page, "whatspie").textContent(), pattern);
  }
});

test("the form and the JSON are one message", limit, async (t) => {
  const page = await open(t);
  await untilReady(page);
  await page.getByText("As JSON").click();
  const json = page.locator("#json");
  await json.fill('{"to":{"phone":"+6285612345678"},"text":"Hi","options":{"a1base":{"dialect":"universal"}},"metadata":{"order":"42"}}');
  assert.equal(await page.getByRole("textbox", { name: "Phone", exact: true }).inputValue(), "+6285612345678");
  assert.match(await listing(page, "a1base").textContent(), /^POST \/v1\/send\//);
  await page.getByRole("textbox", { name: "Text", exact: true }).fill("Hello");
  assert.deepEqual(JSON.parse(await json.inputValue()), { to: { phone: "+6285612345678" }, text: "Hello", options: { a1base: { dialect: "universal" } }, metadata: { order: "42" } });
  await json.fill("{");
  assert.match(await page.locator("#composer-wrong").textContent(), /no JSON yet/);
  assert.equal(await json.getAttribute("aria-invalid"), "true");
});

test("what is wrong with a message stands where it was written", limit, async (t) => {
  const page = await open(t);
  await untilReady(page);
  await page.getByText("Media, mentions, reply").click();
  await page.getByLabel("Mentions").fill("nobody");
  assert.equal(await page.getByLabel("Mentions").getAttribute("aria-invalid"), "true");
  assert.match(await page.locator("#composer-wrong").textContent(), /\/mentions/);
  await page.getByLabel("Mentions").fill("+62 856-123-456");
  assert.equal(await page.getByLabel("Mentions").getAttribute("aria-invalid"), null);
  assert.equal(await page.locator("#composer-wrong").textContent(), "");
});

test("copy puts the whole text on the clipboard", limit, async (t) => {
  const page = await open(t, { permissions: ["clipboard-read", "clipboard-write"] });
  await untilReady(page);
  await page.getByRole("tab", { name: "curl" }).click();
  await page.getByRole("button", { name: "Copy what WAChat gets" }).click();
  await page.getByText("Copied").waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^curl -X POST 'https:\/\/api\.wachat-api\.com\//);
});

test("what the form has no field for stays as it was written", limit, async (t) => {
  const page = await open(t);
  await untilReady(page);
  const written = {
    to: [{ group: "ops-team" }, { phone: "+6285612345678" }],
    text: "Hi",
    media: { kind: "document", url: "https://example.com/report.pdf", filename: "report.pdf" },
    send_at: "2027-01-02T03:04:05.678Z",
    via: ["ops", "backup"],
    on_unsupported: "route",
    metadata: { order: 42 },
  };
  await page.getByText("As JSON").click();
  const json = page.locator("#json");
  await json.fill(JSON.stringify(written));
  await page.getByRole("textbox", { name: "Text", exact: true }).fill("Hello");
  assert.deepEqual(JSON.parse(await json.inputValue()), { ...written, text: "Hello" });
});

test("what is no message yet is not sent", limit, async (t) => {
  const page = await open(t);
  await untilReady(page);
  await page.getByText("As JSON").click();
  await page.locator("#json").fill("{ no");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  assert.equal(await page.locator("#key-dialog").isVisible(), false);
  assert.equal(await page.evaluate(() => document.activeElement.id), "json");
});

test("a connection that was written as JSON stays, whatever the Worker's are", limit, async (t) => {
  const page = await open(t);
  await untilReady(page);
  await page.getByText("As JSON").click();
  await page.locator("#json").fill('{"to":{"group":"ops-team"},"text":"Hi","via":"backup"}');
  await enterKey(page);
  assert.equal(await page.locator("#via").inputValue(), "backup");
  await page.getByRole("textbox", { name: "Text", exact: true }).fill("Hello");
  assert.deepEqual(JSON.parse(await page.locator("#json").inputValue()), { to: { group: "ops-team" }, text: "Hello", via: "backup" });
});
