import type { SealedPlace } from '@posthorn/sealing';

/** Where names of files and providers' ids of them lie sealed. The files themselves are not: they are protected by where they are kept. */
export const mediaSealedPlaces: readonly SealedPlace[] = [
  {
    name: 'names of files',
    key: /^posthorn:\{media\}:m:(?<id>med_\w+)$/u,
    spot: { kind: 'field', field: 'n' },
    contextOf: ({ id }) => `media ${id}`,
  },
  {
    name: 'provider’s ids of files',
    key: /^posthorn:\{media\}:up:(?<id>med_\w+)$/u,
    spot: { kind: 'fields' },
    contextOf: ({ id }, channel) => `media ${id} ${channel}`,
  },
];
