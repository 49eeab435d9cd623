// express with jose: a bearer token, verified on each request (ES384).
import { createServer } from 'node:http';
import express from 'express';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { serve, settings } from './server.mjs';

const { issuer, audience } = await settings();
const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));

const app = express();
app.get('/open', (request, response) => response.send('ok'));
app.get('/guarded', async (request, response) => {
  const token = request.headers.authorization?.match(/^Bearer (.+)$/)?.[1];
  try {
    const { payload } = await jwtVerify(token ?? '', keys, { issuer, audience });
    if (!payload.scope.split(' ').includes('read:orders')) {
      response.status(403).end();
      return;
    }
    response.send('ok');
  } catch {
    response.status(401).end();
  }
});
serve(createServer(app));
