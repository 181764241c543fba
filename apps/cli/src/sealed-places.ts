import { channelSealedPlaces } from '@posthorn/channel';
import { erasureSealedPlaces } from '@posthorn/erasure';
import { ledgerSealedPlaces } from '@posthorn/ledger';
import { mediaSealedPlaces } from '@posthorn/media';
import { queueSealedPlaces } from '@posthorn/queue';
import type { SealedPlace } from '@posthorn/sealing';
import { subscriptionSealedPlaces } from '@posthorn/subscription';

/** Every place in Redis where posthorn keeps something sealed. */
export const sealedPlaces: readonly SealedPlace[] = [
  ...channelSealedPlaces,
  ...subscriptionSealedPlaces,
  ...ledgerSealedPlaces,
  ...queueSealedPlaces,
  ...mediaSealedPlaces,
  ...erasureSealedPlaces,
];
