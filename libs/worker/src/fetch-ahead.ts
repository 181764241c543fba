import type { Channel } from '@posthorn/channel';
import type { InboundId, InboundMessage } from '@posthorn/message';
import type { WorkerParts } from './worker-parts.ts';

/** Plans to bring the file of a received message where its channel wants it, ahead of any question. Once per message. */
export async function fetchAhead(
  { errands, sealer }: Pick<WorkerParts, 'errands' | 'sealer'>,
  channel: Channel,
  inboundId: InboundId,
  { content, externalId }: Pick<InboundMessage, 'content' | 'externalId'>,
): Promise<void> {
  const { inboundFiles } = channel;
  if (content.media === undefined || inboundFiles === undefined) return;
  await errands.add(channel.provider, {
    id: `fd_${sealer.lookupHash(`${channel.id} ${externalId}`)}`,
    channelId: channel.id,
    inboundId,
    media: content.media,
    target: inboundFiles.kind === 'store' ? inboundFiles : { ...inboundFiles, headers: {} },
    callbackData: null,
  });
}
