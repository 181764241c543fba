import { describe } from '@jest/globals';
import { describeAnswers } from './describe-answers.ts';
import { describeContent } from './describe-content.ts';
import { describeOperations } from './describe-operations.ts';
import { describeOutcomes } from './describe-outcomes.ts';
import { describeSettings } from './describe-settings.ts';
import { describeSignature } from './describe-signature.ts';
import { describeWebhooks } from './describe-webhooks.ts';
import type { ProviderCase } from './provider-case.ts';

/** The suite that every provider must pass. Call it in a test file of the provider. */
export function describeProvider(subject: ProviderCase): void {
  describe(`${subject.provider.id}: the contract of every provider`, () => {
    describeSettings(subject);
    describeContent(subject);
    describeOutcomes(subject);
    describeSignature(subject);
    describeWebhooks(subject);
    describeOperations(subject);
    describeAnswers(subject);
  });
}
