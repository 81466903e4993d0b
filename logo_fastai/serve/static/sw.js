// Keeps the page in the browser, so that it works without a network. A new version replaces all of it at once.
const PREFIX = `logo_fastai ${registration.scope} `, NAME = PREFIX + '{{ digest }}'
const FILES = {{ files|tojson }}

async function install() {
  const cache = await caches.open(NAME)
  await cache.addAll(FILES.map(o => new Request(o, {cache: 'no-cache'})))
  await skipWaiting()
}

async function activate() {
  const old = (await caches.keys()).filter(o => o.startsWith(PREFIX) && o != NAME)
  await Promise.all(old.map(o => caches.delete(o)))
  await clients.claim()
}

async function answer(request) {
  const cache = await caches.open(NAME)
  return await cache.match(request, {ignoreSearch: true}) || fetch(request)
}

addEventListener('install', event => event.waitUntil(install()))
addEventListener('activate', event => event.waitUntil(activate()))
addEventListener('fetch', event => event.respondWith(answer(event.request)))
