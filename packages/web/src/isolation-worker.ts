/** Set while the page is loaded a second time, now under the service worker. */
const RELOADED = 'vqforge-isolated';

/**
 * Starts the service worker, which isolates the page where its host does not, and keeps it for when the network is gone. A page
 * that is not isolated yet is loaded once more, unless files were given to it meanwhile. Without secure context or service workers the page works with one thread per model.
 *
 * @param isInUse whether files were given to the page, which a second load would lose
 */
export async function startIsolation(isInUse: () => boolean): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register(new URL('isolation.js', document.baseURI));
    await navigator.serviceWorker.ready;
  } catch {
    // a browser that keeps nothing, by its settings
    return;
  }
  if (crossOriginIsolated || isInUse() || sessionStorage.getItem(RELOADED) !== null) return;
  sessionStorage.setItem(RELOADED, 'yes');
  location.reload();
}

let isKept = false;

/** Loads everything that a run needs, once, so that the service worker has it when the network is gone. */
export async function keepForLater(): Promise<void> {
  if (isKept || !navigator.serviceWorker?.controller) return;
  isKept = true;
  const response = await fetch(new URL('files.json', document.baseURI)).catch(() => undefined);
  if (response?.ok !== true) return;
  for (const path of (await response.json()) as string[])
    await fetch(new URL(path, document.baseURI)).then(
      (file) => file.arrayBuffer(),
      () => undefined,
    );
}
