import type { SealedPlace } from '@posthorn/sealing';

/** Where channels and their tokens lie sealed. */
export const channelSealedPlaces: readonly SealedPlace[] = [
  {
    name: 'channels',
    key: /^posthorn:\{channels\}:all$/u,
    spot: { kind: 'fields' },
    contextOf: (_groups, id) => `channel ${id}`,
  },
  {
    name: 'access tokens',
    key: /^posthorn:\{(?<channel>[A-Za-z0-9-]+)\}:token$/u,
    spot: { kind: 'field', field: 't' },
    contextOf: ({ channel }) => `token ${channel}`,
  },
];
