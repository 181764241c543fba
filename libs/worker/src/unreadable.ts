/** What is kept, and cannot be opened, is no worker's to throw away: it waits until its key is back, as long as it is kept. */
export const unreadableMs = 60_000;
export const unreadable =
  'it cannot be opened: the key it was sealed with is not in POSTHORN_SEALING_KEYS; add that key back, it is tried again each minute';
