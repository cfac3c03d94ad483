import type { ErrorKind, Outcome, ProviderSlug, Violation } from "./types.js";

/** What is known about a {@link ChaskiError} beside its kind and message. */
export interface ErrorDetails {
  provider?: ProviderSlug | undefined;
  status?: number | undefined;
  code?: string | undefined;
  retryAfter?: number | undefined;
  errors?: Violation[] | undefined;
  body?: string | undefined;
  cause?: unknown;
}

/** A {@link ChaskiError} as JSON: fit for a log, without the provider's answer. */
export interface ErrorJson {
  name: "ChaskiError";
  message: string;
  kind: ErrorKind;
  outcome: Exclude<Outcome, "accepted">;
  provider: ProviderSlug | undefined;
  status: number | undefined;
  code: string | undefined;
  retryAfter: number | undefined;
  errors: Violation[];
}

/**
 * The one kind of error that this package throws.
 *
 * @example
 * ```ts
 * import { Chaski, isChaskiError } from "chaski";
 *
 * const wa = new Chaski({ provider: "whatspie", token: "your token" });
 * try {
 *   await wa.send({ to: { group: "495" }, text: "Hello" });
 * } catch (error) {
 *   if (!isChaskiError(error)) throw error;
 *   if (error.outcome === "ambiguous") console.warn("It may have been sent: do not repeat it.");
 *   else if (error.kind === "rate_limited") console.warn(`Come back in ${error.retryAfter ?? 60} seconds.`);
 *   else console.warn(error.kind, error.message, error.errors);
 * }
 * ```
 */
export declare class ChaskiError extends Error {
  constructor(kind: ErrorKind, message: string, details?: ErrorDetails);
  readonly name: "ChaskiError";
  /** Why. */
  readonly kind: ErrorKind;
  /** What a send that failed so has come to: after `ambiguous` it may have been sent. */
  readonly outcome: Exclude<Outcome, "accepted">;
  /** The provider that was asked; absent where no provider is behind the error. */
  readonly provider?: ProviderSlug;
  /** The HTTP status that the provider answered, or the Worker. */
  readonly status?: number;
  /** The provider's own code. */
  readonly code?: string;
  /** Seconds to wait before another try. */
  readonly retryAfter?: number;
  /** What exactly was wrong, with JSON pointers into what was given; empty where that is not known. */
  readonly errors: Violation[];
  /** What was answered, as it came. Not enumerable: a console that prints the error does not print it. */
  readonly body?: string;
  /** What `fetch` threw, or the signal's reason. */
  readonly cause?: unknown;
  /** All of the above but `cause` and `body`. No keys are in it. */
  toJSON(): ErrorJson;
}

/**
 * Whether this is a {@link ChaskiError}. Holds across realms and across copies of this package, where `instanceof`
 * does not.
 *
 * @example
 * ```ts
 * import { isChaskiError } from "chaski";
 *
 * const reason: unknown = await fetch("https://example.com").catch((error: unknown) => error);
 * if (isChaskiError(reason)) console.log(reason.kind);
 * ```
 */
export declare function isChaskiError(value: unknown): value is ChaskiError;
