// What is typed before the page is taken over stays, and the page knows it.

import { expect, hydrated, logIn, test } from "./support";

test("what was typed before the page was taken over stays", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  await page.goto(`${demo.url}/programs`);
  const program = await page.locator("[data-program] a").first().getAttribute("href");

  // The code of the pages is held back until everything has been typed.
  let release = () => {};
  const typed = new Promise<void>((resolve) => (release = resolve));
  await page.route(/\.wasm$/, async (route) => {
    await typed;
    await route.continue();
  });
  const early = async (path: string, type: () => Promise<void>) => {
    await page.goto(`${demo.url}${path}`, { waitUntil: "commit" });
    await type();
    await expect(page.locator("html")).not.toHaveAttribute("data-hydrated", "true");
  };

  await early(program!, async () => {
    const paste = page.locator("#add");
    await paste.locator("textarea").fill("https://early.example.com/path");
    await paste.locator("select").selectOption("upload");
  });
  release();
  await hydrated(page);
  const paste = page.locator("#add");
  await expect(paste.locator("textarea")).toHaveValue("https://early.example.com/path");
  await expect(paste.locator("select")).toHaveValue("upload");
  // And it is judged as if it had been typed now.
  await expect(paste.getByText("https://early.example.com", { exact: true })).toBeVisible();

  await page.unrouteAll();
  for (const [path, field, text] of [
    ["/check/certificate", "textarea[name=pem]", "early"],
    ["/check/certificate", "input[name=host]", "early.example.com"],
    ["/endpoints", "main input[name=q]", "early"],
    ["/audit", "input[name=from]", "2026-01-31"],
  ]) {
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route(/\.wasm$/, async (route) => {
      await held;
      await route.continue();
    });
    await early(path, () => page.locator(field).fill(text));
    release();
    await hydrated(page);
    await expect(page.locator(field)).toHaveValue(text);
    await page.unrouteAll();
  }
});

test("a page has its title all the while it is taken over", async ({ page, demo }) => {
  await logIn(page, demo);
  await page.addInitScript(() => {
    const titles: string[] = [];
    Object.assign(window, { titles });
    const look = () => {
      // Before the head has come there is none.
      if (document.title !== "" || titles.length > 0) titles.push(document.title);
      requestAnimationFrame(look);
    };
    look();
  });
  await page.goto(`${demo.url}/programs`);
  const program = await page.locator("[data-program] a").first().getAttribute("href");
  for (const path of ["/endpoints", program!]) {
    await page.goto(`${demo.url}${path}`);
    await hydrated(page);
    const titles = () => page.evaluate(() => (window as unknown as { titles: string[] }).titles);
    await expect.poll(async () => (await titles()).length, path).toBeGreaterThan(0);
    expect(await titles(), path).not.toContain("");
  }
});
