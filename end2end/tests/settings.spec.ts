// The settings of probing: of two people the second is told and nothing is lost, and what is refused
// stays as it was typed; with JavaScript and without.

import type { Page } from "@playwright/test";
import { expect, hydrated, listen, logIn, saved, test } from "./support";

const field = (page: Page, name: string) => page.locator(`#probing [name=${name}]`);
const save = (page: Page) => page.locator("#probing button").click();

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("of two people at the settings of probing the second is told, and saves knowingly", async ({ page, browser, demo, complaints }) => {
      const other = await browser.newContext({ locale: "en", javaScriptEnabled });
      listen(other, complaints);
      const second = await other.newPage();
      for (const each of [page, second]) {
        await each.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
        await logIn(each, demo);
        await each.goto(`${demo.url}/settings/probing`);
        if (javaScriptEnabled) await hydrated(each);
        await expect(field(each, "revision")).toHaveValue("0");
      }
      await field(page, "every_hours").fill("12");
      await save(page);
      await expect(field(page, "revision")).toHaveValue("1");

      await field(second, "at_once").fill("7");
      await field(second, "networks").fill("10.0.0.0/8\n127.0.0.0/8");
      await save(second);
      const clash = second.locator("#probing-clash");
      await expect(clash).toContainText("Somebody else has just saved other values.");
      await expect(clash.locator("[data-setting]")).toHaveCount(3);
      await expect(clash.locator("[data-setting=every_hours]")).toContainText("12");
      await expect(clash.locator("[data-setting=at_once]")).toContainText("7");
      await expect(field(second, "at_once")).toHaveValue("7");
      await expect(field(second, "networks")).toHaveValue("10.0.0.0/8\n127.0.0.0/8");
      await expect(field(second, "revision")).toHaveValue("1");

      // Knowingly: their hours, my numbers.
      await field(second, "every_hours").fill("12");
      await save(second);
      await expect(field(second, "revision")).toHaveValue("2");
      await expect(clash).toHaveCount(0);
      await page.reload();
      await expect(field(page, "every_hours")).toHaveValue("12");
      await expect(field(page, "at_once")).toHaveValue("7");
      await other.close();
    });

    test("what is refused of the settings of probing stays as it was typed", async ({ page, demo }) => {
      await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
      await logIn(page, demo);
      await page.goto(`${demo.url}/settings/probing`);
      if (javaScriptEnabled) await hydrated(page);
      await field(page, "every_hours").fill("9");
      await field(page, "networks").fill("10.0.0.0/8\nnowhere");
      await save(page);
      const networks = field(page, "networks");
      await expect(page.locator("#networks-error")).toContainText("“nowhere” is no network");
      await expect(networks).toHaveAttribute("aria-describedby", "networks-error");
      await expect(networks).toHaveAttribute("aria-invalid", "true");
      await expect(networks).toHaveValue("10.0.0.0/8\nnowhere");
      await expect(field(page, "every_hours")).toHaveValue("9");
      await networks.fill("10.0.0.0/8");
      await save(page);
      await expect(field(page, "revision")).toHaveValue("1");
      const said = javaScriptEnabled ? page.locator("[data-toast]") : page.locator("#probing [role=status]");
      await expect(said).toContainText("Saved.");
      await expect(field(page, "every_hours")).toHaveValue("9");
    });

    test("language and theme are two controls, and what is saved in the settings is said", async ({ page, demo }) => {
      await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
      await logIn(page, demo);
      await page.goto(`${demo.url}/settings`);
      if (javaScriptEnabled) await hydrated(page);
      const bar = page.getByRole("banner");
      await expect(bar.getByRole("form", { name: "Language" }).getByRole("button")).toHaveText(["中文", "English"]);
      await expect(bar.getByRole("form", { name: "Theme" }).getByRole("button")).toHaveText(["Like the system", "Light", "Dark"]);
      await expect(bar.getByText("Theme", { exact: true })).toBeVisible();
      await page.locator("#preferences select[name=theme]").selectOption("dark");
      await page.locator("#preferences button").click();
      await expect(page.locator("#preferences [role=status]")).toHaveText("Saved.");
      await expect(page.locator("html")).toHaveAttribute("data-theme", "hufu-dark");
      await expect(page.locator("#preferences select[name=theme]")).toHaveValue("dark");

      await page.goto(`${demo.url}/settings/mail`);
      if (javaScriptEnabled) await hydrated(page);
      await page.locator("#mail button").click();
      const said = javaScriptEnabled ? page.locator("[data-toast]") : page.locator("#mail [role=status]");
      await expect(said).toContainText("Saved.");
    });
  });
}

test("what was saved is said no more beside what is refused", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  await page.goto(`${demo.url}/settings/mail`);
  await hydrated(page);
  const [host, port] = [page.locator("#mail input[name=host]"), page.locator("#mail input[name=port]")];
  await host.fill("smtp.example.com");
  await page.locator("#mail input[name=sender]").fill("hufu@example.com");
  await page.locator("#mail button").click();
  await expect(page.locator("[data-toast]")).toContainText("Saved.");
  await port.fill("0");
  await page.locator("#mail button").click();
  await expect(page.locator("#port-error")).toContainText("A port is a number from 1 to 65535.");
  // By itself it would go some seconds later.
  await expect(page.locator("[data-toast]")).toHaveCount(0, { timeout: 500 });
});

test("what is typed and not saved is dropped by no way out without a question", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  const begin = async () => {
    await page.goto(`${demo.url}/settings/probing`);
    await hydrated(page);
  };
  const questions: string[] = [];
  let leave = false;
  page.on("dialog", (dialog) => {
    questions.push(dialog.type());
    void (leave ? dialog.accept() : dialog.dismiss());
  });
  const choose = (theme: string) => page.getByRole("banner").getByRole("button", { name: theme }).click();
  const toAudit = () => page.locator("nav.rail .rail-places").getByRole("link", { name: "Audit" }).click();
  const search = page.getByRole("banner").getByRole("searchbox");
  const [html, hours] = [page.locator("html"), field(page, "every_hours")];
  const stays = async (typed: string) => {
    await expect(page).toHaveURL(/settings\/probing/);
    await expect(hours).toHaveValue(typed);
  };

  await begin();
  const was = await hours.inputValue();
  await hours.fill("9");
  await choose("Dark");
  await expect.poll(() => questions).toEqual(["beforeunload"]);
  await stays("9");
  await expect(html).not.toHaveAttribute("data-theme", "hufu-dark");
  await toAudit();
  await expect.poll(() => questions).toEqual(["beforeunload", "confirm"]);
  await stays("9");
  await search.fill("x");
  await search.press("Enter");
  await expect.poll(() => questions).toEqual(["beforeunload", "confirm", "confirm"]);
  await stays("9");

  // What is as it was before is nothing to be lost, and neither is what is looked for.
  await hours.fill(was);
  await toAudit();
  await expect(page).toHaveURL(`${demo.url}/audit`);
  expect(questions).toHaveLength(3);

  // What was refused is.
  await begin();
  await hours.fill("9");
  await field(page, "networks").fill("nowhere");
  await save(page);
  await expect(page.locator("#networks-error")).toContainText("is no network");
  await toAudit();
  await expect.poll(() => questions.length).toBe(4);
  await stays("9");

  // What was saved is not.
  await field(page, "networks").fill("10.0.0.0/8");
  await save(page);
  await saved(page);
  await choose("Dark");
  await expect(html).toHaveAttribute("data-theme", "hufu-dark");
  await hydrated(page);
  await hours.fill("10");
  await save(page);
  await saved(page);
  await toAudit();
  await expect(page).toHaveURL(`${demo.url}/audit`);
  expect(questions).toHaveLength(4);

  await begin();
  leave = true;
  await hours.fill("11");
  await choose("Light");
  await expect(html).toHaveAttribute("data-theme", "hufu-light");
  expect(questions).toHaveLength(5);
  await hydrated(page);
  await expect(hours).toHaveValue("10");
  await hours.fill("11");
  await toAudit();
  await expect(page).toHaveURL(`${demo.url}/audit`);
  expect(questions).toHaveLength(6);
  // What is gone with its form is asked for once.
  await page.locator("nav.rail .rail-places").getByRole("link", { name: "Endpoints" }).click();
  await expect(page).toHaveURL(`${demo.url}/endpoints`);
  expect(questions).toHaveLength(6);
});

test("the way back to an empty check asks for a file that is chosen, and leaves what is typed", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  const questions: string[] = [];
  page.on("dialog", (dialog) => {
    questions.push(dialog.type());
    void dialog.dismiss();
  });
  await page.goto(`${demo.url}/check/certificate`);
  await page.locator("textarea[name=pem]").fill("no certificate");
  await page.getByRole("button", { name: "Judge" }).click();
  await expect(page).toHaveURL(/draft=/);
  await hydrated(page);
  const [file, alias] = [page.locator("input[name=file]"), page.locator("input[name=alias]")];
  const tab = page.getByRole("navigation", { name: "Kinds of check" }).getByRole("link", { name: "Certificate" });
  await alias.fill("half a name");
  await file.setInputFiles({ name: "server.pem", mimeType: "application/x-pem-file", buffer: Buffer.from("x") });
  await tab.click();
  await expect.poll(() => questions).toEqual(["confirm"]);
  await expect(page).toHaveURL(/draft=/);
  await expect(file).toHaveValue(/server\.pem$/);

  await file.setInputFiles([]);
  await tab.click();
  await expect(page).toHaveURL(`${demo.url}/check/certificate`);
  await expect(alias).toHaveValue("half a name");
  expect(questions).toHaveLength(1);
});
