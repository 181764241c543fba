/**
 * Limits of Twilio's API and of the content types used here, in characters (code points), or how many.
 * Sources: Twilio, Messages resource and Content API pages per type, read 2026-11; the caption is WhatsApp's own limit.
 */
export const limits = {
  textBody: 1600,
  caption: 1024,
  variables: 100,
  variableName: 16,
  variableValue: 1600,
  interactiveBody: 1024,
  buttons: 3,
  buttonTitle: 20,
  buttonId: 200,
  listButton: 20,
  rows: 10,
  rowId: 200,
  rowTitle: 24,
  rowDescription: 72,
  displayText: 20,
} as const;
