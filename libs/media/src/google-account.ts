import { createPrivateKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';

/** A service account that signs. */
export interface GoogleAccount {
  readonly email: string;
  readonly key: KeyObject;
}

/** The JSON file that Google gives for a key of a service account. No fault shows anything of it. */
export const googleAccountSchema = z
  .object({ client_email: z.string().min(3), private_key: z.string() })
  .transform(({ client_email: email, private_key: pem }, context): GoogleAccount => {
    const key = readKey(pem);
    if (key?.asymmetricKeyType === 'rsa') return { email, key };
    context.addIssue({ code: 'custom', message: 'expected the RSA key of a service account in private_key' });
    return z.NEVER;
  });

function readKey(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}
