// Renders /openapi.json: every address with its parameters, body and answers.
const reference = document.getElementById("reference");

function el(tag, props = {}, ...children) {
  const made = Object.assign(document.createElement(tag), props);
  made.append(...children.filter(Boolean));
  return made;
}

// A schema as an example of its shape, in words: {"title": "string", …}.
function shape(schema, all, seen = []) {
  if (schema.$ref) {
    const name = schema.$ref.split("/").at(-1);
    return seen.includes(name) ? name : shape(all[name], all, [...seen, name]);
  }
  if ("const" in schema) return schema.const;
  if (schema.enum) return schema.enum.join(" | ");
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) {
    const shapes = choices.map((choice) => shape(choice, all, seen));
    return shapes.every((one) => typeof one !== "object" || one === null) ? shapes.join(" | ") : shapes.find((one) => one && typeof one === "object");
  }
  if (schema.properties) {
    return Object.fromEntries(Object.entries(schema.properties).map(([name, one]) => [name, shape(one, all, seen)]));
  }
  if (schema.type === "array") return [schema.items ? shape(schema.items, all, seen) : "any"];
  if (schema.additionalProperties?.type || schema.additionalProperties?.$ref) return { "…": shape(schema.additionalProperties, all, seen) };
  if (schema.type === "null") return null;
  return schema.format ?? schema.type ?? "any";
}

const pre = (value) => el("pre", { textContent: JSON.stringify(value, null, 2) });

function parameters(list) {
  if (!list.length) return null;
  return el("table", {}, ...list.map((one) => el("tr", {},
    el("td", {}, el("code", { textContent: one.name })),
    el("td", { className: "soft", textContent: `${one.in}${one.required ? ", required" : ""}` }),
    el("td", { textContent: one.description ?? JSON.stringify(one.schema) }))));
}

function contents(content, all) {
  return Object.entries(content ?? {}).map(([media, { schema }]) => el("div", {},
    el("p", { className: "soft", textContent: media }), schema ? pre(shape(schema, all)) : null));
}

function answers(responses, all) {
  const good = Object.entries(responses).filter(([status]) => status < "400");
  const refusals = Object.keys(responses).filter((status) => status >= "400");
  return [
    ...good.flatMap(([status, { description, content }]) => [el("p", { textContent: `${status} ${description}` }), ...contents(content, all)]),
    el("p", { className: "soft", textContent: `Refusals: ${refusals.join(", ")}` }),
  ];
}

function operation(path, method, op, all) {
  const access = op.security.length === 0 ? "public" : op.security.some((one) => !Object.keys(one).length) ? "read" : "signed in";
  return el("details", { id: op.operationId },
    el("summary", {}, el("span", { className: "method", textContent: method.toUpperCase() }),
      el("code", { textContent: path }), ` ${op.summary} `, el("small", { textContent: access })),
    parameters(op.parameters),
    ...(op.requestBody ? [el("h3", { textContent: "Body" }), ...contents(op.requestBody.content, all)] : []),
    el("h3", { textContent: "Answer" }), ...answers(op.responses, all));
}

function render(document_) {
  const all = document_.components.schemas;
  const byTag = new Map();
  for (const [path, methods] of Object.entries(document_.paths)) {
    for (const [method, op] of Object.entries(methods)) {
      const tag = op.tags[0];
      byTag.set(tag, [...(byTag.get(tag) ?? []), operation(path, method, op, all)]);
    }
  }
  const sections = [...byTag].map(([tag, rows]) => el("section", {}, el("h2", { textContent: tag }), ...rows));
  reference.replaceChildren(
    el("p", { textContent: `${document_.info.description} Every JSON answer stands in one envelope; a refusal has a sentence, a stable code and a request id:` }),
    pre(shape(all.Error, all)), ...sections);
  document.getElementById(location.hash.slice(1))?.setAttribute("open", "");
}

try {
  render(await (await fetch("/openapi.json")).json());
} catch (error) {
  reference.replaceChildren(el("p", { textContent: `The reference could not be read: ${error.message}` }));
}
