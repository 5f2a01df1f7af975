// A real mail server on loopback that a test can make refuse, and the mails that reached it.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { simpleParser } from "mailparser";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { expect } from "./support";

export interface Mail {
  to: string;
  from: string;
  subject: string;
  text: string;
  automatic: boolean;
}

export class MailServer {
  readonly mails: Mail[] = [];
  /** Recipients that are refused, with the answer they get. */
  readonly refused = new Map<string, { code: number; words: string }>();

  private constructor(
    private readonly server: SMTPServer,
    readonly port: number,
  ) {}

  static async start(options: SMTPServerOptions = {}, port = 0): Promise<MailServer> {
    let mailServer: MailServer;
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: options.key ? [] : ["STARTTLS"],
      onRcptTo({ address }, _session, done) {
        const refusal = mailServer.refused.get(address);
        done(refusal && Object.assign(new Error(refusal.words), { responseCode: refusal.code }));
      },
      onData(stream, session, done) {
        void simpleParser(stream).then((mail) => {
          const from = session.envelope.mailFrom;
          mailServer.mails.push({
            to: session.envelope.rcptTo.map(({ address }) => address).join(),
            from: from ? from.address : "",
            subject: mail.subject ?? "",
            text: mail.text ?? "",
            automatic: mail.headers.get("auto-submitted") === "auto-generated",
          });
          done();
        }, done);
      },
      ...options,
    });
    // What a client does wrong is its own affair, and asserted where it shows.
    server.on("error", () => {});
    await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
    mailServer = new MailServer(server, (server.server.address() as { port: number }).port);
    return mailServer;
  }

  /** The first mail to this address whose subject matches, once it has come. */
  async received(to: string, subject: RegExp): Promise<Mail> {
    const found = () => this.mails.find((mail) => mail.to === to && subject.test(mail.subject));
    await expect.poll(found, { message: `a mail to ${to} like ${subject}`, timeout: 120_000 }).toBeTruthy();
    return found()!;
  }

  async stop(): Promise<void> {
    await new Promise<void>((closed) => this.server.close(closed));
  }
}

/** A certificate for this machine that is its own root, and where its file is. */
export function ownCertificate(): { key: Buffer; cert: Buffer; file: string } {
  const directory = mkdtempSync(join(tmpdir(), "hufu-mail-"));
  const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  execFileSync("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
    ...["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"],
    ...["-keyout", key, "-out", cert],
  ], { stdio: "ignore" });
  return { key: readFileSync(key), cert: readFileSync(cert), file: cert };
}
