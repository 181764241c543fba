import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';

const figures = z.record(z.string(), z.number());
const reportSchema = z.object({
  conditions: z.object({ messages: z.literal(300) }),
  subjects: z.object({ posthorn: figures, naive: figures, 'queue only': figures, 'bare add': figures }),
  webhooks: z.object({ updates: z.number(), all: z.object({ calls: z.number(), p50Ms: z.number() }) }),
});

describe('npm run bench', () => {
  it('measures posthorn beside the naive app and prints one JSON document', async () => {
    const main = fileURLToPath(new URL('./main.ts', import.meta.url));
    const args = ['--messages', '300', '--rounds', '1', '--duration', '1', '--webhook-rate', '600', '--json'];
    const child = spawn(process.execPath, [main, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, said] = ['', ''];
    child.stdout.on('data', (chunk) => (out += String(chunk)));
    child.stderr.on('data', (chunk) => (said += String(chunk)));
    await once(child, 'close');
    expect({ code: child.exitCode, said: child.exitCode === 0 ? '' : said }).toEqual({ code: 0, said: '' });

    const { subjects, webhooks } = reportSchema.parse(JSON.parse(out));
    for (const name of ['acceptedPerSecond', 'endToEndPerSecond', 'endToEndP99Ms', 'cpu.all', 'bytesPerWaiting']) {
      expect([name, subjects.posthorn[name]]).toEqual([name, expect.any(Number)]);
      expect(subjects.posthorn[name]).toBeGreaterThan(0);
    }
    // BullMQ's move to finished is one for each message; accept, claim and record are shared by those that come together.
    expect(subjects.posthorn['roundTrips']).toBeGreaterThan(1);
    expect(webhooks.updates).toBeGreaterThanOrEqual(200);
    expect(webhooks.all.calls).toBeGreaterThan(0);
  });
});
