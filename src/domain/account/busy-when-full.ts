// Password hashes and keys are made outside of the domain, few at once. It knows the error of a
// full queue by its name only (see ports.ts), and says BUSY to who came too late.

import { PaperclipError } from '../../contract/errors.ts';

export async function busyWhenFull<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && error.name === 'QueueFull') throw new PaperclipError('BUSY');
    throw error;
  }
}
