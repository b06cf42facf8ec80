/** The list of the server's jobs; choosing one shows it. */
import { listJobs } from './api.js';
import { element } from './dom.js';

/** @param {{ onChoose: (id: string) => void }} callbacks */
export function createJobList({ onChoose }) {
  const list = element('jobs');

  async function refresh() {
    const jobs = await listJobs().catch(() => []);
    element('jobs-empty').hidden = jobs.length > 0;
    list.replaceChildren(
      ...jobs.map((job) => {
        const button = Object.assign(document.createElement('button'), { type: 'button' });
        const preview = job.model_urls?.preview;
        button.append(
          preview
            ? Object.assign(document.createElement('img'), { src: preview, alt: '', loading: 'lazy' })
            : Object.assign(document.createElement('span'), { className: 'no-picture' }),
        );
        const when = job.created_at ? new Date(job.created_at).toLocaleTimeString() : '';
        const text = Object.assign(document.createElement('span'), {
          textContent: job.error_code === 'cancelled' ? 'cancelled' : job.status,
        });
        text.append(
          Object.assign(document.createElement('small'), {
            textContent: `${when} · ${(job.job_id ?? '').slice(0, 8)}`,
          }),
        );
        button.append(text);
        button.addEventListener('click', () => onChoose(job.job_id ?? ''));
        const item = document.createElement('li');
        item.append(button);
        return item;
      }),
    );
  }

  return { refresh };
}
