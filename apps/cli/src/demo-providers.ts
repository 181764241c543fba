import type { DemoProvider } from './demo-provider.ts';
import { demoInfobip, demoInfobipOmni } from './demo-infobip.ts';
import { demoKernel, demoKernelV1 } from './demo-kernel.ts';
import { demoTwilio } from './demo-twilio.ts';
import { demoWhatsappCloud } from './demo-whatsapp-cloud.ts';

/** Every provider's demo, in the order in which they are shown: `posthorn up` has these. */
export const demoProviders: readonly [DemoProvider, ...DemoProvider[]] = [
  demoWhatsappCloud,
  demoTwilio,
  demoInfobip,
  demoKernel,
];

/** Those, and the other APIs that a channel may choose at its provider: `posthorn demo` sends by all of them. */
export const allDemos: readonly DemoProvider[] = demoProviders.flatMap((demo) => {
  if (demo === demoInfobip) return [demo, demoInfobipOmni];
  return demo === demoKernel ? [demo, demoKernelV1] : [demo];
});
