import { channelIdSchema, type ChannelId } from '@posthorn/message';
import type { Provider } from '@posthorn/provider';
import type { SandboxControl } from '@posthorn/sandbox';
import type { WorkerPorts } from './config.ts';

/** What demo channels and their accounts at the sandbox have in common; each provider's credentials are made of these. */
export interface SandboxSecrets {
  readonly accessToken: string;
  readonly appSecret: string;
  readonly verifyToken: string;
}

/** Where the two sides of a demo channel meet. */
export interface DemoPlaces {
  readonly sandboxUrl: string;
  /** Ingress: where the sandbox calls webhooks. */
  readonly apiUrl: string;
}

/** Someone writes to a demo channel. */
export interface DemoWriting {
  /** E.164. */
  readonly from: string;
  readonly text: string;
}

/** One provider's demo: a channel here, and the account at the sandbox that it leads to. */
export interface DemoProvider {
  readonly provider: Provider;
  /** For people, where a provider has several. Default: the provider's title. */
  readonly title?: string;
  readonly channelId: ChannelId;
  /** What this API tells last of a voice note. Default: that it was played, where the provider tells that. */
  readonly voiceEnds?: 'read';
  /** The variable of its worker's port. */
  readonly workerPort: keyof WorkerPorts;
  readonly settings: (secrets: SandboxSecrets, places: DemoPlaces) => Readonly<Record<string, unknown>>;
  readonly addAccount: (control: SandboxControl, secrets: SandboxSecrets, apiUrl: string) => void;
  /** Returns the provider's id of what was written. */
  readonly write: (control: SandboxControl, writing: DemoWriting) => string | null;
}

/** The id of a provider's demo channel. */
export function demoChannelIdOf(provider: Pick<Provider, 'id'>): ChannelId {
  return channelIdSchema.parse(`demo-${provider.id}`);
}

/** Where the sandbox calls a demo channel. */
export function demoWebhookUrl(
  provider: Pick<Provider, 'id'>,
  apiUrl: string,
  channelId: string = demoChannelIdOf(provider),
): string {
  return `${apiUrl}/webhooks/${provider.id}/${channelId}`;
}
