/** An address without the channel before it (`whatsapp:+15550001111`); undefined where there is none. */
export function toAddress(value: string | undefined): string | undefined {
  const bare = value?.replace(/^[a-z]+:/u, '').trim();
  return bare === '' ? undefined : bare;
}
