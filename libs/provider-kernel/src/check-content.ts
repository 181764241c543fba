import type { Content } from '@posthorn/message';
import type { Fault } from '@posthorn/provider';
import { checkContent as checkCloudContent, whatsappLimits } from '@posthorn/whatsapp-format';
import { checkV1 } from './check-v1.ts';
import { interactiveKinds, isOffered } from './offered-interactive.ts';
import type { ApiVersion } from './settings.ts';

/**
 * Checks content before accept, all faults at once. Kernel publishes no limits: v2 has the Cloud API's; v1 has them too, Meta's
 * On-Premises API being the older form of the same, and can do less. Pointers start at the content.
 */
export function checkContent(content: Content, version: ApiVersion): Fault[] {
  if (content.type === 'interactive' && !isOffered(content)) {
    const detail = `interactive: expected one of ${interactiveKinds.join(', ')}, came ${content.kind}, which Kernel is not known to do`;
    return [{ pointer: '/kind', detail }];
  }
  return [...(version === 'v1' ? checkV1(content) : []), ...checkCloudContent(content, whatsappLimits)];
}
