// The list of endpoints: filter, sort, share the URL, go back; with JavaScript and without.

import type { Page } from "@playwright/test";
import { expect, hydrated, logIn, test } from "./support";

const rows = (page: Page) => page.locator("tr[data-endpoint]");

/** Waits until the schedule has looked at every server of the demo. */
async function allProbed(page: Page, url: string): Promise<number> {
  await expect(async () => {
    await page.goto(`${url}/endpoints?verdict=unknown`);
    await expect(rows(page)).toHaveCount(0, { timeout: 200 });
  }).toPass({ timeout: 60_000 });
  await page.goto(`${url}/endpoints`);
  return Number(await page.locator("[data-total]").getAttribute("data-total"));
}

test("what fails is found by filters, the order turns round, and the URL holds it all", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  const total = await allProbed(page, demo.url);
  await hydrated(page);
  expect(total).toBeGreaterThan(10);
  await expect(rows(page)).toHaveCount(total);
  const worst = rows(page).first().locator("[data-verdict]").first();
  await expect(worst).toHaveAttribute("data-verdict", "fail");

  await page.getByLabel("Search").fill("missing-intermediate");
  await page.getByLabel("Search").press("Enter");
  await expect(rows(page)).toHaveCount(1);
  await expect(page).toHaveURL(/[?&]q=missing-intermediate/);
  await expect(page.getByLabel("Search")).toBeFocused();
  await expect(rows(page)).toContainText("an intermediate is missing");

  await page.getByRole("link", { name: "Clear the filters" }).click();
  await expect(rows(page)).toHaveCount(total);
  await expect(page.getByLabel("Search")).toHaveValue("");

  await page.getByText("More filters").click();
  await page.getByRole("combobox", { name: "Certificate" }).selectOption("0");
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page).toHaveURL(/days=0/);
  await expect(rows(page).filter({ hasText: "expired." })).toHaveCount(1);
  await expect(rows(page)).toHaveCount(1);

  await page.goBack();
  await expect(rows(page)).toHaveCount(total);
  await expect(page.getByRole("combobox", { name: "Certificate" })).toHaveValue("");

  const targets = () => rows(page).evaluateAll((all) => all.map((row) => row.getAttribute("data-endpoint")!));
  const head = page.getByRole("columnheader", { name: "Endpoint" });
  await head.getByRole("link").click();
  await expect(head).toHaveAttribute("aria-sort", "ascending");
  const ascending = await targets();
  await head.getByRole("link").click();
  await expect(head).toHaveAttribute("aria-sort", "descending");
  await expect.poll(targets).toEqual([...ascending].reverse());

  await rows(page).first().getByRole("link").first().click();
  await expect(page).toHaveURL(/\/endpoints\/\d+$/);
  await page.goBack();
  await expect(head).toHaveAttribute("aria-sort", "descending");
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });
  test("the list filters and sorts", async ({ page, demo }) => {
    await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
    await logIn(page, demo);
    await allProbed(page, demo.url);
    await page.getByLabel("Result").selectOption("unreachable");
    await page.getByRole("button", { name: "Show" }).click();
    await expect(rows(page).filter({ hasText: "refuses." })).toHaveCount(1);
    for (const verdict of await rows(page).locator("td:nth-child(2) [data-verdict]").all()) {
      await expect(verdict).toHaveAttribute("data-verdict", "unreachable");
    }
    await page.getByRole("link", { name: "Probed" }).click();
    await expect(page).toHaveURL(/verdict=unreachable.*sort=probed/);
    await expect(page.getByLabel("Result")).toHaveValue("unreachable");
  });
});
