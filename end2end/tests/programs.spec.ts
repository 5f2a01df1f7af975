// The list of mini programs, owner and tags, and imports; with JavaScript and without.

import type { Page, Route } from "@playwright/test";
import { expect, hydrated, logIn, setUp, test } from "./support";

const rows = (page: Page) => page.locator("tr[data-program]");
const SHOP = "wx00000000000000aa";
const LABORATORY = "wx00000000000000bb";

async function open(page: Page, url: string, name: string): Promise<void> {
  await page.goto(`${url}/programs`);
  await page.locator("tr[data-program] a", { hasText: name }).first().click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(name);
}

test("mini programs are found, sorted and filtered, and the URL holds it all", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  await open(page, demo.url, "Shop");
  await hydrated(page);

  await test.step("owner and tags are settings", async () => {
    const settings = page.locator("#settings");
    await settings.getByLabel("Owner").selectOption({ label: "demo" });
    await settings.getByLabel("Tags").fill("Core, 交易");
    await settings.getByRole("button", { name: "Save" }).click();
    await expect(page.locator("header a.badge", { hasText: "core" })).toBeVisible();
    await page.reload();
    await hydrated(page);
    await expect(settings.getByLabel("Tags")).toHaveValue("core, 交易");
    await page.getByRole("link", { name: "History" }).click();
    await expect(page).toHaveURL(new RegExp(`/audit\\?q=${SHOP}$`));
    await expect(page.locator("tr[data-action='program.change']")).toHaveCount(1);
    await expect(page.locator("tr[data-action='program.change']")).toContainText("Owner");
    const lines = page.locator("tr[data-action]");
    await expect(lines.filter({ hasText: "Laboratory" })).toHaveCount(0);
  });

  await test.step("the list filters by tag and owner", async () => {
    await page.goto(`${demo.url}/programs`);
    await hydrated(page);
    await expect(rows(page)).toHaveCount(2);
    await page.getByRole("combobox", { name: "Tag" }).selectOption("core");
    await page.locator("main").getByRole("button", { name: "Show" }).click();
    await expect(page).toHaveURL(/tag=core/);
    await expect(rows(page)).toHaveCount(1);
    await expect(rows(page).first()).toHaveAttribute("data-program", SHOP);
    await page.getByRole("link", { name: "Clear the filters" }).click();
    await expect(rows(page)).toHaveCount(2);
    await page.getByRole("combobox", { name: "Owner" }).selectOption("nobody");
    await page.locator("main").getByRole("button", { name: "Show" }).click();
    await expect(rows(page)).toHaveCount(1);
    await expect(rows(page).first()).toHaveAttribute("data-program", LABORATORY);
    await page.goBack();
    await expect(rows(page)).toHaveCount(2);
    await page.locator("main").getByLabel("Search").fill("nowhere");
    await page.locator("main").getByLabel("Search").press("Enter");
    await expect(page.getByText("No mini program matches.")).toBeVisible();
    await page.getByRole("link", { name: "Clear the filters" }).click();
  });

  await test.step("the order turns round", async () => {
    const ids = () => rows(page).evaluateAll((all) => all.map((row) => row.getAttribute("data-program")!));
    const head = page.getByRole("columnheader", { name: "Entries" });
    await head.getByRole("link").click();
    await expect(head).toHaveAttribute("aria-sort", "descending");
    await expect.poll(ids).toEqual([LABORATORY, SHOP]);
    await head.getByRole("link").click();
    await expect(head).toHaveAttribute("aria-sort", "ascending");
    await expect.poll(ids).toEqual([SHOP, LABORATORY]);
    await expect(page).toHaveURL(/sort=entries&order=reversed/);
  });
});

/** A wrong AppID without a name: the form answers beside both, and no browser in its place. */
async function refusedBesideBoth(page: Page): Promise<void> {
  const [appId, name] = [page.locator("#register input[name=app_id]"), page.locator("#register input[name=name]")];
  await appId.fill("nonsense");
  await page.getByRole("button", { name: "Register" }).click();
  await expect(page.locator("#app_id-error")).toContainText("An AppID is");
  await expect(page.locator("#name-error")).toHaveText("Fill this in.");
  await expect(name).toHaveAttribute("aria-invalid", "true");
  await expect(appId).toHaveValue("nonsense");
}

test("a wrong AppID and a name that is missing are answered beside their fields", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  await page.goto(`${demo.url}/programs`);
  await hydrated(page);
  await refusedBesideBoth(page);
});

test("what a new server has shown comes to the open page by itself", async ({ page, empty }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: empty.url }]);
  await setUp(page, empty);
  await page.locator("input[name=app_id]").fill("wx0123456789abcdef");
  await page.locator("input[name=name]").fill("Shop");
  await page.getByRole("button", { name: "Register" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Shop");
  await hydrated(page);
  const { host, port } = empty.target("expired");
  await page.locator("#add textarea").fill(`https://${host}:${port}`);
  await page.locator("#add button.btn-primary").click();
  const entry = page.locator(`[data-entry='https://${host}:${port}']`);
  await expect(entry).toBeVisible();
  // What is kept of a server is said when one was removed.
  await expect(page.getByText("If no other entry names the server")).toHaveCount(0);
  await page.locator("#recipients input[name=address]").fill("half@typed");
  await expect(entry.locator("[data-code='cert.expired']")).toBeVisible({ timeout: 60_000 });
  await expect(page.locator("#recipients input[name=address]")).toHaveValue("half@typed");
});

test("comments are skipped, a duplicate is no suggestion, and what stands in the way of saving is said", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  await open(page, demo.url, "Shop");
  await hydrated(page);
  const form = page.locator("#add form");
  const there = await page.locator("#request [data-entry]").first().getAttribute("data-entry");
  await form.locator("textarea").fill(`# ours\n${there!.toUpperCase()}\nhttp://b.example.com`);
  await expect(form.locator("[data-line]")).toHaveCount(2);
  await expect(form).toContainText("Skipped 1 comment (");
  await expect(form.locator("[data-line]").first()).not.toContainText("Write instead");
  await expect(form.locator("#obstacle")).toContainText("2 lines are refused");
  await expect(form.getByRole("button", { name: "Save the entries" })).toBeDisabled();
  await form.locator("[data-line]").first().getByRole("button", { name: "Drop the line" }).click();
  await expect(form.locator("#obstacle")).toContainText("One line is refused");
  await form.getByRole("button", { name: "Use it" }).click();
  await expect(form.locator("textarea")).toHaveValue("# ours\nhttps://b.example.com");
  await expect(form.locator("#obstacle")).toHaveText("");
  // What is accepted may be written better, too.
  await form.locator("textarea").fill("https://b.example.com:443");
  await expect(form.locator("[data-line=accepted]")).toContainText("Write instead");
  await form.getByRole("button", { name: "Use it" }).click();
  await expect(form.locator("textarea")).toHaveValue("https://b.example.com");
  await expect(form.getByRole("button", { name: "Use it" })).toHaveCount(0);
  await form.getByRole("button", { name: "Save the entries" }).click();
  await expect(page.locator("#request [data-entry='https://b.example.com']")).toBeVisible();
});

test("every suggestion puts nothing twice, and what cannot be mended is dropped at once", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  await open(page, demo.url, "Shop");
  await hydrated(page);
  const form = page.locator("#add form");
  const text = form.locator("textarea");
  const dropAll = form.getByRole("button", { name: "Drop all refused lines" });
  await text.fill("# ours\nhttp://x.example.com\nhttp://x.example.com/v1\nhttp://y.example.com\nhttps://y.example.com");
  await expect(form.locator("[data-line=refused]")).toHaveCount(3);
  await expect(dropAll).toHaveCount(0);
  await form.getByRole("button", { name: "Apply every suggestion" }).click();
  await expect(text).toHaveValue("# ours\nhttps://x.example.com\nhttps://y.example.com");
  await expect(form.locator("[data-line=refused]")).toHaveCount(0);

  await text.fill("https://*.example.com\nhttps://x.example.com\nhttps://localhost");
  await expect(form.locator("[data-line=refused]")).toHaveCount(2);
  await dropAll.click();
  await expect(text).toHaveValue("https://x.example.com");
  await text.fill("# nothing but this");
  await expect(form.locator("[data-nothing]")).toContainText("There is no entry in it");
  await text.fill("");
  await expect(form.locator("[data-nothing]")).toHaveCount(0);
});

test("what a scheme sends to another list is moved there, not rewritten", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  await open(page, demo.url, "Shop");
  await hydrated(page);
  const form = page.locator("#add form");
  const text = form.locator("textarea");
  await text.fill("http://u.example.com\nwss://v.example.com/x\nws://w.example.com");
  await expect(form.locator("[data-elsewhere=socket]")).toHaveCount(2);
  await form.getByRole("button", { name: "Apply every suggestion" }).click();
  await expect(text).toHaveValue("https://u.example.com\nwss://v.example.com/x\nws://w.example.com");
  await form.locator("[data-elsewhere]").first().getByRole("button").click();
  await form.getByRole("button", { name: "Move lines to the lists they belong to" }).click();
  await expect(text).toHaveValue("https://u.example.com");
  await expect(form.locator("[data-aside=socket]")).toContainText("2");
  await form.locator("[data-aside=socket]").getByRole("button").click();
  await expect(form.locator("select[name=api]")).toHaveValue("socket");
  await expect(text).toHaveValue("wss://v.example.com\nwss://w.example.com");
  await form.getByRole("button", { name: "Save the entries" }).click();
  await expect(page.locator("#socket [data-entry='wss://w.example.com']")).toBeVisible();
  await expect(page.locator("#request [data-entry='https://u.example.com']")).toHaveCount(0);
  await form.locator("[data-aside=request]").getByRole("button").click();
  await expect(text).toHaveValue("https://u.example.com");
});

test("the form of an entry is made when it is opened, and the keyboard leads into it", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  await open(page, demo.url, "Shop");
  await hydrated(page);
  const forms = page.locator("[data-entry] form");
  const row = page.locator("#request [data-entry]").first();
  const [summary, typed] = [row.locator("summary"), row.locator("input[name=typed]")];
  const ways = row.getByRole("link", { name: /^Change or remove / });
  await expect(forms).toHaveCount(0);
  await expect(summary).toHaveAccessibleName(/^Change or remove https:/);
  // The link is for who runs no script, or not yet.
  await expect(ways).toHaveCount(0);
  const href = await row.locator("a[href*='?change=']").getAttribute("href");

  await summary.focus();
  await page.keyboard.press("Enter");
  await expect(typed).toBeVisible();
  await expect(summary).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(typed).toBeFocused();
  await expect(forms).toHaveCount(2);
  const was = await typed.inputValue();
  await typed.fill("https://half.exam");
  await summary.click();
  await expect(typed).toBeHidden();
  await summary.click();
  await expect(typed).toHaveValue("https://half.exam");
  await typed.fill(was);

  await test.step("a page that comes with the form open is taken over as it is", async () => {
    await page.goto(`${demo.url}${href}`);
    await hydrated(page);
    await expect(forms).toHaveCount(2);
    await expect(typed).toHaveValue(was);
    await summary.click();
    await expect(typed).toBeHidden();
    await summary.click();
    await typed.fill("https://opened.example.com");
    await row.getByRole("button", { name: "Save" }).click();
    await expect(row).toHaveAttribute("data-entry", "https://opened.example.com");
    await expect(ways).toHaveCount(0);
  });
});

test("an entry is judged while it is typed over, and what was meant is a button", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  await open(page, demo.url, "Shop");
  await hydrated(page);
  const entries = page.locator("#request [data-entry]");
  const there = (await entries.nth(1).getAttribute("data-entry"))!;
  const edited = page.locator(`#${await entries.first().getAttribute("id")}`);
  const [typed, judged] = [edited.locator("input[name=typed]"), edited.locator("[data-judged]")];
  const save = edited.getByRole("button", { name: "Save" });
  await edited.locator("summary").click();
  await expect(judged).toHaveCount(0);

  await typed.fill(there);
  await expect(judged).toHaveAttribute("data-judged", "refused");
  await expect(save).toBeDisabled();
  await typed.fill("http://typed.example.com/v1");
  await expect(judged).toContainText("https://typed.example.com");
  await expect(typed).toHaveAttribute("aria-invalid", "true");
  await judged.getByRole("button", { name: "Use it" }).click();
  await expect(typed).toHaveValue("https://typed.example.com");
  await expect(typed).toBeFocused();
  await expect(judged).toHaveCount(0);
  await expect(typed).not.toHaveAttribute("aria-invalid", "true");

  await typed.fill("ws://typed.example.com");
  await judged.getByRole("button", { name: /^Move it to / }).click();
  await expect(typed).toHaveValue("wss://typed.example.com");
  await expect(edited.locator("select[name=api]")).toHaveValue("socket");
  await save.click();
  await expect(page.locator("#socket [data-entry='wss://typed.example.com']")).toBeVisible();
});

test("a refusal of an entry goes with the text that was refused, and does not come back with another", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  await open(page, demo.url, "Shop");
  await hydrated(page);
  const program = /programs\/(\d+)/.exec(page.url())![1];
  const row = page.locator("#request [data-entry]").first();
  const [typed, refusal] = [row.locator("input[name=typed]"), row.locator(".field-error")];
  // What somebody else adds meanwhile the page does not know: the server alone refuses it.
  const held: Route[] = [];
  await page.route("**/api/programs/page*", (route) => void held.push(route));
  const form = { id: program, api: "request", lines: "https://there.example.com" };
  const added = await page.request.post(`${demo.url}/api/programs/add-entries`, { form, headers: { origin: demo.url } });
  expect(added.ok()).toBe(true);
  await row.locator("summary").click();
  await typed.fill("https://there.example.com");
  await row.getByRole("button", { name: "Save" }).click();
  await expect(refusal).not.toBeEmpty();
  await typed.fill("http://right.example.com");
  await expect(refusal).toBeEmpty();
  await typed.fill("https://right.example.com");
  await expect(row.locator("[data-judged]")).toHaveCount(0);
  await expect(refusal).toBeEmpty();
  await expect(typed).not.toHaveAttribute("aria-invalid", "true");

  await test.step("nor while something else is on its way to the server", async () => {
    const sent: Route[] = [];
    const changes = "**/api/programs/change-entry";
    await typed.fill("https://there.example.com");
    await expect(refusal).not.toBeEmpty();
    await page.route(changes, (route) => void sent.push(route));
    const other = page.locator("#request [data-entry]").nth(1);
    await other.locator("summary").click();
    await other.locator("input[name=typed]").fill("https://other.example.com");
    await other.getByRole("button", { name: "Save" }).click();
    await expect.poll(() => sent.length).toBe(1);
    await expect(other.getByRole("button", { name: "Save" })).toBeDisabled();
    for (const one of [row, other]) await expect(one.locator(".field-error")).toBeEmpty();
    await page.unroute(changes);
    const answered = page.waitForResponse(changes);
    await sent[0].continue();
    await answered;
    await typed.fill("https://there.example.com");
    await row.getByRole("button", { name: "Save" }).click();
    await expect(refusal).not.toBeEmpty();
    await page.route(changes, (route) => void sent.push(route));
    await typed.fill("https://corrected.example.com");
    await row.getByRole("button", { name: "Save" }).click();
    await expect.poll(() => sent.length).toBe(2);
    await expect(row.getByRole("button", { name: "Save" })).toBeDisabled();
    await expect(refusal).toBeEmpty();
    await sent[1].continue();
  });
  for (const route of held) await route.continue();
});

test("what is typed of a filing stays with its domain when one above it goes", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  await open(page, demo.url, "Shop");
  await hydrated(page);
  await page.locator("#add textarea").fill("https://api.example.com\nhttps://api.example.org");
  await page.locator("#add button.btn-primary").click();
  const filing = (domain: string) => page.locator(`#icp [data-domain='${domain}']`);
  const number = (domain: string) => filing(domain).locator("input[name=number]");
  const domains = () => page.locator("#icp [data-domain]").evaluateAll((all) => all.map((row) => row.getAttribute("data-domain")));
  await expect.poll(domains).toEqual(["hufu.example", "example.com", "example.org"]);
  await filing("example.org").locator("summary").click();
  await number("example.org").fill("half typed");
  const entry = page.locator("[data-entry='https://api.example.com']");
  await entry.locator("summary").click();
  await entry.locator("form[action*='remove-entry'] button").click();
  await expect.poll(domains).toEqual(["hufu.example", "example.org"]);
  await expect(number("example.org")).toBeVisible();
  await expect(number("example.org")).toHaveValue("half typed");
  await expect(number("hufu.example")).not.toHaveValue("half typed");

  // What is saved is shown in the same place.
  await number("example.org").fill("京ICP备11041704号-13");
  await filing("example.org").getByRole("button", { name: "Save" }).click();
  await expect(filing("example.org").locator("p").first()).toContainText("京ICP备11041704号-13");
  await expect(number("example.org")).toHaveValue("京ICP备11041704号-13");
});

test("what WeChat grants is a setting of the mini program, and so is the rule of its sockets", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  await open(page, demo.url, "Shop");
  await hydrated(page);
  const settings = page.locator("#settings");
  await settings.locator("input[name=prefetch]").fill("7");
  await settings.locator("input[name=changes_a_month]").fill("0");
  await settings.getByLabel("Ports of sockets are strict").check();
  await settings.getByRole("button", { name: "Save" }).click();
  await expect(settings.getByText("Between 1 and 1000.")).toBeVisible();
  await settings.locator("input[name=changes_a_month]").fill("80");
  await settings.getByRole("button", { name: "Save" }).click();
  await expect(page.locator("[data-meter=prefetch]")).toContainText("/ 7");
  await expect(page.locator("[data-changes]")).toContainText("of 80 times");
  const program = /programs\/(\d+)/.exec(page.url())![1];
  const question = `${demo.url}/check/url?program=${program}&api=socket&url=${encodeURIComponent("wss://a.example.com:9000/s")}`;
  await page.goto(question);
  await expect(page.getByText("Judged with the strict rule")).toBeVisible();
  await page.goto(`${question}&wss=any`);
  await expect(page.getByText("Judged with the strict rule")).toHaveCount(0);
});

test("a list that is copied says so, one that the browser does not let be copied says that, and neither of a list that has changed", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  await open(page, demo.url, "Shop");
  await hydrated(page);
  const list = page.locator("#request");
  const entries = await list.locator("[data-entry]").evaluateAll((all) => all.map((row) => row.getAttribute("data-entry")!));
  await list.getByText("As WeChat's text").click();
  const text = list.getByLabel("joined by semicolons");
  await expect(text).toHaveValue(entries.join(";"));
  const told = list.locator("[role=status]");
  const copy = list.getByRole("button", { name: "Copy" });

  // What is not granted by then is refused.
  await page.context().grantPermissions(["geolocation"], { origin: demo.url });
  await copy.click();
  await expect(told).toContainText("Could not be copied");
  await page.context().clearPermissions();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: demo.url });
  await copy.click();
  await expect(told).toHaveText("Copied.");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(entries.join(";"));

  await page.locator("#add textarea").fill("https://new.example.com");
  await page.locator("#add button.btn-primary").click();
  await expect(text).toHaveValue(/https:\/\/new\.example\.com/);
  await expect(told).toHaveText("");
});

test("what was removed or moved is put back with all that is known of its server, and offered once", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  const undo = page.locator("#undo");
  const putBack = undo.getByRole("button", { name: "Put it back" });
  const entry = page.locator("#request [data-entry*='//expired.']");
  const looks = page.locator("#history tbody tr");
  const endpoint = page.locator("tr[data-endpoint]");
  const shown = async () => {
    await open(page, demo.url, "Laboratory");
    await hydrated(page);
  };
  await expect(async () => {
    await page.goto(`${demo.url}/endpoints?q=expired.`);
    await expect(endpoint.locator("[data-verdict=fail]").first()).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 60_000 });
  await endpoint.locator("a[href^='/endpoints/']").first().click();
  await expect(page).toHaveURL(/\/endpoints\/\d+$/);
  const server = page.url();
  await expect(looks).not.toHaveCount(0);
  const seen = await looks.count();

  await test.step("a removal says what is kept, and the page of the server until when", async () => {
    await shown();
    await entry.locator("summary").click();
    await entry.locator("form[action*='remove-entry'] button").click();
    await expect(entry).toHaveCount(0);
    await expect(undo).toContainText("Removed https://expired.");
    await expect(undo).toContainText("are kept for 7 days");
    await page.goto(server);
    await expect(page.locator("[data-unnamed]")).toContainText("is forgotten on");
    expect(await looks.count()).toBeGreaterThanOrEqual(seen);
    await expect(page.getByRole("button", { name: "Probe now" })).toHaveCount(0);
    await page.goto(`${demo.url}/endpoints?q=expired.`);
    await expect(page.getByText("No endpoint matches.")).toBeVisible();
  });

  await test.step("it is put back once, and its server is the same", async () => {
    await shown();
    await putBack.click();
    await expect(entry).toBeVisible();
    await expect(undo).toHaveCount(0);
    await expect(page.locator("#lists")).toBeFocused();
    await page.reload();
    await hydrated(page);
    await expect(entry.locator(`a[href='${new URL(server).pathname}']`).first()).toBeVisible();
    await expect(undo).toHaveCount(0);
    await page.goto(server);
    await expect(page.getByRole("button", { name: "Probe now" })).toBeVisible();
    await expect(page.locator("[data-unnamed]")).toHaveCount(0);
    expect(await looks.count()).toBeGreaterThanOrEqual(seen);
  });

  await test.step("so is what was moved to another list", async () => {
    await shown();
    await entry.locator("summary").click();
    await entry.locator("select").selectOption("socket");
    await expect(entry.locator("[data-becomes]")).toContainText("wss://expired.");
    await entry.locator("select").selectOption("upload");
    await expect(entry.locator("[data-becomes]")).toHaveCount(0);
    await entry.locator("form[action*='change-entry'] button").click();
    await expect(page.locator("#upload [data-entry*='//expired.']")).toBeVisible();
    await expect(undo).toContainText("Moved https://expired.");
    await putBack.click();
    await expect(entry).toBeVisible();
    await expect(undo).toHaveCount(0);
    await page.reload();
    await hydrated(page);
    await expect(undo).toHaveCount(0);
  });

  await test.step("no link claims that something was removed", async () => {
    await page.goto(`${page.url().replace(/[?#].*/, "")}?removed=https%3A%2F%2Fevil.example.com&from=request`);
    await hydrated(page);
    await expect(entry).toBeVisible();
    await expect(undo).toHaveCount(0);
  });

  await test.step("a mini program that was removed comes back as it was", async () => {
    const there = page.url().replace(/[?#].*/, "");
    await page.locator("#settings details summary").click();
    await expect(page.locator("#settings details")).toContainText("and recipients. For an hour you can put all of it back");
    await page.locator("#settings details form button").click();
    await expect(page).toHaveURL(`${demo.url}/programs`);
    await expect(rows(page)).toHaveCount(1);
    await expect(undo).toContainText("Laboratory with its entries");
    await expect(putBack).toHaveAccessibleName("Put it back: 实验室 · Laboratory");
    await putBack.click();
    await expect(page).toHaveURL(there);
    await expect(entry.locator(`a[href='${new URL(server).pathname}']`).first()).toBeVisible();
    await page.goto(`${demo.url}/programs`);
    await expect(rows(page)).toHaveCount(2);
    await expect(undo).toHaveCount(0);
  });
});

test("an import whose answer does not come says that it may have been done", async ({ browser, demo }) => {
  // Not the context of the test: this browser does complain.
  const context = await browser.newContext();
  await context.addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  const page = await context.newPage();
  await logIn(page, demo);
  await open(page, demo.url, "Shop");
  await page.locator("main").getByRole("link", { name: "Import", exact: true }).click();
  await page.locator("textarea[name=text]").fill("https://lost.example.com");
  await page.getByRole("button", { name: "See what would change" }).click();
  await expect(page.getByRole("button", { name: "Import (add 1)" })).toBeVisible();
  await hydrated(page);
  await page.route("**/api/programs/import", async (route) => {
    await route.fetch();
    await route.abort();
  });
  await page.getByRole("button", { name: "Import (add 1)" }).click();
  await expect(page.locator("[data-unanswered]")).toContainText("may have been done all the same");
  await page.locator("[data-unanswered]").getByRole("link").click();
  await expect(page).toHaveURL(`${demo.url}/programs`);
  await open(page, demo.url, "Shop");
  await expect(page.locator("[data-entry='https://lost.example.com']")).toHaveCount(1);
  await context.close();
});

async function importing(page: Page, url: string): Promise<void> {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url }]);
  await page.goto(`${url}/programs/import`);
  const plan = page.locator("#plan");

  await test.step("what cannot be read is named by its place", async () => {
    await page.locator("textarea[name=text]").fill('{"requestdomain":\n  ["https://a.example.com"');
    await page.getByRole("button", { name: "See what would change" }).click();
    await expect(page.locator("#refused")).toContainText("line 2");
    await expect(page.locator("textarea[name=text]")).toHaveValue(/requestdomain/);
    await expect(plan).toHaveCount(0);
  });

  await test.step("a file that is too large is refused beside its field, and text and choices stay", async () => {
    const buffer = Buffer.alloc(3 * 1024 * 1024, "x");
    await page.locator("input[name=file]").setInputFiles({ name: "domains.csv", mimeType: "text/csv", buffer });
    await page.locator("textarea[name=text]").fill("https://typed.example.com");
    await page.locator("input[name=mode][value=replace]").check();
    await page.getByRole("button", { name: "See what would change" }).click();
    await expect(page.locator("#file-error")).toContainText("more than 1 MB");
    await expect(page.locator("input[name=mode][value=replace]")).toBeChecked();
    await expect(page.locator("textarea[name=text]")).toHaveValue("https://typed.example.com");
    await expect(plan).toHaveCount(0);
    await page.goto(`${url}/programs/import`);
  });

  await test.step("a dry run shows what would change, and the import does it", async () => {
    const table = [
      "appid,name,api,entry",
      `${SHOP},,request,https://new.example.com`,
      `${SHOP},,request,http://wrong.example.com`,
      "wx00000000000000cc,\"Third, new\",upload,https://a.example.com;https://b.example.com",
      "wx1,,request,https://c.example.com",
    ];
    await page.locator("textarea[name=text]").fill(table.join("\n"));
    await page.getByRole("button", { name: "See what would change" }).click();
    await expect(plan.locator("[data-count=registered]")).toContainText("1");
    await expect(plan.locator("[data-count=added]")).toContainText("3");
    await expect(plan.locator("[data-count='left-out']")).toContainText("2");
    await expect(plan.locator("[data-unread]")).toContainText("wx1");
    await expect(page.locator("[data-planned=wx00000000000000cc]")).toContainText("Third, new");
    const refused = page.locator(`[data-planned=${SHOP}] [data-kind=refused]`);
    await expect(refused).toContainText("Line 3");
    await expect(refused).toContainText("https://wrong.example.com");
    await plan.getByRole("button", { name: "Import (add 3)" }).click();
    await expect(page.getByText("Entries added: 3, removed: 0.")).toBeVisible();
    await page.getByRole("link", { name: "See the mini programs" }).click();
    await expect(rows(page)).toHaveCount(3);
  });

  await test.step("a list from a file is replaced, and what goes is named before", async () => {
    await open(page, url, "Third, new");
    await page.locator("main").getByRole("link", { name: "Import", exact: true }).click();
    await expect(page.locator("select[name=program]")).not.toHaveValue("");
    const buffer = Buffer.from(JSON.stringify({ errcode: 0, uploaddomain: ["https://b.example.com", "https://z.example.com"] }));
    await page.locator("input[name=file]").setInputFiles({ name: "domains.json", mimeType: "application/json", buffer });
    await page.locator("input[name=mode][value=replace]").check();
    await page.getByRole("button", { name: "See what would change" }).click();
    await expect(page.locator("[data-kind=removed]")).toContainText("https://a.example.com");
    await expect(page.locator("[data-kind=present]")).toContainText("https://b.example.com");
    await plan.getByRole("button", { name: "Import (add 1, remove 1)" }).click();
    await expect(page.getByText("Entries added: 1, removed: 1.")).toBeVisible();
    await open(page, url, "Third, new");
    await expect(page.locator("#upload [data-entry]")).toHaveCount(2);
    await expect(page.locator("[data-entry='https://z.example.com']")).toBeVisible();
  });

  await test.step("a line of another list is told so, and goes there when that is asked for", async () => {
    await page.locator("main").getByRole("link", { name: "Import", exact: true }).click();
    await page.locator("textarea[name=text]").fill("wss://push.example.com/v1");
    await page.getByRole("button", { name: "See what would change" }).click();
    await expect(page.locator("[data-list=request] [data-elsewhere=socket]")).toHaveText("wss:// belongs to another list, such as socket domains.");
    await plan.getByRole("link", { name: "Move lines to the lists they belong to" }).click();
    await expect(page.locator("[data-list=socket] [data-kind=added]")).toContainText("wss://push.example.com");
    await expect(page.locator("input[name=moves]")).toBeChecked();
    await plan.getByRole("button", { name: "Import (add 1)" }).click();
    await expect(page.getByText("Entries added: 1, removed: 0.")).toBeVisible();
  });
}

test("an import shows what it would do, and does that", async ({ page, demo }) => {
  await logIn(page, demo);
  await importing(page, demo.url);

  await test.step("when somebody else was quicker, the plan is made anew and nothing is done before it is seen", async () => {
    await open(page, demo.url, "Third, new");
    await page.locator("main").getByRole("link", { name: "Import", exact: true }).click();
    await page.locator("textarea[name=text]").fill("https://one.example.com\nhttps://two.example.com");
    await page.getByRole("button", { name: "See what would change" }).click();
    await expect(page.locator("#plan [data-count=added]")).toContainText("2");
    await hydrated(page);
    const other = await page.context().newPage();
    await open(other, demo.url, "Third, new");
    await hydrated(other);
    await other.locator("#add textarea").fill("https://one.example.com");
    await other.getByRole("button", { name: "Save the entries" }).click();
    await expect(other.locator("#request [data-entry]")).toHaveCount(1);
    await page.getByRole("button", { name: "Import (add 2)" }).click();
    await expect(page.getByRole("button", { name: "Import (add 1)" })).toBeVisible();
    await expect(page.getByText("Somebody else changed it in between.")).toBeVisible();
    await page.getByRole("button", { name: "Import (add 1)" }).click();
    await expect(page.getByText("Entries added: 1, removed: 0.")).toBeVisible();
  });
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a wrong AppID and a name that is missing are answered beside their fields", async ({ page, demo, empty }) => {
    await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
    await logIn(page, demo);
    await page.goto(`${demo.url}/programs`);
    await refusedBesideBoth(page);
    // On Overview it is another form.
    await page.context().clearCookies();
    await page.context().addCookies([{ name: "hufu_locale", value: "en", url: empty.url }]);
    await setUp(page, empty);
    await page.goto(`${empty.url}/`);
    await refusedBesideBoth(page);
  });


  test("the list filters and sorts, settings are kept when refused, and an import works", async ({ page, demo }) => {
    await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
    await logIn(page, demo);
    await page.goto(`${demo.url}/programs`);
    await page.locator("main").getByLabel("Search").fill("shop");
    await page.locator("main").getByRole("button", { name: "Show" }).click();
    await expect(rows(page)).toHaveCount(1);
    await page.getByRole("link", { name: "Failing" }).click();
    await expect(page).toHaveURL(/q=shop.*sort=failing/);

    await rows(page).getByRole("link", { name: "Shop" }).click();
    const settings = page.locator("#settings");
    await settings.getByLabel("Name").fill("Shop B");
    await settings.getByLabel("Tags").fill("x".repeat(33));
    await settings.getByRole("button", { name: "Save" }).click();
    await expect(settings.getByText("32 characters at most")).toBeVisible();
    await expect(settings.getByLabel("Name")).toHaveValue("Shop B");

    await page.locator("#add textarea").fill("http://b.example.com");
    await page.locator("#add").getByRole("button", { name: "Save the entries" }).click();
    await expect(page.locator("#add [data-line=refused]")).toHaveCount(1);
    await expect(page.locator("#add").getByRole("button", { name: "Save the entries" })).toBeEnabled();
    await page.locator("#add textarea").fill("https://b.example.com");
    await page.locator("#add").getByRole("button", { name: "Save the entries" }).click();
    await expect(page.locator("#request [data-entry='https://b.example.com']")).toHaveCount(1);

    await importing(page, demo.url);
  });
});

test("a page from before an upgrade says that it wants to be loaded again", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  await page.goto(`${demo.url}/programs`);
  await hydrated(page);
  const form = page.locator("form[action*='programs/add']");
  await form.locator("input[name=app_id]").fill("wx0123456789abcdef");
  await form.locator("input[name=name]").fill("Corner shop");
  // As a server answers what it cannot read, but for the status: a 400 would be a complaint of the browser's.
  let assets = "/pkg/0123456789abcdef";
  await page.route("**/api/programs/add", (route) =>
    route.fulfill({ status: 422, json: { Request: { detail: "missing field", assets } } }),
  );
  await form.getByRole("button").click();
  await expect(form.getByRole("alert").filter({ hasText: "Hufu has been upgraded since this page was opened." })).toBeVisible();
  await expect(form.locator("input[name=name]")).toHaveValue("Corner shop");
  assets = (await page.locator("html").getAttribute("data-assets")) ?? "";
  await form.getByRole("button").click();
  await expect(form.getByRole("alert").filter({ hasText: "What was sent could not be read." })).toBeVisible();
  await expect(form).not.toContainText("missing field");
});
