// The pages of a server in a real browser, without a network beyond this machine: the page at `/`
// leads on, and `/docs` shows every command and can run one.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type RunningServer, serve } from '../../src/app/server/index.ts';
import { commandTable } from '../../src/contract/commands.ts';
import { silentLog } from '../../src/contract/telemetry.ts';

const executablePath = process.env['PAPERCLIP_CHROMIUM'] ?? '/usr/bin/chromium';
const skip = existsSync(executablePath)
  ? false
  : `no browser at ${executablePath}; name one in PAPERCLIP_CHROMIUM`;

interface Visit {
  readonly page: Page;
  readonly server: RunningServer;
  /** Console errors, failed requests, and requests that would leave this machine. */
  readonly problems: string[];
}

async function visiting(run: (visit: Visit) => Promise<void>): Promise<void> {
  const server = await serve({ port: 0, udpPort: 0, hosts: 1, data: ':memory:', log: silentLog });
  let browser: Browser | undefined;
  try {
    browser = await chromium.launch({ executablePath, args: [...browserFlags] });
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    const problems: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('requestfailed', (request) => problems.push(`failed: ${request.url()}`));
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (protocol !== 'data:' && origin !== server.url) problems.push(`left: ${request.url()}`);
    });
    await run({ page, server, problems });
  } finally {
    await browser?.close();
    await server.close();
  }
}

const browserFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
] as const;

describe('in a browser', { skip }, () => {
  test('the page at / shows the games and leads to the docs', () =>
    visiting(async ({ page, server, problems }) => {
      await page.goto(server.url);
      assert.equal(await page.title(), 'Paperclip');
      const text = (await page.textContent('main')) ?? '';
      assert.match(text, /Rock, paper, scissors/);
      assert.match(text, new RegExp(`play guess --server ${server.url}`));
      await page.click('text=Every command');
      await page.waitForSelector('.opblock');
      assert.deepEqual(problems, []);
    }));

  test('the docs show every command and run one', () =>
    visiting(async ({ page, server, problems }) => {
      await page.goto(`${server.url}/docs`);
      await page.waitForSelector('#operations-operations-metrics');
      const summaries = await page.locator('.opblock-summary-description').allInnerTexts();
      for (const { summary } of Object.values(commandTable)) {
        assert.ok(summaries.includes(summary), summary);
      }
      const guest = page.locator('.opblock', { hasText: 'Play without an account' });
      await guest.locator('.opblock-summary').click();
      await guest.locator('textarea').fill('{"name":"mario"}');
      await guest.locator('button.execute').click();
      const answer = guest.locator('.live-responses-table .response');
      await answer.waitFor();
      const text = (await answer.textContent()) ?? '';
      assert.match(text, /200.*"kind": "guest".*"accessToken"/s);
      assert.deepEqual(problems, []);
    }));
});
