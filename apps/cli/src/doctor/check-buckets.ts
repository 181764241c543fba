import { randomUUID } from 'node:crypto';
import { bucketsSchema, openBuckets } from '@posthorn/media';
import { tenantIdSchema } from '@posthorn/message';
import type { Http } from '@posthorn/runtime';
import { failure, ok, warning, type Finding } from './finding.ts';

const lifeMs = 60_000;

/** What the storage says of a signed address, by the code in its answer: the same at Amazon, Google and others. */
const wrongByCode: ReadonlyMap<string, string> = new Map([
  ['SignatureDoesNotMatch', 'the key does not belong to its account'],
  ['InvalidAccessKeyId', 'the storage does not know this key'],
  ['InvalidSecurity', 'the storage does not know this key'],
  ['NoSuchBucket', 'there is no such bucket'],
]);

/** Asks each bucket of `POSTHORN_BUCKETS` for an object that is not there, by an address as providers get it. `http` null: asks nobody. */
export async function checkBuckets(text: string | undefined, http: Http | null): Promise<readonly Finding[]> {
  const parsed = bucketsSchema.safeParse(text);
  // What is wrong with the variable itself, the check of the configuration says.
  if (!parsed.success) return [];
  const findings: Finding[] = [];
  for (const [name, bucket] of Object.entries(parsed.data)) {
    const check = `bucket ${name}`;
    try {
      const buckets = await openBuckets({ [name]: bucket });
      const tenantId = tenantIdSchema.parse(bucket.tenants[0]);
      const url = await buckets.toUrl(tenantId, { bucket: name, key: `posthorn-doctor-${randomUUID()}` }, lifeMs);
      findings.push(http === null || url === null ? ok(check, 'an address can be made') : await ask(check, url, http));
    } catch (error) {
      const says = error instanceof Error ? error.message : String(error);
      findings.push(failure(check, says, 'docs/media.md, "Your own storage"'));
    }
  }
  return findings;
}

async function ask(check: string, url: string, http: Http): Promise<Finding> {
  const reply = await http(
    { operation: 'doctor.bucket', method: 'GET', url, timeoutMs: 10_000 },
    AbortSignal.timeout(15_000),
  );
  if (reply.kind !== 'answered') {
    return warning(
      check,
      `the storage gives no answer from here (${reply.reason})`,
      'see whether its address is right; providers must reach it too',
    );
  }
  const code = /<Code>(?<code>\w+)<\/Code>/u.exec(reply.text)?.groups?.['code'] ?? `status ${reply.status}`;
  const wrong = wrongByCode.get(code);
  if (wrong !== undefined) return failure(check, `${wrong} (${code})`, 'correct the bucket in POSTHORN_BUCKETS');
  if (reply.status === 404) return ok(check, 'the storage takes the addresses that are made here');
  return warning(
    check,
    `the storage refused an object that is not there with ${code}, not as missing`,
    'see that the account may read objects; without the right to list them, 403 is also the answer for a missing one',
  );
}
