// The certificates: what ends next, where it is served, and the file itself; with JavaScript and
// without.

import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expect, firstProbes, type Hufu, hydrated, logIn, test } from "./support";

const rows = (page: Page) => page.locator("tr[data-certificate]");

/** Waits until every server of the demo was looked at, then opens the list. */
async function listed(page: Page, demo: Hufu): Promise<number> {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await firstProbes(page, demo);
  await page.goto(`${demo.url}/certificates`);
  return Number(await page.locator("[data-total]").getAttribute("data-total"));
}

test("what ends next is found, opened and saved", async ({ page, demo }) => {
  await logIn(page, demo);
  const total = await listed(page, demo);
  await hydrated(page);
  expect(total).toBeGreaterThan(10);
  await expect(rows(page)).toHaveCount(total);
  await expect(rows(page).first()).toContainText("expired.lab.hufu.example");

  await test.step("a bar of the timeline leads to the certificates it counts", async () => {
    const bar = page.locator("[data-timeline] li[data-week='0']");
    const count = Number(await bar.getAttribute("data-count"));
    expect(count).toBeGreaterThan(0);
    await bar.getByRole("link").click();
    await expect(page).toHaveURL(/days=0-7/);
    await expect(rows(page)).toHaveCount(count);
    await expect(page.getByLabel("Ends")).toHaveValue("0-7");
    await page.getByRole("link", { name: "Clear the filters" }).click();
    await expect(rows(page)).toHaveCount(total);
    await page.getByRole("link", { name: "Ended and still in use" }).click();
    await expect(rows(page)).toHaveCount(1);
  });

  await test.step("by a part of its name, and by its fingerprint", async () => {
    await page.getByRole("link", { name: "Clear the filters" }).click();
    await expect(rows(page)).toHaveCount(total);
    await page.locator("main").getByRole("searchbox", { name: "Search" }).fill("expires-soon");
    await page.locator("main").getByRole("searchbox", { name: "Search" }).press("Enter");
    await expect(rows(page)).toHaveCount(1);
    await expect(page).toHaveURL(/q=expires-soon/);
    const sha256 = (await rows(page).getAttribute("data-certificate"))!;
    await page.locator("main").getByRole("searchbox", { name: "Search" }).fill(sha256.toUpperCase().replace(/(..)(?=.)/g, "$1:"));
    await page.getByRole("button", { name: "Show" }).click();
    await expect(page).toHaveURL(/q=[0-9A-F]{2}%3A/);
    // The heads come with the rows.
    await expect(page.getByRole("columnheader", { name: "Names" }).getByRole("link")).toHaveAttribute("href", /q=[0-9A-F]{2}%3A/);
    await expect(rows(page)).toHaveCount(1);
    await expect(rows(page)).toContainText("expires-soon.lab.hufu.example");
  });

  await test.step("its page says where it is served and gives it away", async () => {
    await rows(page).getByRole("link").first().click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("expires-soon.lab.hufu.example");
    await expect(page.locator("[data-places='1'] tbody tr")).toHaveCount(1);
    await expect(page.locator("#programs").getByRole("link")).toHaveText("实验室 · Laboratory");
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "PEM" }).click()]);
    expect(download.suggestedFilename()).toMatch(/^expires-soon\.lab\.hufu\.example-[0-9a-f]{8}\.pem$/);
    expect(await readFile(await download.path(), "utf8")).toMatch(/^-----BEGIN CERTIFICATE-----\n[\s\S]+\n-----END CERTIFICATE-----\n$/);
  });

  await test.step("the endpoint's chain leads back to it", async () => {
    const address = page.url();
    await page.locator("[data-places] tbody a").first().click();
    await expect(page).toHaveURL(/\/endpoints\/\d+$/);
    await page.locator("[data-card=leaf] dd a").click();
    await expect(page).toHaveURL(address);
  });

  await test.step("the order turns round", async () => {
    await page.goto(`${demo.url}/certificates`);
    await hydrated(page);
    const names = () => rows(page).evaluateAll((all) => all.map((row) => row.querySelector("a")!.textContent!));
    const ascending = (await names()).sort();
    expect(ascending).toHaveLength(total);
    const head = page.getByRole("columnheader", { name: "Names" });
    await head.getByRole("link").click();
    await expect(head).toHaveAttribute("aria-sort", "ascending");
    await expect.poll(names).toEqual(ascending);
    await head.getByRole("link").click();
    await expect(head).toHaveAttribute("aria-sort", "descending");
    await expect.poll(names).toEqual([...ascending].reverse());
  });
});

test("the overview shows the same weeks", async ({ page, demo }) => {
  await logIn(page, demo);
  await listed(page, demo);
  const weeks = () => page.locator("[data-timeline] li").evaluateAll((all) => all.map((week) => week.getAttribute("data-count")));
  const expected = await weeks();
  expect(expected).toHaveLength(13);
  await page.goto(`${demo.url}/`);
  await hydrated(page);
  await expect.poll(weeks).toEqual(expected);
  await page.locator("[data-timeline] li[data-week='0'] a").click();
  await expect(page).toHaveURL(/\/certificates\?days=0-7$/);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });
  test("the list filters, sorts and leads to the file", async ({ page, demo }) => {
    await logIn(page, demo);
    await listed(page, demo);
    await page.getByLabel("Ends").selectOption("7");
    await page.getByRole("button", { name: "Show" }).click();
    await expect(page).toHaveURL(/days=7/);
    // It stands above the rows, some of which may still be on their way.
    const count = Number(await page.locator("[data-total]").getAttribute("data-total"));
    expect(count).toBeGreaterThan(1);
    await expect(rows(page)).toHaveCount(count);
    await page.getByRole("columnheader", { name: "Names" }).getByRole("link").click();
    await expect(page).toHaveURL(/days=7.*sort=name/);
    await expect(rows(page)).toHaveCount(count);
    await rows(page).getByRole("link").first().click();
    const href = await page.getByRole("link", { name: "DER" }).getAttribute("href");
    const answer = await page.request.get(`${demo.url}${href}`);
    expect(answer.headers()["content-type"]).toBe("application/pkix-cert");
    // A DER SEQUENCE with a length of two octets.
    expect((await answer.body()).subarray(0, 2).toString("hex")).toBe("3082");
  });
});
