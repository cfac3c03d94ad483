// What Rust has at hand in a step of the outbox (desk.rs is the other side): SQL, and whom to tell what.

/** The statements so far, by where they stand in the module. */
const statements = new Map();

/** What a step has at hand. */
export class Desk {
  #sql;
  #sizeOf;
  /** What is to be fetched once the step is stored. */
  fetches = [];
  /** Of which something has changed. */
  submissions = new Set();
  /** Whether the log has new events. */
  hasEvents = false;
  /** What the answer waits for, and how long: `{ seconds, submission }`; without a submission, for events. */
  waits;
  /** When there is something to do for what was accepted; undefined where that may be now. */
  due;

  constructor(sql, sizeOf) {
    this.#sql = sql;
    this.#sizeOf = sizeOf;
  }

  knows(address) {
    return statements.has(address);
  }

  learn(address, statement) {
    statements.set(address, statement);
  }

  sql(address, parameters) {
    try {
      // In one list, which is gone through once on the other side.
      const found = [0];
      for (const row of this.#exec(address, parameters).raw()) {
        found[0] = row.length;
        found.push(...row);
      }
      return JSON.stringify(found);
    } catch (error) {
      throw fault(error);
    }
  }

  run(address, parameters) {
    try {
      this.#exec(address, parameters);
    } catch (error) {
      throw fault(error);
    }
  }

  #exec(address, parameters) {
    return this.#sql.exec(statements.get(address), ...JSON.parse(parameters));
  }

  get size() {
    return this.#sizeOf();
  }

  fetch(head, body) {
    // The bytes are the wasm's own, and gone with the step.
    this.fetches.push([head, body.slice()]);
  }

  changed(submission) {
    this.submissions.add(submission);
  }

  logged() {
    this.hasEvents = true;
  }

  wait(seconds, submission) {
    this.waits = { seconds, submission };
  }

  later(at) {
    this.due = at;
  }
}

/** As a string: a fault that is foreseen. */
const fault = (error) => `storage: ${error?.message}`;
