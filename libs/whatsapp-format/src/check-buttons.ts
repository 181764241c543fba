import type { InteractiveContent } from '@posthorn/message';
import type { Fault } from '@posthorn/provider';
import { tooLong, tooMany } from './faults.ts';
import type { WhatsappLimits } from './limits.ts';

/** Checks how many reply buttons there are, and their lengths. */
export function checkButtons(
  { buttons }: Extract<InteractiveContent, { kind: 'buttons' }>,
  limits: Pick<WhatsappLimits, 'buttons' | 'buttonId' | 'buttonTitle'>,
): Fault[] {
  return [
    ...tooMany('/buttons', 'interactive.buttons', buttons.length, limits.buttons),
    ...buttons.flatMap(({ id, title }, index) => [
      ...tooLong(`/buttons/${index}/id`, 'button.id', id, limits.buttonId),
      ...tooLong(`/buttons/${index}/title`, 'button.title', title, limits.buttonTitle),
    ]),
  ];
}
