// The list of endpoints: filter, sort, share the URL, go back; with JavaScript and without.

import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, firstProbes, type Hufu, hydrated, listen, logIn, test } from "./support";

const rows = (page: Page) => page.locator("tr[data-endpoint]");

/** Waits until every server of the demo was looked at, then opens the list. */
async function allProbed(page: Page, demo: Hufu): Promise<number> {
  await firstProbes(page, demo);
  await page.goto(`${demo.url}/endpoints`);
  return Number(await page.locator("[data-total]").getAttribute("data-total"));
}

test("what fails is found by filters, the order turns round, and the URL holds it all", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  const total = await allProbed(page, demo);
  await hydrated(page);
  expect(total).toBeGreaterThan(10);
  await expect(rows(page)).toHaveCount(total);
  const worst = rows(page).first().locator("[data-result] [data-verdict]");
  await expect(worst).toHaveAttribute("data-verdict", "fail");
  // The platforms of a row are two lines of two, and no name stands by itself.
  const lines = await rows(page).evaluateAll((all) =>
    all.map((row) => [...row.querySelectorAll("[data-platform]")].map((one) => Math.round(one.getBoundingClientRect().top))),
  );
  for (const [ios, macos, android, windows] of lines) expect([ios === macos, android === windows]).toEqual([true, true]);

  await page.locator("main").getByLabel("Search").fill("missing-intermediate");
  await page.locator("main").getByLabel("Search").press("Enter");
  await expect(rows(page)).toHaveCount(1);
  await expect(page).toHaveURL(/[?&]q=missing-intermediate/);
  // The button has no name, and is no part of the question.
  expect(new URL(page.url()).searchParams.has("")).toBe(false);
  await expect(page.locator("main").getByLabel("Search")).toBeFocused();
  await expect(rows(page)).toContainText("an issuer is missing");

  await page.getByRole("link", { name: "Clear the filters" }).click();
  await expect(rows(page)).toHaveCount(total);
  await expect(page.locator("main").getByLabel("Search")).toHaveValue("");

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
  const ascending = (await targets()).sort();
  expect(ascending).toHaveLength(total);
  const head = page.getByRole("columnheader", { name: "Endpoint" });
  await head.getByRole("link").click();
  await expect(head).toHaveAttribute("aria-sort", "ascending");
  await expect.poll(targets).toEqual(ascending);
  await head.getByRole("link").click();
  await expect(head).toHaveAttribute("aria-sort", "descending");
  await expect.poll(targets).toEqual([...ascending].reverse());

  await rows(page).first().getByRole("link").first().click();
  await expect(page).toHaveURL(/\/endpoints\/\d+$/);
  await page.goBack();
  await expect(head).toHaveAttribute("aria-sort", "descending");
});

/** Ticks the rows of these servers. */
async function tick(page: Page, ...names: string[]): Promise<void> {
  for (const name of names) await rows(page).filter({ hasText: `${name}.` }).getByRole("checkbox").check();
}

/** The lines of the file that a button saves. */
async function saved(page: Page, press: () => Promise<void>): Promise<string[]> {
  const [download] = await Promise.all([page.waitForEvent("download"), press()]);
  return readFileSync(await download.path(), "utf8").trim().split("\n");
}

/** To the page of a server. */
async function open(page: Page, url: string, name: string): Promise<void> {
  await page.goto(`${url}/endpoints?q=${name}.`);
  await rows(page).getByRole("link", { name: `${name}.` }).click();
  await expect(page).toHaveURL(/\/endpoints\/\d+$/);
}

async function tagsAndFiles(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/endpoints?sort=target`);
  const tags = page.getByRole("textbox", { name: "Tags for the selected" });
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByText("Fill this in.")).toBeVisible();
  await tags.fill("core");
  await tags.press("Enter");
  await expect(page.getByText("Select at least one row.")).toBeVisible();
  await tick(page, "expired", "wrong-name");
  await tags.fill("Core\uff0cpay\u3001api");
  await tags.press("Enter");
  for (const tag of ["core", "pay", "api"]) await expect(rows(page).locator(`[data-tag=${tag}]`)).toHaveCount(2);
  await tick(page, "expired", "wrong-name");
  await tags.fill("pay, api");
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  for (const tag of ["pay", "api"]) await expect(rows(page).locator(`[data-tag=${tag}]`)).toHaveCount(0);
  await expect(rows(page).locator("[data-tag=core]")).toHaveCount(2);

  await rows(page).locator("[data-tag=core]").first().click();
  await expect(page).toHaveURL(/endpoints\?tag=core$/);
  await expect(rows(page)).toHaveCount(2);
  await expect(page.getByRole("combobox", { name: "Tag" })).toHaveValue("core");
  await tick(page, "expired");
  const lines = await saved(page, () => page.getByRole("button", { name: "JSON Lines" }).click());
  expect(lines.map((line) => JSON.parse(line).tags)).toEqual([["core"]]);
  await tick(page, "expired");
  await page.getByRole("textbox", { name: "Tags for the selected" }).fill("core");
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await expect(rows(page)).toHaveCount(1);

  await open(page, url, "good-rsa");
  await page.getByLabel("Tags", { exact: false }).fill("a, b, c, d, e, f, g, h, i, j, k");
  await page.locator("#tags button").click();
  await expect(page.locator("#tags .field-error").filter({ hasText: "at most 10 tags." })).toBeVisible();
  await expect(page.locator("#tags input[name=after]")).toHaveValue("a, b, c, d, e, f, g, h, i, j, k");
  await page.getByLabel("Tags", { exact: false }).fill("Payment\uff0c支付");
  await page.locator("#tags button").click();
  await expect(page.locator("header [data-tag]")).toHaveText(["payment", "支付"]);
}

/** The verdict comes by itself with JavaScript, and by loading the page again without. */
async function verdictBecomes(page: Page, verdict: string): Promise<void> {
  const shown = page.locator("h1 [data-verdict]");
  const scripted = (await page.locator("html[data-hydrated]").count()) > 0;
  await expect(async () => {
    // Not by its address, which may end in a fragment: to go there again loads nothing.
    if (!scripted) await page.reload();
    await expect(shown).toHaveAttribute("data-verdict", verdict, { timeout: scripted ? 60_000 : 1_000 });
  }).toPass({ timeout: 60_000 });
}

async function anotherRoute(page: Page, url: string): Promise<void> {
  await open(page, url, "good-ecdsa");
  await expect(page.locator("[data-banner=route]")).toHaveCount(0);
  // Its lines break after the dots and before the port, and what is copied has nothing more in it.
  const title = page.locator("h1 > span").first();
  await expect(title).toHaveText(/^good-ecdsa\.[^\s\u200b]+:\d+$/);
  await expect(title.locator("wbr")).toHaveCount((await title.innerText()).split(".").length);
  const addresses = page.getByLabel("IP addresses");
  for (const [typed, said] of [
    ["127.0.0.2\nexample.com", "“example.com” is not an IP address."],
    ["10.0.0.1", "--allow-net 10.0.0.1"],
  ]) {
    await addresses.fill(typed);
    await page.getByRole("button", { name: "Probe these addresses once" }).click();
    await expect(page.locator("#route .field-error").filter({ hasText: said })).toBeVisible();
    await expect(addresses).toHaveValue(typed);
  }
  await addresses.fill("127.0.0.2");
  await page.getByRole("button", { name: "Probe these addresses once" }).click();
  await expect(page.locator("[data-trial=fail]")).toContainText("another name");
  await expect(page.locator("h1 [data-verdict]")).toHaveAttribute("data-verdict", "pass");
  await expect(page.locator("[data-banner=route]")).toHaveCount(0);
  await expect(addresses).toHaveValue("127.0.0.2");

  // Nothing of it stands above another trial that is refused.
  await addresses.fill("10.0.0.1");
  await page.getByRole("button", { name: "Probe these addresses once" }).click();
  await expect(page.locator("#route .field-error").filter({ hasText: "--allow-net 10.0.0.1" })).toBeVisible();
  await expect(page.locator("[data-trial]")).toHaveCount(0);
  await expect(page).not.toHaveURL(/trial=/);
  await expect(addresses).toHaveValue("10.0.0.1");
  await addresses.fill("127.0.0.2");

  await page.getByRole("button", { name: "Use from now on" }).click();
  await verdictBecomes(page, "fail");
  await expect(page.locator("[data-banner=route]")).toContainText("not what DNS gives");
  const here = page.url().split("?")[0];
  await page.goto(`${url}/endpoints?q=good-ecdsa`);
  await expect(rows(page).locator("[data-route]")).toHaveText("not by DNS");
  await page.goto(here);
  await page.getByRole("button", { name: "Go by DNS again" }).click();
  await verdictBecomes(page, "pass");
  await expect(page.locator("[data-banner=route]")).toHaveCount(0);
  await expect(page.locator("[data-spell='cert.name_mismatch']")).toContainText(/since .*, gone /);
  await page.getByText("As a table").click();
  await expect(page.locator("#history tbody tr")).not.toHaveCount(0);
  await expect(page.locator("#history tbody tr").filter({ hasText: "Not by DNS" })).not.toHaveCount(0);

  const [pem] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Chain of 127.0.0.1 as PEM" }).click()]);
  expect(pem.suggestedFilename()).toMatch(/^good-ecdsa\.lab\.hufu\.example-\d+-127\.0\.0\.1\.pem$/);
  expect(readFileSync(await pem.path(), "utf8").match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
}

test("tags are given to one and to many, looked for, and what is ticked is a file", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  await allProbed(page, demo);
  await hydrated(page);
  await tagsAndFiles(page, demo.url);
});

test("a new server is tried before the DNS switch, and what it shows says so", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  await allProbed(page, demo);
  await anotherRoute(page, demo.url);
});

test("what is typed into the forms of an endpoint stays while a probe ends, a route is tried, and the other is saved", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  await allProbed(page, demo);
  await open(page, demo.url, "good-rsa");
  await hydrated(page);
  const tags = page.locator("#tags input[name=after]");
  const addresses = page.getByLabel("IP addresses");
  const name = page.locator("#route input[name=server_name]");
  const looks = page.locator("#history tbody tr");
  // The address of the page comes before what it shows; it has been probed.
  await expect(looks).not.toHaveCount(0);
  const before = await looks.count();
  await tags.fill("core, half typ");
  await addresses.fill("127.0.0.2");
  await name.fill("new.example.com");

  await page.getByRole("button", { name: "Probe now" }).click();
  await expect(page.getByText("Done: 1 of 1 probed.")).toBeVisible({ timeout: 60_000 });
  await expect(looks).toHaveCount(before + 1);
  await expect(tags).toHaveValue("core, half typ");
  await expect(addresses).toHaveValue("127.0.0.2");
  await expect(name).toHaveValue("new.example.com");

  await page.getByRole("button", { name: "Probe these addresses once" }).click();
  await expect(page.locator("[data-trial]")).toBeVisible();
  await expect(tags).toHaveValue("core, half typ");
  await expect(addresses).toHaveValue("127.0.0.2");

  await tags.fill("Core");
  await page.locator("#tags button").click();
  await expect(page.locator("header [data-tag]")).toHaveText(["core"]);
  // What was saved comes back as it was understood, and nothing else moves.
  await expect(tags).toHaveValue("core");
  await expect(addresses).toHaveValue("127.0.0.2");
  await expect(name).toHaveValue("new.example.com");

  // What was only tried is not saved.
  let asked = 0;
  page.on("dialog", (dialog) => {
    asked += 1;
    void dialog.dismiss();
  });
  await page.locator("nav.rail .rail-places").getByRole("link", { name: "Audit" }).click();
  await expect.poll(() => asked).toBe(1);
  await expect(addresses).toHaveValue("127.0.0.2");
});

test("what somebody else saves is not overwritten unseen by what was typed before a probe has ended", async ({ page, browser, demo, complaints }) => {
  const other = await browser.newContext({ locale: "en" });
  listen(other, complaints);
  const second = await other.newPage();
  for (const each of [page, second]) {
    await each.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
    await logIn(each, demo);
    await allProbed(each, demo);
    await open(each, demo.url, "good-rsa");
    await hydrated(each);
  }
  const tags = second.locator("#tags input[name=after]");
  await tags.fill("mine");
  await page.locator("#tags input[name=after]").fill("theirs");
  await page.locator("#tags button").click();
  await expect(page.locator("header [data-tag]")).toHaveText(["theirs"]);
  await second.getByRole("button", { name: "Probe now" }).click();
  await expect(second.locator("header [data-tag]")).toHaveText(["theirs"], { timeout: 60_000 });
  await expect(tags).toHaveValue("mine");
  await second.locator("#tags button").click();
  await expect(second.locator("#tags-clash")).toContainText("theirs");
  await expect(tags).toHaveValue("mine");
  await second.locator("#tags button").click();
  await expect(second.locator("header [data-tag]")).toHaveText(["mine"]);
  await other.close();
});

test("the box in the head ticks its page, and all that match are tagged and probed", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  const total = await allProbed(page, demo);
  await hydrated(page);
  const head = page.getByRole("checkbox", { name: "Select all on this page" });
  const ticked = rows(page).getByRole("checkbox", { checked: true });
  await head.check();
  await expect(ticked).toHaveCount(total);
  await rows(page).first().getByRole("checkbox").uncheck();
  await expect(head).not.toBeChecked();
  await rows(page).first().getByRole("checkbox").check();
  await expect(head).toBeChecked();
  // What is ticked is no other row once the list is another one.
  const sorted = page.getByRole("columnheader", { name: "Endpoint" });
  await sorted.getByRole("link").click();
  await expect(sorted).toHaveAttribute("aria-sort", "ascending");
  await expect(ticked).toHaveCount(0);
  await expect(head).not.toBeChecked();
  await head.check();
  await expect(ticked).toHaveCount(total);
  await head.uncheck();
  await expect(ticked).toHaveCount(0);

  await page.goto(`${demo.url}/endpoints?q=good`);
  await hydrated(page);
  const all = page.getByRole("checkbox", { name: /^All 2 that match the filter/ });
  await all.check();
  await page.getByRole("textbox", { name: "Tags for the selected" }).fill("fine");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByText("2 endpoints changed.")).toBeVisible();
  await expect(rows(page).locator("[data-tag=fine]")).toHaveCount(2);
  await expect(all).not.toBeChecked();

  // Taken from all of them it is only where that is confirmed.
  const confirmed = page.getByRole("checkbox", { name: "“Remove” may take the tags off all 2" });
  const remove = page.getByRole("button", { name: "Remove", exact: true });
  await expect(confirmed).toBeHidden();
  await all.check();
  await page.getByRole("textbox", { name: "Tags for the selected" }).fill("fine");
  await remove.click();
  await expect(page.getByText("Confirm first")).toBeVisible();
  await expect(rows(page).locator("[data-tag=fine]")).toHaveCount(2);
  await confirmed.check();
  await remove.click();
  await expect(rows(page).locator("[data-tag=fine]")).toHaveCount(0);
  await expect(confirmed).toBeHidden();
  await all.check();
  await page.getByRole("textbox", { name: "Tags for the selected" }).fill("fine");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(rows(page).locator("[data-tag=fine]")).toHaveCount(2);
  await all.check();
  await page.getByRole("button", { name: "Probe the selected" }).click();
  await expect(page).toHaveURL(`${demo.url}/endpoints/runs`);
  await hydrated(page);
  const run = page.locator("[data-run]").first();
  await expect(run).toContainText("Search: good");
  await expect(run).toContainText("Done: 2 of 2 probed.", { timeout: 60_000 });
  await run.getByRole("link", { name: "All that matched a filter" }).click();
  await expect(page).toHaveURL(`${demo.url}/endpoints?q=good`);
  await page.goto(`${demo.url}/endpoints`);
  await expect(rows(page).locator("[data-tag=fine]")).toHaveCount(2);

  await page.goto(`${demo.url}/audit?action=endpoint.tag`);
  await hydrated(page);
  const lines = page.locator("tr[data-action='endpoint.tag']");
  await expect(lines).toHaveCount(3);
  const line = lines.first();
  await line.locator("summary").click();
  await expect(line.locator("[data-field=endpoints] td")).toHaveText("2");
  await expect(line.locator("[data-field=tags_added] td")).toHaveText("fine");
});

test("a mini program that is named is asked for by its name or AppID, and one that is none is refused", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  await page.goto(`${demo.url}/endpoints?called=Nobody%27s`);
  await hydrated(page);
  const called = page.locator("#called");
  await expect(called).toHaveValue("Nobody's");
  await expect(called).toHaveAttribute("aria-invalid", "true");
  await expect(page.locator("#called-error")).toContainText("No mini program has this");
  await expect(page.getByText("No endpoint matches.")).toBeVisible();
  const show = page.getByRole("button", { name: "Show" });

  // A part of its name offers it, and it is found by all of that.
  await called.fill("Shop");
  await show.click();
  await expect(page.locator("#called-error")).toContainText("The field offers those");
  await expect(page.locator("#offered option")).toHaveAttribute("value", /Shop/);
  await called.fill((await page.locator("#offered option").getAttribute("value"))!);
  await show.click();
  await expect(page.locator("#called-error")).toBeEmpty();
  await expect(called).not.toHaveAttribute("aria-invalid", "true");
  await expect(rows(page)).not.toHaveCount(0);
  const named = await rows(page).count();
  await called.fill("WX00000000000000AA");
  await show.click();
  await expect(page).toHaveURL(/called=WX00000000000000AA/);
  // The heads come with the rows.
  const head = page.getByRole("columnheader", { name: "Endpoint" });
  await expect(head.getByRole("link")).toHaveAttribute("href", /called=WX00000000000000AA/);
  await expect(page.locator("#called-error")).toBeEmpty();
  await expect(rows(page)).toHaveCount(named);
});

test("any result on a platform is any result", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  const total = await allProbed(page, demo);
  await hydrated(page);
  await page.getByRole("combobox", { name: "On", exact: true }).selectOption("ios");
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page).toHaveURL(/platform=ios/);
  await expect(rows(page)).toHaveCount(total);
  await expect(rows(page).first().locator("[data-result]")).toContainText("on iOS");
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });
  test("the list filters and sorts", async ({ page, demo }) => {
    await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
    await logIn(page, demo);
    await allProbed(page, demo);
    await page.getByLabel("Result").selectOption("unreachable");
    await page.getByRole("button", { name: "Show" }).click();
    await expect(page).toHaveURL(/verdict=unreachable/);
    await expect(rows(page).filter({ hasText: "refuses." })).toHaveCount(1);
    const verdicts = await rows(page).locator("[data-result] [data-verdict]").all();
    expect(verdicts.length).toBeGreaterThan(0);
    for (const verdict of verdicts) await expect(verdict).toHaveAttribute("data-verdict", "unreachable");
    await page.getByRole("columnheader", { name: "Probed" }).getByRole("link").click();
    await expect(page).toHaveURL(/verdict=unreachable.*sort=probed/);
    await expect(page.getByLabel("Result")).toHaveValue("unreachable");
  });

  test("tags that are refused leave the list and what is ticked as they were", async ({ page, demo }) => {
    await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
    await logIn(page, demo);
    await page.goto(`${demo.url}/endpoints?sort=target`);
    const ticked = (name: string) => rows(page).filter({ hasText: `${name}.` }).getByRole("checkbox");
    await tick(page, "expired", "wrong-name");
    const tags = page.getByRole("textbox", { name: "Tags for the selected" });
    const long = `a, ${"b".repeat(33)}`;
    await tags.fill(long);
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await expect(page.locator("#tag-problem")).toContainText("A tag has 32 characters at most.");
    await expect(page).toHaveURL(/\/endpoints\?sort=target&kept=\d+/);
    await expect(tags).toHaveValue(long);
    await expect(rows(page).getByRole("checkbox", { checked: true })).toHaveCount(2);
    for (const name of ["expired", "wrong-name"]) await expect(ticked(name)).toBeChecked();
    await tags.fill("a, b");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await expect(page).toHaveURL(`${demo.url}/endpoints?sort=target`);
    for (const tag of ["a", "b"]) await expect(rows(page).locator(`[data-tag=${tag}]`)).toHaveCount(2);
    await expect(rows(page).getByRole("checkbox", { checked: true })).toHaveCount(0);
  });

  test("all that match are chosen by a plain form", async ({ page, demo }) => {
    await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
    await logIn(page, demo);
    await page.goto(`${demo.url}/endpoints?q=good`);
    await expect(page.locator("thead input")).toBeHidden();
    const all = page.getByRole("checkbox", { name: /^All 2 that match the filter/ });
    await all.check();
    const lines = await saved(page, () => page.getByRole("button", { name: "JSON Lines" }).click());
    expect(lines).toHaveLength(2);
    await page.getByRole("textbox", { name: "Tags for the selected" }).fill("fine");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await expect(page).toHaveURL(`${demo.url}/endpoints?q=good`);
    await expect(rows(page).locator("[data-tag=fine]")).toHaveCount(2);
    await expect(all).not.toBeChecked();
  });

  test("tags, files and another route", async ({ page, demo }) => {
    await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
    await logIn(page, demo);
    await allProbed(page, demo);
    await tagsAndFiles(page, demo.url);
    await anotherRoute(page, demo.url);
  });
});
