// The real binary beside its lab of TLS servers, and a page that fails the test when the browser
// or the server complains.

import { test as base, expect, type BrowserContext, type Page } from "@playwright/test";
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

const BINARY = process.env.HUFU_BINARY ?? "../target/debug/hufu";

/** A server of the lab. */
export interface Target {
  host: string;
  port: string;
}

/** `hufu demo`, or `hufu serve`, as it runs. */
export class Hufu {
  readonly output: string[] = [];
  private constructor(private readonly child: ChildProcess) {}

  /** Starts it on a free port and waits until it says where it listens. */
  static start(...options: string[]): Promise<Hufu> {
    return Hufu.startWith({}, ...options);
  }

  /** The same with more in its environment. */
  static startWith(environment: NodeJS.ProcessEnv, ...options: string[]): Promise<Hufu> {
    const last = options.includes("--empty") ? /\/set-up\?token=/ : /with the password/;
    return Hufu.run(["demo", ...options], environment, last);
  }

  /** `hufu serve` over a new database in this directory, as an operator would set it up. */
  static serve(directory: string, environment: NodeJS.ProcessEnv): Promise<Hufu> {
    return Hufu.run(["serve", "--data-dir", directory], environment, /\/set-up\?token=/);
  }

  /** Starts it and waits for the last line that it says before it is used. */
  private static async run(command: string[], environment: NodeJS.ProcessEnv, last: RegExp): Promise<Hufu> {
    const child = spawn(BINARY, [...command, "--listen", "127.0.0.1:0"], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...environment },
    });
    const hufu = new Hufu(child);
    await new Promise<void>((resolve, reject) => {
      for (const stream of [child.stdout!, child.stderr!]) {
        createInterface({ input: stream }).on("line", (line) => {
          hufu.output.push(line);
          if (last.test(line)) resolve();
        });
      }
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`hufu ended with ${code}:\n${hufu.output.join("\n")}`)));
    });
    return hufu;
  }

  get url(): string {
    return this.find(/(http:\/\/127\.0\.0\.1:\d+)/);
  }

  /** At the address where it listens, whatever address it was told to print. */
  get setUpLink(): string {
    return this.url + this.find(/(\/set-up\?token=\S+)/);
  }

  get password(): string {
    return this.find(/with the password (\S+)/);
  }

  /** The server of the lab with this name. */
  target(name: string): Target {
    const [host, port] = this.find(new RegExp(`^\\s+(${name}\\.\\S+:\\d+)`)).split(":");
    return { host, port };
  }

  /** Stops it as a service manager would; it must drain and end well, and never have panicked. */
  async stop(): Promise<void> {
    const ended = new Promise<number | null>((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGTERM");
    expect(await ended, this.output.join("\n")).toBe(0);
    const at = this.output.findIndex((line) => /panicked at| ERROR /.test(line));
    expect(at < 0 ? [] : this.output.slice(at, at + 12)).toEqual([]);
  }

  private find(pattern: RegExp): string {
    for (const line of this.output) {
      const found = pattern.exec(line);
      if (found) return found[1];
    }
    throw new Error(`nothing like ${pattern} in:\n${this.output.join("\n")}`);
  }
}

/** What the browser complained of while there was a server to ask. */
export class Complaints {
  readonly heard: string[] = [];
  private over = false;

  add(complaint: string): void {
    if (!this.over) this.heard.push(complaint);
  }

  /** A page that is still open asks on, and must not be blamed for a server that the test stops. */
  end(): void {
    this.over = true;
  }
}

/** Collects what the browser complains of: console, hydration, content security policy, panics. */
export function listen(context: BrowserContext, complaints: Complaints): void {
  const watch = (page: Page) => {
    page.on("console", (message) => {
      const text = message.text();
      // A server function that refuses, and a page that is not there; never a style sheet or a wasm.
      const asked = new URL(message.location().url || page.url()).pathname;
      const asset = /^\/pkg\/|\.(svg|txt|css|js|wasm)$/.test(asked);
      const refusedOnPurpose = !asset && /status of 4(03|04|09|22|29)/.test(text);
      if ((message.type() === "error" && !refusedOnPurpose) || /hydrat|panicked/i.test(text)) {
        complaints.add(`${page.url()}: ${text}`);
      }
    });
    page.on("pageerror", (error) => complaints.add(`${page.url()}: ${error.message}`));
  };
  context.pages().forEach(watch);
  context.on("page", watch);
}

/** Waits until the wasm has taken over the page. */
export async function hydrated(page: Page): Promise<void> {
  await page.waitForFunction(() => document.documentElement.dataset.hydrated === "true");
}

/** Makes the first account of an empty demo, and waits for the first page: its address comes before what it shows. */
export async function setUp(page: Page, hufu: Hufu): Promise<void> {
  await page.goto(hufu.setUpLink);
  await page.locator("input[name=login]").fill("chen");
  await page.locator("input[name=password]").fill("correct horse battery");
  await page.locator("input[name=password_again]").fill("correct horse battery");
  await page.locator("form.gate-form button").click();
  await expect(page).toHaveURL(`${hufu.url}/`);
  await expect(page.locator("input[name=app_id]")).toBeVisible();
}

/** Logs in to a filled demo, and waits for the first page in the same way. */
export async function logIn(page: Page, hufu: Hufu): Promise<void> {
  await page.goto(`${hufu.url}/log-in`);
  await page.locator("input[name=login]").fill("demo");
  await page.locator("input[name=password]").fill(hufu.password);
  await page.locator("form.gate-form button").click();
  await expect(page).toHaveURL(`${hufu.url}/`);
  await expect(page.locator("[data-part=programs]")).toBeVisible();
}

/** Waits until a filled demo, which probes by itself as it starts, has looked at all its servers, or at those with this
 * in their name. */
export async function firstProbes(page: Page, hufu: Hufu, name = ""): Promise<void> {
  await page.goto(`${hufu.url}/endpoints?q=${encodeURIComponent(name)}`);
  await expect(page.locator("tr[data-endpoint]").first()).toBeVisible();
  await expect(async () => {
    await page.goto(`${hufu.url}/endpoints?verdict=unknown&q=${encodeURIComponent(name)}`);
    // That nothing matches, in whatever language, with the way out of the filter.
    await expect(page.locator("main [role=status] a")).toBeVisible({ timeout: 200 });
  }).toPass({ timeout: 120_000 });
}

/** Waits for the word that it was saved, and takes it away before the next one. */
export async function saved(page: Page): Promise<void> {
  const toast = page.locator("[data-toast]", { hasText: /Saved\.|已保存。/ });
  await expect(toast).toBeVisible();
  await toast.getByRole("button").click();
  await expect(toast).toHaveCount(0);
}

interface Fixtures {
  /** A demo with an account and two mini programs. */
  demo: Hufu;
  /** A demo with nothing in it. */
  empty: Hufu;
  complaints: Complaints;
}

export const test = base.extend<Fixtures>({
  demo: async ({ complaints }, use) => {
    const hufu = await Hufu.start();
    await use(hufu);
    complaints.end();
    await hufu.stop();
  },
  empty: async ({ complaints }, use) => {
    const hufu = await Hufu.start("--empty");
    await use(hufu);
    complaints.end();
    await hufu.stop();
  },
  complaints: [
    async ({ context }, use) => {
      const complaints = new Complaints();
      listen(context, complaints);
      await use(complaints);
      expect(complaints.heard).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
