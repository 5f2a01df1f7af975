// More than one person: invited by a link, limited by a role, shut out at once.

import type { Browser, BrowserContext, Page } from "@playwright/test";
import { type Complaints, expect, hydrated, listen, logIn, test } from "./support";

/** Another browser, in English. */
async function another(browser: Browser, url: string, complaints: Complaints): Promise<BrowserContext> {
  const context = await browser.newContext({ locale: "en-GB" });
  listen(context, complaints);
  await context.addCookies([{ name: "hufu_locale", value: "en", url }]);
  return context;
}

test("somebody is invited, looks, may not change anything, and is shut out", async ({ page, browser, demo, complaints }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  await page.goto(`${demo.url}/settings/people`);
  await hydrated(page);
  const add = page.locator("#add-person");
  await add.locator("input[name=login]").fill("li lei");
  await add.getByRole("button", { name: "Add" }).click();
  await expect(add).toContainText("is not allowed here");
  await expect(add.locator("input[name=login]")).toHaveValue("li lei");
  await add.locator("input[name=login]").fill("li.lei");
  await add.locator("select").selectOption("viewer");
  await add.getByRole("button", { name: "Add" }).click();
  const invitation = page.locator("[data-invitation] code");
  await expect(invitation).toContainText(`${demo.url}/welcome?token=`);
  const link = await invitation.innerText();

  // Whoever tries another's link is told whom saving logs out.
  const here = await page.context().newPage();
  await here.goto(link);
  await hydrated(here);
  await expect(here.getByText("You are logged in here as demo.")).toBeVisible();
  await here.close();

  const other = await another(browser, demo.url, complaints);
  const theirs = await other.newPage();
  await theirs.goto(link);
  await hydrated(theirs);
  await expect(theirs.getByText("This link is for li.lei")).toBeVisible();
  await expect(theirs.getByText("You are logged in here")).toHaveCount(0);
  await theirs.locator("input[name=password]").fill("correct horse battery");
  await theirs.locator("input[name=password_again]").fill("correct horse");
  await theirs.getByRole("button", { name: "Save and log in" }).click();
  await expect(theirs.getByText("The two passwords are not the same.")).toBeVisible();
  await theirs.locator("input[name=password_again]").fill("correct horse battery");
  await theirs.getByRole("button", { name: "Save and log in" }).click();
  await expect(theirs).toHaveURL(`${demo.url}/`);

  await theirs.goto(`${demo.url}/programs`);
  await hydrated(theirs);
  await expect(theirs.getByRole("heading", { level: 1 })).toHaveText("Mini programs");
  await expect(theirs.locator("input[name=app_id]")).toHaveCount(0);
  await theirs.goto(`${demo.url}/icp`);
  await hydrated(theirs);
  await expect(theirs.locator("tr[data-filing], [data-total]").first()).toBeVisible();
  await expect(theirs.locator("textarea")).toHaveCount(0);
  // Nobody is led to what they may not open.
  await theirs.goto(`${demo.url}/settings`);
  await hydrated(theirs);
  const tabs = (of: Page) => of.getByRole("navigation", { name: "Settings" }).getByRole("link");
  await expect(tabs(theirs)).toHaveText(["Account", "Probing", "Mail"]);
  await expect(tabs(page)).toHaveText(["Account", "Probing", "Mail", "People"]);
  await expect(theirs.locator("[data-session=current]")).toContainText("in use now");
  // What no form offers is refused all the same.
  const form = { app_id: "wx00000000000000dd", name: "Mall" };
  const refused = await theirs.request.post(`${demo.url}/api/programs/add`, { form, headers: { origin: demo.url } });
  expect(refused.status()).toBe(403);

  const row = page.locator("[data-person='li.lei']");
  await page.goto(`${demo.url}/settings/people`);
  await hydrated(page);
  await row.getByLabel("Shut out").check();
  await row.getByRole("button", { name: "Save" }).click();
  await expect(row.getByText("Shut out", { exact: true }).first()).toBeVisible();
  await expect(row.locator(".badge")).toHaveText("Shut out");
  await theirs.goto(`${demo.url}/programs`);
  await expect(theirs).toHaveURL(/\/log-in/);
  await theirs.goto(link);
  await expect(theirs.getByText("This link was used already")).toBeVisible();
  await other.close();

  // In another window, which still has the page of before.
  const late = await page.context().newPage();
  await late.goto(`${demo.url}/settings/people`);
  await hydrated(late);
  await row.locator("select").selectOption("editor");
  await Promise.all([page.waitForResponse("**/api/accounts/change-person"), row.getByRole("button", { name: "Save" }).click()]);
  const theirRow = late.locator("[data-person='li.lei']");
  await theirRow.getByLabel("Shut out").uncheck();
  await theirRow.getByRole("button", { name: "Save" }).click();
  const clashIsTold = async () => {
    await expect(theirRow.locator("[id$=-clash] [data-setting=role]")).toContainText("Editor");
    await expect(theirRow.locator("[id$=-clash] [data-setting=disabled]")).toBeVisible();
    await expect(theirRow.getByLabel("Shut out")).not.toBeChecked();
    await expect(theirRow.locator("select")).toHaveValue("viewer");
  };
  await clashIsTold();
  // Another is saved, and everybody is read again: somebody new is there.
  await add.locator("input[name=login]").fill("han.meimei");
  await add.getByRole("button", { name: "Add" }).click();
  await expect(page.locator("[data-person='han.meimei']")).toBeVisible();
  await late.locator("[data-person=demo]").getByRole("button", { name: "Save" }).click();
  await expect(late.locator("[data-person='han.meimei']")).toBeVisible();
  await clashIsTold();
  // It is drawn as it was chosen, and asked for as long as something else is saved.
  let asked = 0;
  late.on("dialog", (dialog) => {
    asked += 1;
    void dialog.dismiss();
  });
  await late.locator("nav.rail .rail-places").getByRole("link", { name: "Audit" }).click();
  await expect.poll(() => asked).toBe(1);
  await expect(late).toHaveURL(`${demo.url}/settings/people`);
  await theirRow.getByRole("button", { name: "Save" }).click();
  await expect(late.locator("[id$=-clash]")).toHaveCount(0);
  await expect(theirRow.locator(".badge")).toHaveCount(0);
  await late.locator("nav.rail .rail-places").getByRole("link", { name: "Audit" }).click();
  await expect(late).toHaveURL(`${demo.url}/audit`);
  expect(asked).toBe(1);
  await late.close();

  await page.reload();
  await hydrated(page);
  const me = page.locator("[data-person=demo]");
  await me.locator("select").selectOption("viewer");
  await me.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("must stay an administrator")).toBeVisible();
  // What was refused does not come over what was chosen since when everybody is read again.
  await me.locator("select").selectOption("editor");
  await add.locator("input[name=login]").fill("wei");
  await add.getByRole("button", { name: "Add" }).click();
  await expect(page.locator("[data-person=wei]")).toBeVisible();
  await expect(me.locator("select")).toHaveValue("editor");
});

test("what is ticked and chosen stays with its person while others come above", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  await page.goto(`${demo.url}/settings/people`);
  await hydrated(page);
  const row = (login: string) => page.locator(`[data-person='${login}']`);
  const shutOut = (login: string) => row(login).getByLabel("Shut out");
  const add = async (login: string) => {
    await page.locator("#add-person input[name=login]").fill(login);
    await page.locator("#add-person").getByRole("button", { name: "Add" }).click();
    await expect(row(login)).toBeVisible();
  };
  await add("zoe");
  await shutOut("zoe").check();
  await row("zoe").locator("select").selectOption("viewer");
  await add("adam");
  const logins = await page.locator("[data-person]").evaluateAll((all) => all.map((it) => it.getAttribute("data-person")));
  expect(logins).toEqual(["adam", "demo", "zoe"]);
  await expect(shutOut("zoe")).toBeChecked();
  await expect(row("zoe").locator("select")).toHaveValue("viewer");
  for (const login of ["adam", "demo"]) await expect(shutOut(login)).not.toBeChecked();
  await row("zoe").getByRole("button", { name: "Save" }).click();
  await expect(row("zoe").locator(".badge")).toHaveText("Shut out");
  await expect(page.locator("#people .badge")).toHaveCount(1);
});

test("whoever is logged out while they type logs in beside the page, and loses nothing", async ({ browser, demo }) => {
  const context = await browser.newContext({ locale: "en-GB" });
  await context.addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  const page = await context.newPage();
  await logIn(page, demo);
  await page.goto(`${demo.url}/settings/probing`);
  await hydrated(page);
  await page.locator("#probing input[name=at_once]").fill("7");
  await context.clearCookies({ name: "__Host-hufu_session" });
  await page.locator("#probing button").click();
  const told = page.locator("#probing [role=alert]", { hasText: "Your session has ended. Log in again." });
  await expect(told).toContainText("send it again");
  const [beside] = await Promise.all([page.waitForEvent("popup"), told.getByRole("link").click()]);
  await expect(beside).toHaveURL(`${demo.url}/log-in?return=%2Fsettings%2Fprobing`);
  await beside.locator("input[name=login]").fill("demo");
  await beside.locator("input[name=password]").fill(demo.password);
  await beside.locator("form.gate-form button").click();
  await expect(beside).toHaveURL(`${demo.url}/settings/probing`);
  await beside.close();
  await expect(page.locator("#probing input[name=at_once]")).toHaveValue("7");
  await page.locator("#probing button").click();
  await expect(page.locator("[data-toast]")).toContainText("Saved.");
  await expect(told).toHaveCount(0);
  // A toast goes by itself, and so what there was is counted while it comes.
  const counted = await page.evaluateHandle(() => {
    const toasts = { added: 0, most: 0 };
    new MutationObserver((changes) => {
      const added = changes.flatMap((change) => [...change.addedNodes]);
      toasts.added += added.filter((node) => node instanceof Element && node.matches("[data-toast]")).length;
      toasts.most = Math.max(toasts.most, document.querySelectorAll("[data-toast]").length);
    }).observe(document.body, { childList: true, subtree: true });
    return toasts;
  });
  await page.locator("#probing button").click();
  await expect(page.locator("#probing input[name=revision]")).toHaveValue("2");
  await expect.poll(async () => (await counted.jsonValue()).added).toBeGreaterThan(0);
  // The same words twice are one line.
  expect((await counted.jsonValue()).most).toBe(1);
  await context.close();
});

test("of what was chosen it is said that it stays when the session has ended, and not of a button", async ({ browser, demo }) => {
  const context = await browser.newContext({ locale: "en-GB" });
  await context.addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  const people = await context.newPage();
  await logIn(people, demo);
  await people.goto(`${demo.url}/settings/people`);
  await hydrated(people);
  const me = people.locator("[data-person=demo]");
  await me.locator("select").selectOption("editor");
  await context.clearCookies({ name: "__Host-hufu_session" });
  await me.getByRole("button", { name: "Save" }).click();
  const ended = { hasText: "Log in in a new tab" };
  await expect(people.locator("#people [role=alert]", ended)).toContainText("What is typed or chosen here stays: send it again then.");
  await expect(me.locator("select")).toHaveValue("editor");

  const program = await context.newPage();
  await logIn(program, demo);
  await program.goto(`${demo.url}/programs/1`);
  await hydrated(program);
  const entry = program.locator("#lists [data-entry]").first();
  await entry.locator("summary").click();
  await context.clearCookies({ name: "__Host-hufu_session" });
  await entry.locator("form[action*='remove-entry'] button").click();
  const refused = program.locator("#lists [role=alert]", ended);
  await expect(refused).toHaveCount(1);
  await expect(refused).not.toContainText("send it again");
  await context.close();
});

test("a new password ends the session of another browser", async ({ page, browser, demo, complaints }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  const other = await another(browser, demo.url, complaints);
  const theirs = await other.newPage();
  await logIn(theirs, demo);
  await page.goto(`${demo.url}/settings`);
  await hydrated(page);
  await expect(page.locator("[data-session=other]")).toHaveCount(1);
  const fill = async (current: string) => {
    await page.locator("input[name=current]").fill(current);
    await page.locator("input[name=password]").fill("a quite different phrase");
    await page.locator("input[name=password_again]").fill("a quite different phrase");
    await page.getByRole("button", { name: "Change the password" }).click();
  };
  await fill("a guess that is wrong");
  await expect(page.getByText("This is not your password.")).toBeVisible();
  await fill(demo.password);
  await expect(page.getByText("Every other session has ended.")).toBeVisible();
  await expect(page.locator("[data-session=other]")).toHaveCount(0);
  await theirs.goto(`${demo.url}/`);
  await expect(theirs).toHaveURL(/\/log-in/);
  // Whoever was sent here from a link comes back to it.
  await theirs.goto(`${demo.url}/settings/people`);
  await theirs.locator("input[name=login]").fill("demo");
  await theirs.locator("input[name=password]").fill("a quite different phrase");
  await theirs.locator("form.gate-form button").click();
  await expect(theirs).toHaveURL(`${demo.url}/settings/people`);
  await other.close();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });
  test("somebody is invited by plain forms", async ({ page, demo }) => {
    await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
    await logIn(page, demo);
    await page.goto(`${demo.url}/settings/people`);
    const add = page.locator("#add-person");
    await add.locator("input[name=login]").fill("han meimei");
    await add.locator("select").selectOption("viewer");
    await add.getByRole("button", { name: "Add" }).click();
    await expect(add.locator(".field-error")).toContainText("is not allowed here");
    await expect(add.locator("input[name=login]")).toHaveValue("han meimei");
    await expect(add.locator("select")).toHaveValue("viewer");
    await add.locator("input[name=login]").fill("han.meimei");
    await add.locator("select").selectOption("editor");
    await add.getByRole("button", { name: "Add" }).click();
    const path = await page.locator("[data-invitation]").getAttribute("data-invitation");
    // Its secret stands in no history and no log, and is shown once.
    expect(page.url()).toMatch(/\/settings\/people\?made=\d+$/);
    await page.reload();
    await expect(page.locator("[data-invitation]")).toHaveCount(0);
    await expect(page.locator("[data-invitation-gone]")).toContainText("is gone");
    await page.goto(`${demo.url}${path}`);
    await page.locator("input[name=password]").fill("correct horse battery");
    await page.locator("input[name=password_again]").fill("correct horse battery");
    await page.getByRole("button", { name: "Save and log in" }).click();
    await expect(page).toHaveURL(`${demo.url}/`);
    await page.goto(`${demo.url}/settings`);
    await expect(page.getByText("You are han.meimei, Editor.")).toBeVisible();
  });
});

test("what is not shown can be asked for again, and an ended session leads to the log-in and back", async ({ browser, demo }) => {
  // Not the context of the test: this browser does complain.
  const context = await browser.newContext();
  await context.addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  const page = await context.newPage();
  await logIn(page, demo);
  await hydrated(page);
  const main = page.getByRole("main");
  const visit = (place: string) => page.locator("nav.rail .rail-places").getByRole("link", { name: place }).click();

  await page.route("**/api/audit/log*", (route) => route.abort());
  await visit("Audit");
  await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
  await main.getByRole("link", { name: "Try again" }).click();
  await expect(page).toHaveURL(`${demo.url}/audit`);
  await expect(page.locator("tr[data-action]").first()).toBeVisible();
  await hydrated(page);

  await context.clearCookies({ name: "__Host-hufu_session" });
  await visit("Endpoints");
  await expect(main.getByText("Your session has ended. Log in again.")).toBeVisible();
  await main.getByRole("link", { name: "Log in" }).click();
  await expect(page).toHaveURL(`${demo.url}/log-in?return=%2Fendpoints`);
  await page.locator("input[name=login]").fill("demo");
  await page.locator("input[name=password]").fill(demo.password);
  await page.locator("form.gate-form button").click();
  await expect(page).toHaveURL(`${demo.url}/endpoints`);
  await expect(page.locator("tr[data-endpoint]").first()).toBeVisible();
  await context.close();
});
