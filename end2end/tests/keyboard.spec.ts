// Whoever works by keys alone: the focus stays where something was pressed, or goes where there is something to do, and
// it is seen.

import type { Page, Route } from "@playwright/test";
import { expect, firstProbes, type Hufu, hydrated, logIn, test } from "./support";

test.beforeEach(async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
});

/** Presses a button as one does without a mouse. */
async function press(page: Page, name: string, within = "main"): Promise<void> {
  await page.locator(within).getByRole("button", { name, exact: true }).focus();
  await page.keyboard.press("Enter");
}

test("the list of endpoints keeps the focus, or leads it to the field that is wrong", async ({ page, demo }) => {
  await firstProbes(page, demo);
  await page.goto(`${demo.url}/endpoints?sort=target`);
  await hydrated(page);
  const [tags, row] = [page.locator("#tags-of-selected"), page.locator("tr[data-endpoint]").first()];
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  await press(page, "Add");
  await expect(page.locator("#tag-problem")).not.toBeEmpty();
  await expect(tags).toBeFocused();
  // Whose error stands there already is led there too.
  await press(page, "Add");
  await expect(tags).toBeFocused();

  await row.getByRole("checkbox").check();
  await tags.fill("core");
  await press(page, "Add");
  await expect(row.locator("[data-tag=core]")).toBeVisible();
  await expect(button("Add")).toBeEnabled();
  await expect(button("Add")).toBeFocused();
  await press(page, "Probe the selected");
  await expect(page.getByText("Select at least one row.")).toBeVisible();
  await expect(button("Probe the selected")).toBeFocused();
});

/** To the page of a server of the lab. */
async function open(page: Page, demo: Hufu, name: string): Promise<void> {
  await firstProbes(page, demo, `${name}.`);
  await page.goto(`${demo.url}/endpoints?q=${name}.`);
  await page.locator("tr[data-endpoint]").getByRole("link", { name: `${name}.` }).click();
  await expect(page).toHaveURL(/\/endpoints\/\d+$/);
  await hydrated(page);
}

test("an endpoint is probed once for all that is pressed meanwhile, and what was pressed keeps the focus", async ({ page, demo }) => {
  await open(page, demo, "good-ecdsa");
  const held: Route[] = [];
  const probes = "**/api/endpoints/probe-now";
  await page.route(probes, (route) => void held.push(route));
  const probe = page.locator("form[action*='/endpoints/probe-now'] button");
  await probe.focus();
  await page.keyboard.press("Enter");
  await expect(probe).toBeDisabled();
  await expect(probe).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Space");
  await expect.poll(() => held.length).toBe(1);
  await held[0].continue();
  await expect(page.getByText("Done: 1 of 1 probed.")).toBeVisible({ timeout: 60_000 });
  await expect(probe).toBeEnabled();
  await expect(probe).toBeFocused();
  expect(held).toHaveLength(1);

  const addresses = page.getByLabel("IP addresses");
  const once = page.getByRole("button", { name: "Probe these addresses once" });
  await addresses.fill("10.0.0.1");
  await press(page, "Probe these addresses once");
  await expect(addresses).toHaveAttribute("aria-invalid", "true");
  await expect(addresses).toBeFocused();
  await addresses.fill("127.0.0.2");
  await press(page, "Probe these addresses once");
  await expect(page.locator("[data-trial]")).toBeVisible();
  await expect(once).toBeFocused();
});

/** To the page of a mini program. */
async function openProgram(page: Page, demo: Hufu, name: string): Promise<void> {
  await page.goto(`${demo.url}/programs`);
  await page.locator("tr[data-program] a", { hasText: name }).first().click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(name);
  await hydrated(page);
}

/** Holds every request to `path` back until what it gives is called. */
async function hold(page: Page, path: string): Promise<() => void> {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route(path, async (route) => {
    await held;
    await route.continue();
  });
  return release;
}

/** Until whatever was to be done once the page is drawn has been done. */
async function drawn(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

test("where a button goes with what it has removed, the focus goes to the way back or to what is left", async ({ page, demo }) => {
  await openProgram(page, demo, "Shop");
  const entries = page.locator("#request [data-entry]");
  const count = await entries.count();
  await entries.last().locator("summary").focus();
  await page.keyboard.press("Enter");
  await entries.last().locator("form[action*='remove-entry'] button").focus();
  await page.keyboard.press("Enter");
  await expect(entries).toHaveCount(count - 1);
  const back = page.locator("#undo").getByRole("button", { name: "Put it back" });
  await expect(back).toBeFocused();
  await expect(back).toBeInViewport();

  const recipients = page.locator("#recipients");
  for (const address of ["a@example.com", "b@example.com"]) {
    await recipients.locator("input[name=address]").fill(address);
    await press(page, "Add", "#recipients");
    await expect(recipients.locator(`[data-recipient="${address}"]`)).toBeVisible();
  }
  await press(page, "Remove a@example.com");
  await expect(recipients.locator("[data-recipient]")).toHaveCount(1);
  // Not on the button of the other one, which has taken its place.
  await expect(recipients).toBeFocused();
});

test("whoever has gone on while an entry or a recipient is removed stays where they are", async ({ page, demo }) => {
  await openProgram(page, demo, "Shop");
  const entries = page.locator("#request [data-entry]");
  const count = await entries.count();
  const removed = (await entries.last().getAttribute("data-entry"))!;
  const lines = page.locator("#add textarea");
  let release = await hold(page, "**/api/programs/remove-entry");
  await entries.last().locator("summary").press("Enter");
  await entries.last().locator("form[action*='remove-entry'] button").press("Enter");
  await lines.focus();
  release();
  await expect(entries).toHaveCount(count - 1);
  await expect(page.locator("#undo")).toContainText(removed);
  await drawn(page);
  await expect(lines).toBeFocused();

  const recipients = page.locator("#recipients");
  for (const address of ["a@example.com", "b@example.com"]) {
    await recipients.locator("input[name=address]").fill(address);
    await press(page, "Add", "#recipients");
    await expect(recipients.locator(`[data-recipient="${address}"]`)).toBeVisible();
  }
  const other = recipients.getByRole("button", { name: "Remove b@example.com" });
  release = await hold(page, "**/api/alerts/remove-recipient");
  await press(page, "Remove a@example.com");
  await other.focus();
  release();
  await expect(recipients.locator("[data-recipient]")).toHaveCount(1);
  await drawn(page);
  // The row that is left is the one that it was.
  await expect(other).toBeFocused();
});

test("the page stays where it is for whoever removes an entry with the mouse", async ({ page, demo }) => {
  await page.setViewportSize({ width: 1280, height: 320 });
  await openProgram(page, demo, "Laboratory");
  const entry = page.locator("#lists [data-entry]").last();
  await entry.locator("summary").click();
  await entry.locator("form[action*='remove-entry'] button").click();
  const back = page.locator("#undo").getByRole("button", { name: "Put it back" });
  await expect(back).toBeFocused();
  await expect(back).not.toBeInViewport();
  await expect(page.locator("[data-toast]")).toContainText("What can be put back");
});

test("an entry that is moved to another list takes the focus along", async ({ page, demo }) => {
  await openProgram(page, demo, "Shop");
  const entry = page.locator("#request [data-entry]").last();
  const id = await entry.getAttribute("id");
  await entry.locator("summary").press("Enter");
  const form = entry.locator("form[action*='change-entry']");
  await form.locator("select").selectOption("download");
  await expect(form.getByRole("button")).toBeEnabled();
  await form.getByRole("button").press("Enter");
  await expect(page.locator(`#download #${id} summary`)).toBeFocused();
});

test("a link that goes when the page is taken over hands the focus to what unfolds instead", async ({ page, demo }) => {
  await openProgram(page, demo, "Shop");
  const release = await hold(page, "**/*.wasm");
  await page.goto(page.url(), { waitUntil: "commit" });
  const entry = page.locator("#request [data-entry]").first();
  await entry.locator("a[href*='change=']").focus();
  release();
  await hydrated(page);
  await expect(entry.locator("summary")).toBeFocused();
});

test("whoever has ended a session ends no other by what comes in its place", async ({ page, browser, demo }) => {
  for (let count = 0; count < 3; count++) {
    const context = await browser.newContext();
    await logIn(await context.newPage(), demo);
    await context.close();
  }
  await page.goto(`${demo.url}/settings`);
  await hydrated(page);
  const others = page.locator("[data-session=other]");
  await expect(others).toHaveCount(3);
  let ended = 0;
  page.on("request", (request) => (ended += Number(request.url().endsWith("/api/accounts/end-session"))));
  await others.first().getByRole("button").press("Enter");
  await expect(others).toHaveCount(2);
  await expect(page.locator("#sessions")).toBeFocused();
  await page.keyboard.press("Enter");
  await drawn(page);
  expect(ended).toBe(1);

  // The button of another session that has the focus meanwhile stays that of the same session.
  const release = await hold(page, "**/api/accounts/end-session");
  const id = await others.last().locator("input[name=id]").getAttribute("value");
  await others.first().getByRole("button").press("Enter");
  await others.last().getByRole("button").focus();
  release();
  await expect(others).toHaveCount(1);
  await expect(others.locator("input[name=id]")).toHaveValue(id!);
  await expect(others.getByRole("button")).toBeFocused();
});

/** The ring around what has the focus. */
async function ring(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(document.activeElement!);
    return [outlineStyle, outlineWidth, outlineColor].join(" ");
  });
}

for (const [width, where] of [
  [1280, "ul.rail-places"],
  [390, ".rail-unfolded ul"],
] as const) {
  test(`a link of the navigation that has the focus is seen to have it, ${width} px wide`, async ({ page, demo }) => {
    await page.setViewportSize({ width, height: 800 });
    await page.goto(`${demo.url}/audit`);
    await hydrated(page);
    if (width < 768) {
      await page.locator("details.rail-folded > summary").focus();
      await page.keyboard.press("Enter");
    }
    for (const theme of ["hufu-light", "hufu-dark"]) {
      await page.evaluate((theme) => (document.documentElement.dataset.theme = theme), theme);
      await page.locator(".rail-brand").focus();
      const expected = await ring(page);
      expect(expected).toMatch(/^solid 2px /);
      for (const name of ["Endpoints", "Audit"]) {
        await page.locator(where).getByRole("link", { name, exact: true }).focus();
        expect(await ring(page), `${name}, ${theme}`).toBe(expected);
      }
    }
  });
}

test("what mends the lines of a paste leads back to them", async ({ page, demo }) => {
  await page.goto(`${demo.url}/programs`);
  await page.getByRole("link", { name: "Shop" }).first().click();
  await expect(page).toHaveURL(/\/programs\/\d+$/);
  await hydrated(page);
  const text = page.locator("#add textarea");
  for (const [name, typed, left] of [
    ["Apply every suggestion", "http://x.example.com", "https://x.example.com"],
    ["Drop all refused lines", "https://*.example.com\nhttps://x.example.com", "https://x.example.com"],
    ["Move lines to the lists they belong to", "wss://v.example.com\nhttps://x.example.com", "https://x.example.com"],
    ["Drop the line", "https://*.example.com\nhttps://x.example.com", "https://x.example.com"],
  ] as const) {
    await text.fill(typed);
    await press(page, name, "#add");
    await expect(text).toHaveValue(left);
    await expect(text).toBeFocused();
  }
});
