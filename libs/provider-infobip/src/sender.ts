/** What a request needs of the channel. */
export interface Sender {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly api: 'whatsapp' | 'omni';
  readonly sender: string;
  readonly scenarioKey?: string | undefined;
  readonly templateNamespace?: string | undefined;
  /** With its key. */
  readonly notifyUrl?: string | undefined;
  readonly applicationId?: string | undefined;
  readonly entityId?: string | undefined;
}
