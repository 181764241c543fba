import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Channel } from '@posthorn/channel';
import type { MessageId } from '@posthorn/message';
import { failed } from '@posthorn/outcome';
import { basic, startTestOps, viewer, type TestOps } from './testing/start-test-ops.ts';

const asForm = { 'content-type': 'application/x-www-form-urlencoded' };

describe('ops: held messages and pauses of many', () => {
  let ops: TestOps;
  let channel: Channel;
  beforeAll(async () => {
    ops = await startTestOps();
    channel = await ops.addChannel();
  });
  afterAll(async () => await ops.close());

  async function held(): Promise<MessageId> {
    const messageId = await ops.accept(channel);
    const task = { channel, messageId, generation: 1 };
    const claim = await ops.ledger.claim(task, null);
    if (claim.kind !== 'go') throw new Error(`expected go, came ${claim.kind}`);
    const hold = { kind: 'hold', code: 'no_answer', failure: failed('no_answer') } as const;
    await ops.ledger.record(task, claim.token, hold, { attempt: 1, durationMs: 1 });
    return messageId;
  }
  const statusOf = async (id: MessageId) => (await ops.ledger.get(channel, id))?.message;

  it('are listed, released and discarded, and the timeline says by whom and why', async () => {
    const [one, other] = [await held(), await held()];
    const list = await ops.call('GET', '/held');
    expect(list.text).toContain(one);
    expect(list.text).toContain(other);
    expect((await ops.call('POST', `/held/${one}`, asForm, 'action=release&why=asked')).status).toBe(303);
    expect(await statusOf(one)).toMatchObject({ status: 'accepted', possibleDuplicate: true });
    expect((await ops.call('POST', `/held/${other}`, asForm, 'action=discard&why=too+late')).status).toBe(303);
    expect(await statusOf(other)).toMatchObject({ status: 'failed', failure: { code: 'outcome_unknown' } });
    expect(await ops.deadLetters.get(ops.provider, `dead_${other}_1`)).toMatchObject({ code: 'outcome_unknown' });
    const notes = (await ops.ledger.get(channel, other))?.timeline.map(({ note }) => note);
    expect(notes?.at(-1)).toMatch(/^by ops:\w+: too late$/u);
    expect((await ops.call('POST', `/held/${other}`, asForm, 'action=release')).status).toBe(409);
    expect((await ops.call('POST', `/held/${other}`, asForm, 'action=burn')).status).toBe(422);
    expect((await ops.call('GET', '/audit')).text).toContain(`held.discard ${channel.id} (${other})`);
  });

  it('change nothing for a viewer, for another site, or for nobody', async () => {
    const id = await held();
    const asViewer = { ...asForm, authorization: basic(viewer.user, viewer.password) };
    const page = await ops.call('GET', '/held', asViewer);
    expect(page.text).toContain(id);
    expect(page.text).not.toContain('Discard');
    for (const headers of [asViewer, { ...asForm, 'sec-fetch-site': 'cross-site' }, { ...asForm, authorization: '' }]) {
      expect([401, 403]).toContain((await ops.call('POST', `/held/${id}`, headers, 'action=discard')).status);
      expect([401, 403]).toContain(
        (await ops.call('POST', '/pauses', headers, 'action=pause&scope=everything')).status,
      );
    }
    expect((await statusOf(id))?.status).toBe('held');
  });

  it('pause and resume all channels of a provider', async () => {
    const form = `scope=provider&name=${ops.provider}&why=incident`;
    expect((await ops.call('POST', '/pauses', asForm, `action=pause&${form}`)).status).toBe(303);
    expect(await ops.deps.pauses.reasons(channel)).toMatchObject([{ reason: 'provider', why: 'incident' }]);
    expect((await ops.call('GET', '/pauses')).text).toContain(`provider ${ops.provider}`);
    await ops.call('POST', '/pauses', asForm, `action=resume&${form}`);
    expect(await ops.deps.pauses.reasons(channel)).toEqual([]);
    expect((await ops.call('POST', '/pauses', asForm, 'action=pause&scope=planet')).status).toBe(422);
  });
});
