import type { SealedPlace } from '@posthorn/sealing';

/** Where subscriptions and their deliveries lie sealed. */
export const subscriptionSealedPlaces: readonly SealedPlace[] = [
  {
    name: 'subscriptions',
    key: /^posthorn:\{subscriptions\}:all$/u,
    spot: { kind: 'fields' },
    contextOf: (_groups, id) => `subscription ${id}`,
  },
  {
    name: 'deliveries to subscribers',
    key: /^posthorn:\{(?<id>sub_\w+)\}:log$/u,
    spot: { kind: 'items' },
    contextOf: ({ id }) => `delivery ${id}`,
  },
];
