/**
 * Limits in characters (code points), or how many. v1: Meta's On-Premises API, whose code 1001 is "longer than 4096 characters";
 * v2: its Cloud API. Kernel publishes none of its own. Source: Meta's message reference, read 2026-11.
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
  contacts: 257,
  templateName: 512,
  carouselCards: 10,
} as const;
