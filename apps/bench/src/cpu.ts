import { readFileSync } from 'node:fs';

const ticksPerSecond = 100; // Linux's USER_HZ on every platform Node runs on

/** CPU seconds a process has used, user and system, from /proc. 0 where there is no /proc. */
export function cpuSecondsOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return 0;
  }
}
