import type { OutgoingMessage } from '@posthorn/provider';
import type { HttpRequest } from '@posthorn/runtime';
import { toBody } from '@posthorn/whatsapp-format';

/** What a request needs of the channel. */
export interface Sender {
  /** `<base>/<version>/<phone number id>/messages`. */
  readonly url: string;
  readonly accessToken: string;
  readonly appSecretProof: string | undefined;
}

/**
 * One message as a call of `POST /{phone number id}/messages`. The proof goes into the body and not into the query, because
 * addresses end up in logs.
 */
export function toRequest(message: OutgoingMessage, { url, accessToken, appSecretProof }: Sender): HttpRequest {
  return {
    operation: 'whatsapp-cloud.messages.send',
    method: 'POST',
    url,
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...toBody(message), appsecret_proof: appSecretProof }),
  };
}
