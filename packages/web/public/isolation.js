// The service worker of the page. It gives every answer the headers under which a page may have threads, where the host does not,
// and keeps what was loaded, for when the network is gone. What the host has comes first: nothing stale is shown while it answers.
const CACHE = 'vqforge-page-1';

addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));

addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const isOwn = url.origin === location.origin && request.method === 'GET' && !request.headers.has('range');
  if (isOwn && !url.pathname.includes('/local/')) event.respondWith(answer(request));
});

async function answer(request) {
  const cache = await caches.open(CACHE);
  const response = await fetch(request).catch(() => undefined);
  if (response === undefined) return (await cache.match(request, { ignoreSearch: true })) ?? Response.error();
  if (response.status !== 200 || response.type !== 'basic') return response;
  const isolated = withHeaders(response);
  // a full disk keeps nothing and spoils nothing
  await cache.put(request, isolated.clone()).catch(() => undefined);
  return isolated;
}

function withHeaders(response) {
  const headers = new Headers(response.headers);
  headers.set('cross-origin-opener-policy', 'same-origin');
  headers.set('cross-origin-embedder-policy', 'require-corp');
  headers.set('cross-origin-resource-policy', 'same-origin');
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
