// The page's modules for Node: they are ES modules whatever package Node thinks they are in, so
// each is read as a data: address, with what it imports.
import { readFile } from "node:fs/promises";

const ROOT = new URL("../../../server/dashboard/static/", import.meta.url);
const known = new Map();

/** @param {string} path below `static`, such as "core/store.js" */
export const load = async (path) => import(await address(new URL(path, ROOT)));

async function address(url) {
  if (!known.has(url.href)) known.set(url.href, make(url));
  return known.get(url.href);
}

async function make(url) {
  let text = await readFile(url, "utf-8");
  for (const [whole, name] of text.matchAll(/from "(\.[^"]+)"/g)) {
    text = text.replaceAll(whole, `from "${await address(new URL(name, url))}"`);
  }
  return `data:text/javascript;base64,${Buffer.from(text).toString("base64")}`;
}
