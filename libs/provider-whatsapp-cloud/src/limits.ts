/**
 * Meta's limits, in characters (code points), or how many.
 * Source: developers.facebook.com/docs/whatsapp/cloud-api/messages and its pages per type, read 2026-11. For `contacts` two of
 * Meta's sources differ (257 and 5); the larger one stands, so that nothing is refused that may pass.
 */
export const limits = {
  textBody: 4096,
  caption: 1024,
  interactiveBody: 1024,
  listBody: 4096,
  headerText: 60,
  footer: 60,
  buttons: 3,
  buttonTitle: 20,
  buttonId: 256,
  listButton: 20,
  sections: 10,
  sectionTitle: 24,
  rows: 10,
  rowId: 200,
  rowTitle: 24,
  rowDescription: 72,
  displayText: 20,
  callToAction: 30,
  products: 30,
  contacts: 257,
  templateName: 512,
  carouselCards: 10,
} as const;

/** Characters as Meta counts them: code points, neither UTF-16 units nor bytes. */
export function charactersOf(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
