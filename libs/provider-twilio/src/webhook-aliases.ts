import type { WebhookAlias } from '@posthorn/provider';

const byLabels: WebhookAlias['channel'] = ({ appId, companyId }) => {
  if (appId === undefined || appId === '' || companyId === undefined || companyId === '') return null;
  return { labels: { appId, companyId } };
};

/**
 * The paths that the older integration registered at Twilio: messages, and status callbacks. App and company are labels of the
 * channel; where no company applied they wrote `NODEFINED`, which is a value like any other.
 */
export const webhookAliases: readonly WebhookAlias[] = [
  { path: '/:context/whatsapp/:appId/:companyId', channel: byLabels },
  { path: '/:context/whatsapp/callback/:appId/:companyId', channel: byLabels },
];
