// Drives /client.js as the suite asks: follow, and print what happens, a line each.
//     node --experimental-websocket follow.mjs URL '{"topics": ["issue"], …}'
import { readFile } from "node:fs/promises";

const SOURCE = new URL("../../../server/pages/static/client.js", import.meta.url);
// As a data: address it is a module to every Node, whatever package it thinks it is in.
const module = `data:text/javascript;base64,${(await readFile(SOURCE)).toString("base64")}`;
const { follow } = await import(module);

const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
const [url, options] = process.argv.slice(2);
const { token, ...wanted } = JSON.parse(options);

follow({
  url,
  ...wanted,
  ...(token && { token: () => token }),
  onEvent: ({ id }) => say({ event: id }),
  onSnapshot: ({ at }) => say({ snapshot: at }),
  onRefused: ({ code }) => say({ refused: code }),
  onState: (state, since, { waitMs }) => { if (waitMs !== undefined) say({ waits_ms: waitMs }); },
});
