// Two versions of the shop behind one address, as in a deployment. The new one needs a scope that the sign-ins at the old one
// did not request.
import { randomBytes } from 'node:crypto';
import { startBalancer } from './balancer.mjs';
import { startShop } from './shop.mjs';

/** The application that the shop is at its built-in tenant. */
const BUILT_IN = 'app_id="7ojjf7r93kr7ye8hlzyac",app_secret="g3EhfoQQ0p23bOhixWaHBdeMI39qnKIn"';

/**
 * Starts both versions, with cookie keys in common. `application` gives the settings of the tenant and the application for
 * the address of the shop; without it both use the built-in tenant of the old version.
 */
export async function startVersions(application) {
  const balancer = await startBalancer();
  const started = [];
  const start = async (settings) => {
    const shop = await startShop({ settings });
    started.unshift(shop);
    return shop;
  };
  const stop = async () => {
    const codes = await Promise.all(started.map((shop) => shop.stop()));
    await balancer.stop();
    return codes;
  };
  try {
    const common = `public_url="${balancer.address}",cookie_keys=["${randomBytes(48).toString('base64')}"]`;
    const logto = (settings) => `{${[settings, common].filter(Boolean).join()}}`;
    const own = await application?.(balancer.address);
    const oldShop = await start({ ROCKET_EXPORTS: 'false', ROCKET_LOGTO: logto(own) });
    const newShop = await start({ ROCKET_LOGTO: logto(own ?? `endpoint="${oldShop.tenant}",${BUILT_IN}`) });
    return {
      address: balancer.address,
      /** Where the built-in tenant is. */
      tenant: oldShop.tenant,
      beforeDeployment: () => balancer.use(oldShop),
      afterDeployment: () => balancer.use(newShop),
      /** Stops both. Returns their exit codes. */
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
