// The other end of the worker: requests in, promises out. When the worker dies or is closed, what
// was pending is rejected, and so is everything after.

import { Worker } from 'node:worker_threads';
import { StoreError } from '../store-error.ts';
import type { Answer, Job, Opened, Reply, Rows, Statement, WorkerData } from './messages.ts';

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export class SqliteConnection {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #end: StoreError | undefined;

  private constructor(worker: Worker, file: string) {
    this.#worker = worker;
    worker.on('message', (replies: readonly Reply[]) => {
      for (const { id, answer } of replies) {
        this.#pending.get(id)?.resolve(answer);
        this.#pending.delete(id);
      }
    });
    worker.on('error', (error: unknown) => this.#over(`The store of ${file} died: ${error}`));
    worker.on('exit', () => this.#over(`The store of ${file} is closed.`));
  }

  /** Rejects with a StoreError that says what is wrong with the file. */
  static async open(data: WorkerData): Promise<SqliteConnection> {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: data });
    const opened = await new Promise<Opened>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    if (!opened.opened) throw new StoreError(opened.code, opened.message);
    return new SqliteConnection(worker, data.file);
  }

  async query(statement: Statement, transaction?: number): Promise<Rows> {
    const job: Job = { kind: 'query', statement };
    const answer = await this.#ask(transaction === undefined ? job : { ...job, transaction });
    if ('rows' in answer) return answer.rows;
    throw new StoreError('failed', 'a query was answered like a batch');
  }

  /** False, and nothing changed, when a statement's `changes` were not met. */
  async batch(statements: readonly Statement[]): Promise<boolean> {
    const answer = await this.#ask({ kind: 'batch', statements });
    return 'done' in answer && answer.done;
  }

  async control(job: Job): Promise<void> {
    await this.#ask(job);
  }

  /** After what was asked before. */
  async close(): Promise<void> {
    if (this.#end !== undefined) return;
    await this.#ask({ kind: 'close' });
    await this.#worker.terminate();
  }

  async #ask(job: Job): Promise<Answer & { ok: true }> {
    if (this.#end !== undefined) throw this.#end;
    const id = ++this.#lastId;
    const answer = await new Promise<Answer>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ id, job });
    });
    if (!answer.ok) throw new StoreError(answer.code, answer.message);
    return answer;
  }

  #over(message: string): void {
    this.#end ??= new StoreError('closed', message);
    for (const { reject } of this.#pending.values()) reject(this.#end);
    this.#pending.clear();
  }
}
