import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Account } from './account.ts';
import type { CloudContext, Line } from './context.ts';
import type { GraphProblem } from './errors.ts';

export type Authorised =
  | { readonly kind: 'ok'; readonly line: Line }
  | { readonly kind: 'refused'; readonly problem: GraphProblem };

const proofSchema = z.object({ appsecret_proof: z.string() });

const refused = (problem: GraphProblem): Authorised => ({ kind: 'refused', problem });

/** Version, token, proof, then the object: in this order, so that a stranger learns nothing of objects. */
export function authorise(
  { lines }: CloudContext,
  request: FastifyRequest,
  version: string | null,
  objectId: string,
  ownerId: string | null,
): Authorised {
  if (version !== null && !isSupported(version)) return refused(unknownPath(request.url));
  const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) return refused(badToken('An access token is required to request this resource.'));
  const owner = lines.get(ownerId ?? '');
  const line = owner?.account.accessToken === token ? owner : undefined;
  const proofOf = line?.account ?? [...lines.values()].find(({ account }) => account.accessToken === token)?.account;
  if (proofOf === undefined) return refused(badToken('Invalid OAuth access token - Cannot parse access token'));
  const problem = proofProblem(proofOf, token, request);
  if (problem !== null) return refused(problem);
  return line === undefined ? refused(missingObject(objectId, request.method)) : { kind: 'ok', line };
}

/** Any `vN.0` that Meta still answered in 2026. */
function isSupported(version: string): boolean {
  const major = /^v(\d+)\.0$/.exec(version)?.[1];
  return major !== undefined && Number(major) >= 19;
}

export function unknownPath(url: string): GraphProblem {
  return { code: 2500, status: 400, message: `Unknown path components: ${url.split('?', 1)[0]}` };
}

export function missingObject(id: string, method: string): GraphProblem {
  const verb = method.toLowerCase();
  return {
    code: 100,
    subcode: 33,
    type: 'GraphMethodException',
    message: `Unsupported ${verb} request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation.`,
  };
}

function badToken(message: string): GraphProblem {
  return { code: 190, status: 401, message };
}

function proofProblem(account: Account, token: string, request: FastifyRequest): GraphProblem | null {
  const proof = [request.query, request.body].map(proofIn).find((found) => found !== undefined);
  if (proof === undefined) {
    if (!account.requireProof) return null;
    return {
      code: 100,
      type: 'GraphMethodException',
      message: 'API calls from the server require an appsecret_proof argument',
    };
  }
  const expected = createHmac('sha256', account.appSecret).update(token).digest();
  const given = /^[0-9a-f]{64}$/.test(proof) ? Buffer.from(proof, 'hex') : Buffer.alloc(32);
  if (timingSafeEqual(expected, given)) return null;
  return { code: 100, type: 'GraphMethodException', message: 'Invalid appsecret_proof provided in the API argument' };
}

function proofIn(place: unknown): string | undefined {
  if (typeof place !== 'object' || place === null || !('appsecret_proof' in place)) return undefined;
  return proofSchema.safeParse(place).data?.appsecret_proof ?? '';
}
