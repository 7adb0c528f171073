// @ts-check
/**
 * Drawing. A view says what should stand there; `draw` changes only what differs, so focus,
 * scroll positions and half-written text survive.
 *
 * Safe by construction: text becomes text nodes, there is no way to hand over markup, a handler is
 * a function or nothing, and a link leads to the web or to this desk.
 *
 * @typedef {Record<string, any> | null} Props `key` names a child among its siblings, `made` is
 *   called once with the new element, `on…` are handlers, `style` an object of properties.
 * @typedef {{tag: string, props: Record<string, any>, children: Drawn[]}} Element
 * @typedef {Element | string} Drawn
 */

const SVG = "http://www.w3.org/2000/svg";
const HTML = "http://www.w3.org/1999/xhtml";
/** What is set on the element itself: an attribute would only be its beginning. */
const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "selected"]);
const SAFE_LINK = /^(?:https?:\/\/|#|\/(?![/\\]))/i;

/** What an element or text was last drawn from. @type {WeakMap<Node, Drawn>} */
const drawnFrom = new WeakMap();

/** @param {string} tag @param {Props} [props] @param {...any} children @returns {Element} */
export function h(tag, props, ...children) {
  return { tag, props: props ?? {}, children: shown(children) };
}

/** @param {any[]} children @returns {Drawn[]} */
function shown(children) {
  return children
    .flat(Infinity)
    .filter((one) => one !== null && one !== undefined && one !== false && one !== "")
    .map((one) => (typeof one === "object" ? one : String(one)));
}

/** Make `parent` hold what `children` say. @param {HTMLElement} parent @param {any[]} children */
export function draw(parent, children) {
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  arrange(parent, shown(children), HTML);
  // Moving an element takes the focus from it.
  if (focused && focused !== document.activeElement && focused.isConnected) {
    focused.focus({ preventScroll: true });
  }
}

/** @param {Element_} parent @param {Drawn[]} wanted @param {string} space */
function arrange(parent, wanted, space) {
  const keyed = new Map();
  for (const node of parent.childNodes) {
    const key = keyOf(drawnFrom.get(node));
    if (key !== undefined) keyed.set(key, node);
  }
  let at = parent.firstChild;
  for (const one of wanted) {
    const key = keyOf(one);
    const found = key === undefined ? at : keyed.get(key);
    const isNew = !found || !fits(found, one);
    const node = isNew ? make(one, space) : found;
    if (node === at) at = at.nextSibling;
    else if (isNew) parent.insertBefore(node, at);
    else if (at?.nextSibling === node) at = outOfTheWay(parent, at, node);
    else move(parent, node, at);
    update(node, one, space);
    if (isNew && typeof one !== "string") one.props.made?.(node);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

/** One that went down a list is put last, or all that it passed would have to be moved up. */
/** @param {Element_} parent @param {Node} passed @param {Node} node */
function outOfTheWay(parent, passed, node) {
  move(parent, passed, null);
  return node.nextSibling;
}

/** Where the browser can, a moved element keeps its focus and goes on with its animation. */
/** @param {Element_} parent @param {Node} node @param {Node | null} before */
function move(parent, node, before) {
  if (parent.moveBefore) parent.moveBefore(node, before);
  else parent.insertBefore(node, before);
}

/** @typedef {any} Element_ an HTMLElement or SVGElement */

/** @param {Drawn | undefined} drawn */
const keyOf = (drawn) => (typeof drawn === "object" ? drawn.props.key : undefined);

/** @param {Node} node @param {Drawn} wanted */
function fits(node, wanted) {
  const before = drawnFrom.get(node);
  if (before === undefined) return false;
  if (typeof before === "string" || typeof wanted === "string") return typeof before === typeof wanted;
  return before.tag === wanted.tag && before.props.key === wanted.props.key;
}

/** @param {Drawn} one @param {string} space @returns {Element_} */
function make(one, space) {
  if (typeof one === "string") return document.createTextNode("");
  return document.createElementNS(one.tag === "svg" ? SVG : space, one.tag);
}

/** @param {Element_} node @param {Drawn} wanted @param {string} space */
function update(node, wanted, space) {
  const before = drawnFrom.get(node);
  if (before === wanted) return;
  drawnFrom.set(node, wanted);
  if (typeof wanted === "string") {
    if (before !== wanted) node.data = wanted;
    return;
  }
  const had = typeof before === "object" ? before.props : {};
  for (const name of Object.keys(had)) if (!(name in wanted.props)) set(node, name, undefined);
  for (const [name, value] of Object.entries(wanted.props)) {
    if (had[name] !== value) set(node, name, value);
  }
  arrange(node, wanted.children, wanted.tag === "svg" ? SVG : space);
}

/** @param {Element_} node @param {string} name @param {any} value */
function set(node, name, value) {
  if (name === "key" || name === "made") return;
  if (name.startsWith("on")) node[name] = typeof value === "function" ? value : null;
  else if (name === "style") restyle(node, value ?? {});
  else if (PROPERTIES.has(name)) node[name] = value ?? "";
  else if (value === undefined || value === null || value === false) node.removeAttribute(name);
  else if (name === "href" && !SAFE_LINK.test(value)) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : value);
}

/** Through the object model: a style attribute would be refused by our own policy. */
/** @param {Element_} node @param {Record<string, string | number>} style */
function restyle(node, style) {
  for (const [name, value] of Object.entries(style)) node.style.setProperty(name, String(value));
}
