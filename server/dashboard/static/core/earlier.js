// @ts-check
/** What happened shortly before the page was opened: read once from the event stream. */

const TOPICS = "issue,item,brief,review,export,edition,ingest,config";
const HOW_MANY = 80n;
const PATIENCE_MS = 5_000;

/** The events before the cursor `at`, oldest first; none when they cannot be had. */
/** @param {string} at @returns {Promise<Record<string, any>[]>} */
export async function earlier(at) {
  const [, epoch, digits] = /^(.+)-(\d{1,19})$/.exec(at) ?? [];
  const head = BigInt(digits ?? 0);
  if (!epoch || head === 0n) return [];
  const from = head > HOW_MANY ? head - HOW_MANY : 0n;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  /** @type {Record<string, any>[]} */ const events = [];
  try {
    const headers = { "Last-Event-ID": `${epoch}-${from}`, Accept: "text/event-stream" };
    const response = await fetch(`/events?topics=${TOPICS}`, { headers, signal: stop.signal });
    if (response.ok && response.body) await collect(response.body, head, events);
  } catch { /* a feed that begins now is a feed, too */ }
  clearTimeout(timer);
  stop.abort();
  return events;
}

/** Until the stream has come to `head`: by an event, or by a position where the last events are of other topics. */
/** @param {ReadableStream<Uint8Array>} body @param {bigint} head @param {Record<string, any>[]} events */
async function collect(body, head, events) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += decoder.decode(value, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const data = /^data: ?(.*)$/m.exec(block)?.[1];
      const event = data && JSON.parse(data);
      if (event?.topic && !event.id.startsWith("~")) events.push(event);
      const at = /^id: ?.+-(\d+)$/m.exec(block)?.[1];
      if (at && BigInt(at) >= head) return;
    }
  }
}
