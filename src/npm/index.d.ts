// The types of every entry that has the wasm: they differ in how it arrives, not in what they export.

import type { Bytes, CallOptions, HeadersLike, HostOptions } from "./exchange.js";
import type {
  Account,
  AccountCheck,
  Call,
  Event,
  Groups,
  Message,
  Method,
  ProviderDescription,
  ProviderSlug,
  QuotaReport,
  Receipt,
  StatusReport,
} from "./types.js";

export * from "./edge.js";
export type {
  A1baseAccount,
  A1baseOptions,
  Account,
  Call,
  GowhatsappAccount,
  GowhatsappOptions,
  Groups,
  Pace,
  StatusReport,
  WachatAccount,
  WachatOptions,
  WhatspieAccount,
  WhatspieOptions,
  WhatsspotAccount,
  WhatsspotOptions,
} from "./types.js";

/** `base_url`, or the same in JavaScript's spelling; needed where the account needs one. */
type BaseUrl<A extends Account> = A extends { base_url: string }
  ? { base_url: string; baseUrl?: never } | { baseUrl: string; base_url?: never }
  : { base_url?: string | undefined; baseUrl?: never } | { baseUrl?: string | undefined; base_url?: never };

/** An account of this kind in JavaScript. */
type Client<A extends Account> = A extends Account ? Omit<A, "base_url"> & BaseUrl<A> & HostOptions : never;

/**
 * What a {@link Chaski} is made of: an account at the `provider`, and options of the client.
 *
 * @example
 * ```ts
 * import { Chaski, type ChaskiOptions } from "chaski";
 *
 * const options: ChaskiOptions = { provider: "gowhatsapp", baseUrl: "https://wa.example.com", token: "your token" };
 * const wa = new Chaski({ ...options, timeout: 10_000 });
 * ```
 */
export type ChaskiOptions = Client<Account>;

/** A request to a provider, ready for any HTTP client. It carries the account's keys. */
export interface ProviderRequest {
  /** The method. */
  method: Method;
  /** The absolute URL. */
  url: string;
  /** The headers, names in lower case. */
  headers: Record<string, string>;
  /** The body, where there is one. */
  body?: string | Bytes;
}

/** A provider's answer, read to its end. */
export interface ProviderResponse {
  /** The HTTP status. */
  status: number;
  /** The headers, names in any case: `Headers`, an object, or pairs. */
  headers?: HeadersLike | Readonly<Record<string, string | readonly string[] | undefined>> | readonly (readonly [string, string])[] | undefined;
  /** The body: text or bytes. */
  body?: string | ArrayBufferView | ArrayBuffer | null | undefined;
}

/** A provider's webhook, as it came. */
export interface Webhook {
  /** The headers, names in any case: `Headers`, an object as Node has it, or pairs. */
  headers: Iterable<readonly [string, string]> | Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body, byte for byte: signatures hold over nothing else. Not parsed, and not written again. */
  body: string | ArrayBufferView | ArrayBuffer;
}

/** What a call comes to. */
export type ReplyOf<C extends Call> = C extends { send_message: object }
  ? Receipt
  : C extends { message_status: object }
    ? StatusReport
    : C extends { check_account: object }
      ? AccountCheck
      : C extends { quota: object }
        ? QuotaReport
        : Groups;

/**
 * One account at one provider.
 *
 * Every method fails with a {@link ChaskiError} only. No send is ever repeated, and no redirect is followed. The keys
 * of the account are shown by nothing but {@link Chaski.request}.
 *
 * @example
 * ```ts
 * import { Chaski } from "chaski";
 *
 * const wa = new Chaski({ provider: "whatspie", token: "your token" });
 * const receipt = await wa.send({ to: { group: "495" }, text: "Hello", mentions: ["+62856123456"] });
 * console.log(receipt.id, receipt.status);
 * ```
 */
export declare class Chaski {
  /** Throws a {@link ChaskiError} of kind `invalid` where an option is wrong; its `errors` say where. */
  constructor(options: ChaskiOptions);

  /** The provider of the account. */
  readonly provider: ProviderSlug;

  /**
   * Sends a message.
   *
   * @example
   * ```ts
   * import { Chaski } from "chaski";
   *
   * const wa = new Chaski({ provider: "a1base", account_id: "…", api_key: "…", api_secret: "…", from: "+14155552671" });
   * await wa.send(
   *   {
   *     to: { group: "group-thread-id-123" },
   *     text: "The report",
   *     media: { kind: "document", url: "https://example.com/report.pdf" },
   *     options: { a1base: { dialect: "universal" } },
   *   },
   *   { timeout: 10_000 },
   * );
   * ```
   */
  send(message: Message, options?: CallOptions): Promise<Receipt>;

  /** How far a message is; `id` is the provider's, from {@link Receipt.id}. */
  status(id: string, options?: CallOptions): Promise<StatusReport>;

  /** Whether the credentials are good, and whether the device is connected. */
  check(options?: CallOptions): Promise<AccountCheck>;

  /** How many messages the plan still allows. */
  quota(options?: CallOptions): Promise<QuotaReport>;

  /** The groups that the account can post to. */
  groups(options?: CallOptions): Promise<Groups>;

  /**
   * The request that makes a call, for an HTTP client of your own. Does no I/O.
   *
   * @example
   * ```ts
   * import { Chaski, type Call } from "chaski";
   *
   * const wa = new Chaski({ provider: "whatspie", token: "your token" });
   * const call = { send_message: { to: { group: "495" }, text: "Hello" } } satisfies Call;
   * const { url, ...request } = wa.request(call);
   * const response = await fetch(url, { ...request, redirect: "manual" });
   * const receipt = wa.reply(call, { status: response.status, headers: response.headers, body: await response.text() });
   * console.log(receipt.id);
   * ```
   */
  request(call: Call): ProviderRequest;

  /** What the answer to a call comes to: the other half of {@link Chaski.request}. Does no I/O. */
  reply<C extends Call>(call: C, response: ProviderResponse): ReplyOf<C>;

  /**
   * What a webhook of the provider reports: one event, or several. Does no I/O.
   *
   * A signature that is wrong, missing or stale is a {@link ChaskiError} of kind `forged`, where the account has the key
   * to check it. What cannot be read is an event of type `other`, with all of it in `raw`.
   *
   * @param now - when it came, for signatures that age; the present if it is left out
   *
   * @example
   * ```ts
   * import { Chaski } from "chaski";
   *
   * const wa = new Chaski({ provider: "whatsspot", api_key: "your key", webhook_secret: "your secret" });
   *
   * export default {
   *   async fetch(request: Request): Promise<Response> {
   *     for (const { type, message } of wa.receive({ headers: request.headers, body: await request.text() })) {
   *       if (type === "message.received") console.log(message?.chat, message?.text);
   *     }
   *     return new Response();
   *   },
   * };
   * ```
   */
  receive(webhook: Webhook, now?: Date | number): Event[];
}

/**
 * All providers and what they can do.
 *
 * @example
 * ```ts
 * import { providers } from "chaski";
 *
 * const scheduling = providers().filter(({ features }) => features.includes("send_at"));
 * console.log(scheduling.map(({ name }) => name));
 * ```
 */
export declare function providers(): ProviderDescription[];

/**
 * Makes the module ready. Only the entry `chaski/web` needs it; elsewhere the module is ready once it is imported, and
 * this does nothing.
 *
 * @param input - for `chaski/web`: where the wasm is, if not beside the module, or the wasm itself: a URL, a
 * `Response`, bytes or a `WebAssembly.Module`
 *
 * @example
 * ```ts
 * import { Chaski, init } from "chaski/web";
 *
 * await init();
 * const wa = new Chaski({ provider: "whatspie", token: "your token" });
 * ```
 */
export declare function init(input?: unknown): Promise<void>;

/** Resolves when the module can be used: at once, but with `chaski/web` after {@link init}. */
export declare const ready: Promise<void>;
