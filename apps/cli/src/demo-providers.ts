import type { DemoProvider } from './demo-provider.ts';
import { demoInfobip } from './demo-infobip.ts';
import { demoKernel } from './demo-kernel.ts';
import { demoTwilio } from './demo-twilio.ts';
import { demoWhatsappCloud } from './demo-whatsapp-cloud.ts';

/** Every provider's demo, in the order in which they are shown. */
export const demoProviders: readonly [DemoProvider, ...DemoProvider[]] = [
  demoWhatsappCloud,
  demoTwilio,
  demoInfobip,
  demoKernel,
];
