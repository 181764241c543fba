/** What a problem's page says besides its code. */
export interface GuideEntry {
  readonly status: number;
  /** What happened, and what did not. */
  readonly happened: string;
  /** What whoever called does now. */
  readonly todo: string;
}

/** Every problem that the API answers with; a test holds the codes against the sources. */
export const problemGuide: Readonly<Record<string, GuideEntry>> = {
  already_expired: {
    status: 422,
    happened: 'The message’s expiresAt (or sendAt with its ttlSeconds) is over. It was not accepted.',
    todo: 'Send it with a time after now, or not at all. Check the clock of the machine that sends.',
  },
  backlog_full: {
    status: 409,
    happened:
      'So many events would be delivered again that they do not fit into the backlog of the subscription. None was.',
    todo: 'Wait until fewer wait, replay fewer at a time (limit), or raise backlogMax of the subscription.',
  },
  bad_request: {
    status: 400,
    happened: 'The request breaks the rules of HTTP, or has a part that cannot be read.',
    todo: 'Look at what was really sent: address, headers, encoding. A library for HTTP gets this right.',
  },
  batch_over_limit: {
    status: 422,
    happened: 'The batch has more messages than the tenant’s limit ever lets in at once. Nothing was accepted.',
    todo: 'Send smaller batches, or have the limit raised ("posthorn tenants set <id> --limit …").',
  },
  channel_closed: {
    status: 409,
    happened: 'The channel is being removed, or was. The message was not accepted.',
    todo: 'Send by another channel; GET /v1/channels lists yours.',
  },
  channel_exists: {
    status: 409,
    happened: 'There is a channel of this id already. Nothing was changed.',
    todo: 'Change it with PUT or PATCH /v1/channels/{id}, or choose another id.',
  },
  channel_not_found: {
    status: 404,
    happened: 'The channel that the request names does not exist, or is not yours.',
    todo: 'Take an id from GET /v1/channels. Check that the key is of the right tenant.',
  },
  closing: {
    status: 503,
    happened: 'This server is stopping and takes no new requests. Nothing was done.',
    todo: 'Repeat the request, on a new connection: another server answers it.',
  },
  content_refused: {
    status: 422,
    happened: 'The content is beyond a limit of the channel’s provider, which would refuse it. It was not accepted.',
    todo: 'Change what the errors point at. docs/providers says what each provider takes.',
  },
  content_unsupported: {
    status: 422,
    happened: 'The channel’s provider has no such kind of message. It was not accepted.',
    todo: 'Send one of the kinds that the answer names, or use a channel of another provider.',
  },
  file_altered: {
    status: 502,
    happened: 'The file that the provider gave is not the one it announced: its SHA-256 differs.',
    todo: 'Repeat the request. If it stays so, the file is damaged at the provider.',
  },
  file_refused: {
    status: 422,
    happened: 'There was no file in the request, or it is not what its name and type say. It was not stored.',
    todo: 'Send the file as the body with its Content-Type, or in the field "file" of a form.',
  },
  forbidden: {
    status: 403,
    happened: 'The key is valid, but its role does not include this.',
    todo: 'Use a key of the role that the answer names; x-roles in the API description has it for each route.',
  },
  handshake_refused: {
    status: 403,
    happened: 'The provider’s handshake for a webhook did not prove itself: unknown address or wrong verify token.',
    todo: 'Put the channel’s webhook address and verify token into the provider’s settings, or run "posthorn channels connect <id>".',
  },
  headers_too_large: {
    status: 431,
    happened: 'The headers of the request are larger than 16 KB.',
    todo: 'Send fewer or shorter headers; cookies are not needed here.',
  },
  idempotency_key_reused: {
    status: 422,
    happened: 'The same Idempotency-Key came before with another request. Nothing was accepted now.',
    todo: 'Repeat the first request unchanged, or use a new key for this one.',
  },
  internal_error: {
    status: 500,
    happened: 'Something failed inside. Whether the request was done is not certain.',
    todo: 'Repeat it with the same Idempotency-Key, which is safe. The log of ingress has the reason.',
  },
  invalid_idempotency_key: {
    status: 400,
    happened: 'The Idempotency-Key cannot be read. Nothing was accepted.',
    todo: 'Send one header of 1 to 255 visible ASCII characters, in double quotes or without.',
  },
  invalid_json: {
    status: 400,
    happened: 'The body is not valid JSON. The answer says at which line and column it breaks. Nothing was done.',
    todo: 'Let a library write the JSON. By hand, look for a missing quote or comma, a comma too many, or a line break within a text (write \\n).',
  },
  invalid_query: {
    status: 422,
    happened: 'A parameter in the address is not valid.',
    todo: 'Look at the detail, and at the parameters of the route in the API description. A plus sign is written %2B there.',
  },
  invalid_request: {
    status: 422,
    happened: 'The request can be read, but something in it is not as it must be. Nothing was done.',
    todo: 'Each error has a JSON Pointer to the place, and says what was expected there.',
  },
  link_expired: {
    status: 410,
    happened: 'The time of a signed link to a file is over.',
    todo: 'Get the file anew by its id; links are made for each use.',
  },
  media_gone: {
    status: 404,
    happened: 'The provider does not have the file any more; they keep what was sent in for days to weeks.',
    todo: 'Fetch files soon after they came in, or have them delivered (POST /v1/media-deliveries).',
  },
  media_store_full: {
    status: 507,
    happened: 'The store for files has no room. The file was not stored.',
    todo: 'Delete files that are not needed, or have the store enlarged. What ends its time makes room by itself.',
  },
  not_found: {
    status: 404,
    happened: 'There is nothing under this address, or it belongs to another tenant: both look alike.',
    todo: 'Use ids and links as they were answered. Old messages are gone after their retention.',
  },
  not_supported: {
    status: 422,
    happened: 'The channel’s provider cannot do that: read receipts or typing are not offered by every one.',
    todo: 'Leave it out for channels of this provider.',
  },
  onboarding_conflict: {
    status: 409,
    happened: 'The onboarding cannot begin or go on as things are: it runs, has ended, or its channel exists.',
    todo: 'Look at it with GET /v1/onboardings/{id}; failure.needs says what is lacking.',
  },
  provider_unavailable: {
    status: 502,
    happened: 'The provider could not be reached, or did not give the file.',
    todo: 'Repeat the request in a while.',
  },
  public_url_missing: {
    status: 422,
    happened: 'It is not known under which address the provider reaches this installation.',
    todo: 'Send publicUrl with the request, or start ingress with POSTHORN_PUBLIC_URL.',
  },
  range_not_satisfiable: {
    status: 416,
    happened: 'The file has no such part as Range asks for.',
    todo: 'Ask for a part within its size, or without Range for the whole.',
  },
  rate_limited: {
    status: 429,
    happened: 'The tenant has handed in as many messages as its limit allows. Nothing of this request was accepted.',
    todo: 'Repeat it after Retry-After, with its Idempotency-Key. The RateLimit headers say what is left before that happens.',
  },
  recipient_opted_out: {
    status: 422,
    happened: 'The recipient wants no marketing on this channel. The message was not accepted.',
    todo: 'Do not send it. Messages of other categories are taken.',
  },
  request_timeout: {
    status: 408,
    happened: 'The request did not arrive in full in time. Nothing was done.',
    todo: 'Send headers and body without a pause, and repeat the request.',
  },
  storage_full: {
    status: 503,
    happened: 'There is no room for new messages. Nothing was accepted; what was accepted before goes on.',
    todo: 'Repeat the request later, with its Idempotency-Key. Who runs posthorn: see the memory of Redis in "posthorn doctor".',
  },
  storage_unavailable: {
    status: 503,
    happened: 'Redis, where messages are stored, cannot be reached right now. Nothing was accepted for certain.',
    todo: 'Repeat the request after Retry-After, a send with its Idempotency-Key: then it is one message whatever happened. Who runs posthorn: "posthorn doctor" says what is wrong.',
  },
  too_large: {
    status: 413,
    happened: 'The body is larger than this route takes. Nothing was done.',
    todo: 'Send less at once; the API description has the limits. Files go to POST /v1/media.',
  },
  too_late: {
    status: 409,
    happened: 'The message has gone out, or has ended otherwise, and can no longer be cancelled.',
    todo: 'Nothing more can be done about it; GET /v1/messages/{id} tells what became of it.',
  },
  too_many_failures: {
    status: 429,
    happened: 'Too many wrong keys or signatures came from this address.',
    todo: 'Send a valid key, which is always let in; other requests wait as Retry-After says.',
  },
  too_many_listeners: {
    status: 429,
    happened: 'This tenant has as many event streams open as one server holds for it.',
    todo: 'Close streams that nobody reads, or share one among readers.',
  },
  too_many_subscriptions: {
    status: 409,
    happened: 'The tenant has as many subscriptions as it may have.',
    todo: 'Delete one, or let one take more events.',
  },
  unauthenticated: {
    status: 401,
    happened: 'There was no API key with the request, or it is wrong or revoked.',
    todo: 'Send Authorization: Bearer phk_…; "posthorn keys create" makes a key.',
  },
  unsupported_media_type: {
    status: 415,
    happened: 'The Content-Type is not one that this route takes.',
    todo: 'Send application/json; files with a type that a provider takes.',
  },
  webhook_refused: {
    status: 401,
    happened: 'A webhook did not prove that it comes from the provider, or its channel is not known: both look alike.',
    todo: 'Compare the secret in the channel’s settings with the provider’s, and the address with the one that "posthorn channels show <id>" prints.',
  },
  window_closed: {
    status: 422,
    happened:
      'The recipient has not written for 24 hours, so only templates are allowed. The message was not accepted.',
    todo: 'Send a template, or try all the same with window: try.',
  },
};
