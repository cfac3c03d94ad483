// A subject that writes down what its Durable Object asks of its storage. Asked for /__statements, it tells what that was since it
// was asked last: each statement with the types of its parameters, each transaction, each alarm.

import * as subject from "subject";

export * from "subject";

let log = [];

export class Outbox extends subject.Outbox {
  constructor(ctx, env) {
    watch(Object.getPrototypeOf(ctx.storage), "transactionSync", () => "a transaction");
    watch(Object.getPrototypeOf(ctx.storage), "setAlarm", () => "the alarm");
    watch(Object.getPrototypeOf(ctx.storage.sql), "exec", (statement, ...values) => `${statement.replace(/\s+/g, " ")} [${values.map(typeOf)}]`);
    super(ctx, env);
  }
}

function watch(prototype, name, tell) {
  const own = prototype[name];
  prototype[name] = function (...given) {
    log.push(tell(...given));
    return own.apply(this, given);
  };
}

const typeOf = (value) => (value === null ? "null" : typeof value);

export default {
  async fetch(request, env, context) {
    if (!request.url.endsWith("/__statements")) return subject.default.fetch(request, env, context);
    const told = log;
    log = [];
    return Response.json(told);
  },
};
