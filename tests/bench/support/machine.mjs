// The machine, as Linux tells it: who may run on which core, the CPU time and the memory of a process, who listens.

import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { availableParallelism } from "node:os";
import { setTimeout } from "node:timers/promises";
import { capture, plainError } from "../../../src/tools/process.mjs";

/** Two cores: what is measured has one for itself; the load, the gateway and we share the other. */
const MEASURED = 0;
const LOADING = 1;

const isShared = availableParallelism() < 2;

/** A command on a core of its own: `{ command, args }`. The process stays the same, so that its id is the command's. */
export function pinned(core, command, args) {
  return isShared ? { command, args } : { command: "taskset", args: ["--cpu-list", String(core), command, ...args] };
}

export const measured = (command, args) => pinned(MEASURED, command, args);
export const loading = (command, args) => pinned(LOADING, command, args);

/** Keeps ourselves off the measured core, with all threads that we have. */
export async function stepAside() {
  if (isShared) return;
  const { ok, output } = await capture("taskset", ["--all-tasks", "--cpu-list", "--pid", String(LOADING), String(process.pid)]);
  if (!ok) throw plainError(`taskset: ${output}`);
}

/** How long each core has been busy so far, in ticks of 10 ms, whoever it was. */
function busyTicks() {
  const lines = readFileSync("/proc/stat", "utf8").matchAll(/^cpu\d+ (.+)$/gm);
  return [...lines].map(([, line]) => {
    // Interrupts are nobody's, or of who is measured.
    const [user, nice, system, , , , , steal] = line.split(" ").map(Number);
    return user + nice + system + steal;
  });
}

/** Cores that others use, on average, over the next seconds. */
export async function othersUse(seconds = 2) {
  const sum = (ticks) => ticks.reduce((total, some) => total + some, 0);
  const before = sum(busyTicks());
  await setTimeout(seconds * 1000);
  return (sum(busyTicks()) - before) / 100 / seconds;
}

/**
 * Watches the measured core. Called again, it tells which share of the time since then somebody else has had it than a process
 * that has used `own` microseconds.
 */
export function watchCore() {
  const core = isShared ? 0 : MEASURED;
  const [started, before] = [performance.now(), busyTicks()[core]];
  return (own) => {
    const busy = (busyTicks()[core] - before) * 10_000;
    return Math.max(0, busy - own) / ((performance.now() - started) * 1000);
  };
}

/** The CPU time that a process has had so far, in microseconds, all its threads together. */
export function cpuTime(pid) {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = tasks.reduce((sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ", 1)[0]), 0);
  return nanoseconds / 1000;
}

/** The memory that a process has in RAM, in bytes. */
export function residentBytes(pid) {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(kibibytes) * 1024;
}

/** Whether this process, and nobody else, listens on a port: one that was left over from before would answer in its place. */
export function listensOn(pid, port) {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const rows = ["tcp", "tcp6"].flatMap((table) => readFileSync(`/proc/net/${table}`, "utf8").split("\n").slice(1));
  const listeners = rows.map((row) => row.trim().split(/\s+/)).filter(([, local, , state]) => state === "0A" && local?.endsWith(`:${hex}`));
  const own = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`)));
  return listeners.length === 1 && own.has(`socket:[${listeners[0][9]}]`);
}

function linkOf(path) {
  try {
    return readlinkSync(path);
  } catch {
    // Closed in between.
    return "";
  }
}

/** A command on all cores, for what is not measured. */
export const anywhere = (command, args) => (isShared ? { command, args } : { command: "taskset", args: ["--cpu-list", `${MEASURED},${LOADING}`, command, ...args] });
