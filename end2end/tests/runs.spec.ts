// Probing a selection, everything, and calling it off; found again from the top bar.

import { expect, Hufu, hydrated, logIn, test } from "./support";

test("a run over everything is called off from another page, and a selection is probed", async ({ page, complaints }) => {
  // The server that hangs keeps a run busy for as long as a probe may take: what needs one under way comes first.
  const demo = await Hufu.start("--probe-timeout", "50");
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  await page.goto(`${demo.url}/endpoints`);
  await hydrated(page);
  await page.getByRole("button", { name: "Probe all" }).click();
  await expect(page).toHaveURL(`${demo.url}/endpoints/runs`);
  // Overview says how far they are, asks again, and keeps what it shows where the answer is a refusal.
  const overview = await page.context().newPage();
  await overview.goto(demo.url);
  await hydrated(overview);
  const running = overview.locator("[data-part=runs]");
  await expect(running.locator("progress").first()).toBeVisible();
  await expect(running.getByRole("status")).toContainText(/^Probe runs: [12]$/);
  await expect(running.locator("li").first()).toContainText(/\d+ of \d+ probed/);
  let asked = 0;
  await overview.route("**/api/overview/runs*", (route) => (asked++ === 0 ? route.fulfill({ status: 429 }) : route.continue()));
  await expect.poll(() => asked).toBeGreaterThan(1);
  await expect(running.locator("progress").first()).toBeVisible();
  await expect(running.getByRole("progressbar", { name: "Every endpoint" })).toBeVisible();
  const every = running.getByRole("listitem").filter({ hasText: "Every endpoint" });
  await expect(every).toContainText(/About (a minute|\d+ minutes) left\./);
  await expect(overview.locator("[data-part=programs]")).toBeVisible();

  await page.goto(`${demo.url}/check`);
  await page.getByRole("link", { name: /^Probe run(: Every endpoint|s: 2)$/ }).click();
  await hydrated(page);
  const run = page.locator("[data-run]").first();
  await run.getByRole("button", { name: "Call it off" }).click();
  await expect(run).toContainText(/Called off: \d+ of \d+ probed, with what was under way then\./, { timeout: 90_000 });
  // The demo's own first run waits for that server as well.
  await expect(running.getByRole("status")).toContainText("All of them have ended.", { timeout: 60_000 });
  await running.getByRole("button", { name: "Show what they found" }).click();
  await expect(running).toHaveCount(0);
  await overview.close();

  await page.goto(`${demo.url}/endpoints?q=good`);
  await hydrated(page);
  await page.getByRole("button", { name: "Probe the selected" }).click();
  await expect(page.getByText("Select at least one row.")).toBeVisible();
  for (const box of await page.locator("tr[data-endpoint] input[type=checkbox]").all()) await box.check();
  await page.getByRole("button", { name: "Probe the selected" }).click();
  await expect(page).toHaveURL(`${demo.url}/endpoints/runs`);
  await hydrated(page);
  await expect(page.locator("[data-run]").first()).toContainText("Done: 2 of 2 probed.", { timeout: 60_000 });
  // What is under way goes on; nobody listens when the server stops.
  await page.goto(`${demo.url}/check`);
  complaints.end();
  await demo.stop();
});

test("the top bar asks nothing while nobody looks at the page", async ({ page, demo }) => {
  await page.clock.install();
  await logIn(page, demo);
  await page.goto(`${demo.url}/check`);
  await hydrated(page);
  // From here on time goes as it is told to.
  await page.clock.pauseAt(Date.now() + 5_000);
  let asked = 0;
  const hide = (hidden: boolean) =>
    page.evaluate((hidden) => Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden }), hidden);
  await hide(true);
  page.on("request", (request) => {
    if (request.url().includes("/api/top-bar")) asked++;
  });
  await page.clock.runFor(60_000);
  await hide(false);
  await page.clock.runFor(15_000);
  // One that was sent while nobody looked would have come before this one, and is counted with it.
  await expect.poll(() => asked).toBeGreaterThan(0);
  expect(asked).toBe(1);
});

test("the top bar keeps what it shows where an answer does not come", async ({ page, demo }) => {
  await page.clock.install();
  await logIn(page, demo);
  await page.goto(`${demo.url}/check`);
  await hydrated(page);
  const account = page.getByRole("banner").getByRole("link", { name: "demo", exact: true });
  await expect(account).toBeVisible();
  let asked = 0;
  await page.route("**/api/top-bar*", (route) => {
    asked++;
    return route.fulfill({ status: 429 });
  });
  // The second is asked when the first was answered.
  for (const times of [1, 2]) {
    await page.clock.runFor(16_000);
    await expect.poll(() => asked).toBeGreaterThanOrEqual(times);
  }
  await expect(account).toBeVisible();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });
  test("a selection is probed by a plain form", async ({ page, demo }) => {
    await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
    await logIn(page, demo);
    await page.goto(`${demo.url}/endpoints?q=expired.lab`);
    await page.locator("tr[data-endpoint] input[type=checkbox]").check();
    await page.getByRole("button", { name: "Probe the selected" }).click();
    await expect(page).toHaveURL(`${demo.url}/endpoints/runs`);
    await expect(async () => {
      await page.reload();
      await expect(page.locator("[data-run]").first()).toContainText("1 of 1 probed.", { timeout: 500 });
    }).toPass();
  });
});
