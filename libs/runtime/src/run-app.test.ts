import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createMemoryLog } from './create-log.ts';
import { runApp } from './run-app.ts';

function setup(stopGraceMs = 1000) {
  const { log, lines } = createMemoryLog();
  return { options: { stopGraceMs, log, handleSignals: false }, said: () => lines().map(({ msg }) => msg) };
}

describe('runApp', () => {
  it('closes what was opened last first, once, and is done with 0', async () => {
    const closed: string[] = [];
    const { options } = setup();
    const app = runApp('a', options, (own) => {
      own('redis', (name) => closed.push(name));
      own('http', async (name) => {
        await new Promise((resolve) => setImmediate(resolve));
        closed.push(name);
      });
    });
    await app.started;
    await Promise.all([app.stop(), app.stop()]);
    expect(closed).toEqual(['http', 'redis']);
    expect(await app.done).toBe(0);
  });

  it('undoes half a start and tells why', async () => {
    const closed: string[] = [];
    const { options, said } = setup();
    const app = runApp('a', options, (own) => {
      own('redis', (name) => closed.push(name));
      throw new Error('port 8080 is taken');
    });
    await expect(app.started).rejects.toThrow('port 8080 is taken');
    expect(await app.done).toBe(1);
    expect(closed).toEqual(['redis']);
    expect(said()).toContain('a could not start: port 8080 is taken');
    await app.stop();
  });

  it('ends a stop that hangs in a failure that names what hangs, and still closes the rest', async () => {
    const closed: string[] = [];
    const { options, said } = setup(40);
    const app = runApp('a', options, (own) => {
      own('redis', (name) => closed.push(name));
      own({}, () => new Promise(() => {}), 'worker of channel 7');
    });
    await app.started;
    await expect(app.stop()).rejects.toThrow('a did not stop cleanly');
    expect(await app.done).toBe(1);
    expect(said()).toContain('a: worker of channel 7 hangs: not closed within the 40 ms a stop may take');
    expect(closed).toEqual(['redis']);
  });

  it('goes on closing when one close throws', async () => {
    const closed: string[] = [];
    const { options, said } = setup();
    const app = runApp('a', options, (own) => {
      own('redis', (name) => closed.push(name));
      own('http', () => {
        throw new Error('already closed');
      });
    });
    await expect(app.stop()).rejects.toThrow('a did not stop cleanly');
    expect(closed).toEqual(['redis']);
    expect(said()).toContain('a: closing http failed');
  });

  it('waits for a start under way before it closes', async () => {
    const closed: string[] = [];
    const { options } = setup();
    const gate = Promise.withResolvers<void>();
    const app = runApp('a', options, async (own) => {
      await gate.promise;
      own('late', (name) => closed.push(name));
    });
    const stopping = app.stop();
    gate.resolve();
    await stopping;
    expect(closed).toEqual(['late']);
  });
});

describe('a stop in the middle of a start', () => {
  it('closes what the start waits for, and what it opened meanwhile', async () => {
    const closed: string[] = [];
    const { options, said } = setup(60_000);
    const gone = Promise.withResolvers<void>();
    const app = runApp('a', options, async (own) => {
      own('redis', (name) => {
        closed.push(name);
        gone.resolve();
      });
      await gone.promise;
      own('http', (name) => closed.push(name));
      throw new Error('Connection is closed.');
    });
    await app.stop();
    expect(await app.done).toBe(0);
    expect(closed).toEqual(['redis', 'http']);
    expect(said()).toEqual(['a was stopped before it had started (Connection is closed.)', 'a has stopped']);
    await expect(app.started).rejects.toThrow('Connection is closed.');
  });
});

describe('runApp as a process', () => {
  function start(close: string, stopGraceMs: number) {
    const source = `
      import { createLog, runApp } from '${new URL('index.ts', import.meta.url).href}';
      const timer = setInterval(() => {}, 1000);
      runApp('x', { stopGraceMs: ${stopGraceMs}, log: createLog({ app: 'x' }) }, (own) => {
        own(timer, ${close}, 'the send under way');
        console.error('up');
      });`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', source]);
    let out = '';
    child.stdout.on('data', (chunk) => (out += String(chunk)));
    return { child, up: once(child.stderr, 'data'), exit: once(child, 'exit'), out: () => out };
  }

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'tells at once what it waits for on %s, closes, and exits with 0',
    async (signal) => {
      const { child, up, exit, out } = start('(timer) => clearInterval(timer)', 1000);
      await up;
      child.kill(signal);
      expect((await exit)[0]).toBe(0);
      expect(out()).toContain(
        `x got ${signal}: stopping within 1000 ms, waiting for the send under way; once more to leave at once`,
      );
    },
  );

  it('leaves at once on a second signal', async () => {
    const { child, up, exit } = start('() => new Promise(() => {})', 60_000);
    await up;
    child.kill('SIGTERM');
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect((await exit)[0]).toBe(130);
  });

  it('exits with 1 when the stop hangs, naming what hangs', async () => {
    const { child, up, exit, out } = start('() => new Promise(() => {})', 50);
    await up;
    child.kill('SIGTERM');
    expect((await exit)[0]).toBe(1);
    expect(out()).toContain('the send under way hangs');
  });
});
