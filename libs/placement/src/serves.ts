import { hash } from 'node:crypto';

/**
 * Whether `process` is among the `count` that serve a queue (rendezvous hashing): each process draws a number for each queue, and the
 * highest serve it. All who see the same processes choose the same. One that leaves hands over only what it served, one that joins
 * takes only what becomes its own.
 */
export function serves(process: string, queue: string, processes: readonly string[], count: number): boolean {
  const mine = draw(process, queue);
  let higher = 0;
  for (const other of processes) {
    if (other === process || draw(other, queue) < mine) continue;
    higher += 1;
    if (higher >= count) return false;
  }
  return true;
}

function draw(process: string, queue: string): string {
  return hash('sha1', `${process} ${queue}`);
}
