// Reached over plain HTTP from another machine, a browser drops the session: the log-in says so, and by which way it does not.

import { chromium } from "@playwright/test";
import { Complaints, expect, hydrated, listen, test } from "./support";

test("the log-in says beside its form that nobody stays logged in over plain HTTP, and names the port of a tunnel", async ({ demo }) => {
  const port = new URL(demo.url).port;
  // A name of another machine, as far as the browser knows.
  const args = ["--no-sandbox", "--host-resolver-rules=MAP far.hufu.example 127.0.0.1"];
  const browser = await chromium.launch({ executablePath: process.env.HUFU_CHROMIUM, args });
  try {
    const context = await browser.newContext({ locale: "en" });
    const complaints = new Complaints();
    listen(context, complaints);
    const page = await context.newPage();
    await page.goto(`http://far.hufu.example:${port}/log-in`);
    await hydrated(page);
    const told = page.getByRole("alert").filter({ hasText: "will not keep you logged in" });
    await expect(told).toContainText(`http://127.0.0.1:${port}:`);
    await expect(told.locator("code")).toHaveText(`ssh -L ${port}:127.0.0.1:${port} you@hufu.example`);
    // Of a header that only HTTPS makes count the browser complains rightly.
    expect(complaints.heard.filter((text) => !text.includes("Cross-Origin-Opener-Policy"))).toEqual([]);
    await page.goto(`${demo.url}/log-in`);
    await hydrated(page);
    await expect(told).toHaveCount(0);
  } finally {
    await browser.close();
  }
});
