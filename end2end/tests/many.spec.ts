// Ten thousand endpoints: lists page in the database, and every page keeps its shape.

import type { Page } from "@playwright/test";
import { expect, Hufu, hydrated, logIn, test } from "./support";

const MANY = 10_000;
const rows = (page: Page) => page.locator("tr[data-endpoint]");
const total = (page: Page) => page.locator("[data-total]");

// One after the other: loading so many takes longer than looking at them.
test.describe.configure({ mode: "default" });

let hufu: Hufu;

test.beforeAll(async () => {
  test.setTimeout(600_000);
  hufu = await Hufu.start("--endpoints", String(MANY));
});

test.afterAll(async () => hufu?.stop());

/** Nothing sticks out, on a desk and on a telephone; a screenshot of what is seen first. */
async function examine(page: Page, name: string): Promise<void> {
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect.soft(wide, `${name} is wider than ${width} px`).toBeLessThanOrEqual(0);
    await page.screenshot({ path: `artefacts/many-${name}-${width}.png` });
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

test("each list of ten thousand is filtered, sorted and paged to its end", async ({ page }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: hufu.url }]);
  await logIn(page, hufu);
  await hydrated(page);
  const counts = page.locator("[data-count] .text-xl");
  const counted = () => counts.evaluateAll((all) => all.reduce((sum, count) => sum + Number(count.textContent), 0));
  await expect.poll(counted).toBeGreaterThan(MANY);
  await examine(page, "overview");

  const programs = page.locator("[data-part=programs]");
  const shown = () => programs.locator("[data-program]").evaluateAll((all) => all.map((row) => row.getAttribute("data-program")!));
  const next = programs.getByRole("link", { name: "Next" });
  let on = await shown();
  const seen = [...on];
  expect(on).toHaveLength(20);
  for (let number = 2; (await next.count()) > 0; number++) {
    const before = on;
    await next.click();
    await expect(page).toHaveURL(`${hufu.url}/?page=${number}`);
    await expect.poll(shown).not.toEqual(before);
    on = await shown();
    seen.push(...on);
  }
  const told = await programs.getByRole("link", { name: /^Show all/ }).textContent();
  expect([seen.length, new Set(seen).size].map(String)).toEqual([/\d+/.exec(told!)![0], /\d+/.exec(told!)![0]]);
  await programs.getByRole("link", { name: "First" }).click();
  await expect(page).toHaveURL(`${hufu.url}/`);

  await page.getByRole("link", { name: "Endpoints", exact: true }).click();
  await expect(rows(page)).toHaveCount(50);
  const all = Number(await total(page).getAttribute("data-total"));
  expect(all).toBeGreaterThan(MANY);
  await examine(page, "endpoints");

  await page.getByRole("link", { name: "Last" }).click();
  const pages = Math.ceil(all / 50);
  await expect(page.getByText(`Page ${pages} of ${pages}`)).toBeVisible();
  await expect(rows(page)).toHaveCount(all - (pages - 1) * 50);
  await page.getByRole("link", { name: "Previous" }).click();
  await expect(page.getByText(`Page ${pages - 1} of ${pages}`)).toBeVisible();
  await expect(rows(page)).toHaveCount(50);

  await page.locator("main").getByLabel("Search").fill("upload.jade");
  await page.locator("main").getByLabel("Search").press("Enter");
  await expect(page).toHaveURL(/q=upload\.jade/);
  await expect(rows(page).first()).toContainText("upload.jade");
  // Of the eight servers of a company one is for uploads, and the fourth of each twelve is called so.
  await expect(total(page)).toHaveAttribute("data-total", String(Math.floor(MANY / 8 / 12)));
  const head = page.getByRole("columnheader", { name: "Endpoint" });
  await head.getByRole("link").click();
  await expect(head).toHaveAttribute("aria-sort", "ascending");
  await expect(async () => {
    const targets = await rows(page).evaluateAll((found) => found.map((row) => row.querySelector("a")!.textContent!));
    expect(targets).toHaveLength(50);
    expect(targets).toEqual([...targets].sort());
  }).toPass({ timeout: 30_000 });
  await examine(page, "endpoints-filtered");

  await rows(page).first().getByRole("link").first().click();
  await expect(page).toHaveURL(/\/endpoints\/\d+$/);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("upload.jade");
  await examine(page, "endpoint");
});

test("certificates, filings, mini programs and the audit of ten thousand", async ({ page }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: hufu.url }]);
  await logIn(page, hufu);
  for (const [path, row, least] of [
    ["certificates", "tr[data-certificate]", MANY / 4],
    ["icp", "tr[data-domain]", MANY / 8],
  ] as const) {
    await page.goto(`${hufu.url}/${path}`);
    await hydrated(page);
    await expect(page.locator(row)).toHaveCount(50);
    const all = Number(await total(page).getAttribute("data-total"));
    expect(all, path).toBeGreaterThanOrEqual(least);
    await examine(page, path);
    await page.getByRole("link", { name: "Last" }).click();
    const pages = Math.ceil(all / 50);
    await expect(page.getByText(`Page ${pages} of ${pages}`)).toBeVisible();
    await expect(page.locator(row)).toHaveCount(all - (pages - 1) * 50);

    const sizes = page.getByRole("navigation", { name: "Rows on a page" });
    await expect(sizes.locator("[aria-current]")).toHaveText("50");
    await sizes.getByRole("link", { name: "200" }).click();
    await expect(page).toHaveURL(/size=200/);
    await expect(page.locator(row)).toHaveCount(200);
    await expect(sizes.locator("[aria-current]")).toHaveText("200");
    // It is kept by the other pages, by another order and by the filter.
    await page.getByRole("link", { name: "Next" }).click();
    await expect(page.getByText(`Page 2 of ${Math.ceil(all / 200)}`)).toBeVisible();
    await page.locator("thead a").first().click();
    await expect(page).toHaveURL(/sort=.*size=200/);
    await page.locator("main").getByRole("searchbox").fill("a");
    await page.locator("main").getByRole("searchbox").press("Enter");
    await expect(page).toHaveURL(/q=a.*size=200/);
  }
  await page.goto(`${hufu.url}/audit?action=all`);
  await hydrated(page);
  await expect(page.locator("tr[data-action]")).toHaveCount(50);
  // Two lines an endpoint: more than are counted, and all can be reached.
  await expect(total(page)).toHaveText(/More than 10,?000/i);
  await expect(page.getByRole("link", { name: "Last" })).toHaveCount(0);
  await examine(page, "audit");
  await page.goto(`${hufu.url}/audit?action=all&page=${(2 * MANY) / 50}`);
  await expect(page.locator("tr[data-action]")).toHaveCount(50);
  await page.goto(`${hufu.url}/programs`);
  await hydrated(page);
  await examine(page, "programs");
  await page.locator("[data-program] a").first().click();
  await expect(page).toHaveURL(/\/programs\/\d+/);
  // Its lists have some 360 entries, which a slow machine draws slowly.
  await expect(page.locator("#settings")).toBeVisible({ timeout: 90_000 });
  // Each element of an entry is made hundreds of times before anything is seen: its form waits until it is opened.
  const [entries, elements] = await page.evaluate(() => ["[data-entry]", "[data-entry] *"].map((all) => document.querySelectorAll(all).length));
  expect(entries).toBeGreaterThan(300);
  expect(elements / entries).toBeLessThan(45);
  await examine(page, "program");
});
