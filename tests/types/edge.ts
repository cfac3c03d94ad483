// The Worker's client.

import { Edge as EdgeOfChaski } from "chaski";
import {
  Edge,
  type Batch,
  type Connection,
  type EdgeMessage,
  type Event,
  type LoggedEvent,
  type Replayed,
  type Subscriber,
  type WebhookDelivery,
  type Group,
  type Health,
  type MessageResource,
  type Page,
  type Preview,
  type ProviderDescription,
  type Status,
  type Token,
  type Verdict,
} from "chaski/edge";
import type { Equal, Expect } from "./expect.js";

const edge = new Edge({ url: "https://chaski.example.workers.dev", key: "key" });

const message = { to: { group: "ops-team" }, text: "Hello", via: ["ops", "backup"] } as const;
const sent = edge.send(message, { idempotencyKey: "order-42", wait: 10, timeout: 15_000 });
const each = { ...message, to: [message.to, { phone: "+12025550100" }] } as const;
const sentToEach = edge.send(each, { wait: 10 });
const sentToOne = edge.send({ ...message, to: [message.to] });
const sentInOneCall = edge.send({ to: [{ group: "ops-team" }, { phone: "+12025550100" }], text: "Hello", options: { whatsspot: { bulk: true } } });
const sentApart = edge.send({ ...each, options: { whatsspot: { bulk: false, schedule: true } } });
declare const any: EdgeMessage;
declare const either: boolean;
const sentToAny = edge.send(any);
const sentEitherWay = edge.send({ ...each, options: { whatsspot: { bulk: either } } });
const previewed = edge.preview(message);
const found = edge.message("msg_1", { signal: null });
const listed = edge.messages({ status: "failed", connection: "ops", batch: "batch_1", cursor: undefined, limit: 10 });
const cancelled = edge.cancel("msg_1");
const resolved = edge.resolve("msg_1", "resend");
const events = edge.events({ type: ["message.*", "other"], connection: "ops", since: "2026-11-05T08:30:00Z", cursor: "evt_1", limit: 10, wait: 30 });
edge.events({ type: "message.read" });
const subscribers = edge.subscribers();
const deliveries = edge.deliveries("crm", { status: "failed", cursor: null, limit: 10 });
const replayed = edge.replay("crm", { since: "2026-11-05T08:30:00Z", status: "failed" });
edge.replay("crm", { event: "evt_1" });
export const token: Promise<Token> = edge.token({ actions: ["send"], recipients: [{ group: "ops-team" }], uses: 1, expires_in: 600, origin: "https://example.com" });
const providers = edge.providers();
const connections = edge.connections();
const health = edge.health("ops");
const groups = edge.groups("ops");

// @ts-expect-error no such type of events
edge.events({ type: "message.answered" });
// @ts-expect-error one event, or a time
edge.replay("crm", {});
// @ts-expect-error the key is missing
new Edge({ url: "https://chaski.example.workers.dev" });
// @ts-expect-error no such option
new Edge({ url: "https://chaski.example.workers.dev", key: "key", token: "token" });
// @ts-expect-error a provider's account is no Worker
new Edge({ provider: "whatspie", token: "token" });
// @ts-expect-error no such member
edge.send({ to: { group: "ops-team" }, body: "Hello" });
// @ts-expect-error no such member, of a message to several
edge.send({ to: [{ group: "ops-team" }], body: "Hello" });
// @ts-expect-error a batch has no status
edge.send(each).then(({ status }) => status);
// @ts-expect-error options are camelCase: they exist in JavaScript alone
edge.send(message, { idempotency_key: "order-42" });
// @ts-expect-error seconds
edge.send(message, { wait: true });
// @ts-expect-error no such status
edge.messages({ status: "lost" });
// @ts-expect-error sent, failed or resend
edge.resolve("msg_1", "delivered");
// @ts-expect-error a message has an id
edge.message();
// @ts-expect-error what is allowed
edge.token({ uses: 1 });
// @ts-expect-error no such member
edge.token({ actions: ["send"], expiresIn: 600 });
// @ts-expect-error no such action
edge.token({ actions: ["list"], recipients: [{ group: "ops-team" }], expires_in: 600 });
// @ts-expect-error a token ends
edge.token({ actions: ["read"], recipients: [{ group: "ops-team" }] });

export type Tests = [
  Expect<Equal<typeof EdgeOfChaski, typeof Edge>>,
  Expect<Equal<typeof sent, Promise<MessageResource>>>,
  Expect<Equal<typeof sentToEach, Promise<Batch>>>,
  Expect<Equal<typeof sentToOne, Promise<Batch>>>,
  Expect<Equal<typeof sentInOneCall, Promise<MessageResource>>>,
  Expect<Equal<typeof sentApart, Promise<Batch>>>,
  Expect<Equal<typeof sentToAny, Promise<MessageResource | Batch>>>,
  Expect<Equal<typeof sentEitherWay, Promise<MessageResource | Batch>>>,
  Expect<Equal<typeof previewed, Promise<Page<Preview>>>>,
  Expect<Equal<typeof found, Promise<MessageResource>>>,
  Expect<Equal<typeof listed, Promise<Page<MessageResource>>>>,
  Expect<Equal<typeof cancelled, Promise<MessageResource>>>,
  Expect<Equal<typeof resolved, Promise<MessageResource>>>,
  Expect<Equal<typeof events, Promise<Page<LoggedEvent>>>>,
  Expect<Event extends Omit<LoggedEvent, "id" | "connection"> ? true : false>,
  Expect<Equal<typeof subscribers, Promise<Page<Subscriber>>>>,
  Expect<Equal<typeof deliveries, Promise<Page<WebhookDelivery>>>>,
  Expect<Equal<typeof replayed, Promise<Replayed>>>,
  Expect<Equal<typeof providers, Promise<Page<ProviderDescription>>>>,
  Expect<Equal<typeof connections, Promise<Page<Connection>>>>,
  Expect<Equal<typeof health, Promise<Health>>>,
  Expect<Equal<typeof groups, Promise<Page<Group>>>>,
  Expect<Equal<MessageResource["status"], Status>>,
  Expect<Equal<MessageResource["batch"], string | null>>,
  Expect<Equal<Batch["items"], MessageResource[]>>,
  Expect<Equal<Parameters<typeof edge.resolve>[1], Verdict>>,
  Expect<Equal<MessageResource["created_at"], string>>,
  Expect<Equal<Page<Event>["next"], string | null>>,
];
