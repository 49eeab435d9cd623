import { handleSignIn } from '@logto/next/server-actions';
import { redirect } from 'next/navigation';
import { config } from '../config';

export const dynamic = 'force-dynamic';

export async function GET(request) {
  await handleSignIn(config(), request.nextUrl.searchParams);
  redirect('/open');
}
