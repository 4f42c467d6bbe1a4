/** A schema in the notation of docs/protocol.md, over as many lines as it needs. */
export function showShape(shape: Shape, indent = ""): string {
  if (shape.$ref !== undefined) return shape.$ref.slice(shape.$ref.lastIndexOf("/") + 1);
  if (shape.const !== undefined) return JSON.stringify(shape.const);
  if (shape.enum) return shape.enum.map((value) => JSON.stringify(value)).join(" | ");
  const choices = shape.oneOf ?? shape.anyOf;
  if (choices) return choices.map((choice) => `\n${indent}  | ${showShape(choice, `${indent}    `)}`).join("");
  switch (shape.type) {
    case "object":
      return showObject(shape, indent);
    case "array":
      return showList(shape, indent);
    case "string":
      return showText(shape);
    case "integer":
    case "number":
      return showNumber(shape);
    case "boolean":
      return "boolean";
    default:
      return "anything";
  }
}

/** A schema as zod hands it to JSON Schema; only the keys that this page shows. */
export interface Shape {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Shape;
  readonly items?: Shape;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly $defs?: Readonly<Record<string, Shape>>;
}

function showObject(shape: Shape, indent: string): string {
  const { additionalProperties } = shape;
  if (typeof additionalProperties === "object" && shape.properties === undefined)
    return `{ [name: text]: ${showShape(additionalProperties, indent)} }`;
  const properties = Object.entries(shape.properties ?? {});
  if (properties.length === 0) return "{}";
  const inner = `${indent}  `;
  const lines = properties.map(([name, property]) => {
    const mark = shape.required?.includes(name) === true ? "" : "?";
    return `${name}${mark}: ${showShape(property, inner)}`;
  });
  const flat = `{ ${lines.join(", ")} }`;
  if (flat.length + indent.length <= 100 && !flat.includes("\n")) return flat;
  return `{\n${lines.map((line) => `${inner}${line}`).join("\n")}\n${indent}}`;
}

function showList(shape: Shape, indent: string): string {
  const item = showShape(shape.items ?? {}, indent);
  const isPlain = /^\w+$/.test(item) || /^\{[^]*\}$/.test(item);
  return `${isPlain ? item : `(${item})`}[${shape.maxItems === undefined ? "" : `≤ ${shape.maxItems}`}]`;
}

function showText({ pattern, minLength, maxLength }: Shape): string {
  if (pattern !== undefined) return `text /${pattern}/`;
  if (maxLength === undefined) return "text";
  return minLength === undefined ? `text ≤ ${maxLength}` : `text ${minLength}..${maxLength}`;
}

/** The range of a JavaScript date, which the schemas use for every point in time. */
const lastTime = 8.64e15;

function showNumber({ type, minimum, maximum }: Shape): string {
  if (maximum === lastTime && minimum === -lastTime) return "time";
  const word = type === "integer" ? "integer" : "number";
  const least = minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const most = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (least !== undefined && most !== undefined) return `${word} ${least}..${most}`;
  if (least !== undefined) return `${word} ≥ ${least}`;
  return most === undefined ? word : `${word} ≤ ${most}`;
}
