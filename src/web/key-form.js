/** The field for the API key, which shows itself when the server asks for one. */
import { onUnauthorized } from './api.js';
import { getApiKey, setApiKey } from './api-key.js';
import { element } from './dom.js';

/** @param {{ onKey: () => void }} callbacks called when there is a new key to try */
export function createKeyForm({ onKey }) {
  const form = element('key-form');
  const field = /** @type {HTMLInputElement} */ (element('key'));
  const note = element('key-note');

  onUnauthorized(() => {
    note.textContent = getApiKey() ? 'The server does not know this key.' : 'This server asks for a key.';
    form.hidden = false;
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const key = field.value.trim();
    if (!key) return field.focus();
    setApiKey(key);
    field.value = '';
    form.hidden = true;
    onKey();
  });
}
