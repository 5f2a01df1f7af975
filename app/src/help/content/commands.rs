//! The commands that show a finding: for a shell, with OpenSSL 1.1.1 or later, dig, nc, curl and Hufu.

use model::{Code, HostPort};

/// Stands for the name of the server.
pub(super) const HOST: &str = "HOST";

/// Stands for its port.
const PORT: &str = "PORT";

/// The port that is meant where nothing is said.
const USUAL_PORT: &str = "443";

/// The commands for a finding. Without a server they keep the placeholder of its name.
pub(super) fn commands(code: Code, server: Option<&HostPort>) -> Vec<String> {
    let filled = |template: &&str| match server {
        Some(HostPort { host, port }) => template.replace(HOST, &host.to_string()).replace(PORT, &port.to_string()),
        None => template.replace(PORT, USUAL_PORT),
    };
    templates(code).iter().map(filled).collect()
}

/// A handshake with the server.
macro_rules! handshake {
    ($($option:literal)*) => {
        concat!("openssl s_client -connect HOST:PORT -servername HOST", $(" ", $option,)* " </dev/null")
    };
}

/// Something of the server's own certificate.
macro_rules! certificate {
    ($($option:literal)+) => { concat!(handshake!(), " 2>/dev/null |\n  openssl x509 -noout", $(" ", $option),+) };
}

/// Lines of every certificate that the server sends.
macro_rules! chain {
    ($($option:literal)+) => {
        concat!(
            handshake!("-showcerts"), " 2>/dev/null |\n  sed -n '/BEGIN CERT/,/END CERT/p' > chain.pem\n",
            "openssl crl2pkcs7 -nocrl -certfile chain.pem |\n  openssl pkcs7 -print_certs -text -noout |\n  grep -E",
            $(" ", $option),+
        )
    };
}

const HANDSHAKE: &str = handshake!();
const WITHOUT_NAME: &str = "openssl s_client -connect HOST:PORT -noservername </dev/null";
const TLS12: &str = handshake!("-tls1_2");
const TLS13: &str = handshake!("-tls1_3");
const CONNECT: &str = "nc -vz -w 5 HOST PORT";
const LOOK_UP: &str = "dig HOST A";
const TRACE: &str = "dig +trace HOST A";
const DATES: &str = certificate!("-subject -issuer -dates");
const NAMES: &str = certificate!("-subject -ext subjectAltName");
const DATES_OF_FILE: &str = "openssl x509 -noout -subject -dates -in fullchain.pem";
const KEY: &str = certificate!("-text | grep 'Public-Key'");
const KEYS: &str = chain!("'Subject:|Public-Key'");
const SIGNATURE: &str = certificate!("-text | grep 'Signature Algorithm'");
const SIGNATURES: &str = chain!("'Subject:|Signature Algorithm'");
const STAPLED: &str = concat!(handshake!("-status"), " 2>/dev/null |\n  grep -A 20 'OCSP response'");
const STRICT: &str = handshake!("-x509_strict");
const FOOTER: &str = "curl -sL https://HOST/ | grep -oE '.ICP(备|证)[0-9]+号(-[0-9]+)?'";
const VERIFY_FILE: &str = "hufu verify-file HOST:PORT --file kH3Bw2VgxW.txt";
const HEADERS: &str = "curl -sI https://HOST:PORT/";
const EACH_ADDRESS: &str = r#"for address in $(dig +short HOST A | grep -v '\.$'); do
  echo "$address"
  openssl s_client -connect "$address:PORT" -servername HOST </dev/null 2>/dev/null |
    openssl x509 -noout -serial -enddate
done"#;

/// By finding, with placeholders.
const fn templates(code: Code) -> &'static [&'static str] {
    use Code::*;
    match code {
        RuleScheme => &["hufu entry check --api request 'http://HOST'"],
        RuleIpAddress => &["hufu entry check --api request 'https://203.0.113.7'"],
        RuleLocalhost => &["hufu entry check --api request 'https://localhost:8080'"],
        RuleForbiddenHost => &["grep -rn 'api.weixin.qq.com' miniprogram/"],
        RuleCharacter => &["printf '%s' 'https://HOST' | hexdump -C"],
        RuleHost | RuleTooLong => &["hufu entry check --api request 'https://HOST'"],
        RulePath => &["hufu entry check --api request 'https://HOST/v1'"],
        RuleWildcard | RuleExplicit443 => &["hufu url check --api request --entries domains.txt 'https://HOST:443/v1'"],
        RulePort => &["hufu entry check --api business 'https://HOST:8443'"],
        RuleDuplicate | RuleRepeated => &["sort domains.txt | uniq -d"],
        RuleIdn => &["python3 -c \"print('例子.中国'.encode('idna').decode())\""],
        RuleCheckSkipped => &["grep -n urlCheck project.config.json project.private.config.json"],
        RuleOverLimit => &["sort -u domains.txt | wc -l"],
        RuleChangesSpent => &[],
        IcpMissing | IcpUnknown | IcpStale => &[FOOTER],
        IcpPending | IcpSuffixCannotFile => &[],
        DnsNotFound => &[LOOK_UP, "dig @223.5.5.5 HOST A"],
        DnsTimeout => &[LOOK_UP, TRACE],
        DnsServerFailure => &[LOOK_UP, "dig +cd HOST A", TRACE],
        DnsNoAddress => &[LOOK_UP, "dig HOST AAAA"],
        DnsPrivateAddress => &["dig +short HOST A", "dig +short @223.5.5.5 HOST A"],
        NetRefused => &[CONNECT],
        NetTimeout => &[CONNECT, HANDSHAKE],
        NetReset => &[HANDSHAKE, WITHOUT_NAME],
        NetUnreachable => &[CONNECT, "traceroute HOST"],
        NetNoRoute => &["ip -6 route show default", "curl -6 -sI https://HOST:PORT/"],
        NetBlockedByPolicy => &["dig +short HOST A", "hufu probe --allow-net 10.0.0.0/8 HOST:PORT"],
        NetSomeAddressesFail | EndpointAddressesDiffer | EndpointDeployedNotEverywhere => &[EACH_ADDRESS],
        TlsNotTls => &[HANDSHAKE, "curl -sI http://HOST:PORT/"],
        TlsKeyUnproven => {
            &[concat!(handshake!("-tls1_2"), " 2>/dev/null |\n  grep -E 'Protocol|Cipher|Peer signature type'")]
        }
        TlsHandshakeFailed => &[HANDSHAKE, WITHOUT_NAME],
        TlsNoTls12 => &[TLS12, TLS13],
        TlsLegacyEnabled => {
            &[handshake!("-tls1" "-cipher DEFAULT@SECLEVEL=0"), handshake!("-tls1_1" "-cipher DEFAULT@SECLEVEL=0")]
        }
        TlsNoTls13 => &[TLS13],
        TlsWeakSuite => &["nmap --script ssl-enum-ciphers -p PORT HOST"],
        TlsClientCertificate => &[HANDSHAKE],
        AtsVersion => &[TLS12],
        AtsForwardSecrecy => &[handshake!("-tls1_2" "-cipher ECDHE")],
        AtsSuite => &[handshake!("-tls1_2" "-cipher ECDHE+AES")],
        AtsKeySize | CertWeakKey => &[KEY, KEYS],
        AtsSignature | CertWeakSignature => &[SIGNATURE, SIGNATURES],
        CertExpired | CertRenewalOverdue => &[DATES, DATES_OF_FILE],
        CertNotYetValid => &[DATES, "date -u"],
        CertExpiresSoon | CertValidTooLong | TrustDistrusted => &[DATES],
        CertNameMismatch => &[
            NAMES,
            concat!(
                "openssl s_client -connect HOST:PORT -noservername </dev/null 2>/dev/null |\n",
                "  openssl x509 -noout -subject -ext subjectAltName"
            ),
        ],
        CertNoSan => &[NAMES],
        CertSelfSigned => &[certificate!("-subject -issuer"), HANDSHAKE],
        CertNoServerAuth => &[certificate!("-subject -ext extendedKeyUsage")],
        CertRevoked => &[STAPLED, certificate!("-serial -ext crlDistributionPoints")],
        CertRevocationUnknown => &[STAPLED, certificate!("-serial -ext crlDistributionPoints")],
        CertStapleInvalid => &[STAPLED],
        CertMustStapleMissing => &[certificate!("-text | grep -A 1 'TLS Feature'"), STAPLED],
        CertTransparencyMissing => &[
            certificate!("-text |\n  grep -c 'Signed Certificate Timestamp:'"),
            concat!(
                handshake!("-tls1_2" "-serverinfo 18"),
                " 2>/dev/null |\n  grep -A 5 'SERVERINFO FOR EXTENSION 18'"
            ),
            concat!(handshake!("-status"), " 2>/dev/null |\n  grep -A 5 'CT Certificate SCTs'"),
        ],
        CertIsCa => &[certificate!("-subject -ext basicConstraints")],
        CertMalformed => &[HANDSHAKE, "openssl x509 -in fullchain.pem -noout -text"],
        CertChanged => &[certificate!("-serial -issuer -dates")],
        ChainIncomplete => &[HANDSHAKE, certificate!("-ext authorityInfoAccess")],
        ChainWrongOrder | ChainExtraCertificate | ChainRootIncluded => &[HANDSHAKE],
        ChainExpiredIntermediate => &[chain!("'Subject:|Not After'")],
        ChainRevokedCertificate => &[chain!("-A 1" "'Subject:|Serial Number|URI:.*crl'")],
        ChainNameConstraint => &[chain!("-A 6" "'Subject:|Name Constraints'")],
        ChainNotACa => &[chain!("'Subject:|CA:'")],
        ChainInvalid => &[chain!("-A 1" "'Subject:|Key Identifier'")],
        TrustUnknownRoot | TrustApple | TrustAndroid | TrustAndroidSince | TrustWindows | TrustMozilla => &[HANDSHAKE],
        TrustJava => &["keytool -printcert -sslserver HOST:PORT", "keytool -list -cacerts -storepass changeit"],
        ComplianceVersion => &[chain!("'Subject:|Version:'")],
        ComplianceSerialNumber => &[chain!("-A 1" "'Subject:|Serial Number'")],
        ComplianceSignatureMismatch => &[SIGNATURE, SIGNATURES],
        ComplianceUnknownCriticalExtension => &[chain!("'Subject:|: critical'")],
        ComplianceNoAuthorityKeyId | ComplianceNoSubjectKeyId | ComplianceCriticalKeyId => {
            &[chain!("-A 1" "'Subject:|Key Identifier'"), STRICT]
        }
        ComplianceKeyUsage => &[chain!("-A 1" "'Subject:|X509v3 Key Usage'"), STRICT],
        ComplianceBasicConstraintsNotCritical | ComplianceCaWithoutBasicConstraints | CompliancePathLength => {
            &[chain!("-A 1" "'Subject:|Basic Constraints'"), STRICT]
        }
        ComplianceEmptySubject => &[chain!("-A 1" "'Subject:|Alternative Name'")],
        ComplianceNameConstraints => &[chain!("-A 6" "'Subject:|Name Constraints'")],
        ComplianceCommonNameNotInSan => &[NAMES],
        ComplianceExpiredRoot | ComplianceWeakRoot => &[HANDSHAKE],
        HttpNoHttpsRedirect => &["curl -sI http://HOST/"],
        HttpNoHsts => &[HEADERS],
        HttpServerError => &["curl -sv -o /dev/null https://HOST:PORT/"],
        HttpRefererRefused => &[
            "curl -s -o /dev/null -w '%{http_code}\\n' https://HOST:PORT/ \\\n  \
             -e 'https://servicewechat.com/wx0123456789abcdef/1/page-frame.html'",
            "curl -s -o /dev/null -w '%{http_code}\\n' https://HOST:PORT/",
        ],
        WsUpgradeRefused => &["curl -si --http1.1 --max-time 10 https://HOST:PORT/ \\\n  \
             -H 'Connection: Upgrade' -H 'Upgrade: websocket' \\\n  \
             -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='"],
        VerificationNotServed | VerificationRedirected | VerificationPage | VerificationNoAnswer => {
            &[VERIFY_FILE, "curl -si https://HOST:PORT/kH3Bw2VgxW.txt | head -n 20"]
        }
        VerificationContent | VerificationByteOrderMark | VerificationWhitespace => {
            &[VERIFY_FILE, "curl -s https://HOST:PORT/kH3Bw2VgxW.txt | hexdump -C | head", "hexdump -C kH3Bw2VgxW.txt"]
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn no_placeholder_is_left_where_a_server_is_given() {
        let server = "api.example.com:8443".parse().unwrap();
        for code in Code::ALL {
            for command in commands(*code, Some(&server)) {
                assert!(!command.contains(HOST) && !command.contains(PORT), "{code}: {command}");
            }
            for command in commands(*code, None) {
                assert!(!command.contains(PORT), "{code}: {command}");
            }
        }
    }

    #[test]
    fn quotes_come_in_pairs() {
        for code in Code::ALL {
            for command in templates(*code) {
                assert_eq!(command.matches('\'').count() % 2, 0, "{command}");
                assert_eq!(command.matches('"').count() % 2, 0, "{command}");
            }
        }
    }
}
