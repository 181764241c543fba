import type { Fault } from '@posthorn/provider';

/** The fault of a value that is none of a few. Infobip writes them in capitals; ours may be in any. */
export function notOneOf(pointer: string, name: string, value: string | undefined, of: readonly string[]): Fault[] {
  if (value === undefined || of.includes(value.toUpperCase())) return [];
  return [{ pointer, detail: `${name}: expected ${of.join(', ')}, came another` }];
}

/** The fault of a file named by an id: Infobip fetches files, it stores none for sending. */
export function byIdOnly(pointer: string, media: { readonly providerMediaId?: string | undefined }): Fault[] {
  if (media.providerMediaId === undefined) return [];
  const detail = 'expected url: Infobip fetches a file by its address and has no ids of files; came providerMediaId';
  return [{ pointer: `${pointer}/providerMediaId`, detail }];
}
