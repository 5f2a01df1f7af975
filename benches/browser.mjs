// The browser, and the session of the demo's account.

import puppeteer from "puppeteer-core";

export const url = process.env.HUFU_URL;

/** Starts Chromium. The sandbox needs user namespaces, which containers often lack. */
export function start() {
  return puppeteer.launch({ executablePath: process.env.HUFU_CHROMIUM, args: ["--no-sandbox"] });
}

/** Logs in with a form, as a page does; the cookie of the session. */
export async function session() {
  const body = new URLSearchParams({ login: process.env.HUFU_LOGIN, password: process.env.HUFU_PASSWORD, back: "" });
  const headers = { Origin: url, Accept: "text/html" };
  const answer = await fetch(`${url}/api/accounts/log-in`, { method: "POST", body, headers, redirect: "manual" });
  const [name, value] = answer.headers.get("set-cookie").split(";")[0].split("=");
  return { name, value, domain: new URL(url).hostname, path: "/", httpOnly: true, secure: true, sameSite: "Lax" };
}

/** The first link to one endpoint, on the list of them. */
export async function anEndpoint(cookie) {
  const page = await fetch(`${url}/endpoints`, { headers: { Cookie: `${cookie.name}=${cookie.value}` } });
  return /href="(\/endpoints\/\d+)"/.exec(await page.text())[1];
}
