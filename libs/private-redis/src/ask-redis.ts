import { createConnection } from 'node:net';

const answerMs = 1000;

/** Sends one inline command on a connection of its own; null when nothing answers. */
export async function askRedis(port: number, command: string): Promise<string | null> {
  return await new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    let answer = '';
    const end = (result: string | null) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(answerMs, () => end(null));
    socket.on('connect', () => socket.write(`${command}\r\n`));
    socket.on('data', (chunk) => {
      answer += chunk.toString('utf8');
      // A bulk string ("$<bytes>") may come in pieces.
      const bulkBytes = /^\$(?<bytes>\d+)\r\n/u.exec(answer)?.groups?.['bytes'];
      if (bulkBytes === undefined ? answer.endsWith('\r\n') : answer.length >= Number(bulkBytes)) end(answer.trim());
    });
    socket.on('error', () => end(null));
    socket.on('close', () => end(answer === '' ? null : answer.trim()));
  });
}
