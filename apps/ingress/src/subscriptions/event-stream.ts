import type { Channel } from '@posthorn/channel';
import { eventIdOf, readEventId, renderEvent } from '@posthorn/forwarding';
import type { EventView, Ledger, Outbox } from '@posthorn/ledger';
import { isAfter, listenForEvents } from '@posthorn/ledger';
import type { ChannelId } from '@posthorn/message';
import type { Log } from '@posthorn/runtime';
import type { ServerResponse } from 'node:http';
import type { OpenedEvents } from './open-events.ts';

export interface EventStreamDeps {
  readonly outbox: Outbox;
  readonly ledger: Pick<Ledger, 'events'>;
  readonly openSubscriber: OpenedEvents['openSubscriber'];
  readonly log: Log;
}

/** What one listener wants. */
export interface StreamRequest {
  /** Asked again and again: channels may come. */
  readonly channels: () => readonly Channel[];
  readonly wants: (event: EventView) => boolean;
  /** The id of the last event it has, or null: from now on. */
  readonly lastEventId: string | null;
  /** Sends the head of the answer: from then on, nothing that happens is missed. */
  readonly begin: () => void;
}

export interface EventStreams {
  /** Writes events until the listener or the server goes. False: there are too many listeners. */
  readonly serve: (response: ServerResponse, request: StreamRequest) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

const listenersMost = 500;
const batchMost = 100;
/** A comment as often keeps the connection through proxies, which cut after 30 or 60 s of silence. */
const heartbeatMs = 15_000;
/** Whoever writes calls at most each 100 ms while nobody fans out; a second look comes after that. */
const secondLookMs = 150;
const lookMs = 2_000;
const listenMs = 15_000;
/** Of the entries of one millisecond. */
const lastSequence = '18446744073709551615';
/** On a resume, channels other than the one of the last event begin that much earlier: their logs are read side by side. */
const overlapMs = 10_000;

/**
 * Events as server-sent events. Each listener reads the logs of its channels for itself, from its own place, when a call says that something
 * was written, and each 2 s besides, since calls can be lost. It is read no faster than the listener takes it.
 */
export function createEventStreams({ outbox, ledger, openSubscriber, log }: EventStreamDeps): EventStreams {
  const listeners = new Set<{ readonly call: (id: ChannelId) => void; readonly end: () => void }>();
  let hearing: Promise<{ readonly close: () => Promise<void> }> | null = null;

  function hear(): void {
    hearing ??= (async () => {
      const subscriber = openSubscriber();
      const listening = await listenForEvents(subscriber.redis, (id) => {
        for (const { call } of listeners) call(id);
      }).catch(async (error: unknown) => {
        await subscriber.close();
        throw error;
      });
      return {
        close: async () => {
          listening.close();
          await subscriber.close();
        },
      };
    })();
    hearing.catch((error: unknown) => {
      hearing = null;
      log.warn({ err: error }, 'calls of writers cannot be heard; the event stream looks by itself');
    });
  }

  return {
    serve: async (response, { channels, wants, lastEventId, begin }) => {
      if (listeners.size >= listenersMost) return false;
      hear();
      const last = lastEventId === null ? null : readEventId(lastEventId);
      const now = await outbox.now();
      begin();
      const placeByChannel = new Map<ChannelId, string>();
      const placeOf = (id: ChannelId): string => {
        // Exclusive: what was written in this very millisecond belongs to it.
        if (last === null) return `${now - 1}-${lastSequence}`;
        return last.channelId === id
          ? last.position
          : `${Math.max(0, Number(last.position.split('-')[0]) - overlapMs)}-0`;
      };

      let isOver = false;
      let wake = Promise.withResolvers<void>();
      const called = new Set<ChannelId>();
      const timers = new Set<NodeJS.Timeout>();
      const look = (ids: Iterable<ChannelId>): void => {
        for (const id of ids) called.add(id);
        wake.resolve();
      };
      const lookAtAll = (): void => look(channels().map(({ id }) => id));
      const listener = {
        call: (id: ChannelId) => {
          look([id]);
          const timer = setTimeout(() => {
            timers.delete(timer);
            look([id]);
          }, secondLookMs);
          timers.add(timer);
        },
        end: () => {
          isOver = true;
          wake.resolve();
        },
      };
      listeners.add(listener);
      response.on('close', listener.end);
      const ask = async (): Promise<void> => {
        await Promise.all(channels().map(async ({ id }) => await outbox.listen(id, listenMs)));
      };
      const beat = setInterval(
        () => void (response.writableNeedDrain || response.write(': still here\n\n')),
        heartbeatMs,
      );
      const again = setInterval(lookAtAll, lookMs);
      const asking = setInterval(() => void ask().catch(() => undefined), listenMs / 3);
      try {
        await ask();
        response.write('retry: 2000\n\n');
        lookAtAll();
        for (;;) {
          await wake.promise;
          if (isOver) break;
          wake = Promise.withResolvers<void>();
          const channelById = new Map(channels().map((channel) => [channel.id, channel]));
          const due = [...called];
          called.clear();
          for (const id of due) {
            const channel = channelById.get(id);
            if (channel !== undefined) await tell(channel);
          }
        }
      } catch (error) {
        // The listener comes back by itself, with the id of the last event it has.
        log.warn({ err: error }, 'an event stream ended: its events could not be read');
      } finally {
        listeners.delete(listener);
        for (const timer of [beat, again, asking]) clearInterval(timer);
        for (const timer of timers) clearTimeout(timer);
        response.end();
      }
      return true;

      async function tell(channel: Channel): Promise<void> {
        let after = placeByChannel.get(channel.id) ?? placeOf(channel.id);
        for (;;) {
          const found = await ledger.events(channel, { after, limit: batchMost });
          for (const event of found) {
            if (isOver) return;
            if (isAfter(event.position, after)) after = event.position;
            if (wants(event)) await write(response, frameOf(event, channel), () => isOver);
          }
          placeByChannel.set(channel.id, after);
          if (found.length < batchMost) return;
        }
      }
    },
    close: async () => {
      for (const { end } of listeners) end();
      await hearing?.then(async (open) => await open.close()).catch(() => undefined);
    },
  };
}

function frameOf(event: EventView, channel: Channel): string {
  const id = eventIdOf(channel.id, event.position);
  return `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(renderEvent(event, channel))}\n\n`;
}

/** Waits while the listener takes nothing. */
async function write(response: ServerResponse, text: string, isOver: () => boolean): Promise<void> {
  if (response.write(text) || isOver()) return;
  await new Promise<void>((resolve) => {
    const go = (): void => {
      response.off('drain', go).off('close', go);
      resolve();
    };
    response.on('drain', go).on('close', go);
  });
}
