// @ts-check
/** What was made from the same things is not made again: then drawing has nothing to compare. Pure to whoever calls. */

/** The last answer again while every argument is the same. @template {any[]} A @template R @param {(...args: A) => R} make */
export function last(make) {
  /** @type {A | undefined} */ let had;
  /** @type {R} */ let made;
  return (/** @type {A} */ ...args) => {
    if (!had || args.some((one, at) => one !== had?.[at])) [made, had] = [make(...args), args];
    return made;
  };
}

/** The same for each row: an answer lives as long as its row. @template {any[]} A @template R @param {(row: Record<string, any>, ...args: A) => R} make */
export function ofRow(make) {
  /** @type {WeakMap<object, {args: A, made: R}>} */ const known = new WeakMap();
  return (/** @type {Record<string, any>} */ row, /** @type {A} */ ...args) => {
    const found = known.get(row);
    if (found && args.every((one, at) => one === found.args[at])) return found.made;
    const made = make(row, ...args);
    known.set(row, { args, made });
    return made;
  };
}
