import type { Fault } from '@posthorn/provider';

/** The fault of something Twilio has no field for. */
export function impossible(pointer: string, name: string, instead: string): Fault {
  return { pointer, detail: `${name}: Twilio has no field for it; ${instead}` };
}
