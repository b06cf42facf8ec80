/**
 * The key of a server that asks for one. It stays in this tab and is forgotten when the tab is closed.
 */

const NAME = 'hy3d-api-key';
/** Where the browser lets a page keep nothing. */
let fallback = '';

/** @returns {string} empty where no key was given */
export function getApiKey() {
  try {
    return sessionStorage.getItem(NAME) ?? '';
  } catch {
    return fallback;
  }
}

/** @param {string} key */
export function setApiKey(key) {
  fallback = key;
  try {
    sessionStorage.setItem(NAME, key);
  } catch {
    // It holds until the page is left.
  }
}
