// The load, by oha. Closed: so many connections, each asks again when it has its answer; that says what a subject can do at
// most. Open: so many requests a second, whatever becomes of them; that says how long one waits, with the time that a
// request was late counted in.

import { capture, plainError } from "../../../src/tools/process.mjs";
import { oha } from "../../../src/tools/bench-setup.mjs";
import { cpuTime, loading, watchCore } from "./machine.mjs";
import { key } from "./messages.mjs";

const CONNECTIONS = 16;

/**
 * Asks as fast as the subject answers. `{ requests, perSecond, cpu }`: CPU time in microseconds for each request.
 * @param ask what to ask: `{ method, path, body, lines, headers }`; `lines` is a file with a body in each line
 */
export async function closedLoop(subject, ask, seconds, connections = CONNECTIONS) {
  const { cpu, requests, summary } = await undisturbed(subject, ask, ["-z", `${seconds * 1000}ms`, "-w", "-c", String(connections)]);
  return { requests, perSecond: summary.requestsPerSec, cpu };
}

/** Asks so often, on as many connections as that may take. Latencies in microseconds. */
export async function openLoop(subject, ask, seconds, rate) {
  const how = ["-z", `${seconds * 1000}ms`, "-w", "-c", "32", "-q", String(rate), "--latency-correction"];
  const { cpu, requests, latencyPercentiles } = await undisturbed(subject, ask, how);
  const { p50, p99, "p99.9": p999 } = latencyPercentiles;
  return { requests, p50: p50 * 1e6, p99: p99 * 1e6, p999: p999 * 1e6, cpu };
}

/** A window in which others had more of the measured core than this is measured again. */
const DISTURBED = 0.05;

/** How often a window is measured at most, how many windows there were, and how many were disturbed each time. */
export const windows = { tries: 3, count: 0, disturbed: 0 };

async function undisturbed(subject, ask, how) {
  let best;
  for (let tries = 0; tries < windows.tries; tries += 1) {
    const [watched, before] = [watchCore(), cpuTime(subject.pid)];
    const result = await run(subject, ask, how);
    const used = cpuTime(subject.pid) - before;
    const share = watched(used);
    if (!best || share < best.share) best = { ...result, share, cpu: used / result.requests };
    if (share <= DISTURBED) break;
  }
  windows.count += 1;
  if (best.share > DISTURBED) windows.disturbed += 1;
  return best;
}

async function run(subject, { method = "POST", path, body, lines, headers = {} }, how) {
  const given = { authorization: `Bearer ${key}`, ...(method === "POST" && { "content-type": "application/json" }), ...headers };
  const { command, args } = loading(oha(), [
    "--no-tui",
    "--output-format=json",
    ...how,
    ...["-m", method],
    ...Object.entries(given).flatMap(([name, value]) => ["-H", `${name}: ${value}`]),
    ...(body === undefined ? [] : ["-d", JSON.stringify(body)]),
    ...(lines === undefined ? [] : ["-Z", lines]),
    subject.url + path,
  ]);
  const { ok, output } = await capture(command, args);
  if (!ok) throw plainError(`oha: ${output}`);
  const result = JSON.parse(output);
  const statuses = Object.entries(result.statusCodeDistribution);
  const errors = Object.keys(result.errorDistribution).filter((error) => !/aborted due to deadline/.test(error));
  const wrong = statuses.filter(([status]) => !/^2/.test(status));
  if (wrong.length > 0 || errors.length > 0) {
    throw plainError(`${subject.name} ${path}: ${JSON.stringify({ ...Object.fromEntries(wrong), ...result.errorDistribution })}\n${subject.logs()}`);
  }
  return { ...result, requests: statuses.reduce((sum, [, count]) => sum + count, 0) };
}
