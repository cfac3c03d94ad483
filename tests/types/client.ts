// The client: each call has its own reply.

import {
  Chaski,
  init,
  providers,
  ready,
  type AbortSignalLike,
  type AccountCheck,
  type Call,
  type Event,
  type Groups,
  type ProviderDescription,
  type ProviderRequest,
  type ProviderSlug,
  type QuotaReport,
  type Receipt,
  type ReplyOf,
  type Status,
  type StatusReport,
} from "chaski";
import * as web from "chaski/web";
import type { Equal, Expect } from "./expect.js";

declare const wa: Chaski;
declare const signal: AbortSignalLike;

const sent = wa.send({ to: { group: "495" }, text: "Hello" }, { signal, timeout: 1000 });
const asked = wa.status("7637842", { signal: null });
const checked = wa.check({ timeout: Infinity });
const counted = wa.quota();
const listed = wa.groups({});

const call = { message_status: { id: "7637842" } } satisfies Call;
const request = wa.request({ send_message: { to: { group: "495" }, text: "Hello" } });
const reply = wa.reply(call, { status: 200, headers: { date: "…" }, body: "{}" });
declare const anyCall: Call;
const anyReply = wa.reply(anyCall, { status: 200 });

/** The bytes of a body are those that `fetch` takes. */
export const bytes: Uint8Array | undefined = typeof request.body === "string" ? undefined : request.body;

wa.reply({ quota: {} }, { status: 200, headers: [["date", "…"]], body: new Uint8Array() });
wa.reply({ quota: {} }, { status: 200, headers: new Map([["date", "…"]]), body: new ArrayBuffer(0) });
wa.reply({ quota: {} }, { status: 200, headers: { "set-cookie": ["a", "b"], date: undefined }, body: null });

// @ts-expect-error an id
wa.status();
// @ts-expect-error an id is a string
wa.status(7637842);
// @ts-expect-error no such option
wa.send({ to: { group: "495" }, text: "Hello" }, { retries: 3 });
// @ts-expect-error a controller is no signal
wa.check({ signal: { abort() {} } });
// @ts-expect-error no such call
wa.request({ send: { to: { group: "495" }, text: "Hello" } });
// @ts-expect-error two calls at once
wa.request({ quota: {}, list_groups: {} });
// @ts-expect-error a call without its parameters
wa.request({ message_status: {} });
// @ts-expect-error parameters that the call has not
wa.request({ quota: { id: "1" } });
// @ts-expect-error no such call
wa.reply({ balance: {} }, { status: 200 });
// @ts-expect-error a status is a number
wa.reply({ quota: {} }, { status: "200" });
// @ts-expect-error a body that is not read yet
wa.reply({ quota: {} }, { status: 200, body: { getReader() {} } });
const received = wa.receive({ headers: new Map([["x-signature", "00"]]), body: "{}" }, new Date());
wa.receive({ headers: { "x-signature": ["00"], host: undefined }, body: new Uint8Array() }, 0);
wa.receive({ headers: [["x-signature", "00"]], body: new ArrayBuffer(2) });
// @ts-expect-error signatures hold over bytes
wa.receive({ headers: {}, body: { id: "1" } });
// @ts-expect-error a moment
wa.receive({ headers: {}, body: "" }, "today");
// @ts-expect-error what cannot be assigned to
wa.provider = "whatspie";

export type Tests = [
  Expect<Equal<typeof sent, Promise<Receipt>>>,
  Expect<Equal<typeof asked, Promise<StatusReport>>>,
  Expect<Equal<typeof checked, Promise<AccountCheck>>>,
  Expect<Equal<typeof counted, Promise<QuotaReport>>>,
  Expect<Equal<typeof listed, Promise<Groups>>>,
  Expect<Equal<typeof received, Event[]>>,
  Expect<Equal<typeof request, ProviderRequest>>,
  Expect<Equal<typeof reply, StatusReport>>,
  Expect<Equal<typeof anyReply, Receipt | StatusReport | AccountCheck | QuotaReport | Groups>>,
  Expect<Equal<ReplyOf<{ quota: {} }>, QuotaReport>>,
  Expect<Equal<ReplyOf<{ list_groups: {} }>, Groups>>,
  Expect<Equal<Chaski["provider"], ProviderSlug>>,
  Expect<Equal<Receipt["outcome"], "accepted">>,
  Expect<Equal<Receipt["id"], string | null>>,
  Expect<Equal<Receipt["raw"], unknown>>,
  Expect<Equal<StatusReport["status"], Status>>,
  Expect<Equal<ReturnType<typeof providers>, ProviderDescription[]>>,
  Expect<Equal<ProviderRequest["method"], "GET" | "POST">>,
  Expect<Equal<typeof init, (input?: unknown) => Promise<void>>>,
  Expect<Equal<typeof ready, Promise<void>>>,
  Expect<Equal<typeof web.Chaski, typeof Chaski>>,
];

/** A field says by its type whether it has words. */
export function words(description: ProviderDescription): string[] {
  // @ts-expect-error not every field has them
  description.options[0]?.values;
  return description.options.flatMap((option) => (option.type === "one_of" ? option.values : []));
}
