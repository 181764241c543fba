/** A sender as the settings have it, or null where none came. */
export function toAddress(sender: string | undefined): string | null {
  return sender === undefined ? null : sender.replace(/^\+/u, '');
}
