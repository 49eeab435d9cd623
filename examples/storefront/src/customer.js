// Says when the session ends and what happened to the other sessions. Neither request counts as use of the session.
const line = document.getElementById('session');
const base = line.dataset.base;

async function tell() {
  const user = await (await fetch(`${base}/logto/user?keep_alive=false`)).json();
  if (!user.isAuthenticated) {
    line.textContent = 'Your session has ended.';
    return;
  }
  const hours = Math.floor(user.session.expiresIn / 3600);
  const news = await fetch(`${base}/customer/news`);
  const told = news.ok ? ` ${await news.text()}.` : '';
  line.textContent = `Without a visit, your session ends in ${hours} hours.${told}`;
}

// Where the shop does not respond, the line stays as it is until the next minute.
const again = () => tell().catch(() => {});
again();
setInterval(again, 60_000);
