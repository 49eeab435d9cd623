// @logto/express, with sessions in memory.
import { createServer } from 'node:http';
import { handleAuthRoutes, withLogto } from '@logto/express';
import cookieParser from 'cookie-parser';
import express from 'express';
import session from 'express-session';
import { serve, settings } from './server.mjs';

const { endpoint, appId, appSecret, baseUrl } = await settings();
const config = { endpoint, appId, appSecret, baseUrl };

const app = express();
app.get('/open', (request, response) => response.send('ok'));
app.use(cookieParser());
app.use(session({ secret: 'of a benchmark', resave: false, saveUninitialized: false }));
app.use(handleAuthRoutes(config));
app.get('/guarded', withLogto(config), (request, response) => {
  if (request.user.isAuthenticated) {
    response.send('ok');
  } else {
    response.status(401).end();
  }
});
serve(createServer(app));
