// What the host brings, as far as it is used here. Said structurally: the names of lib "dom" are not everywhere,
// and what Node, Workers, Deno and Bun declare under the same names differs.

/** What is used of an `AbortSignal`: every host's fits. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** What is used of `Headers`: every host's fits. */
export interface HeadersLike {
  get(name: string): string | null | undefined;
}

/** What is used of a `Response`: every host's fits. */
export interface ResponseLike {
  readonly status: number;
  readonly headers: HeadersLike;
  /** Read chunk by chunk where it is a `ReadableStream`, so that an endless answer ends. */
  readonly body?: unknown;
  text(): PromiseLike<string>;
}

/** A `Uint8Array` over an `ArrayBuffer` of its own; before TypeScript 5.7 there is no other word for it. */
export type Bytes = ReturnType<Uint8Array["slice"]>;

/** What a {@link FetchLike} is called with. */
export interface FetchInit {
  method: string;
  headers: Record<string, string>;
  body?: string | Bytes;
  redirect: "manual";
  /** The host's own `AbortSignal`; `never` where the host's types have no variable of this name. */
  signal: typeof globalThis extends { AbortSignal: { prototype: infer Signal } } ? Signal : never;
}

/** What is used of `fetch`: every host's fits. */
export type FetchLike = (url: string, init: FetchInit) => PromiseLike<ResponseLike>;

/** Options of each call. */
export interface CallOptions {
  /**
   * Ends the call. Before anything was sent the error is of kind `rejected`, else of kind `lost`: it may have been
   * done. Its `cause` is the signal's reason.
   */
  signal?: AbortSignalLike | null | undefined;
  /** Milliseconds until the answer must be whole, instead of the client's. */
  timeout?: number | undefined;
}

/** Options of a client that are about its exchanges. */
export interface HostOptions {
  /** Used instead of the host's own `fetch`: for a proxy, a mock or a tracer. */
  fetch?: FetchLike | undefined;
  /**
   * Milliseconds until an answer must be whole; 0 or `Infinity` for none.
   * @defaultValue `30000`
   */
  timeout?: number | undefined;
}
