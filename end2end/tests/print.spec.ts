// On a sheet of A4 a list is a table still, with nothing to press; and on a wide screen its head stays in sight.

import { expect, firstProbes, hydrated, logIn, test } from "./support";

/** 210 mm less the margins that a browser leaves, at 96 px an inch. */
const SHEET = { width: 718, height: 1047 };

test("every list prints as a table, without anything to press", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  // There are certificates once a server was looked at.
  await firstProbes(page, demo, "good");
  for (const path of ["/programs?q=a", "/endpoints", "/certificates", "/icp", "/audit?action=all", "/icp/hufu.example"]) {
    await page.emulateMedia({ media: "screen" });
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(`${demo.url}${path}`);
    await hydrated(page);
    await expect(page.locator("table.columns tbody tr").first()).toBeVisible();
    await page.setViewportSize(SHEET);
    const table = page.locator("table.columns").first();
    // So narrow, a list on a screen is cards.
    if (path !== "/icp/hufu.example") expect.soft(await table.evaluate((it) => getComputedStyle(it).display), path).toBe("block");
    await page.emulateMedia({ media: "print" });
    const laidOut = await table.evaluate((it) => {
      const of = (element: Element, pseudo?: string) => getComputedStyle(element, pseudo);
      const head = it.querySelector("thead tr")!;
      const cells = [...it.querySelectorAll("tbody tr:first-child > td")].map((cell) => of(cell).display);
      return {
        displays: [of(it).display, of(it.tHead!).display, of(head).display, ...new Set(cells.filter((display) => display !== "none"))],
        sortBy: of(head, "::before").content,
        cut: it.scrollWidth - it.parentElement!.clientWidth,
      };
    });
    expect.soft(laidOut, path).toEqual({
      displays: ["table", "table-header-group", "table-row", "table-cell"],
      sortBy: "none",
      cut: expect.any(Number),
    });
    // Each cell is under its own head.
    const [heads, cells] = await table.evaluate((it: HTMLTableElement) =>
      [it.tHead!.rows[0], it.tBodies[0].rows[0]].map((row) => [...row.cells].filter((cell) => getComputedStyle(cell).display !== "none").length),
    );
    expect.soft(heads, `heads of ${path}`).toBe(cells);
    expect.soft(laidOut.cut, `${path} is wider than the sheet`).toBeLessThanOrEqual(0);
    for (const control of ["button", "input", "select", "textarea", ".btn", "nav"]) {
      expect.soft(await page.locator(control).filter({ visible: true }).count(), `${control} of ${path}`).toBe(0);
    }
    expect((await page.pdf({ format: "A4" })).length, path).toBeGreaterThan(1_000);
  }
});

test("the lists of a mini program print without the ways to change an entry", async ({ page, demo }) => {
  await logIn(page, demo);
  await page.goto(`${demo.url}/programs/1`);
  await hydrated(page);
  const ways = page.locator("[data-entry] summary").filter({ visible: true });
  await expect(ways).not.toHaveCount(0);
  await ways.first().click();
  await page.emulateMedia({ media: "print" });
  await expect(ways).toHaveCount(0);
  await expect(page.locator("[data-entry] form").filter({ visible: true })).toHaveCount(0);
  await expect(page.locator("[data-entry] .badge").first()).toBeVisible();
});

test("the head of a long list stays in sight on a wide screen", async ({ page, demo }) => {
  await logIn(page, demo);
  await page.goto(`${demo.url}/endpoints`);
  await hydrated(page);
  await page.setViewportSize({ width: 1440, height: 400 });
  const head = page.locator("table.columns thead");
  await page.locator("tr[data-endpoint]").last().scrollIntoViewIfNeeded();
  await expect(head).toBeInViewport({ ratio: 1 });
  const { y, height } = (await head.boundingBox())!;
  expect(y).toBeCloseTo(0, 0);

  // It covers nothing that the focus moves up to.
  await page.locator("tr[data-endpoint] a[href^='/endpoints/']").last().focus();
  for (let back = 0; back < 16; back++) {
    await page.keyboard.press("Shift+Tab");
    const top = await page.evaluate(() => document.activeElement!.getBoundingClientRect().top);
    expect(top, `${back + 1} back`).toBeGreaterThanOrEqual(height - 1);
  }
});
