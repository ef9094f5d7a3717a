// A log line for a person: time, level, event, then the fields as `name=value`, and an error's
// stack below. pino-pretty prints some fields (`name` among them) as they came, line breaks and
// all; here whatever a stranger sent stays inside quotes.

type Line = Readonly<Record<string, unknown>>;

const levelColors: Readonly<Record<string, number>> = { debug: 34, info: 32, warn: 33, error: 31 };

/** `json` is a line of pino's, made with the settings of `logging.ts`. */
export function prettyLine(json: string, isColored: boolean): string {
  const { level, time, event, error, ...fields } = JSON.parse(json) as Line;
  const paint = (code: number, text: string) =>
    isColored ? `\u001b[${code}m${text}\u001b[39m` : text;
  const name = String(level);
  return [
    paint(90, localTime(String(time))),
    paint(levelColors[name] ?? 39, name.toUpperCase().padEnd(5)),
    String(event),
    ...Object.entries(fields).map(([key, value]) => `${paint(36, key)}=${shown(value)}`),
    ...(error === undefined ? [] : [errorText(error)]),
  ]
    .join(' ')
    .concat('\n');
}

/** `17:03:59.120` where the operator is. */
function localTime(iso: string): string {
  const date = new Date(iso);
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

const shown = (value: unknown): string =>
  typeof value === 'string' && /^[\w.:@/#+-]+$/.test(value)
    ? value
    : visible(JSON.stringify(value) ?? '');

/** The message quoted, since it may hold what a stranger sent; of the stack only the places. */
function errorText(error: unknown): string {
  const { type, message, stack } = (
    typeof error === 'object' && error !== null ? error : {}
  ) as Line;
  if (typeof stack !== 'string') return `error=${shown(error)}`;
  const places = stack.split('\n').filter((line) => /^ {4}at /.test(line));
  return [`error=${shown(type)} ${shown(message)}`, ...places.map(visible)].join('\n');
}

/** JSON leaves the second block of control characters as it is, and terminals obey some of them. */
const visible = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it removes
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '\ufffd');
