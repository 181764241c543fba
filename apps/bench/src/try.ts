import { startFleet, call } from './fleet.ts';
const fleet = await startFleet({ redisUrl: 'redis://127.0.0.1:7777', workers: 1, timing: { sentMs: 20, deliveredMs: 20, readMs: 20 } });
console.log('up', fleet.channelId);
const n = Number(process.argv[2] ?? 1);
const t = Date.now();
const ids: string[] = [];
await Promise.all(Array.from({ length: 64 }, async (_, w) => {
  for (let i = w; i < n; i += 64) {
    const r: any = await call(`${fleet.ingress.url}/v1/messages`, 'POST', { channelId: fleet.channelId, to: `+1555${String(1000000 + i)}`, content: { type: 'text', body: 'hello ' + i } }, { authorization: `Bearer ${fleet.apiKey}` });
    ids.push(r.id);
  }
}));
console.log('accepted', n, 'in', Date.now() - t, 'ms');
for (;;) {
  const list = await fleet.queues.open({ name: `send.whatsapp-cloud.${fleet.channelId}`, prefix: `posthorn:{${fleet.channelId}}`, keyPrefix: '' }).getJobCounts();
  if (list['waiting'] + list['active'] + list['delayed'] === 0) break;
  await new Promise((r) => setTimeout(r, 50));
}
console.log('sent', Date.now() - t, 'ms');
let last: any;
for (let i = 0; i < 100; i++) {
  last = await fleet.ledger.get(fleet.channel, ids[0] as any);
  if (last.message.status === 'read') break;
  await new Promise((r) => setTimeout(r, 100));
}
console.log('read', Date.now() - t, 'ms');
console.log(JSON.stringify(last, null, 1).slice(0, 1500));
console.log([fleet.ingress, fleet.sandbox, fleet.scheduler, ...fleet.workers].map((p) => [p.name, p.cpuSeconds()]));
await fleet.close();
