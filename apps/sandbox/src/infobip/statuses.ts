/** The status of a message: in answers, and in reports. */
export type Status = {
  readonly groupId: number;
  readonly groupName: string;
  readonly id: number;
  readonly name: string;
  readonly description: string;
};

const groups = ['ACCEPTED', 'PENDING', 'UNDELIVERABLE', 'DELIVERED', 'EXPIRED', 'REJECTED'];

const known: ReadonlyMap<number, readonly [group: number, name: string, description: string]> = new Map([
  [2, [3, 'DELIVERED_TO_OPERATOR', 'Message delivered to operator']],
  [4, [2, 'UNDELIVERABLE_REJECTED_OPERATOR', 'Message rejected by operator']],
  [5, [3, 'DELIVERED_TO_HANDSET', 'Message delivered to handset']],
  [6, [5, 'REJECTED_NETWORK', 'Network is forbidden']],
  [7, [1, 'PENDING_ENROUTE', 'Message sent to next instance']],
  [8, [5, 'REJECTED_PREFIX_MISSING', 'Number prefix missing']],
  [9, [2, 'UNDELIVERABLE_NOT_DELIVERED', 'Message sent not delivered']],
  [10, [5, 'REJECTED_DND', 'Destination on DND list']],
  [11, [5, 'REJECTED_SOURCE', 'Invalid Source address']],
  [12, [5, 'REJECTED_NOT_ENOUGH_CREDITS', 'Not enough credits']],
  [13, [5, 'REJECTED_SENDER', 'By Sender']],
  [14, [5, 'REJECTED_DESTINATION_BLOCKLISTED', 'By Destination']],
  [15, [4, 'EXPIRED_EXPIRED', 'Message expired']],
  [17, [5, 'REJECTED_PREPAID_PACKAGE_EXPIRED', 'Prepaid package expired']],
  [18, [5, 'REJECTED_DESTINATION_NOT_REGISTERED', 'Destination not registered']],
  [19, [5, 'REJECTED_ROUTE_NOT_AVAILABLE', 'Route not available']],
  [20, [5, 'REJECTED_FLOODING_FILTER', 'Rejected flooding']],
  [21, [5, 'REJECTED_SYSTEM_ERROR', 'System error']],
  [23, [5, 'REJECTED_DUPLICATE_MESSAGE_ID', 'Duplicate message ID']],
  [24, [5, 'REJECTED_INVALID_UDH', 'Invalid UDH']],
  [25, [5, 'REJECTED_MESSAGE_TOO_LONG', 'Message too long']],
  [26, [1, 'PENDING_ACCEPTED', 'Message accepted, pending for delivery']],
  [29, [4, 'EXPIRED_DLR_UNKNOWN', 'Delivery report unknown']],
  [31, [2, 'UNDELIVERABLE_NOT_SENT', 'Message not sent']],
  [51, [5, 'MISSING_TO', 'Missing destination']],
  [52, [5, 'REJECTED_DESTINATION', 'Invalid destination address']],
  [87, [5, 'SIGNALS_BLOCKED', 'Message blocked by Signals']],
  [99, [5, 'REJECTED', 'Rejected']],
  [100, [5, 'UNDELIVERABLE_REJECTED_PLATFORM', 'Rejected by the platform']],
]);

/** A status by its id; one that is not known here is a rejection. */
export function statusOf(id: number): Status {
  const [groupId, name, description] = known.get(id) ?? [5, 'REJECTED_OTHER', 'Rejected'];
  return { groupId, groupName: groups[groupId] ?? '', id, name, description };
}

/** Ids above are errors, which stand beside a status. */
const statusMax = 100;

/** What a report says of a failure: a status by itself, or UNDELIVERABLE with the error that caused it. */
export function failureOf(code: number) {
  if (code <= statusMax) return { status: statusOf(code), error: noError };
  return { status: statusOf(9), error: errorOf(code) };
}

export const noError = {
  groupId: 0,
  groupName: 'OK',
  id: 0,
  name: 'NO_ERROR',
  description: 'No Error',
  permanent: false,
};

const errors: ReadonlyMap<number, readonly [name: string, permanent: boolean]> = new Map([
  [7002, ['EC_UNKNOWN_USER', true]],
  [7010, ['EC_NO_SESSION', true]],
  [7013, ['EC_MEDIA_HOSTING_ERROR', false]],
  [7016, ['EC_SPAM_RATE', true]],
  [7017, ['EC_TOO_MANY_REQUESTS', false]],
  [7022, ['EC_MEDIA_UNSUPPORTED', true]],
  [7050, ['EC_PROVIDER_INTERNAL_ERROR', false]],
]);

function errorOf(id: number) {
  const [name, permanent] = errors.get(id) ?? ['EC_OTHER', true];
  return { groupId: 1, groupName: 'HANDSET_ERRORS', id, name, description: name, permanent };
}
