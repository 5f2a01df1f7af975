// Overview's parts below the mini programs: what has changed since yesterday, what ends next and who must act, domains
// without a filing, lists that are nearly full; each number is that of the list it leads to. With JavaScript and without.

import type { Locator, Page } from "@playwright/test";
import { expect, firstProbes, type Hufu, hydrated, logIn, test } from "./support";

const HOUR = 60 * 60 * 1000;
const part = (page: Page, name: string) => page.locator(`[data-part=${name}]`);
const total = async (page: Page) => Number(await page.locator("[data-total]").getAttribute("data-total"));
/** The link in the head of a column: it comes with the rows, and leads to the same filter. */
const sortedBy = (page: Page, column: string) => page.getByRole("columnheader", { name: column }).getByRole("link");

/** The day before today in China. */
const yesterday = () => new Date(Date.now() - 16 * HOUR).toISOString().slice(0, 10);

/** Goes there, and waits until the page is taken over where it ever is. */
type Go = (path: string) => Promise<void>;

const going = (page: Page, demo: Hufu, scripted: boolean): Go => async (path) => {
  await page.goto(`${demo.url}${path}`);
  if (scripted) await hydrated(page);
};

/** Logs in, in China's time, and waits until every server was looked at. */
async function arrive(page: Page, demo: Hufu): Promise<void> {
  for (const [name, value] of [["hufu_locale", "en"], ["hufu_zone", "+08:00"]]) {
    await page.context().addCookies([{ name, value, url: demo.url }]);
  }
  await logIn(page, demo);
  await firstProbes(page, demo);
}

/** The laboratory has an owner, the shop a list that is nearly full of a domain nobody has filed, and a good server of its
 * is looked for where another answers. */
async function arrange(page: Page, go: Go): Promise<void> {
  await go("/programs");
  await page.locator("tr[data-program] a", { hasText: "Laboratory" }).first().click();
  const settings = page.locator("#settings");
  await settings.getByLabel("Owner").selectOption({ label: "demo" });
  await settings.getByLabel("Tags").fill("lab");
  await settings.getByRole("button", { name: "Save" }).click();
  await expect(page.locator("header a.badge", { hasText: "lab" })).toBeVisible();

  await go("/programs");
  await page.locator("tr[data-program] a", { hasText: "Shop" }).first().click();
  await page.locator("#add select[name=api]").selectOption("udp");
  const entries = Array.from({ length: 16 }, (_, number) => `udp://u${number}.example.com:9000`);
  await page.locator("#add textarea").fill(entries.join("\n"));
  await page.locator("#add button.btn-primary").click();
  await expect(page.locator(`[data-entry='${entries[15]}']`)).toBeVisible();

  await go("/endpoints?q=good-rsa.");
  await page.locator("tr[data-endpoint]").getByRole("link", { name: "good-rsa." }).click();
  await expect(page).toHaveURL(/\/endpoints\/\d+$/);
  await page.getByLabel("IP addresses").fill("127.0.0.2");
  await page.getByRole("button", { name: "Use from now on" }).click();
  await expect(page.locator("[data-banner=route]")).toBeVisible();
  await expect(async () => {
    await page.reload();
    await expect(page.locator("h1 [data-verdict]")).toHaveAttribute("data-verdict", "fail", { timeout: 1_000 });
  }).toPass({ timeout: 60_000 });
}

/** The number at the end of a link. */
async function numberOf(link: Locator): Promise<number> {
  return Number(/\d+$/.exec((await link.textContent())!.trim())![0]);
}

async function look(page: Page, go: Go): Promise<void> {
  const changes = (name: string) => part(page, "changes").locator(`[data-all=${name}]`);
  const before = yesterday();
  await go("/");
  const days = [before, yesterday()];

  await test.step("what turned leads to its endpoint, and the list of what turned holds it alone", async () => {
    const turned = part(page, "changes").locator("[data-turned=fail]");
    await expect(turned).toHaveCount(1);
    await expect(turned).toContainText("good-rsa.");
    await expect(turned.locator("[data-verdict]")).toHaveCount(2);
    await turned.getByRole("link").click();
    await expect(page).toHaveURL(/\/endpoints\/\d+$/);
    await go(`/endpoints?turned=${days[0]}`);
    await expect(page.locator("tr[data-endpoint]")).toHaveCount(1);
    await expect(page.getByLabel("Verdict changed")).toHaveValue(days[0]);
    await page.getByLabel("Verdict changed").selectOption("7");
    await page.getByRole("button", { name: "Show" }).click();
    await expect(page).toHaveURL(/turned=7/);
    await expect(sortedBy(page, "Endpoint")).toHaveAttribute("href", /turned=7/);
    await expect(page.locator("tr[data-endpoint]")).toHaveCount(1);
  });

  await test.step("the new certificates are as many as their list has", async () => {
    await go("/");
    const count = await numberOf(changes("certificates"));
    expect(count).toBeGreaterThan(10);
    await changes("certificates").click();
    await expect(page).toHaveURL(/\/certificates\?since=\d{4}-\d{2}-\d{2}$/);
    const day = new URL(page.url()).searchParams.get("since")!;
    expect(days).toContain(day);
    await expect(page.locator("tr[data-certificate]").first()).toBeVisible();
    expect(await total(page)).toBe(count);
    await expect(page.getByLabel("First seen")).toHaveValue(day);
    await page.getByLabel("First seen").selectOption("1");
    await page.getByRole("button", { name: "Show" }).click();
    await expect(page).toHaveURL(/since=1/);
    await expect(sortedBy(page, "Names")).toHaveAttribute("href", /since=1/);
    expect(await total(page)).toBe(count);
  });

  await test.step("the acts are those of people, as many as the log has since the same midnight", async () => {
    await go("/");
    const count = await numberOf(changes("acts"));
    await changes("acts").click();
    await expect(page).toHaveURL(/\/audit\?by=people&from=\d{4}-\d{2}-\d{2}$/);
    await expect(page.locator("tr[data-action]").first()).toBeVisible();
    expect(await total(page)).toBe(count);
    await expect(page.getByLabel("Who")).toHaveValue("people");
    expect(days).toContain(await page.getByLabel("From (UTC+08:00)").inputValue());
  });

  await test.step("what ends next is a certificate, once, with who must act", async () => {
    await go("/");
    const rows = part(page, "expiring").locator("[data-expiring]");
    const ids = await rows.evaluateAll((all) => all.map((row) => row.getAttribute("data-expiring")!));
    expect(ids.length).toBeGreaterThan(1);
    expect(ids.length).toBeLessThanOrEqual(10);
    expect(new Set(ids).size).toBe(ids.length);
    const soon = rows.filter({ hasText: "expires-soon." });
    await expect(soon).toContainText("Laboratory");
    await expect(soon).toContainText(/Who must act\s*demo/);
    const id = await soon.getAttribute("data-expiring");
    await soon.getByRole("link").first().click();
    await expect(page).toHaveURL(new RegExp(`/certificates/${id}$`));
    await expect(page.getByRole("heading", { level: 1 })).toContainText("expires-soon.");
    await go("/certificates");
    await expect(page.locator(`tr[data-certificate='${id}'] [data-label='Who must act']`)).toHaveText("demo");
  });

  await test.step("a gap leads to its filings, and a full list to its mini program", async () => {
    await go("/");
    const gap = part(page, "icp").locator("[data-gap=unknown]");
    await expect(gap).toContainText("example.com");
    await gap.getByRole("link").click();
    await expect(page).toHaveURL(/\/icp\?state=unknown$/);
    await expect(page.locator("tr[data-domain]")).toHaveCount(1);
    await go("/");
    const full = part(page, "quota").locator("[data-quota=udp]");
    await expect(full).toContainText("16 / 20");
    await full.getByRole("link").click();
    await expect(page).toHaveURL(/\/programs\/\d+#udp$/);
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Shop");
  });
}

test("every part of Overview leads to all of what it tells", async ({ page, demo }) => {
  await arrive(page, demo);
  const go = going(page, demo, true);
  await arrange(page, go);
  await look(page, go);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });
  test("every part of Overview leads to all of what it tells", async ({ page, demo }) => {
    await arrive(page, demo);
    const go = going(page, demo, false);
    await arrange(page, go);
    await look(page, go);
  });
});
