// The CPU time of programs, from Linux' /proc.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const TICKS_PER_SECOND = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** Seconds of CPU that a process and its descendants have used, with those of descendants that have ended. */
export function cpuSeconds(root) {
  const processes = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        const process = read(Number(name));
        return process ? [[process.pid, process]] : [];
      }),
  );
  const isBelow = (process) => process !== undefined && (process.pid === root || isBelow(processes.get(process.parent)));
  const ticks = [...processes.values()].filter(isBelow).reduce((sum, process) => sum + process.ticks, 0);
  return ticks / TICKS_PER_SECOND;
}

export const parentOf = (pid) => read(pid)?.parent;

/** proc(5): the name in brackets may contain blanks; what follows it are numbers. */
function read(pid) {
  let text;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined; // It has ended.
  }
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [user, system, childrenUser, childrenSystem] = fields.slice(11, 15).map(Number);
  return { pid, parent: Number(fields[1]), ticks: user + system + childrenUser + childrenSystem };
}
