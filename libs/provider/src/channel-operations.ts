import type { ProviderProblem } from '@posthorn/outcome';
import type { HttpReply, HttpRequest } from '@posthorn/runtime';

/** What is known of an account at the provider, for people: `quality: GREEN`. No credentials, no phone numbers. */
export type Facts = Readonly<Record<string, string>>;

/** Whether credentials work. */
export type Verdict =
  | { readonly kind: 'proven'; readonly facts: Facts }
  /** The provider does not take them, or they lack a right: nothing changes until someone stores others. */
  | Refusal
  /** It could not be found out now. */
  | Unknown;

/** The provider says no. */
export interface Refusal {
  readonly kind: 'refused';
  readonly problem: ProviderProblem;
}

/** The provider gave no answer, or none that says anything. */
export interface Unknown {
  readonly kind: 'unknown';
  readonly problem: ProviderProblem;
}

/**
 * Several calls to a provider, of which later ones depend on earlier answers: yields calls, is given their replies, returns what came
 * of it. Pure: whoever runs it makes the calls. Can be left at any time and begun again.
 */
export type ProviderTalk<Result> = Generator<HttpRequest, Result, HttpReply>;

/** Where the provider shall bring what it has to tell. */
export interface WebhookTarget {
  /** The channel's webhook address, without a proof in it. */
  readonly url: string;
  /** Tells what belongs to this channel apart from what belongs to others of its account. */
  readonly channelId: string;
}

/** What became of registering a webhook. */
export type Registration =
  | {
      readonly kind: 'registered';
      readonly facts: Facts;
      /** Settings that the channel has now besides: ids of what was made at the provider. Merged into them (RFC 7396). */
      readonly settings?: Readonly<Record<string, unknown>>;
    }
  /** The provider has no call for it: `says` tells a person what to do where. */
  | { readonly kind: 'manual'; readonly says: string }
  /** `step`: what was being done, in words. */
  | (Refusal & { readonly step: string })
  | (Unknown & { readonly step: string })
  /** A setting is missing that the address needs. */
  | { readonly kind: 'unset'; readonly pointer: string; readonly detail: string };

/** What `channels add` asks a person. */
export interface SettingQuestion {
  /** The setting, by its place: `auth.apiKey`. */
  readonly path: string;
  readonly asks: string;
  /** Not shown while it is typed. */
  readonly secret: boolean;
  /** An empty answer leaves it out. */
  readonly optional: boolean;
  /** Settings that come with an answer, by their places. */
  readonly with?: Readonly<Record<string, string>>;
}

/** Makes a secret of ours: unguessable, letters, digits, - and _ only. */
export type NewSecret = () => string;

/**
 * What an answer means that is not the wanted one: a refusal (4xx), or nothing that is known for certain (no answer, 408, 425, 429, 5xx,
 * or a success that cannot be read).
 */
export function toRefusal(
  reply: HttpReply,
  problemOf: (body: unknown, status: number) => ProviderProblem,
): Refusal | Unknown {
  if (reply.kind !== 'answered') return { kind: 'unknown', problem: { code: reply.reason } };
  const { status, body } = reply;
  if (status >= 200 && status < 300) {
    const title = 'it worked, as it seems, but the answer is not the documented one';
    return { kind: 'unknown', problem: { code: 'answer_unreadable', title, status } };
  }
  const isFinal = status >= 400 && status < 500 && status !== 408 && status !== 425 && status !== 429;
  return { kind: isFinal ? 'refused' : 'unknown', problem: problemOf(body, status) };
}

/** Runs a talk: makes its calls, one after the other. */
export async function holdTalk<Result>(
  talk: ProviderTalk<Result>,
  http: (request: HttpRequest) => Promise<HttpReply>,
): Promise<Result> {
  let turn = talk.next();
  while (turn.done !== true) {
    turn = talk.next(await http(turn.value));
  }
  return turn.value;
}
