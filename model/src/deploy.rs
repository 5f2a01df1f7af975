//! The configuration with which a web server serves a certificate: the texts, with host and file
//! names filled in. No password stands in them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Certificate, Host, finding::UnknownWord};

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
            Self::Nginx => &[("@HOST@.conf", include_str!("deploy/nginx.conf"))],
            Self::Apache => &[("@HOST@.conf", include_str!("deploy/apache.conf"))],
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
#[error("not a directory of letters, digits, spaces and . _ - + ~ : / \\")]
pub struct DirectoryError;

/// One file of a configuration, or a part for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationFile {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// What makes `server` serve the certificate of `host` from the files in `directory`, and send plain
/// HTTP on to it.
pub fn configuration(server: WebServer, host: &Host, directory: &Directory) -> Vec<ConfigurationFile> {
    // Elsewhere a backslash takes the meaning from what follows it, and on Windows either will do.
    let directory = if server == WebServer::Iis { directory.0.clone() } else { directory.0.replace('\\', "/") };
    let filled = |template: &str| {
        template.replace("@HOST@", host.as_str()).replace("@DIR@", &directory).replace("@SUITES@", SUITES)
    };
    let files = server.templates().iter();
    files.map(|(name, text)| ConfigurationFile { name: filled(name), text: filled(text) }).collect()
}

/// The host that configuration and files are called by: the one that was typed, or else the first that
/// the certificate names, a wildcard by what stands below it.
pub fn named(typed: &str, certificate: &Certificate) -> Option<Host> {
    let names = certificate.dns_names.iter().map(|name| name.strip_prefix("*.").unwrap_or(name));
    std::iter::once(typed.trim()).chain(names).find_map(|name| name.parse().ok())
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
        let host: Host = "api.example.com".parse().unwrap();
        for server in WebServer::ALL {
            let files = configuration(server, &host, &"/srv/tls/".parse().unwrap());
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
            for place in ["@HOST@", "@DIR@", "@SUITES@"] {
                assert!(!text.contains(place) && files.iter().all(|file| !file.name.contains(place)), "{text}");
            }
        }
    }

    #[test]
    fn a_directory_of_windows_is_written_so_that_each_server_finds_it() {
        let host: Host = "api.example.com".parse().unwrap();
        for server in WebServer::ALL {
            let files = configuration(server, &host, &r"C:\tls".parse().unwrap());
            let text: String = files.iter().map(|file| file.text.as_str()).collect();
            let written = if server == WebServer::Iis { r"C:\tls\api" } else { "C:/tls/api" };
            assert!(text.contains(written), "{text}");
        }
    }

    #[test]
    fn each_server_sends_plain_http_on() {
        let host: Host = "api.example.com".parse().unwrap();
        for server in WebServer::ALL {
            let files = configuration(server, &host, &server.usual_directory());
            let text: String = files.iter().map(|file| file.text.as_str()).collect();
            let redirects =
                ["return 301 https://api.example.com", "Redirect permanent", "CONFIDENTIAL", "type=\"Redirect\""];
            assert!(redirects.iter().any(|redirect| text.contains(redirect)), "{server}");
            assert_eq!(server.as_str().parse(), Ok(server));
        }
    }

    #[test]
    fn what_some_versions_need_is_there() {
        let host: Host = "api.example.com".parse().unwrap();
        for (server, word) in [
            // Tomcat 9.0.70 has no TLS 1.3 without them.
            (WebServer::Tomcat, "ciphers=\"TLS_AES_128_GCM_SHA256:"),
            // Since 2.4.47 the proxy upgrades, and only where it is told to.
            (WebServer::Apache, "upgrade=websocket"),
        ] {
            let files = configuration(server, &host, &server.usual_directory());
            assert!(files.iter().any(|file| file.text.contains(word)), "{server}: {word}");
        }
    }

    #[test]
    fn files_are_called_by_what_was_typed_or_by_the_certificate() {
        let mut certificate = crate::fixture::leaf();
        certificate.dns_names = vec!["*.example.com".to_owned(), "example.org".to_owned()];
        for (typed, expected) in
            [("a.example.com", "a.example.com"), (" ", "example.com"), ("192.0.2.1", "example.com")]
        {
            assert_eq!(named(typed, &certificate).map(|host| host.to_string()).as_deref(), Some(expected));
        }
        certificate.dns_names.clear();
        assert_eq!(named("", &certificate), None);
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
