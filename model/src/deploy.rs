//! The configuration with which a web server serves a certificate: the texts, with host and file
//! names filled in. No password stands in them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Certificate, Host, finding::UnknownWord, host::HostError, name_match::fits};

/// A web server that is told how to serve a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WebServer {
    /// nginx.
    Nginx,
    /// Apache httpd.
    Apache,
    /// Apache Tomcat.
    Tomcat,
    /// Spring Boot with its own Tomcat.
    SpringBoot,
    /// Windows' own.
    Iis,
}

impl WebServer {
    /// Every server.
    pub const ALL: [Self; 5] = [Self::Nginx, Self::Apache, Self::Tomcat, Self::SpringBoot, Self::Iis];

    /// The word used in URLs and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Apache => "apache",
            Self::Tomcat => "tomcat",
            Self::SpringBoot => "spring-boot",
            Self::Iis => "iis",
        }
    }

    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Apache => "Apache",
            Self::Tomcat => "Tomcat",
            Self::SpringBoot => "Spring Boot",
            Self::Iis => "IIS",
        }
    }

    /// Where its certificates lie unless somebody says otherwise.
    pub fn usual_directory(self) -> Directory {
        let usual = match self {
            Self::Nginx => "/etc/nginx/certificates",
            Self::Apache => "/etc/apache2/certificates",
            Self::Tomcat => "conf",
            Self::SpringBoot => "config",
            Self::Iis => r"C:\certificates",
        };
        Directory(usual.to_owned())
    }

    const fn templates(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Nginx => &[("@FILE@.conf", include_str!("deploy/nginx.conf"))],
            Self::Apache => &[("@FILE@.conf", include_str!("deploy/apache.conf"))],
            Self::Tomcat => {
                &[("server.xml", include_str!("deploy/server.xml")), ("web.xml", include_str!("deploy/web.xml"))]
            }
            Self::SpringBoot => &[
                ("application.properties", include_str!("deploy/application.properties")),
                ("HttpsRedirect.java", SPRING_BOOT_REDIRECT),
            ],
            Self::Iis => {
                &[("iis.ps1", include_str!("deploy/iis.ps1")), ("web.config", include_str!("deploy/web.config"))]
            }
        }
    }
}

impl fmt::Display for WebServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for WebServer {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|server| server.as_str() == word).ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// What a certificate is served for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Site {
    /// One host.
    Host(Host),
    /// Every name one label below this one, as a wildcard names them.
    Below(Host),
    /// A domain and every name one label below it, as wildcards are mostly sold.
    Domain(Host),
}

impl Site {
    /// What its files are called by. No host has an underscore in it.
    pub fn file_name(&self) -> String {
        match self {
            Self::Host(host) | Self::Domain(host) => host.to_string(),
            Self::Below(parent) => format!("_.{parent}"),
        }
    }

    /// The names, as a certificate has them.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::Host(host) => vec![host.to_string()],
            Self::Below(parent) => vec![format!("*.{parent}")],
            Self::Domain(domain) => vec![domain.to_string(), format!("*.{domain}")],
        }
    }

    /// A domain and its wildcard as one; nothing else can be.
    pub fn together(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Host(domain), Self::Below(parent)) | (Self::Below(parent), Self::Host(domain)) => {
                (domain == parent).then_some(Self::Domain(domain))
            }
            _ => None,
        }
    }

    /// Whether the certificate names just this.
    pub fn is_named_by(&self, certificate: &Certificate) -> bool {
        let mut names = certificate.dns_names.iter();
        match self {
            Self::Host(host) => names.any(|name| fits(name, host)),
            Self::Below(_) => names.any(|name| name.parse::<Self>().as_ref() == Ok(self)),
            Self::Domain(domain) => {
                let halves = [Self::Host(domain.clone()), Self::Below(domain.clone())];
                halves.iter().all(|half| half.is_named_by(certificate))
            }
        }
    }

    /// What stands in a configuration in place of each mark but the directory's.
    fn marks(&self, server: WebServer) -> Vec<(&'static str, String)> {
        let [names, redirect, reverse, modules] = self.for_apache();
        let to = match (self, server) {
            (Self::Host(host), _) => host.to_string(),
            (Self::Below(_) | Self::Domain(_), WebServer::Nginx) => "$host".to_owned(),
            (Self::Below(_) | Self::Domain(_), _) => "{HTTP_HOST}".to_owned(),
        };
        let quoted: Vec<_> = self.names().iter().map(|name| format!("'{name}'")).collect();
        vec![
            ("@NAMES@", names),
            ("@REDIRECT@", redirect),
            ("@REVERSE@", reverse),
            ("@MODULES@", modules),
            ("@TO@", to),
            ("@HOSTS@", self.names().join(" ")),
            ("@QUOTED@", quoted.join(", ")),
            ("@FILE@", self.file_name()),
        ]
    }

    /// The names, the way to HTTPS, the way back from behind the proxy, and the modules that these need.
    fn for_apache(&self) -> [String; 4] {
        let (names, below) = match self {
            Self::Host(host) => {
                return [
                    format!("    ServerName {host}"),
                    format!("    Redirect permanent / https://{host}/"),
                    format!("    ProxyPassReverse / http://{host}/"),
                    "ssl headers proxy proxy_http".to_owned(),
                ];
            }
            Self::Below(parent) => (
                format!(
                    "    # No wildcard may stand here: any one name below.\n    ServerName www.{parent}\n    \
                     ServerAlias *.{parent}"
                ),
                format!("[^/:.]+\\.{}", escaped(parent)),
            ),
            Self::Domain(domain) => (
                format!("    ServerName {domain}\n    ServerAlias *.{domain}"),
                format!("(?:[^/:.]+\\.)?{}", escaped(domain)),
            ),
        };
        [
            names,
            "    RewriteEngine On\n    RewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} [R=permanent,L]".to_owned(),
            format!("    Header edit Location \"^http://({below})/\" \"https://$1/\""),
            "ssl headers proxy proxy_http rewrite".to_owned(),
        ]
    }
}

/// For a regular expression.
fn escaped(host: &Host) -> String {
    host.as_str().replace('.', "\\.")
}

impl FromStr for Site {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        let Some(parent) = text.strip_prefix("*.") else { return text.parse().map(Self::Host) };
        let parent: Host = parent.parse()?;
        // No certificate covers all of `*.com`.
        if parent.as_str().contains('.') { Ok(Self::Below(parent)) } else { Err(HostError::Character('*')) }
    }
}

/// A directory that can stand in any configuration: no quotes, no variables, no line ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory(String);

impl FromStr for Directory {
    type Err = DirectoryError;

    fn from_str(text: &str) -> Result<Self, DirectoryError> {
        let text = text.trim();
        // The root stays what it is.
        let text = if text.len() > 1 { text.trim_end_matches(['/', '\\']) } else { text };
        let plain = |character: char| character.is_alphanumeric() || " ._-+~:/\\".contains(character);
        match text {
            "" => Err(DirectoryError),
            text if !text.chars().all(plain) || text.len() > DIRECTORY_MOST => Err(DirectoryError),
            text => Ok(Self(text.to_owned())),
        }
    }
}

/// Why a text is no directory for a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a directory of letters, digits, spaces and . _ - + ~ : / \\, such as /etc/ssl")]
pub struct DirectoryError;

/// One file of a configuration, or a part for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationFile {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// What makes `server` serve the certificate of `site` from the files in `directory`, and send plain
/// HTTP on to it.
pub fn configuration(server: WebServer, site: &Site, directory: &Directory) -> Vec<ConfigurationFile> {
    // Elsewhere a backslash takes the meaning from what follows it, and on Windows either will do.
    let directory = if server == WebServer::Iis { directory.0.clone() } else { directory.0.replace('\\', "/") };
    let marks = site.marks(server);
    let filled = |template: &str| {
        let text = template.replace("@DIR@", &directory).replace("@SUITES@", SUITES);
        marks.iter().fold(text, |text, (mark, said)| text.replace(mark, said))
    };
    let files = server.templates().iter();
    files.map(|(name, text)| ConfigurationFile { name: filled(name), text: filled(text) }).collect()
}

/// What configuration and files are for: what was typed, or else what the certificate names first; either a domain
/// together with its wildcard where both are named.
pub fn named(typed: &str, certificate: &Certificate) -> Option<Site> {
    let first = || certificate.dns_names.iter().find_map(|name| name.parse().ok());
    let site: Site = typed.trim().parse().ok().or_else(first)?;
    let (Site::Host(domain) | Site::Below(domain) | Site::Domain(domain)) = &site;
    let both = Site::Domain(domain.clone());
    Some(if both.is_named_by(certificate) { both } else { site })
}

/// Forward secrecy and authenticated encryption, as App Transport Security wants them, in OpenSSL's
/// words, which Tomcat understands too.
const SUITES: &str = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:\
                      ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

/// Longest path of Windows.
const DIRECTORY_MOST: usize = 260;

/// What sends port 80 on to HTTPS in Spring Boot, which has no setting for that.
pub const SPRING_BOOT_REDIRECT: &str = include_str!("deploy/HttpsRedirect.java");

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn host_and_files_are_filled_in_everywhere() {
        let site: Site = "api.example.com".parse().unwrap();
        for server in WebServer::ALL {
            let files = configuration(server, &site, &"/srv/tls/".parse().unwrap());
            let text: String = files.iter().map(|file| file.text.as_str()).collect();
            let (file, other) = match server {
                WebServer::Nginx | WebServer::Apache => ("api.example.com.fullchain.pem", "api.example.com.key"),
                WebServer::Tomcat | WebServer::SpringBoot => ("api.example.com.jks", "JKS"),
                WebServer::Iis => (r"\api.example.com.p12", "api.example.com"),
            };
            assert!(
                text.contains(&format!("/srv/tls{}{file}", if server == WebServer::Iis { "" } else { "/" })),
                "{text}"
            );
            assert!(text.contains(other), "{text}");
            for place in [
                "@HOSTS@",
                "@QUOTED@",
                "@FILE@",
                "@TO@",
                "@NAMES@",
                "@REDIRECT@",
                "@REVERSE@",
                "@MODULES@",
                "@DIR@",
                "@SUITES@",
            ] {
                assert!(!text.contains(place) && files.iter().all(|file| !file.name.contains(place)), "{text}");
            }
        }
    }

    #[test]
    fn a_directory_of_windows_is_written_so_that_each_server_finds_it() {
        let site: Site = "api.example.com".parse().unwrap();
        for server in WebServer::ALL {
            let files = configuration(server, &site, &r"C:\tls".parse().unwrap());
            let text: String = files.iter().map(|file| file.text.as_str()).collect();
            let written = if server == WebServer::Iis { r"C:\tls\api" } else { "C:/tls/api" };
            assert!(text.contains(written), "{text}");
        }
    }

    #[test]
    fn each_server_sends_plain_http_on() {
        let site: Site = "api.example.com".parse().unwrap();
        for server in WebServer::ALL {
            let files = configuration(server, &site, &server.usual_directory());
            let text: String = files.iter().map(|file| file.text.as_str()).collect();
            let redirects =
                ["return 301 https://api.example.com", "Redirect permanent", "CONFIDENTIAL", "type=\"Redirect\""];
            assert!(redirects.iter().any(|redirect| text.contains(redirect)), "{server}");
            assert_eq!(server.as_str().parse(), Ok(server));
        }
    }

    #[test]
    fn what_some_versions_need_is_there() {
        let site: Site = "api.example.com".parse().unwrap();
        for (server, word) in [
            // Tomcat 9.0.70 has no TLS 1.3 without them.
            (WebServer::Tomcat, "ciphers=\"TLS_AES_128_GCM_SHA256:"),
            // Since 2.4.47 the proxy upgrades, and only where it is told to.
            (WebServer::Apache, "upgrade=websocket"),
        ] {
            let files = configuration(server, &site, &server.usual_directory());
            assert!(files.iter().any(|file| file.text.contains(word)), "{server}: {word}");
        }
    }

    #[test]
    fn files_are_called_by_what_was_typed_or_by_the_certificate() {
        let mut certificate = crate::fixture::leaf();
        for (names, typed, expected, file) in [
            (&["*.example.com", "example.com"][..], "", "example.com *.example.com", "example.com"),
            (&["example.com", "example.org", "*.EXAMPLE.com"], " ", "example.com *.example.com", "example.com"),
            (&["*.example.com", "example.com"], "example.com", "example.com *.example.com", "example.com"),
            (&["*.example.com", "example.com"], "*.example.com", "example.com *.example.com", "example.com"),
            (&["*.example.com", "example.org"], "*.example.com", "*.example.com", "_.example.com"),
            (&["*.example.com", "example.com"], "a.example.com", "a.example.com", "a.example.com"),
            (&["*.example.com", "example.com"], "*.a.com.cn", "*.a.com.cn", "_.a.com.cn"),
            (&["*.example.com", "example.org"], "192.0.2.1", "*.example.com", "_.example.com"),
            (&["example.org", "*.example.com"], "", "example.org", "example.org"),
            (&["*.example.com"], "", "*.example.com", "_.example.com"),
            (&["*.com", "a.example.com"], "", "a.example.com", "a.example.com"),
        ] {
            certificate.dns_names = names.iter().map(|&name| name.to_owned()).collect();
            let site = named(typed, &certificate).unwrap();
            assert_eq!((&*site.names().join(" "), &*site.file_name()), (expected, file), "{names:?} {typed}");
        }
        certificate.dns_names.clear();
        assert_eq!(named("", &certificate), None);
    }

    #[test]
    fn a_domain_is_served_with_the_names_below_it() {
        let site = Site::Domain("example.com".parse().unwrap());
        for (server, words) in [
            (
                WebServer::Nginx,
                &["server_name example.com *.example.com;", "https://$host$request_uri;", "/example.com.key\""][..],
            ),
            (
                WebServer::Apache,
                &[
                    "ServerName example.com\n    ServerAlias *.example.com\n",
                    "https://%{SERVER_NAME}%{REQUEST_URI}",
                    "proxy_http rewrite && a2ensite example.com &&",
                    r#""^http://((?:[^/:.]+\.)?example\.com)/""#,
                ],
            ),
            (WebServer::Tomcat, &["/example.com.jks\""]),
            (WebServer::SpringBoot, &["/example.com.jks"]),
            (WebServer::Iis, &["in 'example.com', '*.example.com')", r"\example.com.p12", "https://{HTTP_HOST}/{R:1}"]),
        ] {
            let files = configuration(server, &site, &server.usual_directory());
            let text: String = files.iter().map(|file| file.text.as_str()).collect();
            for word in words {
                assert!(text.contains(word), "{server}: {word}\n{text}");
            }
            for wrong in ["://example.com", "www."] {
                assert!(!text.contains(wrong), "{server}: {wrong}\n{text}");
            }
        }
    }

    #[test]
    fn a_wildcard_is_served_for_the_names_below_it_and_never_for_its_parent() {
        let site: Site = "*.example.com".parse().unwrap();
        for (server, words) in [
            (
                WebServer::Nginx,
                &["server_name *.example.com;", "return 301 https://$host$request_uri;", "/_.example.com.key\""][..],
            ),
            (
                WebServer::Apache,
                &[
                    "ServerName www.example.com\n    ServerAlias *.example.com\n",
                    "https://%{SERVER_NAME}%{REQUEST_URI}",
                    "proxy_http rewrite && a2ensite _.example.com &&",
                    r#""^http://([^/:.]+\.example\.com)/""#,
                ],
            ),
            (WebServer::Tomcat, &["/_.example.com.jks\""]),
            (WebServer::SpringBoot, &["/_.example.com.jks"]),
            (WebServer::Iis, &["in '*.example.com')", r"\_.example.com.p12", "https://{HTTP_HOST}/{R:1}"]),
        ] {
            let files = configuration(server, &site, &server.usual_directory());
            let text: String = files.iter().map(|file| file.text.as_str()).collect();
            for word in words {
                assert!(text.contains(word), "{server}: {word}\n{text}");
            }
            for wrong in ["://example.com", "server_name example.com", "ServerName example.com", "'example.com'"] {
                assert!(!text.contains(wrong), "{server}: {wrong}\n{text}");
            }
            assert!(files.iter().all(|file| !file.name.contains('*')), "{server}");
        }
    }

    #[test]
    fn a_wildcard_stands_for_the_left_most_label_of_three() {
        for wrong in ["*", "*.", "*.com", "*.*.com", "a.*.com", "**.example.com"] {
            assert!(wrong.parse::<Site>().is_err(), "{wrong}");
        }
        let mut certificate = crate::fixture::leaf();
        certificate.dns_names = vec!["*.Example.com".to_owned()];
        for (site, expected) in
            [("*.example.com", true), ("a.example.com", true), ("example.com", false), ("*.a.example.com", false)]
        {
            assert_eq!(site.parse::<Site>().unwrap().is_named_by(&certificate), expected, "{site}");
        }
    }

    #[test]
    fn a_directory_breaks_out_of_no_configuration() {
        for bad in
            ["", " ", "/a\"b", "/a'b", "/a;b", "/a\nb", "/${HOME}", "/a<b", "/@HOST@", "`x`", "/a{", &"a".repeat(300)]
        {
            assert_eq!(bad.parse::<Directory>(), Err(DirectoryError), "{bad:?}");
        }
        for (good, kept) in [("/etc/ssl/", "/etc/ssl"), (r"C:\tls\", r"C:\tls"), ("/", "/"), (" conf ", "conf")] {
            assert_eq!(good.parse(), Ok(Directory(kept.to_owned())));
        }
    }
}
