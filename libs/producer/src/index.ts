export { PosthornError } from '@posthorn/client';
export type { BatchAnswer, BatchMessage, Content, Message, Problem, SendOptions } from '@posthorn/client';
export { createProducer } from './create-producer.ts';
export type { Enqueued, Producer, ProducerOptions } from './producer.ts';
