import { describe, expect, it } from '@jest/globals';
import { judgeServer, type ServerFacts } from './judge-server.ts';

const fine = {
  used_memory: '104857600',
  maxmemory: '1073741824',
  aof_enabled: '1',
  aof_last_write_status: 'ok',
  connected_clients: '40',
};
const facts: ServerFacts = {
  place: null,
  isReplicated: false,
  replicasToWrite: 0,
  info: new Map(Object.entries(fine)),
  clientsMax: 10_000,
  skewMs: -12,
  askedMs: 1,
  hosts: ['10.0.0.1'],
  filesIn: 'own-folder',
};
const withInfo = (changed: Readonly<Record<string, string>>): ServerFacts => ({
  ...facts,
  info: new Map(Object.entries({ ...fine, ...changed })),
});
const troubles = (given: ServerFacts): readonly string[] =>
  judgeServer(given).flatMap(({ check, level }) => (level === 'ok' ? [] : [`${level}: ${check}`]));

describe('what doctor says of a Redis', () => {
  it('is content with one that is in order', () => {
    expect(troubles(facts)).toEqual([]);
  });

  it.each([
    ['no maxmemory', withInfo({ maxmemory: '0' }), 'warning: redis memory'],
    ['72 % of memory', withInfo({ used_memory: '773094113' }), 'warning: redis memory'],
    ['85 % of memory', withInfo({ used_memory: '912680551' }), 'failure: redis memory'],
    ['no append-only file', withInfo({ aof_enabled: '0' }), 'warning: redis persistence'],
    ['a disk that is full', withInfo({ aof_last_write_status: 'err' }), 'failure: redis persistence'],
    ['a master of sentinels without a replica', { ...facts, isReplicated: true }, 'warning: redis replicas'],
    ['a master that needs no replica to write', withInfo({ connected_slaves: '1' }), 'warning: redis replicas'],
    ['a shard', { ...withInfo({ maxmemory: '0' }), place: '10.0.0.1:6379' }, 'warning: redis memory 10.0.0.1:6379'],
    ['a clock 1.1 s behind', { ...facts, skewMs: 1_101 }, 'failure: redis clock'],
    ['a clock 1.1 s ahead', { ...facts, skewMs: -1_101 }, 'failure: redis clock'],
    ['many connections', withInfo({ connected_clients: '7000' }), 'warning: redis connections'],
    ['too many connections', withInfo({ connected_clients: '9000' }), 'failure: redis connections'],
    ['files of hosts that it may not ask for', { ...facts, hosts: null }, 'warning: files'],
    ['files in folders of two hosts', { ...facts, hosts: ['10.0.0.1', '10.0.0.2'] }, 'failure: files'],
    [
      'a folder that two hosts may share',
      { ...facts, hosts: ['10.0.0.1', '10.0.0.2'], filesIn: 'named-folder' } as const,
      'warning: files',
    ],
  ])('tells of %s', (_name, given, trouble) => {
    expect(troubles(given)).toEqual([trouble]);
    expect(judgeServer(given).find(({ level }) => level !== 'ok')?.remedy).toMatch(/\w/u);
  });

  it('is content with a master whose replicas it waits for', () => {
    const replicated = { ...withInfo({ connected_slaves: '2' }), isReplicated: true, replicasToWrite: 1 };
    expect(troubles(replicated)).toEqual([]);
  });

  it('does not blame a clock for a slow network, nor several hosts with S3', () => {
    expect(troubles({ ...facts, skewMs: 1_400, askedMs: 1_000 })).toEqual([]);
    expect(troubles({ ...facts, hosts: ['10.0.0.1', '10.0.0.2'], filesIn: 'bucket' })).toEqual([]);
  });
});
