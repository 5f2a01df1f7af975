// Check → Certificate: pasted or uploaded, judged for a host, its key compared and dropped; given back as files.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, type Hufu, hydrated, logIn, test } from "./support";

const KEY = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIHRoaXMgaXMgbm90IGEga2V5IG9mIGFueWJvZHkhISE=\n-----END PRIVATE KEY-----\n";

/** The certificate of a server of the lab, alone, as PEM and as DER. */
async function certificate(page: Page, demo: Hufu, name = "good-ecdsa"): Promise<{ pem: string; der: Buffer }> {
  await expect(async () => {
    await page.goto(`${demo.url}/certificates?q=${name}`);
    await expect(page.locator("tr[data-certificate]").first()).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 60_000 });
  const at = await page.locator("tr[data-certificate] a").first().getAttribute("href");
  const file = async (kind: string) => (await page.request.get(`${demo.url}${at}/${kind}`)).body();
  return { pem: (await file("pem")).toString(), der: await file("der") };
}

/** A new certificate for a server of the lab and another name, with its key, and both as PKCS#12. */
function renewed(): { cert: Buffer; key: Buffer; p12: Buffer } {
  const at = (name: string) => join(directory, name);
  const directory = mkdtempSync(join(tmpdir(), "hufu-desk-"));
  const names = "subjectAltName=DNS:good-ecdsa.lab.hufu.example,DNS:new.example.com";
  const openssl = (...words: string[]) => execFileSync("openssl", words, { stdio: "ignore" });
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  openssl("req", "-x509", ...kind, "-subj", "/CN=new", "-addext", names, "-keyout", at("key"), "-out", at("cert"));
  openssl("pkcs12", "-export", "-in", at("cert"), "-inkey", at("key"), "-passout", `pass:${PASSWORD}`, "-out", at("p12"));
  return { cert: readFileSync(at("cert")), key: readFileSync(at("key")), p12: readFileSync(at("p12")) };
}

const PASSWORD = "changeit";

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("a certificate is judged before it is served", async ({ page, demo }) => {
      await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
      await logIn(page, demo);
      const { pem, der } = await certificate(page, demo);
      await page.goto(`${demo.url}/check`);
      await page.getByRole("navigation", { name: "Kinds of check" }).getByRole("link", { name: "Certificate" }).click();
      await expect(page).toHaveURL(`${demo.url}/check/certificate`);

      await test.step("the fields come in the order in which they are filled in", async () => {
        const fields = page.locator("form[action='/check/certificate']").locator("input, textarea");
        const names = () => fields.evaluateAll((all) => all.map((field) => field.getAttribute("name")));
        await expect.poll(names).toEqual(["host", "pem", "file", "key", "password", "alias"]);
      });

      await test.step("pasted with its key, for a name that it has not", async () => {
        await page.locator("textarea[name=pem]").fill(KEY + pem);
        await page.locator("label input[name=host]").fill("other.example.com");
        await page.getByRole("button", { name: "Judge" }).click();
        await expect(page.locator("[data-answer] [data-platform=ios]")).toHaveAttribute("data-verdict", "fail");
        await expect(page.locator("[data-answer] [data-devtools]")).toContainText("Devtools may hide this (all platforms)");
        await expect(page.locator("[data-trusted=false]")).toHaveText("no");
        await expect(page.locator("[data-compliance-findings]")).toHaveText("no findings");
        await expect(page.locator("article[data-code='cert.name_mismatch']")).toBeVisible();
        await expect(page.locator("article[data-code='chain.incomplete']")).toBeVisible();
        await expect(page.locator("textarea[name=pem]")).toHaveValue(/^-----BEGIN CERTIFICATE/);
        expect(await page.content()).not.toContain("PRIVATE KEY-----");
      });

      await test.step("uploaded as DER, for the name that it has", async () => {
        await page.goto(`${demo.url}/check/certificate`);
        await page.locator("input[name=file]").setInputFiles({ name: "server.cer", mimeType: "application/pkix-cert", buffer: der });
        await page.locator("label input[name=host]").fill("good-ecdsa.lab.hufu.example");
        await page.getByRole("button", { name: "Judge" }).click();
        await expect(page.locator("[data-answer]")).toBeVisible();
        await expect(page.locator("article[data-code='cert.name_mismatch']")).toHaveCount(0);
        await expect(page.locator("textarea[name=pem]")).toHaveValue(/^-----BEGIN CERTIFICATE/);
      });

      await test.step("a file that is too large is refused beside its field, and host and text stay", async () => {
        await page.goto(`${demo.url}/check/certificate`);
        const buffer = Buffer.alloc(2 * 1024 * 1024, "x");
        await page.locator("input[name=file]").setInputFiles({ name: "bundle.pem", mimeType: "text/plain", buffer });
        await page.locator("textarea[name=pem]").fill(pem);
        await page.locator("label input[name=host]").fill("a.example.com");
        await page.getByRole("button", { name: "Judge" }).click();
        await expect(page.locator("#file-error")).toContainText("more than 256 kB");
        await expect(page.locator("input[name=file]")).toHaveAttribute("aria-invalid", "true");
        await expect(page.locator("label input[name=host]")).toHaveValue("a.example.com");
        await expect(page.locator("textarea[name=pem]")).toHaveValue(/^-----BEGIN CERTIFICATE/);
      });

      await test.step("a key alone is called so, beside where it was given, and is not kept", async () => {
        const words = "There is a private key and no certificate.";
        await page.goto(`${demo.url}/check/certificate`);
        await page.locator("textarea[name=pem]").fill(KEY);
        await page.getByRole("button", { name: "Judge" }).click();
        await expect(page.locator("#pem-error")).toContainText(words);
        await expect(page.locator("#file-error")).toBeEmpty();
        await expect(page.locator("textarea[name=pem]")).toHaveValue("");
        await page.goto(`${demo.url}/check/certificate`);
        await page.locator("input[name=file]").setInputFiles({ name: "server.key", mimeType: "text/plain", buffer: Buffer.from(KEY) });
        await page.getByRole("button", { name: "Judge" }).click();
        await expect(page.locator("#file-error")).toContainText(words);
        expect(await page.content()).not.toContain("PRIVATE KEY-----");
      });

      await test.step("what is missing is fetched when that is asked for, and given back with the rest", async () => {
        const { pem } = await certificate(page, demo, "missing-intermediate");
        await page.goto(`${demo.url}/check/certificate`);
        await page.locator("textarea[name=pem]").fill(pem);
        await page.locator("label input[name=host]").fill("missing-intermediate.lab.hufu.example");
        await page.getByRole("button", { name: "Judge" }).click();
        await expect(page.locator("article[data-card=missing]")).toBeVisible();
        await page.getByRole("button", { name: "Fetch what is missing" }).click();
        await expect(page.locator("#missing [data-led-to]")).toHaveAttribute("data-led-to", "whole");
        await expect(page.locator("#missing [data-led-to]")).toContainText("leads to CN=Hufu Lab Root");
        await expect(page.locator("article[data-card=fetched]")).toContainText("fetched from http://ca.lab.hufu.example:");
        await expect(page.locator("article[data-code='chain.incomplete']")).toBeVisible();
        await expect(page.locator("[data-answer] [data-platform=ios]")).toHaveAttribute("data-verdict", "fail");
        await expect(page.locator("[data-completed] [data-platform=ios]")).not.toHaveAttribute("data-verdict", "fail");
        await expect(page.getByRole("button", { name: "Fetch what is missing" })).toHaveCount(0);
        await expect(page.locator("[data-completes]")).toBeVisible();
        const saving = page.waitForEvent("download");
        await page.locator("button[formaction$='/pem']").click();
        const saved = await saving;
        expect(saved.suggestedFilename()).toBe("missing-intermediate.lab.hufu.example.fullchain.pem");
        const text = readFileSync(await saved.path(), "utf8");
        expect(text.startsWith(pem.trim())).toBe(true);
        expect(text.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
      });

      const { cert, key, p12 } = renewed();
      const upload = (field: string, name: string, buffer: Buffer) =>
        page.locator(`input[name=${field}]`).setInputFiles({ name, mimeType: "application/octet-stream", buffer });

      await test.step("a key store needs its password, and tells of its key and of the register", async () => {
        await page.goto(`${demo.url}/check/certificate`);
        await upload("file", "new.p12", p12);
        await page.getByRole("button", { name: "Judge" }).click();
        await expect(page.locator("#file-error")).toContainText("A password is needed");
        await upload("file", "new.p12", p12);
        await page.locator("input[name=password]").fill("not this");
        await page.getByRole("button", { name: "Judge" }).click();
        await expect(page.locator("#file-error")).toContainText("The password does not open this");
        await upload("file", "new.p12", p12);
        await page.locator("input[name=password]").fill(PASSWORD);
        await page.getByRole("button", { name: "Judge" }).click();
        await expect(page.locator("[data-key]")).toHaveAttribute("data-key", "matches");
        await expect(page.locator("input[name=password]")).toHaveValue("");
        const served = page.locator("[data-reach] [data-kind=served]");
        await expect(served.getByRole("link", { name: /^good-ecdsa\.lab\.hufu\.example:/ }).first()).toBeVisible();
        await expect(page.locator("[data-reach] [data-kind=broken]")).toHaveAttribute("data-count", "0");
        await page.locator("[data-server=nginx] summary").click();
        await expect(page.locator("[data-server=nginx] pre")).toContainText("server_name good-ecdsa.lab.hufu.example;");
        expect(await page.content()).not.toContain("PRIVATE KEY-----");
      });

      await test.step("the key of another certificate is told", async () => {
        await page.goto(`${demo.url}/check/certificate`);
        await page.locator("textarea[name=pem]").fill(pem);
        await upload("key", "server.key", key);
        await page.getByRole("button", { name: "Judge" }).click();
        await expect(page.locator("[data-key]")).toHaveAttribute("data-key", "other");
      });

      await test.step("certificate and key come back as a key store for Java", async () => {
        await page.goto(`${demo.url}/check/certificate`);
        await page.locator("textarea[name=pem]").fill(cert.toString());
        await upload("key", "server.key", key);
        await page.locator("button[formaction$=jks]").click();
        await expect(page.locator("#password-error")).toContainText("A password is needed");
        await upload("key", "server.key", key);
        await page.locator("input[name=password]").fill(PASSWORD);
        const saving = page.waitForEvent("download");
        await page.locator("button[formaction$=jks]").click();
        const saved = await saving;
        expect(saved.suggestedFilename()).toBe("good-ecdsa.lab.hufu.example.jks");
        expect(readFileSync(await saved.path()).subarray(0, 4).toString("hex")).toBe("feedfeed");
      });

      await test.step("what is no certificate is told beside the field, and stays", async () => {
        for (const [typed, words] of [
          ["hello", "No certificate was found."],
          [
            "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----",
            "Block 1 (CERTIFICATE) begins on line 1 and cannot be read: line 2 is not base64.",
          ],
          [
            "-----BEGIN CERTIFICATE-----\nMAMBAQA=\n-----END CERTIFICATE-----",
            "Block 1 (CERTIFICATE) begins on line 1 and cannot be read: its content is cut off or damaged",
          ],
        ]) {
          await page.goto(`${demo.url}/check/certificate`);
          await page.locator("textarea[name=pem]").fill(typed);
          await page.getByRole("button", { name: "Judge" }).click();
          await expect(page.getByText(words)).toBeVisible();
          await expect(page.locator("textarea[name=pem]")).toHaveValue(typed);
        }
        await page.locator("textarea[name=pem]").fill(pem);
        await page.locator("label input[name=host]").fill("not a host");
        await page.getByRole("button", { name: "Judge" }).click();
        await expect(page.locator("#host-error")).not.toBeEmpty();
        await expect(page.locator("label input[name=host]")).toHaveValue("not a host");
        await page.goto(`${demo.url}/check/certificate?draft=999999`);
        await expect(page.getByText("What you typed is gone: Hufu keeps only the last 10 things")).toBeVisible();
      });
    });
  });
}

test("what was given back as a file is asked for all the same before it is lost, and a file is no question", async ({ page, demo }) => {
  await page.context().addCookies([{ name: "hufu_locale", value: "en", url: demo.url }]);
  await logIn(page, demo);
  const { pem } = await certificate(page, demo);
  await page.goto(`${demo.url}/check/certificate`);
  await hydrated(page);
  const questions: string[] = [];
  page.on("dialog", (dialog) => {
    questions.push(dialog.type());
    void dialog.dismiss();
  });
  await page.locator("textarea[name=pem]").fill(pem);
  const saving = page.waitForEvent("download");
  await page.locator("button[formaction$='/pem']").click();
  await saving;
  expect(questions).toEqual([]);
  await page.locator("nav.rail .rail-places").getByRole("link", { name: "Audit" }).click();
  await expect.poll(() => questions).toEqual(["confirm"]);
  await expect(page).toHaveURL(`${demo.url}/check/certificate`);
  await expect(page.locator("textarea[name=pem]")).toHaveValue(/^-----BEGIN CERTIFICATE/);
});
