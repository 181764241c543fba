/** WhatsApp writes numbers as bare digits; anything else (a user id) stays as it is. */
export function toSender(from: string): string {
  return /^[1-9]\d{1,14}$/u.test(from) ? `+${from}` : from;
}
