// The oldest Node that runs this. An older one fails somewhere deep, with a sentence about itself.

const nodeMajorMin = 24;

/** `version` as Node tells it: `26.10.0`. Undefined when it will do. */
export function nodeProblem(version: string): Readonly<{ text: string; fix: string }> | undefined {
  if (Number(version.split('.')[0]) >= nodeMajorMin) return undefined;
  return {
    text: `This is Node ${version}; Paperclip needs ${nodeMajorMin} or newer.`,
    fix: 'In a clone, `npm run paperclip -- ...` uses its own; else get one from https://nodejs.org.',
  };
}
