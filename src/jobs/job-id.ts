/** `crypto.randomUUID` makes no other form (version 4, lower case), so nothing else is ever looked up. */
const JOB_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Whether a text can be the id of a job. */
export function isJobId(text: string): boolean {
  return JOB_ID.test(text);
}
