import { randomBytes } from 'node:crypto';

/** 192 random bits as letters, digits, - and _. */
export function newSecret(): string {
  return randomBytes(24).toString('base64url');
}
