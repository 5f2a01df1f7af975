// Search everything, and the zone in which times are shown.

import { expect, firstProbes, hydrated, logIn, test } from "./support";

test("from everywhere a key leads to the search, and one answer spans the lists", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  // Its certificate is found once it was looked at.
  await firstProbes(page, demo, "expired");
  await page.goto(`${demo.url}/check/error`);
  await hydrated(page);
  const box = page.getByRole("searchbox", { name: "Search everything" });
  await page.keyboard.press("/");
  await expect(box).toBeFocused();
  await page.keyboard.type("expired");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`${demo.url}/search?q=expired`);
  await expect(box).toHaveValue("expired");
  const endpoints = page.locator("section", { has: page.getByRole("heading", { name: "Endpoints" }) });
  await expect(endpoints.getByRole("link").first()).toContainText("expired");
  await expect(page.locator("section", { has: page.getByRole("heading", { name: "Certificates" }) })).toBeVisible();

  await test.step("the list that is left is not filtered by what is looked for", async () => {
    await page.goto(`${demo.url}/endpoints`);
    await hydrated(page);
    const asked: string[] = [];
    page.on("request", (request) => {
      if (request.url().endsWith("/api/endpoints/list")) asked.push(request.postData() ?? "");
    });
    await page.keyboard.press("/");
    await page.keyboard.type("expired");
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(`${demo.url}/search?q=expired`);
    await expect(endpoints.getByRole("link").first()).toContainText("expired");
    expect(asked).toEqual([]);
  });

  await test.step("a slash that is typed stays a slash", async () => {
    await page.goto(`${demo.url}/check/error`);
    await hydrated(page);
    await page.locator("textarea[name=text]").fill("a");
    await page.keyboard.press("/");
    await expect(page.locator("textarea[name=text]")).toHaveValue("a/");
    await page.keyboard.press("Control+k");
    await expect(box).toBeFocused();
  });

  await test.step("the code of a finding leads to the help", async () => {
    await page.goto(`${demo.url}/search?q=chain.incomplete`);
    await expect(page.locator("main a[href='/help/findings/chain.incomplete']")).toBeVisible();
    await hydrated(page);
  });

  await test.step("so does its title, in the reader's language, and a log-in name leads to the account", async () => {
    await page.goto(`${demo.url}/search?q=issuer+missing`);
    await expect(page.locator("main a[href='/help/findings/chain.incomplete']")).toBeVisible();
    await page.goto(`${demo.url}/search?q=demo`);
    await page.locator("main a[href^='/settings/people#person-']").click();
    await expect(page).toHaveURL(/\/settings\/people#person-\d+$/);
    await expect(page.locator("[data-person=demo]")).toBeVisible();
  });

  await test.step("all codes that begin so are as many as was said", async () => {
    await page.goto(`${demo.url}/search?q=cert.`);
    const all = page.locator("main a[href^='/help/findings?q=cert.']");
    const count = (await all.innerText()).match(/\d+/)![0];
    await all.click();
    await expect(page.locator("main [data-code]")).toHaveCount(Number(count));
    await hydrated(page);
  });

  await test.step("nothing found, and nothing asked", async () => {
    await box.fill("no such thing %_<b>");
    await page.keyboard.press("Enter");
    await expect(page.getByText("Nothing has “no such thing %_<b>” in it.")).toBeVisible();
    await page.goto(`${demo.url}/search`);
    await expect(page.getByText(/^Type a part of/)).toBeVisible();
  });

  await test.step("times are in the zone of the browser, or in the one that was chosen", async () => {
    await page.goto(`${demo.url}/audit`);
    await expect(page.locator("tbody time").first()).toHaveAttribute("title", /UTC$/);
    await page.goto(`${demo.url}/settings`);
    await page.locator("select[name=zone]").selectOption("+08:00");
    await page.locator("#preferences button").click();
    await expect(page.locator("#preferences [role=status]")).toHaveText("Saved.");
    // It is said once: nobody has saved anything when the page is loaded again.
    await expect(page).toHaveURL(`${demo.url}/settings`);
    await page.reload();
    await expect(page.locator("#preferences [role=status]")).toHaveText("");
    await expect(page.locator("select[name=zone]")).toHaveValue("+08:00");
    await page.goto(`${demo.url}/audit`);
    await expect(page.locator("tbody time").first()).toHaveAttribute("title", /UTC\+08:00$/);
  });
});

test.describe("in Shanghai", () => {
  test.use({ timezoneId: "Asia/Shanghai" });
  test("the browser's zone is taken without being chosen", async ({ page, demo }) => {
    await logIn(page, demo);
    await hydrated(page);
    await page.goto(`${demo.url}/audit`);
    await expect(page.locator("tbody time").first()).toHaveAttribute("title", /UTC\+08:00$/);
  });
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });
  test("the search is a form, and the way back is a link", async ({ page, demo }) => {
    await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
    await logIn(page, demo);
    await page.getByRole("searchbox").fill("Laboratory");
    await page.getByRole("searchbox").press("Enter");
    await page.locator("main").getByRole("link", { name: "Laboratory" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Laboratory");
    await page.getByRole("navigation", { name: "The way back" }).getByRole("link").click();
    await expect(page).toHaveURL(`${demo.url}/programs`);
  });
});
