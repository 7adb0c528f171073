// @ts-check
/**
 * What is asked of the desk over REST, and the answers. Everything else comes over the live channel.
 *
 * @typedef {Record<string, any>} Row
 */

/** A refusal, in the desk's own words. */
export class Refused extends Error {
  /** @param {string} message @param {string} code @param {Row} [details] */
  constructor(message, code, details = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** Whether it is only asked who we are: what was wanted can be done afterwards. @param {unknown} error */
export const asksWho = (error) => error instanceof Refused && ["reauth_required", "not_authenticated"].includes(error.code);

/** How far this device's clock is from the desk's, in milliseconds; as of the last answer. */
export const clock = { aheadMs: 0 };

/**
 * @param {string} method @param {string} path @param {Row} [body] @param {Row} [headers]
 * @returns {Promise<any>} the answer's data; nothing for a package
 */
export async function ask(method, path, body, headers = {}) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  /** @type {Record<string, string>} */
  const type = body === undefined ? {} : { "Content-Type": "application/json" };
  let response;
  try {
    response = await fetch(path, { method, ...sent, headers: { ...type, ...headers } });
  } catch {
    throw new Refused("The desk cannot be reached.", "unreachable");
  }
  const told = Date.parse(response.headers.get("Date") ?? "");
  if (told) clock.aheadMs = Date.now() - told;
  if (!response.headers.get("Content-Type")?.startsWith("application/json")) return undefined;
  const answer = await response.json();
  if (!answer.success) throw new Refused(answer.error, answer.code, answer.details);
  return answer.data;
}

const id = encodeURIComponent;
const once = () => ({ "Idempotency-Key": crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}` });
/** @param {string} digest */
const ifMatch = (digest) => ({ "If-Match": `"${digest}"`, ...once() });

export const desk = {
  whoAmI: () => ask("GET", "/session"),
  /** @param {Row} credential a token, or a demo name */
  signIn: (credential) => ask("POST", "/session", credential),
  signOut: () => ask("DELETE", "/session"),

  /** @param {string} brief */
  brief: (brief) => ask("GET", `/brief/${id(brief)}`),
  /** @param {string} brief @param {string} since the digest of the revision that was read @param {string} [until] the current one if left out */
  difference: (brief, since, until = "") => ask("GET", `/brief/${id(brief)}/difference?since=${id(since)}${until && `&until=${id(until)}`}`),
  /** @param {string} brief @param {string} lens */
  lens: (brief, lens) => ask("GET", `/brief/${id(brief)}?lens=${lens}`),
  /** @param {string} brief @param {string} audience */
  assets: (brief, audience) => ask("POST", "/assets/generate", { brief_id: brief, audience }),
  roi: () => ask("GET", "/roi/today"),

  /** @param {string} brief */
  write: (brief) => ask("POST", `/brief/${id(brief)}/write`, {}, once()),
  /** @param {string} brief */
  openReview: (brief) => ask("POST", `/brief/${id(brief)}/review`, {}, once()),
  /** @param {string} brief @param {string} digest @param {Row} change */
  edit: (brief, digest, change) => ask("PUT", `/brief/${id(brief)}`, change, ifMatch(digest)),
  /** @param {string} brief @param {string} digest @param {string} proposal */
  adopt: (brief, digest, proposal) => ask("POST", `/brief/${id(brief)}/adopt`, { proposal }, ifMatch(digest)),
  /** @param {string} issue @param {string} quadrant */
  correct: (issue, quadrant) => ask("POST", `/classify/${id(issue)}/correct`, { quadrant }, once()),

  /** @param {string} issue that goes away @param {string} into */
  merge: (issue, into) => ask("POST", `/classify/${id(issue)}/merge`, { into }, once()),
  /** @param {string} issue @param {string[]} items that leave it */
  split: (issue, items) => ask("POST", `/classify/${id(issue)}/split`, { items }, once()),
  /** @param {string} item @param {string} reason */
  withdrawItem: (item, reason) => ask("POST", `/ingest/items/${id(item)}/withdraw`, { reason }, once()),

  /** @param {{brief: string, digest: string, role: string, approve: boolean, note: string}} wish */
  sign: ({ brief, ...wish }) => ask("POST", "/review/signoff", { brief_id: brief, ...wish }, once()),
  inbox: () => ask("GET", "/review/inbox"),
  reviewStatus: () => ask("GET", "/review/status"),
  /** @param {string} role @param {string} digest of the edition that was read */
  signEdition: (role, digest) => ask("POST", "/review/signoff", { role, approve: true, digest }, once()),
  /** @param {string} brief @param {string} role */
  withdraw: (brief, role) => ask("POST", "/review/withdraw", { brief_id: brief, role }, once()),
  /** @param {string} brief @param {string} role @param {string} reason */
  clear: (brief, role, reason) => ask("POST", "/review/clear", { brief_id: brief, role, reason }, once()),
  /** @param {string} reason */
  hold: (reason) => ask("POST", "/review/interrupt", { reason }, once()),
  resume: () => ask("POST", "/review/resume", {}, once()),
  /** @param {string} brief */
  release: (brief) => ask("POST", `/export/${id(brief)}`, {}, once()),

  /** @param {string} brief whose latest package is held against what it says */
  verify: (brief) => ask("GET", `/export/${id(brief)}/verify`),
  /** @param {string} change that waits for a second admin */
  confirm: (change) => ask("POST", `/changes/${id(change)}/confirm`, {}, once()),
  /** @param {string} change */
  refuse: (change) => ask("DELETE", `/changes/${id(change)}`, undefined, once()),

  /** @param {Row} changes */
  configure: (changes) => ask("POST", "/config", changes, once()),
  tokens: () => ask("GET", "/tokens"),
  /** @param {Row} token */
  issue: (token) => ask("POST", "/tokens", token),
  /** @param {string} token */
  revoke: (token) => ask("DELETE", `/tokens/${id(token)}`, undefined, once()),

  /** @param {string} [source] all that are not paused when left out */
  run: (source) => ask("POST", "/ingest/run", source ? { sources: [source] } : {}, once()),
  /** @param {Row} source */
  addSource: (source) => ask("POST", "/ingest/sources", source, once()),
  /** @param {string} source @param {boolean} paused */
  pause: (source, paused) => ask("PATCH", `/ingest/sources/${id(source)}`, { paused }, once()),
  /** @param {string} source */
  remove: (source) => ask("DELETE", `/ingest/sources/${id(source)}`, undefined, once()),
};
