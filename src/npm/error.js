// The one kind of error that this package throws.

const BRAND = Symbol.for("chaski.ChaskiError");

/** After these, a send may have reached the group. */
const AMBIGUOUS = new Set(["unavailable", "lost", "malformed"]);

export class ChaskiError extends Error {
  constructor(kind, message, { provider, status, code, retryAfter, errors = [], body, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
    // What is malformed and has no status is the caller's own input: nothing was sent.
    const unsent = kind === "malformed" && status === undefined;
    this.outcome = AMBIGUOUS.has(kind) && !unsent ? "ambiguous" : "rejected";
    if (provider !== undefined) this.provider = provider;
    if (status !== undefined) this.status = status;
    if (code !== undefined) this.code = code;
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
    this.errors = errors;
    // Not enumerable: a console that prints the error does not print what people wrote.
    Object.defineProperty(this, "body", { value: body, configurable: true, writable: true });
  }

  toJSON() {
    const { name, message, kind, outcome, provider, status, code, retryAfter, errors } = this;
    return { name, message, kind, outcome, provider, status, code, retryAfter, errors };
  }
}

Object.defineProperties(ChaskiError.prototype, {
  name: { value: "ChaskiError", configurable: true, writable: true },
  [BRAND]: { value: true },
});

/** Holds across realms and across copies of this package, where `instanceof` does not. */
export function isChaskiError(value) {
  return typeof value === "object" && value !== null && value[BRAND] === true;
}

/** An error about one place in what the caller gave; the pointer is empty for the whole of it. */
export function invalid(pointer, detail, cause) {
  return new ChaskiError("invalid", pointer ? `${pointer}: ${detail}` : detail, { errors: [{ pointer, detail }], cause });
}

/** Reads what the caller gave: a getter or a proxy of theirs may throw. */
export function reading(read) {
  try {
    return read();
  } catch (error) {
    throw error instanceof ChaskiError ? error : invalid("", "cannot be read", error);
  }
}
