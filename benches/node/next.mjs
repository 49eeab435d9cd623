// @logto/next, with sessions in encrypted cookies. `next build` has to come first.
import { createServer } from 'node:http';
import next from 'next';
import { serve, settings } from './server.mjs';

process.env.LOGTO_BENCH = JSON.stringify(await settings());
const app = next({ dev: false, dir: import.meta.dirname });
await app.prepare();
const handle = app.getRequestHandler();
serve(createServer((request, response) => handle(request, response)));
