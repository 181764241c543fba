import { envList } from '@posthorn/runtime';
import { parseAllowList } from './parse-allow-list.ts';

/** What the demo allows: its own machine. */
export const loopbackAllow: readonly string[] = ['127.0.0.0/8', '::1/128'];

/** `POSTHORN_CALLBACK_ALLOW`: what callbacks and media links may reach although it is not public. Default: nothing. */
export const callbackAllowSchema = envList(
  'expected addresses, CIDR ranges or host names with commas between, such as 10.20.0.0/16,hooks.internal',
  (entry) => parseAllowList([entry]).faults.length === 0,
);
