const textCharactersMax = 500;

/**
 * Hides what may name a person or open a door: phone numbers (seven digits or more, however they are grouped), message ids, user
 * ids, and anything that looks like a token. Long texts are cut.
 */
export function scrubText(value: string | undefined): string {
  return (value ?? '')
    .slice(0, 4 * textCharactersMax)
    .replaceAll(/wamid\.[\w+/=.-]+/giu, '…')
    .replaceAll(/\b[A-Z]{2}\.(?:[A-Z]{3}\.)?[A-Za-z0-9]{8,}/gu, '…')
    .replaceAll(/\b(?=[\w-]*\d)[\w-]{20,}/gu, '…')
    .replaceAll(/\+?\d(?:[\s().\-/]{0,2}\d){6,}/gu, '…')
    .slice(0, textCharactersMax)
    .toWellFormed();
}
