import type { OnboardingNeed } from '@posthorn/provider';

/** What one of Meta's codes means while a number is connected. */
export interface OnboardingRule {
  readonly code: string;
  readonly says: string;
  readonly needs: OnboardingNeed;
  /** It may work by itself: after so many ms, so often in one run, each wait longer by the factor. Absent: a person must act first. */
  readonly again?: { readonly afterMs: number; readonly attemptsMax: number };
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

const soon = { afterMs: 5 * second, attemptsMax: 6 };
const tokenRefused = {
  code: 'token_refused',
  says: 'Meta does not take the token of the sign-up any more: it ended, was revoked, or the app was removed. Sign up again and run it with the new code.',
  needs: 'code',
} as const satisfies OnboardingRule;
const ownership = {
  code: 'number_not_yours',
  says: 'Meta cannot move this number: its account still has two-step verification on, or does not own it. Switch two-step verification off there, then run it again.',
  needs: 'retry',
} as const satisfies OnboardingRule;

/**
 * Meta's codes in the steps after the token, where onboarding is another matter than sending: whether the step may work by itself, else what
 * a person must do. Codes that are not here go by the table of sending (`error-table.ts`): what that retries is tried again.
 * Sources: developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes and …/reference/registration, read 2026-11.
 * Delays are Meta's where the remark says so, else ours.
 */
export const onboardingTable: readonly (OnboardingRule & { readonly of: readonly number[] })[] = [
  { of: [0, 102, 190], ...tokenRefused },
  {
    of: [3, 10, 131005],
    code: 'permission_missing',
    says: 'The token lacks a right. The app needs whatsapp_business_management and whatsapp_business_messaging for this account: grant them, sign up again and run it with the new code.',
    needs: 'code',
  },
  {
    of: [33, 100, 131006, 131008, 131009],
    code: 'account_or_number_unknown',
    says: 'Meta does not know the account or the number by these ids, or the token has no access to them. Compare wabaId and phoneNumberId with what the sign-up gave, and begin another onboarding.',
    needs: 'new_onboarding',
  },
  // The callback's handshake was not answered as Meta wants it. Ingress may be a moment late, or the address is not reached.
  {
    of: [2200],
    code: 'webhook_not_verified',
    says: 'Meta called the webhook’s address and did not get its challenge back. The address must be public, with a valid certificate, and lead to ingress; then run it again.',
    needs: 'retry',
    again: soon,
  },
  {
    of: [133005],
    code: 'pin_wrong',
    says: 'The number has another PIN. Run it again with the PIN of its two-step verification; switch that off in WhatsApp Manager if nobody knows it.',
    needs: 'pin',
  },
  {
    of: [133006],
    code: 'number_not_verified',
    says: 'The number must be verified again: ask for a code by SMS or call in WhatsApp Manager, enter it there, then run it again.',
    needs: 'retry',
  },
  // How long stands in the words only, which nothing here reads.
  {
    of: [133008],
    code: 'pin_guessed_too_often',
    says: 'Too many wrong PINs; Meta takes none for a while. Run it again later, with the right PIN.',
    needs: 'pin',
    again: { afterMs: hour, attemptsMax: 3 },
  },
  {
    of: [133009],
    code: 'pin_entered_too_fast',
    says: 'PINs came too fast one after the other. Run it again in some minutes.',
    needs: 'retry',
    again: { afterMs: minute, attemptsMax: 6 },
  },
  // Ten registrations and deregistrations of a number in 72 hours (Meta).
  {
    of: [133016],
    code: 'registered_too_often',
    says: 'The number was registered and deregistered ten times in 72 hours. Run it again when they are over.',
    needs: 'retry',
    again: { afterMs: 72 * hour, attemptsMax: 2 },
  },
  // Five minutes (Meta).
  {
    of: [133015],
    code: 'number_being_deleted',
    says: 'The number was deleted just now, and Meta is not done with that. Run it again in five minutes.',
    needs: 'retry',
    again: { afterMs: 5 * minute, attemptsMax: 6 },
  },
  {
    of: [133000],
    code: 'deregistration_incomplete',
    says: 'An earlier deregistration of the number did not end. Deregister it (POST /{phone number id}/deregister), then run it again.',
    needs: 'retry',
  },
  {
    of: [131045],
    code: 'registration_failed',
    says: 'Meta could not register the number and does not say why. Run it again; if it stays so, ask Meta’s support.',
    needs: 'retry',
    again: { afterMs: minute, attemptsMax: 3 },
  },
  {
    of: [133001, 133002, 133003, 133007, 136025],
    code: 'registration_refused',
    says: 'Meta refused to register the number. Look at its state in WhatsApp Manager, then run it again.',
    needs: 'retry',
  },
  {
    of: [131031],
    code: 'account_locked',
    says: 'The account is locked, or PIN and account do not fit together. Look at the account in WhatsApp Manager; run it again with the right PIN.',
    needs: 'pin',
  },
  {
    of: [368],
    code: 'account_blocked',
    says: 'The account is blocked because of a violation of Meta’s policy. Settle that in Business Support Home, then run it again.',
    needs: 'retry',
  },
  {
    of: [131042, 131044, 134011],
    code: 'payment_required',
    says: 'The account has no valid means of payment. Add one in WhatsApp Manager, then run it again.',
    needs: 'retry',
  },
  {
    of: [131037],
    code: 'display_name_not_approved',
    says: 'The display name of the number is not approved yet. Wait for the approval in WhatsApp Manager, then run it again.',
    needs: 'retry',
  },
  {
    of: [1752041],
    code: 'already_invited',
    says: 'The business was invited to onboard already. Let it accept that invitation, then run it again.',
    needs: 'retry',
  },
  { of: [2388001, 2388103], ...ownership },
  {
    of: [2388012],
    code: 'number_taken',
    says: 'The number belongs to this or another account already. Remove it there, sign up again, and begin another onboarding.',
    needs: 'new_onboarding',
  },
  {
    of: [2388091, 2388093],
    code: 'number_not_migrating',
    says: 'The number is not being moved, or cannot be. Start the move in WhatsApp Manager (two-step verification off), then run it again.',
    needs: 'retry',
  },
  {
    of: [2593079, 2593085],
    code: 'account_changes_owner',
    says: 'The account is being handed to another owner. Run it again when that is over.',
    needs: 'retry',
  },
  {
    of: [2593107, 2593108],
    code: 'history_already_synced',
    says: 'Contacts and history of this number were asked for already, or more than 24 hours ago. Offboard the number in the WhatsApp Business app, sign up again, and begin another onboarding.',
    needs: 'new_onboarding',
  },
];

const ruleByCode: ReadonlyMap<number, OnboardingRule> = new Map(
  onboardingTable.flatMap(({ of, ...rule }) => of.map((code) => [code, rule] as const)),
);

/** The rule of one of Meta's codes, or null where only sending's table may have one. */
export function onboardingRuleOf(code: number): OnboardingRule | null {
  // Permissions by range, as in sending.
  return ruleByCode.get(code >= 200 && code <= 299 ? 10 : code) ?? null;
}
