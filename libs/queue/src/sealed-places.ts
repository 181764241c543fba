import type { SealedPlace } from '@posthorn/sealing';

const ofItsId: SealedPlace['contextOf'] = ({ id = '' }) => id;

/** What lies sealed beside the queues, because their jobs are pointers. */
export const queueSealedPlaces: readonly SealedPlace[] = [
  {
    name: 'webhook calls',
    key: /^posthorn:\{webhook\.[a-z0-9-]+\}:body:(?<id>wh_\w+)$/u,
    spot: { kind: 'value' },
    contextOf: ofItsId,
  },
  {
    name: 'errands with files',
    key: /^posthorn:\{media\.[a-z0-9-]+\}:errand:(?<id>fd_[\w-]+)$/u,
    spot: { kind: 'value' },
    contextOf: ofItsId,
  },
  {
    name: 'onboardings',
    key: /^posthorn:\{task\.[a-z0-9-]+\}:record:(?<id>[\w-]+)$/u,
    spot: { kind: 'field', field: 'r' },
    contextOf: ofItsId,
  },
];
