import type { ChannelId, ProviderId } from '@posthorn/message';
import type { OnboardingPlace } from '@posthorn/provider';
import { z } from 'zod';

/** What an installation knows of the apps at providers whose sign-up connects numbers: environment variables. */
export const onboardingVariables = {
  POSTHORN_META_APP_ID: z
    .string()
    .regex(/^\d{1,32}$/u, 'expected the app’s id: digits')
    .optional(),
  POSTHORN_META_APP_SECRET: z
    .string()
    .regex(/^[!-~]{1,4096}$/u, 'expected the app’s secret')
    .optional(),
  POSTHORN_META_URL: z.url({ protocol: /^https?$/u }).default('https://graph.facebook.com'),
  POSTHORN_PUBLIC_URL: z.url().optional(),
};
type Variables = z.infer<z.ZodObject<typeof onboardingVariables>>;

/** What onboardings need not be given. `newSecret` makes verify tokens: unguessable, without spaces. */
export function createOnboardingPlace(
  config: Variables,
  newSecret: () => string,
): (provider: ProviderId, channelId: ChannelId) => OnboardingPlace {
  const publicUrl = config.POSTHORN_PUBLIC_URL?.replace(/\/+$/u, '');
  return (provider, channelId) => ({
    appId: config.POSTHORN_META_APP_ID,
    appSecret: config.POSTHORN_META_APP_SECRET,
    baseUrl: config.POSTHORN_META_URL,
    webhookUrl: publicUrl === undefined ? undefined : `${publicUrl}/webhooks/${provider}/${channelId}`,
    verifyToken: newSecret(),
  });
}
