import type { Account } from './account.ts';
import type { Profile, SetUp } from './set-up-schemas.ts';

const digestByAlgorithm = {
  HMAC_MD5: 'md5',
  HMAC_SHA_1: 'sha1',
  HMAC_SHA_224: 'sha224',
  HMAC_SHA_256: 'sha256',
  HMAC_SHA_384: 'sha384',
  HMAC_SHA_512: 'sha512',
} as const;

/** Where the webhooks of a sender go by what is set up. */
export function targetsOf({ sender }: Account, setUp: SetUp): Partial<Account> {
  const subscription = [...setUp.subscriptions.values()].find(({ resources }) => resources.includes(sender));
  const profile = subscription === undefined ? undefined : setUp.profiles.get(subscription.profile.profileId);
  const inbound = [...setUp.inbound.values()].find(({ number }) => number === sender);
  return {
    ...(profile !== undefined && { webhook: webhookOf(profile, setUp) }),
    ...(inbound !== undefined && { inboundUrl: inbound.forwarding.url }),
  };
}

function webhookOf({ webhook, security, headers = {} }: Profile, setUp: SetUp): NonNullable<Account['webhook']> {
  const known = security === undefined ? undefined : setUp.security.get(security.authId);
  const plain = { url: webhook.notifyUrl, headers };
  if (known === undefined) return plain;
  if (known.type === 'BASIC') return { ...plain, basic: known.credentials };
  const { secretKey: secret, algorithm } = known.credentials;
  return {
    ...plain,
    hmac: {
      secret,
      algorithm: digestByAlgorithm[algorithm],
      header: 'x-infobip-signature',
      encoding: 'hex',
      prefix: '',
    },
  };
}
