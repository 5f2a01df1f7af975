// A narrow telephone: every page of the console is one tap away, and a list is read without scrolling
// sideways.

import type { Page } from "@playwright/test";
import { broken } from "./axe";
import { expect, firstProbes, type Hufu, hydrated, logIn, test } from "./support";

test.use({ viewport: { width: 360, height: 740 } });

const PLACES = ["Overview", "Mini programs", "Endpoints", "Certificates", "ICP", "Alerts", "Check", "Audit", "Help", "Settings"];

const navigation = (page: Page) => page.getByRole("navigation", { name: "Main navigation" });
const menu = (page: Page) => navigation(page).locator("summary");

/** In English, logged in. */
async function enter(page: Page, hufu: Hufu): Promise<void> {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: hufu.url }]);
  await logIn(page, hufu);
}

/** The menu leads to every part of the console. */
async function everyPlace(page: Page): Promise<void> {
  for (const place of PLACES) {
    await expect(navigation(page).getByRole("link", { name: place, exact: true })).toBeHidden();
    await menu(page).click();
    await expect(navigation(page).getByRole("listitem")).toHaveCount(PLACES.length);
    const link = navigation(page).getByRole("link", { name: place, exact: true });
    await expect(link).toBeInViewport({ ratio: 1 });
    const there = await link.getAttribute("href");
    await link.click();
    await expect(page).toHaveURL((url) => url.pathname === there);
    await expect(link).toBeHidden();
    await expect(page.locator("details.rail-folded[open]")).toHaveCount(0);
  }
  await expect(page).toHaveURL(/\/settings$/);
  await menu(page).click();
  await expect(navigation(page).getByRole("link", { name: "Settings" })).toHaveAttribute("aria-current", "page");
}

test("the menu has all that the rail and the top bar have elsewhere", async ({ page, demo }) => {
  await enter(page, demo);
  await hydrated(page);
  await everyPlace(page);

  await page.keyboard.press("Escape");
  await expect(menu(page)).toBeFocused();
  await expect(navigation(page).getByRole("link", { name: "Audit" })).toBeHidden();
  await page.keyboard.press("Enter");
  await navigation(page).getByRole("link", { name: "Audit" }).focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/audit$/);
  await expect(page.locator("main")).toBeFocused();

  for (const theme of ["Light", "Dark"]) {
    await menu(page).click();
    await navigation(page).getByRole("button", { name: theme }).click();
    await expect(page.locator("html")).toHaveAttribute("data-theme", `hufu-${theme.toLowerCase()}`);
    await hydrated(page);
    await menu(page).click();
    await page.screenshot({ path: `artefacts/menu-${theme.toLowerCase()}.png` });
    expect.soft(await broken(page), theme).toEqual([]);
    await menu(page).click();
  }
  await menu(page).click();
  await navigation(page).getByRole("link", { name: "demo", exact: true }).click();
  await expect(page).toHaveURL(/\/settings$/);
  await expect(page.locator("details.rail-folded[open]")).toHaveCount(0);
  await menu(page).click();
  await navigation(page).getByRole("button", { name: "Log out" }).click();
  await expect(page).toHaveURL(/\/log-in/);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });
  test("the menu leads everywhere", async ({ page, demo }) => {
    await enter(page, demo);
    await everyPlace(page);
  });
});

/** What sticks out of the screen, or of what scrolls for itself. */
const sticksOut = (page: Page) =>
  page.evaluate(() => {
    const wide = (element: Element) => element.scrollWidth > element.clientWidth;
    const tables = [...document.querySelectorAll("table.columns")].filter((table) => wide(table) || wide(table.parentElement!));
    return [document.documentElement].filter(wide).length + tables.length;
  });

/** Labels and ports of hosts that stand on two lines; a label with a hyphen may. */
const cut = (page: Page) =>
  page.locator("wbr").evaluateAll((all) => {
    const names = new Set(all.map((wbr) => wbr.parentElement!));
    const texts = [...names].flatMap((name) => [...name.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE));
    const lines = (text: Node) => {
      const range = document.createRange();
      range.selectNodeContents(text);
      return range.getClientRects().length;
    };
    return texts.filter((text) => /^:?\w+\.?$/.test(text.textContent!) && lines(text) > 1).map((text) => text.textContent);
  });

test("each list is a card a row, and its values say what they are", async ({ page, demo }) => {
  await enter(page, demo);
  await firstProbes(page, demo);
  const program = await page.goto(`${demo.url}/programs`).then(() => page.locator("tr[data-program] a").first().getAttribute("href"));
  const endpoint = await page.goto(`${demo.url}/endpoints?q=good-rsa`).then(() => page.locator("tr[data-endpoint] a").first().getAttribute("href"));
  const certificate = await page.goto(`${demo.url}/certificates`).then(() => page.locator("tr[data-certificate] a").first().getAttribute("href"));
  for (const [path, label] of [
    ["/programs", "Entries"],
    ["/endpoints", "Certificate ends"],
    ["/certificates", "Issuer"],
    ["/icp", "Number"],
    ["/audit?action=all", "Action"],
    [endpoint!, "Handshake"],
    [certificate!, "Since"],
    ["/icp/hufu.example", "Entry"],
  ]) {
    await page.goto(`${demo.url}${path}`);
    await hydrated(page);
    expect.soft(await sticksOut(page), path).toBe(0);
    expect.soft(await cut(page), path).toEqual([]);
    const cell = page.locator(`table.columns [data-label="${label}"]`).first();
    await expect(cell, path).toBeVisible();
    const said = await cell.evaluate((element) => getComputedStyle(element, "::before").content);
    expect.soft(said, path).toContain(label);
    // Laid out as cards, it is a table still for whoever hears it.
    expect.soft(await page.getByRole("row").count(), path).toBeGreaterThan(1);
    expect.soft(await page.getByRole("cell").count(), path).toBeGreaterThan(1);
  }
  await page.goto(`${demo.url}${program}`);
  expect.soft(await sticksOut(page), "program").toBe(0);
  for (const path of ["/", "/alerts", "/settings/people", "/endpoints/runs", "/search?q=example"]) {
    await page.goto(`${demo.url}${path}`);
    expect.soft(await sticksOut(page), path).toBe(0);
    expect.soft(await cut(page), path).toEqual([]);
  }
});

test("a list of cards is sorted by the heads that remain", async ({ page, demo }) => {
  await enter(page, demo);
  await page.goto(`${demo.url}/endpoints`);
  await hydrated(page);
  const targets = () => page.locator("tr[data-endpoint]").evaluateAll((all) => all.map((row) => row.getAttribute("data-endpoint")!));
  const ascending = (await targets()).sort();
  expect(ascending.length).toBeGreaterThan(10);
  const head = page.getByRole("columnheader", { name: "Endpoint" });
  await head.getByRole("link").click();
  await expect(page).toHaveURL(/sort=target/);
  await expect(head).toHaveAttribute("aria-sort", "ascending");
  await expect.poll(targets).toEqual(ascending);
  await head.getByRole("link").click();
  await expect(page).toHaveURL(/order=reversed/);
  await expect.poll(targets).toEqual([...ascending].reverse());
});
