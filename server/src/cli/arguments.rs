//! Readers of arguments that several commands share; each error is one line.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    time::Duration,
};

use ipnet::IpNet;
use model::{
    Api, Host, Timestamp,
    alerts::{MailServer, Secret},
    diagnose::{self, Context},
    host::HostError,
    settings::read_range,
    time::TimeError,
};
use probe::{Roots, RootsError};

use super::{
    exit::CliError,
    input::{self, PEM_MOST},
    report,
};
use crate::stores::roots;

/// What `--api` takes.
pub(crate) const API_HELP: &str = "The list: request, socket, upload, download, udp, tcp, prefetch, business or resource; \
     WeChat's own words, such as wsrequestdomain or wx.uploadFile, are understood too";

/// A list by any of its names.
pub(crate) fn api(word: &str) -> Result<Api, String> {
    word.parse().map_err(|_| {
        let words = Api::ALL.map(Api::as_str).join(", ");
        format!("no such list; one of {words}")
    })
}

/// Where to listen. No name is looked up: `localhost` is this machine alone, by IPv4.
pub(crate) fn listen(text: &str) -> Result<SocketAddr, String> {
    let local = || {
        let (host, port) = text.rsplit_once(':')?;
        let port = port.parse().ok()?;
        host.eq_ignore_ascii_case("localhost").then_some(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
    };
    text.parse().ok().or_else(local).ok_or_else(|| {
        "not an address with a port from 0 to 65535, such as 127.0.0.1:3000 for this machine alone or 0.0.0.0:3000 for \
         every network"
            .to_owned()
    })
}

/// A range in CIDR notation, or one address.
pub(crate) fn range(text: &str) -> Result<IpNet, String> {
    read_range(text).map_err(|error| error.to_string())
}

/// A DNS name.
pub(crate) fn host(text: &str) -> Result<Host, String> {
    text.parse().map_err(|error: HostError| match error.length() {
        Some(_) => error.to_string(),
        None => "not a host name such as api.example.com".to_owned(),
    })
}

/// Where mail is handed in, with the password that stood in the URL.
#[derive(Clone, Debug)]
pub(crate) struct MailUrl {
    pub(crate) server: MailServer,
    pub(crate) password: Option<Secret>,
}

/// A mail server as a URL.
pub(crate) fn mail_server(text: &str) -> Result<MailUrl, String> {
    let (server, password) = MailServer::from_url(text).map_err(|error| error.to_string())?;
    Ok(MailUrl { server, password })
}

/// A time with its offset.
pub(crate) fn time(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|error: TimeError| error.to_string())
}

/// Seconds, with a fraction where wanted.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let refused = || format!("not a number of seconds from {SECONDS_LEAST} to {SECONDS_MOST}");
    let seconds: f64 = text.parse().map_err(|_| refused())?;
    // False for what is not a number.
    if !(SECONDS_LEAST..=SECONDS_MOST).contains(&seconds) {
        return Err(refused());
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| refused())
}

/// The stores to ask: the given roots in place of every other, or those of the platforms.
///
/// # Errors
/// When the file cannot be read or holds no roots, or a set in the data directory cannot be used.
pub(crate) fn stores(file: Option<&Path>, data_dir: &Path) -> Result<(Roots, Context), CliError> {
    let Some(path) = file else { return Ok((roots(data_dir)?, Context::default())) };
    let pem = input::filled(path, PEM_MOST)?;
    let refused = |error: RootsError| CliError::File { path: path.to_owned(), reason: error.to_string() };
    let given = Roots::from_pem(&pem).map_err(refused)?;
    if let Some(subject) = given.of_no_authority().next() {
        let reason = format!("warning: {subject} is no authority's certificate, and no platform takes it for a root");
        report::complain(&CliError::File { path: path.to_owned(), reason }.to_string());
    }
    Ok((given, Context { roots: diagnose::Roots::Given }))
}

const SECONDS_LEAST: f64 = 0.001;
const SECONDS_MOST: f64 = 3600.0;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_time_past_the_last_one_is_told_from_what_is_none() {
        assert_eq!(time("2026-05-01T16:00:00+08:00").unwrap().to_string(), "2026-05-01T08:00:00Z");
        assert_eq!(time("yesterday").unwrap_err(), "not a time such as 2026-11-26T08:00:00Z");
        // RFC 5280 section 4.1.2.5: no end.
        let past = "before -009999-01-02T01:59:59Z or after 9999-12-30T22:00:00.999999999Z";
        assert_eq!(time("9999-12-31T23:59:59Z").unwrap_err(), past);
    }

    #[test]
    fn a_timeout_is_a_sensible_number_of_seconds() {
        for good in ["1", "0.5", "0.001", "3600", "1e1", "10."] {
            assert!(seconds(good).is_ok(), "{good}");
        }
        for bad in ["", "0", "-1", "NaN", "inf", "-inf", "1e300", "3601", "0.0001", "1s", " 1", "0x1"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
        assert_eq!(seconds("1.5").unwrap(), Duration::from_millis(1500));
    }

    #[test]
    fn localhost_is_an_address_to_listen_on_and_no_other_name_is() {
        for (text, address) in [
            ("127.0.0.1:3000", "127.0.0.1:3000"),
            ("0.0.0.0:0", "0.0.0.0:0"),
            ("[::1]:3000", "[::1]:3000"),
            ("localhost:3000", "127.0.0.1:3000"),
            ("LOCALHOST:0", "127.0.0.1:0"),
        ] {
            assert_eq!(listen(text).map(|address| address.to_string()).as_deref(), Ok(address), "{text}");
        }
        for bad in ["", "localhost", "localhost:", "localhost:65536", "example.com:3000", ":3000", "3000", "127.0.0.1"]
        {
            assert!(listen(bad).unwrap_err().contains("127.0.0.1:3000"), "{bad}");
        }
    }

    #[test]
    fn a_range_may_be_one_address() {
        for (text, range_of) in [("10.0.0.0/8", "10.0.0.0/8"), ("127.0.0.1", "127.0.0.1/32"), ("::1", "::1/128")] {
            assert_eq!(range(text).unwrap().to_string(), range_of);
        }
        for bad in ["", "10.0.0.0/33", "localhost", "10.0.0.0/"] {
            assert_eq!(range(bad).unwrap_err(), "not a range such as 10.0.0.0/8", "{bad}");
        }
        let told = "10.1.2.3/8 has host bits; write 10.0.0.0/8, or 10.1.2.3/32 for this one address";
        assert_eq!(range("10.1.2.3/8").unwrap_err(), told);
    }
}
