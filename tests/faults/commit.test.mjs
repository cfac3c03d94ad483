// `kill -9` between the other side's yes and our own record of it: who was sent a message is not sent it again, and who was told
// an event is told it again, by the same id.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { devConfig } from "../../src/tools/dev-config.mjs";
import { startSandbox } from "../sandbox/server.mjs";
import { createPhones, reaches, read, until } from "../support/delivery.mjs";
import { inboundAccounts, post, requestOf, subscribed, useSubscriber, webhooks } from "../support/relay.mjs";
import { promise, scale } from "../support/scale.mjs";
import { useWorkerd } from "../support/workerd.mjs";
import { assertUnharmed } from "../support/world.mjs";

const KILLS = scale.B2.kills;

const sandbox = await startSandbox();
after(sandbox.stop);
const config = devConfig(sandbox.url);
const slugs = Object.keys(config.connections);
const sender = await useWorkerd({ config: { connections: config.connections, routes: { default: slugs } } });
const phone = createPhones("97");

test("B2: a message whose provider said yes before the kill is unknown, and never sent again", async (t) => {
  let lost = 0;
  let doubled = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    sandbox.reset();
    // A way for each provider, the others behind it: they must not be asked either.
    const via = slugs.map((_, at) => slugs[(kill + at) % slugs.length]);
    sandbox.fail({ provider: via[0], fault: { hold: true } });
    const { json } = await sender.api("POST", "/v1/messages", { to: { phone: phone() }, text: "Hello", via });
    await until("it is with the provider", () => sandbox.messages().length === 1);
    await sender.crash();
    sandbox.heal();
    await sender.start();
    // Nobody asks for it before the Worker itself has found what became of it.
    const { status, attempts } = await reaches(sender, json.id, "unknown");
    lost += Number(status !== "unknown" || attempts.length !== 1 || attempts[0].outcome !== "ambiguous");
    // A life more, in which it could be sent again.
    await sender.restart();
    await sender.send({ to: { phone: phone() }, text: "Another", via: via[1] });
    lost += Number((await read(sender, json.id)).status !== "unknown");
    doubled += sandbox.messages().filter(({ text }) => text === "Hello").length - 1;
  }
  promise(t, "B2", { lost, doubled }, `${KILLS} kills between a provider's yes and our commit: each message unknown, none sent again`);
});

test("B2: an event whose subscriber said yes before the kill is told again, by the same id", async (t) => {
  let onGot = () => {};
  const subscriber = await useSubscriber("held", { respond: (got, response) => onGot(got, response) });
  const relay = await useWorkerd({ config: { connections: { whatspie: inboundAccounts.whatspie }, subscribers: { held: subscribed(subscriber) } } });
  let lost = 0;
  let forged = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const from = phone();
    const isFirst = new Promise((resolve) => {
      onGot = () => {
        // At once: it has been taken, and its answer is never written.
        void relay.crash();
        onGot = (_, response) => response.end();
        resolve();
      };
    });
    const value = webhooks.whatspie["message.received"]({ id: `id-${kill}`, chat: { phone: from }, from, text: "Hello", at: Date.UTC(2026, 0, 1) + kill });
    const before = subscriber.received.length;
    await post(relay, requestOf("whatspie", inboundAccounts.whatspie, value)).catch(() => undefined);
    await isFirst;
    await relay.restart();
    const mine = () => subscriber.received.slice(before);
    // Nobody asks the Worker for anything.
    await subscriber.until("it is told again", () => mine().length >= 2);
    lost += Number(new Set(mine().map(({ id }) => id)).size !== 1 || mine().length !== 2);
    forged += mine().filter(({ error }) => error).length;
  }
  assertUnharmed(relay);
  promise(t, "B2", { lost, forged }, `${KILLS} kills between a subscriber's yes and our commit: each event told again, by the same id`);
});

test("B2: none of this is a fault of the Worker", () => assertUnharmed(sender));
