// Alerts from end to end: the settings in the browser, a real mail server that takes and refuses,
// and the mails as their readers get them.

import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { MailServer, ownCertificate } from "./mail";
import { expect, Hufu, hydrated, logIn, saved, setUp, test } from "./support";

/** Fills the form of the mail server and sends it. */
async function setMail(page: Page, { security, ...fields }: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(fields)) await page.locator(`#mail input[name=${name}]`).fill(value);
  if (security) await page.locator("#mail select[name=security]").selectOption(security);
  await page.locator("#mail button").click();
}

async function sendTest(page: Page, address: string): Promise<void> {
  await page.locator("#mail-test input[name=address]").fill(address);
  await page.locator("#mail-test button").click();
}

async function addRecipient(page: Page, address: string, language: string): Promise<void> {
  const section = page.locator("#recipients");
  await section.locator("input[name=address]").fill(address);
  await section.locator("select[name=language]").selectOption(language);
  await section.getByRole("button", { name: "Add", exact: true }).click();
  await expect(section.locator(`[data-recipient="${address}"]`)).toBeVisible();
}

test("a team is told before a certificate ends and when a server fails, and a refused mail comes later", async ({ page, empty }) => {
  const mail = await MailServer.start();
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: empty.url }]);
  await setUp(page, empty);
  await page.goto(`${empty.url}/alerts`);
  await expect(page.getByText("No mail server is set")).toBeVisible();

  await page.getByRole("link", { name: "Set one" }).click();
  await expect(page).toHaveURL(`${empty.url}/settings/mail`);
  await hydrated(page);
  const server = { host: "127.0.0.1", port: `${mail.port}`, security: "plain", public_url: empty.url };
  await setMail(page, server);
  await expect(page.locator("#mail .field-error", { hasText: "Fill this in." })).toBeVisible();
  await expect(page.locator("#mail input[name=host]")).toHaveValue("127.0.0.1");
  await setMail(page, { sender: "hufu@example.com", username: "me", password: "secret" });
  await expect(page.locator("#mail .field-error", { hasText: "in the clear" })).toBeVisible();
  await setMail(page, { username: "", password: "" });
  await saved(page);
  await sendTest(page, "me@example.com");
  await expect(page.locator("#mail-test")).toContainText("has taken it");
  const arrived = await mail.received("me@example.com", /Mail arrives/);
  expect(arrived).toMatchObject({ from: "hufu@example.com", automatic: true });

  await page.goto(`${empty.url}/programs`);
  await hydrated(page);
  await page.locator("input[name=app_id]").fill("wx00000000000000cc");
  await page.locator("input[name=name]").fill("Mall");
  await page.getByRole("button", { name: "Register" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Mall");
  await addRecipient(page, "wei@example.com", "zh-CN");
  await addRecipient(page, "ops@example.com", "en");
  await addRecipient(page, "gone@example.com", "en");
  mail.refused.set("gone@example.com", { code: 550, words: "no such mailbox here" });
  const lines = ["expired", "expires-soon"].map((name) => empty.target(name)).map(({ host, port }) => `https://${host}:${port}`);
  await page.locator("#add textarea").fill(lines.join("\n"));
  await page.getByRole("button", { name: "Save the entries" }).click();
  await expect(page.locator("[data-entry]")).toHaveCount(2);

  const ends = await mail.received("wei@example.com", /^\[Hufu\] expires-soon\.\S+ 的证书将于 \d 天后到期/);
  expect(ends.text).toContain("小程序：Mall");
  const fails = await mail.received("ops@example.com", /expired\.\S+ fails on phones/);
  expect(fails.text).toContain("(cert.expired)");
  expect(fails.text).toMatch(/Fails on all platforms\s+Since \d{4}-\d\d-\d\d \d\d:\d\d UTC/);
  expect(fails.text).toContain("What to do: ");
  const link = /http:\/\/\S+\/endpoints\/\d+/.exec(fails.text)![0];
  await page.goto(link);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("expired.");

  // Both are told once, though the endpoint is probed again.
  await page.getByRole("button", { name: "Probe now" }).click();
  await expect(page.getByText(/^Done/)).toBeVisible({ timeout: 60_000 });
  const refused = page.locator("tr[data-notice]", { hasText: "gone@example.com" });
  await expect(async () => {
    await page.goto(`${empty.url}/alerts`);
    await expect(page.locator("[data-state=sent]")).toHaveCount(4, { timeout: 500 });
    await expect(refused.filter({ hasText: "no such mailbox here" })).toHaveCount(2, { timeout: 500 });
  }).toPass({ timeout: 120_000 });
  await hydrated(page);
  mail.refused.clear();
  await page.getByRole("button", { name: "Try again now" }).click();
  await mail.received("gone@example.com", /expired\.\S+ fails on phones/);
  await expect(async () => {
    await page.reload();
    await expect(page.locator("[data-state=sent]")).toHaveCount(6, { timeout: 500 });
  }).toPass();
  expect(mail.mails.filter(({ to }) => to === "ops@example.com").length).toBeLessThanOrEqual(2);
  await mail.stop();
});

/** A mail server that asks for a name and a password over TLS, and the file of what vouches for it. */
async function wary(): Promise<{ mail: MailServer; file: string }> {
  const { file, ...pair } = ownCertificate();
  const mail = await MailServer.start({
    ...pair,
    authOptional: false,
    onAuth({ username, password }, _session, done) {
      const known = username === "hufu" && password === "open sesame";
      done(known ? null : Object.assign(new Error("who are you"), { responseCode: 535 }), { user: username });
    },
  });
  return { mail, file };
}

test("the environment says how mail leaves, and decides alone", async ({ page }) => {
  const { mail, file } = await wary();
  const directory = mkdtempSync(join(tmpdir(), "hufu-data-"));
  // Whoever sets the environment may name a server of this very machine.
  const hufu = await Hufu.serve(directory, {
    HUFU_SMTP_URL: `smtp://hufu@127.0.0.1:${mail.port}`,
    HUFU_SMTP_PASSWORD: "open sesame",
    HUFU_MAIL_FROM: "hufu@example.com",
    HUFU_PUBLIC_URL: "https://hufu.example.com",
    SSL_CERT_FILE: file,
  });
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: hufu.url }]);
  await setUp(page, hufu);
  await page.goto(`${hufu.url}/settings/mail`);
  await hydrated(page);
  await expect(page.locator("#mail input[name=host]")).toHaveValue("127.0.0.1");
  await expect(page.locator("#mail input[name=host]")).toBeDisabled();
  await expect(page.locator("#mail label", { has: page.locator("input[name=password]") })).toContainText("from the environment");
  await expect(page.locator("#mail")).not.toContainText("Leave this empty");
  await sendTest(page, "me@example.com");
  await expect(page.locator("#mail-test")).toContainText("has taken it");
  const arrived = await mail.received("me@example.com", /Mail arrives/);
  expect(arrived).toMatchObject({ from: "hufu@example.com", automatic: true });
  // Nobody is a recipient of anything yet, and it does not say so.
  expect(arrived.text).toContain("sent this from the settings of Hufu");
  expect(arrived.text).not.toContain("recipient");
  expect(arrived.text).toContain("https://hufu.example.com/settings/mail");
  expect(await page.content()).not.toContain("open sesame");
  await page.goto("about:blank");
  await hufu.stop();
  await mail.stop();
  rmSync(directory, { recursive: true });
});

test("the mail server is known by its certificate, and knows Hufu by its password", async ({ page }) => {
  const { mail, file } = await wary();
  const settings = { host: "localhost", port: `${mail.port}`, security: "starttls", sender: "hufu@example.com", username: "hufu" };

  const distrusting = await Hufu.start();
  await logIn(page, distrusting);
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: distrusting.url }]);
  await page.goto(`${distrusting.url}/settings/mail`);
  await hydrated(page);
  await setMail(page, { ...settings, password: "open sesame" });
  await sendTest(page, "me@example.com");
  await expect(page.locator("#mail-test .alert-error")).toContainText(`No mail can be handed in at localhost:${mail.port}: its certificate is not trusted.`);
  await page.goto("about:blank");
  await distrusting.stop();

  const trusting = await Hufu.startWith({ SSL_CERT_FILE: file });
  await page.context().clearCookies({ name: "__Host-hufu_session" });
  await logIn(page, trusting);
  await page.goto(`${trusting.url}/settings/mail`);
  await hydrated(page);
  await setMail(page, { ...settings, password: "close sesame" });
  await saved(page);
  await sendTest(page, "me@example.com");
  await expect(page.locator("#mail-test .alert-error")).toContainText(/The mail server refused name and password\. It says \(535\): “.*who are you”/);
  await setMail(page, { password: "open sesame" });
  await saved(page);
  await sendTest(page, "me@example.com");
  await expect(page.locator("#mail-test")).toContainText("has taken it");
  expect(mail.mails).toHaveLength(1);
  // The password is not sent back to the browser.
  await page.reload();
  await expect(page.locator("#mail input[name=password]")).toHaveValue("");
  expect(await page.content()).not.toContain("open sesame");
  await page.goto("about:blank");
  await trusting.stop();
  await mail.stop();
});

test("a test mail that is under way says so, and how long it can take", async ({ page, empty }) => {
  // It takes connections and greets nobody.
  const sockets: Socket[] = [];
  const hanging = createServer((socket) => sockets.push(socket.on("error", () => undefined)));
  await new Promise<void>((resolve) => hanging.listen(0, "127.0.0.1", resolve));
  const { port } = hanging.address() as AddressInfo;
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: empty.url }]);
  await setUp(page, empty);
  await page.goto(`${empty.url}/settings/mail`);
  await hydrated(page);
  await setMail(page, { host: "127.0.0.1", port: `${port}`, security: "plain", sender: "hufu@example.com" });
  await saved(page);
  await sendTest(page, "me@example.com");
  const status = page.locator("#mail-test").getByRole("status");
  await expect(status).toHaveText("Sending; this can take up to 40 seconds.");
  await expect.poll(() => sockets.length).toBeGreaterThan(0);
  for (const socket of sockets) socket.destroy();
  await expect(page.locator("#mail-test .alert-error")).toBeVisible();
  await expect(status).toHaveText("");
  await page.goto("about:blank");
  await new Promise((resolve) => hanging.close(resolve));
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });
  test("recipients and the mail server are set by plain forms", async ({ page, demo }) => {
    await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
    await logIn(page, demo);
    await page.goto(`${demo.url}/programs`);
    await page.getByRole("link", { name: /Shop/ }).click();
    await addRecipient(page, "ops@example.com", "en");
    await page.locator("#recipients input[name=address]").fill("ops@example.com");
    await page.locator("#recipients").getByRole("button", { name: "Add", exact: true }).click();
    await expect(page.locator("#recipients .field-error")).toContainText("taken already");
    await expect(page.locator("#recipients input[name=address]")).toHaveValue("ops@example.com");
    await page.getByRole("button", { name: "Remove ops@example.com" }).click();
    await expect(page.locator("[data-recipient]")).toHaveCount(0);

    await page.goto(`${demo.url}/settings/mail`);
    await setMail(page, { host: "bad host", port: "", sender: "nobody", public_url: "x" });
    for (const name of ["host", "port", "sender", "public_url"]) {
      await expect(page.locator(`#mail input[name=${name}]`)).toHaveAttribute("aria-invalid", "true");
      await expect(page.locator(`#${name}-error`)).not.toBeEmpty();
    }
    await page.locator("#mail input[name=public_url]").fill("");
    const sender = { sender: "hufu@example.com", username: "me", password: "secret" };
    await setMail(page, { host: "127.0.0.1", port: "1", security: "plain", ...sender });
    await expect(page.locator("#mail .field-error", { hasText: "in the clear" })).toBeVisible();
    await expect(page.locator("#mail input[name=sender]")).toHaveValue("hufu@example.com");
    await expect(page.locator("#mail select[name=security]")).toHaveValue("plain");
    const password = page.locator("#mail label", { has: page.locator("input[name=password]") });
    await expect(password.locator("input")).toHaveValue("");
    await expect(password).toContainText("type it again");
    expect(page.url()).not.toContain("secret");
    await setMail(page, { username: "" });
    await expect(page).toHaveURL(`${demo.url}/settings/mail?saved=mail#mail`);
    await expect(page.locator("#mail").getByText("Saved.")).toBeVisible();
    await expect(page.locator("#mail input[name=host]")).toHaveValue("127.0.0.1");
    await expect(password).not.toContainText("type it again");
    await sendTest(page, "me@example.com");
    await expect(page.locator("#mail-test")).toContainText("No mail can be handed in at 127.0.0.1:1: the connection was refused.");
    await expect(page.locator("#mail-test input[name=address]")).toHaveValue("me@example.com");
  });
});
