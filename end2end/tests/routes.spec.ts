// The code of a page comes when it is visited, and a page whose code does not come is drawn by the server.

import { expect, hydrated, logIn, test } from "./support";

const files = (urls: string[]) => urls.filter((url) => url.endsWith(".wasm")).map((url) => url.split("/").pop());

test("the code of other pages waits until they are visited", async ({ page, demo }) => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  await hydrated(page);
  expect(files(asked)).toContain("split_gate.wasm");
  expect(files(asked)).not.toContain("split_servers.wasm");
  const navigations = asked.filter((url) => url === `${demo.url}/endpoints`);
  expect(navigations).toEqual([]);

  await page.getByRole("link", { name: "Endpoints", exact: true }).first().click();
  await expect(page.locator("tr[data-endpoint]").first()).toBeVisible();
  expect(files(asked)).toContain("split_servers.wasm");
  // Within the page that was loaded: the document has not been asked for.
  expect(asked.filter((url) => url === `${demo.url}/endpoints`)).toEqual([]);
});

test("a page whose code does not come is drawn by the server", async ({ browser, demo }) => {
  // Not the context of the test: this browser does complain.
  const context = await browser.newContext();
  await context.addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  const page = await context.newPage();
  await page.route("**/split_servers.wasm", (route) => route.fulfill({ status: 404 }));
  await logIn(page, demo);
  await hydrated(page);
  await page.getByRole("link", { name: "Endpoints", exact: true }).first().click();
  await expect(page).toHaveURL(`${demo.url}/endpoints`);
  await expect(page.locator("tr[data-endpoint]").first()).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
  // It stays what the server has drawn, with working links, until the code can be had.
  await page.unroute("**/split_servers.wasm");
  await page.locator("tr[data-endpoint] a").first().click();
  await expect(page).toHaveURL(/\/endpoints\/\d+/);
  await hydrated(page);
  await context.close();
});
