import type { OutgoingMessage } from '@posthorn/provider';
import type { HttpRequest } from '@posthorn/runtime';
import { toBody } from '@posthorn/whatsapp-format';

/** Meta's endpoint for marketing messages. */
export interface Marketing {
  /** `<base>/<version>/<phone number id>/marketing_messages`. */
  readonly url: string;
  readonly productPolicy: 'CLOUD_API_FALLBACK' | 'STRICT';
  readonly activitySharing: boolean | undefined;
}

/** What a request needs of the channel. */
export interface Sender {
  /** `<base>/<version>/<phone number id>/messages`. */
  readonly url: string;
  readonly accessToken: string;
  readonly appSecretProof: string | undefined;
  /** Where templates of the category marketing go, and what is said with them; undefined: where everything goes. */
  readonly marketing?: Marketing | undefined;
}

/**
 * One message as a call of `POST /{phone number id}/messages`, or of `…/marketing_messages` where the channel wants that for templates of
 * that category. The proof goes into the body and not into the query, because addresses end up in logs.
 */
export function toRequest(message: OutgoingMessage, sender: Sender): HttpRequest {
  const { accessToken, appSecretProof } = sender;
  const { content } = message;
  const isMarketing = content.type === 'template' && content.category === 'marketing';
  const marketing = isMarketing ? sender.marketing : undefined;
  const more = marketing && {
    product_policy: marketing.productPolicy,
    message_activity_sharing: marketing.activitySharing,
  };
  return {
    operation: marketing === undefined ? 'whatsapp-cloud.messages.send' : 'whatsapp-cloud.marketing_messages.send',
    method: 'POST',
    url: marketing?.url ?? sender.url,
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...toBody(message), ...more, appsecret_proof: appSecretProof }),
  };
}
