import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { basic, startTestOps, viewer, type TestOps } from './testing/start-test-ops.ts';

const asForm = { 'content-type': 'application/x-www-form-urlencoded' };

describe('the page of dead letters', () => {
  let ops: TestOps;
  beforeAll(async () => {
    ops = await startTestOps();
  });
  afterAll(async () => await ops.close());

  it('lists what fits, and replays one', async () => {
    const [channel, other] = [await ops.addChannel(), await ops.addChannel()];
    const [mine, others] = [await ops.addDead(channel), await ops.addDead(other)];
    const { text } = await ops.call('GET', `/dead-letters?channel=${channel.id}&code=rejected&since=&until=`);
    expect(text).toContain(mine.letterId);
    expect(text).not.toContain(others.letterId);
    expect((await ops.call('GET', '/dead-letters?since=yesterday')).status).toBe(422);
    const path = `/dead-letters/${mine.letterId}`;
    expect((await ops.call('POST', path, asForm, 'why=asked')).status).toBe(303);
    expect((await ops.ledger.get(channel, mine.messageId))?.message.status).toBe('accepted');
    expect((await ops.call('POST', path, asForm, '')).status).toBe(404);
    expect(await ops.deps.audit.list({ channelId: channel.id, limit: 5 })).toMatchObject([
      { by: 'ops:anna', action: 'dead_letter.replay', result: 'replayed: asked' },
    ]);
  });

  it('counts, starts and aborts runs', async () => {
    const channel = await ops.addChannel();
    await ops.addDead(channel);
    const filter = `channel=${channel.id}&provider=&code=&providerCode=&since=&until=&canary=`;
    const counted = await ops.call('POST', '/replay-runs', asForm, `${filter}&action=count`);
    expect(counted.text).toContain('1 would be replayed');
    const none = await ops.call('POST', '/replay-runs', asForm, `${filter}&action=start&action=burn`);
    expect(none.status).toBe(422);
    const start = await ops.call('POST', '/replay-runs', asForm, `${filter}&action=start&perSecond=5&why=again`);
    expect(start.status).toBe(303);
    const run = (await ops.deps.runs.list()).find((each) => each.filter.channelId === channel.id);
    expect(run).toMatchObject({ by: 'ops:anna', why: 'again', total: 1, perSecond: 5, canary: null });
    expect((await ops.call('GET', '/dead-letters')).text).toContain(run?.id);
    expect((await ops.call('POST', `/replay-runs/${run?.id}/abort`, asForm, '')).status).toBe(303);
    expect(await ops.deps.runs.get(run?.id ?? '')).toMatchObject({ aborting: true });
    expect((await ops.call('POST', '/replay-runs/run_none/abort', asForm, '')).status).toBe(404);
    await ops.redis.del(`posthorn:{replay}:run:${run?.id}`);
  });

  it('changes nothing for a viewer or for another site', async () => {
    const { letterId } = await ops.addDead(await ops.addChannel());
    const asViewer = { ...asForm, authorization: basic(viewer.user, viewer.password) };
    expect((await ops.call('GET', '/dead-letters', asViewer)).text).not.toContain('Replay all');
    for (const headers of [asViewer, { ...asForm, 'sec-fetch-site': 'cross-site' }, { ...asForm, authorization: '' }]) {
      for (const path of [`/dead-letters/${letterId}`, '/replay-runs', '/replay-runs/x/abort'])
        expect([401, 403]).toContain((await ops.call('POST', path, headers, 'action=start')).status);
    }
    expect(await ops.deadLetters.get(ops.provider, letterId)).not.toBeNull();
  });
});
