// The desk, live: a snapshot and then events over the live channel; what people do goes over REST.
import { follow } from "/client.js";

const TOPICS = ["issue", "brief", "review", "config", "export", "edition", "ingest"];
const SHOWN = 60;
const $ = (id) => document.getElementById(id);
const issues = new Map();
const briefs = new Map();
let session = { principal: null, demo_names: [] };
let stale = false;

function el(tag, props = {}, ...children) {
  const made = Object.assign(document.createElement(tag), props);
  made.append(...children.filter((child) => child !== null));
  return made;
}

// -- REST ---------------------------------------------------------------------------------------

async function ask(method, path, body) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  const response = await fetch(path, { method, ...sent });
  if ((response.headers.get("Content-Type") ?? "").startsWith("application/zip")) return save(response);
  const answer = await response.json();
  if (!answer.success) throw new Error(answer.error);
  return answer.data;
}

async function save(response) {
  const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition"))?.[1] ?? "brief.zip";
  const href = URL.createObjectURL(await response.blob());
  el("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 1000);
}

const button = (text, act) => el("button", {
  type: "button", textContent: text,
  onclick: async () => { $("said").textContent = ""; try { await act(); } catch (error) { $("said").textContent = error.message; } },
});

async function become(credential) {
  await ask("POST", "/session", credential);
  await whoAmI();
  if (follower.state === "refused" || follower.state === "offline") follower.restart();
}

async function whoAmI() {
  session = await ask("GET", "/session");
  const { principal, demo_names: names } = session;
  const signedIn = Boolean(principal?.id);
  const out = async () => { await ask("DELETE", "/session"); await whoAmI(); };
  const signIn = async () => { const token = prompt("Your token"); if (token) await become({ token }); };
  $("who").replaceChildren(
    el("span", { textContent: signedIn ? `${principal.name} (${principal.roles.join(", ")})` : "reading only" }),
    ...(signedIn ? [button("Sign out", out)] : [button("Sign in", signIn)]),
    ...names.filter((name) => name !== principal?.name).map((name) => button(`Continue as ${name}`, () => become({ name }))),
  );
  draw();
}

// -- what is shown ------------------------------------------------------------------------------

function issueRow(issue) {
  return el("li", { className: issue.fresh ? "fresh" : "" },
    el("strong", { textContent: issue.title }), el("br"),
    el("span", { className: "tag", textContent: issue.quadrant }),
    el("span", { className: `tag ${issue.priority}`, textContent: issue.priority }),
    el("span", { className: "soft", textContent: `${issue.score.toFixed(2)} · ${issue.item_count} items from ${issue.source_count} sources` }));
}

function standing(brief) {
  if (brief.gate_open) return el("span", { className: "open", textContent: "ready to leave" });
  return el("span", { className: "missing", textContent: `waits for ${brief.missing_roles.join(" and ")}` });
}

function actions(brief) {
  const held = (session.principal?.roles ?? []).filter((role) => brief.missing_roles.includes(role));
  const sign = (role) => () => ask("POST", "/review/signoff", { role, approve: true, brief_id: brief.id, digest: brief.digest });
  return [
    ...held.map((role) => button(`Approve as ${role}`, sign(role))),
    ...(brief.gate_open && session.principal?.id ? [button("Export", () => ask("POST", `/export/${brief.id}`, {}))] : []),
  ];
}

function briefRow(brief) {
  const signed = brief.signoffs.filter((one) => one.approve && !one.voided).map((one) => `${one.name} as ${one.role}`);
  return el("li", { className: brief.fresh ? "fresh" : "" },
    el("strong", { textContent: brief.title }), el("br"),
    el("span", { className: "tag", textContent: brief.state.replace("_", " ") }), standing(brief),
    signed.length ? el("div", { className: "signed", textContent: `signed by ${signed.join(", ")}` }) : null,
    brief.proposed_items ? el("div", { className: "soft", textContent: `${brief.proposed_items} newer items proposed` }) : null,
    ...actions(brief));
}

function draw() {
  if (stale) return;
  stale = true;
  requestAnimationFrame(() => {
    stale = false;
    const sorted = [...issues.values()].sort((a, b) => b.score - a.score);
    $("count").textContent = String(sorted.length);
    $("issues").replaceChildren(...sorted.slice(0, SHOWN).map(issueRow));
    $("briefs").replaceChildren(...[...briefs.values()].map(briefRow));
    for (const row of [...issues.values(), ...briefs.values()]) row.fresh = false;
  });
}

function hold(interrupt) {
  $("hold").hidden = !interrupt?.active;
  $("hold").textContent = interrupt?.active ? `All held by ${interrupt.by}: ${interrupt.reason}` : "";
}

// -- the live channel ---------------------------------------------------------------------------

function take(snapshot) {
  issues.clear();
  briefs.clear();
  for (const issue of snapshot.issues ?? []) issues.set(issue.id, issue);
  for (const brief of snapshot.briefs ?? []) briefs.set(brief.id, brief);
  hold(snapshot.interrupt);
  draw();
}

function happened(event) {
  const { type, data } = event;
  if (type === "ingest.progress") {
    const { source_id: source, read, total, done } = data.progress;
    $("progress").textContent = done ? "" : `reading ${source}: ${read}${total ? ` of ${total}` : ""}`;
    return;
  }
  if (data.issue) issues.set(data.issue.id, { ...data.issue, fresh: true });
  if (data.brief) briefs.set(data.brief.id, { ...data.brief, fresh: true });
  if (data.interrupt) hold(data.interrupt);
  const title = data.issue?.title ?? data.brief?.title ?? event.subject ?? "";
  $("feed").prepend(el("li", { textContent: `${event.time.slice(11, 19)} ${type} ${title}` }));
  while ($("feed").childElementCount > SHOWN) $("feed").lastChild.remove();
  draw();
}

function light(state, since) {
  const time = new Date(since).toTimeString().slice(0, 5);
  const text = { offline: `offline since ${time}`, refused: "sign in to follow" }[state] ?? state;
  $("light").dataset.state = state === "live" ? "on" : "off";
  if ($("light").textContent !== text) $("light").textContent = text;
}

const follower = follow({
  topics: TOPICS,
  onSnapshot: ({ data }) => take(data),
  onEvent: happened,
  onState: light,
  onRefused: ({ code, message }) => { if (code !== "not_authenticated") $("said").textContent = message; },
});
whoAmI().catch((error) => { $("said").textContent = error.message; });
