// A server's side of the agreement with the program that measures it: the first line of its input holds its settings,
// its first line of output tells where it listens, and it ends when its input does.
import { createInterface } from 'node:readline';

/** Reads the settings. From then on the process ends when its input does. */
export async function settings() {
  const lines = createInterface({ input: process.stdin });
  const [line] = await new Promise((resolve) => lines.once('line', (...args) => resolve(args)));
  lines.once('close', () => process.exit(0));
  return JSON.parse(line);
}

/** Listens on a port of the system's choice. */
export function serve(server) {
  server.listen(0, '127.0.0.1', () => {
    const { address, port } = server.address();
    console.log(`listening ${address}:${port}`);
  });
}
