// A Worker of Chaski's, spoken to from anywhere.

import type { CallOptions, HostOptions } from "./exchange.js";
import type {
  Batch,
  Connection,
  Group,
  Health,
  LoggedEvent,
  Message,
  MessageResource,
  Preview,
  ProviderDescription,
  Recipient,
  Replayed,
  Status,
  Subscriber,
  Token,
  TokenRequest,
  Verdict,
  WebhookDelivery,
} from "./types.js";

export type { AbortSignalLike, CallOptions, FetchInit, FetchLike, HeadersLike, HostOptions, ResponseLike } from "./exchange.js";
export { ChaskiError, isChaskiError } from "./error.js";
export type { ErrorDetails, ErrorJson } from "./error.js";
export type {
  AccountCheck,
  Attempt,
  Batch,
  CallName,
  Connection,
  ErrorKind,
  Event,
  EventMessage,
  EventType,
  Failure,
  Feature,
  Field,
  Group,
  Health,
  LoggedEvent,
  MaskedRequest,
  Media,
  MediaKind,
  Message,
  MessageOptions,
  MessageResource,
  Method,
  OnAmbiguous,
  OnUnsupported,
  Outcome,
  Phone,
  Preview,
  ProviderDescription,
  ProviderSlug,
  QuotaReport,
  Receipt,
  RecipientReceipt,
  Recipient,
  Replayed,
  Sender,
  Status,
  Subscriber,
  To,
  Token,
  TokenAction,
  TokenRequest,
  Verdict,
  Via,
  Violation,
  WebhookAttempt,
  WebhookDelivery,
} from "./types.js";

/** What an {@link Edge} is made of. */
export interface EdgeOptions extends HostOptions {
  /** Where the Worker is: `https`; `http` on loopback only. */
  url: string;
  /** The Worker's `CHASKI_API_KEY`, or a token. Secret: a browser gets a token. */
  key: string;
}

/** A message for the Worker: a group may be an alias, and `via` names connections of its configuration. */
export type EdgeMessage = Message;

/** That each of several recipients gets a message of their own. */
interface Each {
  to: readonly Recipient[];
  options?: { whatsspot?: { bulk?: false | undefined } | undefined } | undefined;
}

/** Options of {@link Edge.send}. */
export interface EdgeSendOptions extends CallOptions {
  /** The same key and message again is answered with what the first came to, and sent once. */
  idempotencyKey?: string | undefined;
  /** Seconds, 1 to 30, to wait for the first outcome; a `timeout` that is not the call's own is so much longer. */
  wait?: number | undefined;
}

/** Which part of a collection. */
export interface PageOptions extends CallOptions {
  /** {@link Page.next} of the page before. */
  cursor?: string | null | undefined;
  /** How many items at most. */
  limit?: number | undefined;
}

/** Which messages. */
export interface MessagesOptions extends PageOptions {
  /** Only those that are this far. */
  status?: Status | undefined;
  /** Only those of this connection. */
  connection?: string | undefined;
  /** Only those of this {@link Batch}. */
  batch?: string | undefined;
}

/** A part of a collection. */
export interface Page<T> {
  /** The items. */
  items: T[];
  /** The `cursor` of the next page; `null` where this is the last one. */
  next: string | null;
}

/** Which events. */
export interface EventsOptions extends PageOptions {
  /** Only those behind this one: the `cursor` may also be the `id` of the last event that was seen. */
  cursor?: string | null | undefined;
  /** Only those of these types, as patterns like `message.*`. */
  type?: EventPattern | readonly EventPattern[] | undefined;
  /** Only those of this connection. */
  connection?: string | undefined;
  /** Only those that came since then: RFC 3339. */
  since?: string | undefined;
  /** Seconds, 1 to 30, to wait for an event where there is none yet; a `timeout` that is not the call's own is so much longer. */
  wait?: number | undefined;
}

/** A type of events, or the beginning of some with `*` behind it. */
export type EventPattern = LoggedEvent["type"] | `${string}*`;

/** Which deliveries. */
export interface DeliveriesOptions extends PageOptions {
  /** Only those that are this far. */
  status?: WebhookDelivery["status"] | undefined;
}

/** Which events go out once more: one of them, or all that came since a time and are this far. */
export type Replay = { event: string } | { since: string; status?: WebhookDelivery["status"] | undefined };

/**
 * A Worker of Chaski's. It has the keys of the providers; this has one key, or a token, of the Worker.
 *
 * Every method fails with a {@link ChaskiError} only. No send is ever repeated here.
 *
 * @example
 * ```ts
 * import { Edge } from "chaski/edge";
 *
 * const edge = new Edge({ url: "https://chaski.example.workers.dev", key: "your CHASKI_API_KEY" });
 * const message = await edge.send(
 *   { to: { group: "ops-team" }, text: "Hello", via: ["ops", "backup"] },
 *   { idempotencyKey: "order-42", wait: 10 },
 * );
 * console.log(message.id, message.status);
 * ```
 */
export declare class Edge {
  /** Throws a {@link ChaskiError} of kind `invalid` where an option is wrong. */
  constructor(options: EdgeOptions);

  /** Sends a message: `POST /v1/messages`. */
  send(message: EdgeMessage & { to: Recipient }, options?: EdgeSendOptions): Promise<MessageResource>;

  /** Sends a message to several recipients, in one call of the provider's: `POST /v1/messages`. */
  send(message: EdgeMessage & { options: { whatsspot: { bulk: true } } }, options?: EdgeSendOptions): Promise<MessageResource>;

  /**
   * Sends a message to each of several recipients: `POST /v1/messages`.
   *
   * @example
   * ```ts
   * import { Edge } from "chaski/edge";
   *
   * const edge = new Edge({ url: "https://chaski.example.workers.dev", key: "your CHASKI_API_KEY" });
   * const { batch } = await edge.send({ to: [{ group: "ops-team" }, { phone: "+12025550100" }], text: "Hello" });
   * const failed = await edge.messages({ batch, status: "failed" });
   * for (const { to, error } of failed.items) console.log(to, error?.message);
   * ```
   */
  send(message: EdgeMessage & Each, options?: EdgeSendOptions): Promise<Batch>;

  /** Sends a message of which the type does not say to how many: `POST /v1/messages`. */
  send(message: EdgeMessage, options?: EdgeSendOptions): Promise<MessageResource | Batch>;

  /** The requests that would be made, their keys masked; nothing is sent: `POST /v1/messages/preview`. */
  preview(message: EdgeMessage, options?: CallOptions): Promise<Page<Preview>>;

  /** One message with all its attempts: `GET /v1/messages/{id}`. */
  message(id: string, options?: CallOptions): Promise<MessageResource>;

  /**
   * Messages: `GET /v1/messages`.
   *
   * @example
   * ```ts
   * import { Edge } from "chaski/edge";
   *
   * const edge = new Edge({ url: "https://chaski.example.workers.dev", key: "your CHASKI_API_KEY" });
   * let cursor: string | null = null;
   * do {
   *   const page = await edge.messages({ status: "failed", limit: 100, cursor });
   *   for (const { id, error } of page.items) console.log(id, error?.message);
   *   cursor = page.next;
   * } while (cursor);
   * ```
   */
  messages(options?: MessagesOptions): Promise<Page<MessageResource>>;

  /** Calls back a message that has not been sent yet: `DELETE /v1/messages/{id}`. */
  cancel(id: string, options?: CallOptions): Promise<MessageResource>;

  /** Says what became of a message whose status is `unknown`, or sends it again: `POST /v1/messages/{id}/resolve`. */
  resolve(id: string, as: Verdict, options?: CallOptions): Promise<MessageResource>;

  /**
   * What the providers reported, oldest first: `GET /v1/events`.
   *
   * @example
   * ```ts
   * import { Edge } from "chaski/edge";
   *
   * const edge = new Edge({ url: "https://chaski.example.workers.dev", key: "your CHASKI_API_KEY" });
   * let cursor: string | undefined;
   * for (;;) {
   *   const { items } = await edge.events({ type: "message.*", cursor, wait: 30 });
   *   for (const { message } of items) console.log(message?.from?.name, message?.text);
   *   cursor = items.at(-1)?.id ?? cursor;
   * }
   * ```
   */
  events(options?: EventsOptions): Promise<Page<LoggedEvent>>;

  /** The subscribers, and how they fare: `GET /v1/subscribers`. */
  subscribers(options?: CallOptions): Promise<Page<Subscriber>>;

  /** What became of the events for a subscriber, the newest first: `GET /v1/subscribers/{name}/deliveries`. */
  deliveries(subscriber: string, options?: DeliveriesOptions): Promise<Page<WebhookDelivery>>;

  /** Brings events to a subscriber once more, and lets one that is paused go on: `POST /v1/subscribers/{name}/replay`. */
  replay(subscriber: string, events: Replay, options?: CallOptions): Promise<Replayed>;

  /**
   * A short-lived token that may do no more than this, for a browser: `POST /v1/tokens`.
   *
   * @example
   * ```ts
   * import { Edge } from "chaski/edge";
   *
   * const edge = new Edge({ url: "https://chaski.example.workers.dev", key: "your CHASKI_API_KEY" });
   * const { token } = await edge.token({
   *   actions: ["send", "read"],
   *   recipients: [{ group: "ops-team" }],
   *   uses: 10,
   *   expires_in: 600,
   *   origin: "https://app.example",
   * });
   * console.log(token); // the `key` of an Edge in a page of https://app.example
   * ```
   */
  token(narrowed: TokenRequest, options?: CallOptions): Promise<Token>;

  /** All providers and what they can do: `GET /v1/providers`. */
  providers(options?: CallOptions): Promise<Page<ProviderDescription>>;

  /** The configured connections: `GET /v1/connections`. */
  connections(options?: CallOptions): Promise<Page<Connection>>;

  /** Whether a connection is up, asked of its provider: `GET /v1/connections/{name}/health`. */
  health(connection: string, options?: CallOptions): Promise<Health>;

  /** The groups that a connection reaches: `GET /v1/connections/{name}/groups`. */
  groups(connection: string, options?: CallOptions): Promise<Page<Group>>;
}
