export { createSandbox, type Sandbox, type SandboxControl, type SandboxOptions } from './sandbox.ts';
export type { CallAnswer } from './http-caller.ts';
export type { FaultAction, FaultReport, FaultRuleInput } from './faults.ts';
export type { CallCount, CountsBy, HistoryEntry, HistoryPage, HistoryQuery } from './history.ts';
export type { Account as InfobipAccount, AccountInput as InfobipAccountInput } from './infobip/account.ts';
export type { InfobipControl } from './infobip/create-infobip.ts';
export type { Account as KernelAccount, AccountInput as KernelAccountInput } from './kernel/account.ts';
export type { KernelControl } from './kernel/create-kernel.ts';
export type { StatsSnapshot } from './stats.ts';
export type { Timing, TimingInput } from './timing.ts';
export type { Account as TwilioAccount, AccountInput as TwilioAccountInput } from './twilio/account.ts';
export type { TwilioControl } from './twilio/create-twilio.ts';
export type {
  Account as WhatsappCloudAccount,
  AccountInput as WhatsappCloudAccountInput,
} from './whatsapp-cloud/account.ts';
export type { WhatsappCloudControl } from './whatsapp-cloud/create-whatsapp-cloud.ts';
export type { HandshakeResult } from './whatsapp-cloud/handshake.ts';
export type { InboundInput } from './whatsapp-cloud/inbound.ts';
export { sandboxConfigSchema } from './config.ts';
