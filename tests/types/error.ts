// The one kind of error.

import { ChaskiError, isChaskiError, type ErrorKind, type Outcome, type ProviderSlug, type Violation } from "chaski";
import * as edge from "chaski/edge";
import type { Equal, Expect } from "./expect.js";

export function told(error: unknown): string {
  // @ts-expect-error anything may be thrown
  error.kind;
  if (!isChaskiError(error)) return "another error";
  const kind: ErrorKind = error.kind;
  // @ts-expect-error no such kind
  if (error.kind === "timeout") return "";
  // @ts-expect-error what failed was not accepted
  if (error.outcome === "accepted") return "";
  return `${kind} ${error.message} ${JSON.stringify(error.toJSON())} ${error.stack}`;
}

export const made: Error = new ChaskiError("lost", "no answer", { provider: "whatspie", status: 502, cause: new Error() });

// @ts-expect-error no such kind
new ChaskiError("timeout", "no answer");
// @ts-expect-error no such detail
new ChaskiError("lost", "no answer", { retry_after: 1 });

declare const error: ChaskiError;

export type Tests = [
  Expect<Equal<typeof error.name, "ChaskiError">>,
  Expect<Equal<typeof error.outcome, Exclude<Outcome, "accepted">>>,
  Expect<Equal<typeof error.provider, ProviderSlug | undefined>>,
  Expect<Equal<typeof error.status, number | undefined>>,
  Expect<Equal<typeof error.retryAfter, number | undefined>>,
  Expect<Equal<typeof error.errors, Violation[]>>,
  Expect<Equal<typeof error.cause, unknown>>,
  Expect<Equal<ReturnType<typeof error.toJSON>["name"], "ChaskiError">>,
  Expect<Equal<typeof edge.ChaskiError, typeof ChaskiError>>,
  Expect<Equal<typeof edge.isChaskiError, typeof isChaskiError>>,
];
