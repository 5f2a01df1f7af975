// The code of a page comes when it is visited, and a page whose code does not come is drawn by the server.

import { expect, hydrated, logIn, test } from "./support";

const files = (urls: string[]) => urls.filter((url) => url.endsWith(".wasm")).map((url) => url.split("/").pop());

test("the code of other pages waits until they are visited", async ({ page, demo }) => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  await hydrated(page);
  expect(files(asked)).toContain("split_overview.wasm");
  expect(files(asked)).not.toContain("split_lists.wasm");

  await page.getByRole("link", { name: "Endpoints", exact: true }).first().click();
  await expect(page.locator("tr[data-endpoint]").first()).toBeVisible();
  expect(files(asked)).toContain("split_lists.wasm");
  // Within the page that was loaded: the document has not been asked for.
  expect(asked.filter((url) => url === `${demo.url}/endpoints`)).toEqual([]);
  // A list does without what the page of one of its rows shows.
  expect(files(asked)).not.toContain("split_inspect.wasm");
});

test("a page whose code does not come is drawn by the server", async ({ browser, demo }) => {
  // Not the context of the test: this browser does complain.
  const context = await browser.newContext();
  await context.addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  const page = await context.newPage();
  await page.route("**/split_lists.wasm", (route) => route.fulfill({ status: 404 }));
  await logIn(page, demo);
  await hydrated(page);
  await page.getByRole("link", { name: "Endpoints", exact: true }).first().click();
  await expect(page).toHaveURL(`${demo.url}/endpoints`);
  await expect(page.locator("tr[data-endpoint]").first()).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
  // It stays what the server has drawn, with working links, until the code can be had.
  await page.unroute("**/split_lists.wasm");
  await page.getByRole("link", { name: "Mini programs", exact: true }).first().click();
  await expect(page).toHaveURL(`${demo.url}/programs`);
  await hydrated(page);
  await context.close();
});

test("a page whose code never comes is what the server has drawn, and works", async ({ browser, demo }) => {
  const context = await browser.newContext();
  await context.addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  const page = await context.newPage();
  await page.route("**/split_*.wasm", (route) => route.fulfill({ status: 404 }));
  await logIn(page, demo);
  await page.goto(`${demo.url}/programs#register`);
  await page.locator("#register input[name=app_id]").fill("nonsense");
  await page.locator("#register input[name=name]").fill("Corner shop");
  await page.locator("#register button").click();
  await expect(page.locator("#register .field-error").filter({ hasText: "An AppID is" })).toBeVisible();
  await expect(page.locator("#register input[name=app_id]")).toHaveValue("nonsense");
  expect(await page.locator("html[data-hydrated]").count()).toBe(0);
  await context.close();
});

test("that another page is on its way is shown", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  let send = () => {};
  const held = new Promise<void>((resolve) => (send = resolve));
  await page.route("**/split_lists.wasm", async (route) => {
    await held;
    await route.continue();
  });
  await logIn(page, demo);
  await hydrated(page);
  await page.getByRole("link", { name: "Endpoints", exact: true }).first().click();
  await expect(page.locator("html[data-coming]")).toHaveCount(1);
  send();
  await expect(page.locator("tr[data-endpoint]").first()).toBeVisible();
  await expect(page.locator("html[data-coming]")).toHaveCount(0);
});

test("a link that is followed before the page is taken over leads where it says", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  let send = () => {};
  const held = new Promise<void>((resolve) => (send = resolve));
  await page.route("**/split_lists.wasm", async (route) => {
    await held;
    await route.continue().catch(() => {});
  });
  // Not until all has loaded: a file is held back.
  await page.goto(`${demo.url}/endpoints`, { waitUntil: "domcontentloaded" });
  await expect(page.locator("html[data-coming]")).toHaveCount(1);
  // To a page of another group, whose file is not held back.
  await page.getByRole("link", { name: "Alerts", exact: true }).first().click();
  await expect(page).toHaveURL(`${demo.url}/alerts`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Alerts");
  await hydrated(page);
  send();
});
