import { isDeepStrictEqual } from 'node:util';
import { channelInputSchema } from '@posthorn/channel';
import { putChannel, type PutChannelDeps } from '@posthorn/channel-admin';
import type { DemoPlaces, DemoProvider, SandboxSecrets } from './demo-provider.ts';

/** Adds a demo channel or brings its settings up to date; one that fits already is left as it is. */
export async function putDemoChannel(
  deps: PutChannelDeps,
  { provider, channelId, ...demo }: DemoProvider,
  secrets: SandboxSecrets,
  places: DemoPlaces,
): Promise<void> {
  const settings = demo.settings(secrets, places);
  const known = deps.registry.get(channelId);
  if (known !== null && isDeepStrictEqual(known.settings, settings)) {
    await deps.ledger.setState(known, 'open');
    return;
  }
  const added = channelInputSchema.parse({
    id: channelId,
    provider: provider.id,
    name: `Demo of ${provider.title} (the sandbox)`,
    settings,
  });
  // What someone changed about it, its pace for one, stays.
  const result = await putChannel(deps, known === null ? added : { ...known, settings: added.settings });
  if (result.kind === 'invalid') {
    throw new Error(`${channelId} does not fit: ${result.faults.map(({ detail }) => detail).join('; ')}`);
  }
}
