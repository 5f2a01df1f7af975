//! The words of connections: which step failed, what an address speaks, what could not be fetched.

use model::{
    fetched::FetchFailure,
    observation::{AddressObservation, DnsFailure, Failure, SuiteOrder, TcpFailure, TlsFailure, TlsVersion},
};

use crate::i18n::*;

/// Which step of a connection failed, and how.
pub fn failure(failure: &Failure, locale: Locale) -> String {
    match failure {
        Failure::Dns { reason } => dns_failure(reason, locale),
        Failure::Policy { address } => td_string!(locale, words.failure.policy, address = *address),
        Failure::Tcp { reason } => tcp_failure(reason, locale),
        Failure::Tls { reason } => tls_failure(reason, locale),
    }
}

/// The same, with how often it was tried where that was more than once.
pub fn failure_after(reason: &Failure, tries: u32, locale: Locale) -> String {
    let said = failure(reason, locale);
    if tries > 1 { td_string!(locale, words.failure_after, failure = said, count = tries) } else { said }
}

/// On which try an address has answered, where that was not the first.
pub fn answered_after(seen: &AddressObservation, locale: Locale) -> Option<String> {
    let late = seen.outcome.is_ok() && seen.tries > 1;
    late.then(|| td_string!(locale, words.answered_after, count = seen.tries))
}

/// How many addresses of a name were not tried, as a sentence; none when all were.
pub fn left_out(count: u32, locale: Locale) -> Option<String> {
    match count {
        0 => None,
        1 => Some(td_string!(locale, words.left_out.one).to_owned()),
        count => Some(td_string!(locale, words.left_out.many, count = count)),
    }
}

/// The versions that an address speaks beside the one that was negotiated; none where there is none.
pub fn other_versions(seen: &AddressObservation, locale: Locale) -> Option<String> {
    let (chosen, protocols) = (seen.outcome.as_ref().ok()?.version, seen.protocols.as_ref()?);
    let spoken = |version: &TlsVersion| *version != chosen && protocols.speaks(*version) == Some(true);
    let versions: Vec<_> = TlsVersion::ALL.into_iter().rev().filter(spoken).map(TlsVersion::as_str).collect();
    (!versions.is_empty()).then(|| td_string!(locale, words.also_versions, versions = versions.join(", ")))
}

/// The suites of TLS 1.2 that an address takes, where it was asked for each: in whose order, one by one,
/// and whether there may be more.
pub fn suites(seen: &AddressObservation, locale: Locale) -> Option<Vec<String>> {
    let suites = seen.protocols.as_ref()?.suites.as_ref()?;
    let order = suites.order.map(|order| match order {
        SuiteOrder::Server => td_string!(locale, words.suites.server).to_owned(),
        SuiteOrder::Client => td_string!(locale, words.suites.client).to_owned(),
    });
    let cut_short = suites.cut_short.then(|| td_string!(locale, words.suites.cut_short).to_owned());
    Some(order.into_iter().chain(suites.accepted.iter().map(ToString::to_string)).chain(cut_short).collect())
}

/// Why an issuer could not be fetched, as a sentence without its full stop.
pub fn fetch_failure(failure: &FetchFailure, locale: Locale) -> String {
    match failure {
        FetchFailure::NoUrl => td_string!(locale, words.fetch_failure.no_url).to_owned(),
        FetchFailure::NotHttp => td_string!(locale, words.fetch_failure.not_http).to_owned(),
        FetchFailure::Unreached { failure } => self::failure(failure, locale),
        FetchFailure::Timeout => td_string!(locale, words.fetch_failure.timeout).to_owned(),
        FetchFailure::Status { status } => td_string!(locale, words.fetch_failure.status, status = *status),
        FetchFailure::TooManyRedirects => td_string!(locale, words.fetch_failure.too_many_redirects).to_owned(),
        FetchFailure::TooLarge => td_string!(locale, words.fetch_failure.too_large).to_owned(),
        FetchFailure::Broken { detail } => td_string!(locale, words.fetch_failure.broken, detail = detail.as_str()),
        FetchFailure::NotACertificate => td_string!(locale, words.fetch_failure.not_a_certificate).to_owned(),
        FetchFailure::NotTheIssuer => td_string!(locale, words.fetch_failure.not_the_issuer).to_owned(),
        FetchFailure::Circle => td_string!(locale, words.fetch_failure.circle).to_owned(),
        FetchFailure::TooMany => td_string!(locale, words.fetch_failure.too_many).to_owned(),
        FetchFailure::NoRoot => td_string!(locale, words.fetch_failure.no_root).to_owned(),
        FetchFailure::Unable { detail } => td_string!(locale, words.fetch_failure.unable, detail = detail.as_str()),
    }
}

fn dns_failure(reason: &DnsFailure, locale: Locale) -> String {
    match reason {
        DnsFailure::NotFound => td_string!(locale, words.failure.dns_not_found).to_owned(),
        DnsFailure::NoAddress => td_string!(locale, words.failure.dns_no_address).to_owned(),
        DnsFailure::Timeout => td_string!(locale, words.failure.dns_timeout).to_owned(),
        DnsFailure::ServerFailure { detail } => {
            td_string!(locale, words.failure.dns_server_failure, detail = detail.as_str())
        }
    }
}

fn tcp_failure(reason: &TcpFailure, locale: Locale) -> String {
    match reason {
        TcpFailure::Refused => td_string!(locale, words.failure.tcp_refused).to_owned(),
        TcpFailure::Timeout => td_string!(locale, words.failure.tcp_timeout).to_owned(),
        TcpFailure::Reset => td_string!(locale, words.failure.tcp_reset).to_owned(),
        TcpFailure::Unreachable { detail } => {
            td_string!(locale, words.failure.tcp_unreachable, detail = detail.as_str())
        }
        TcpFailure::NoRoute { detail } => td_string!(locale, words.failure.tcp_no_route, detail = detail.as_str()),
    }
}

fn tls_failure(reason: &TlsFailure, locale: Locale) -> String {
    match reason {
        TlsFailure::Timeout => td_string!(locale, words.failure.tls_timeout).to_owned(),
        TlsFailure::ClosedBeforeAnswer => td_string!(locale, words.failure.tls_closed).to_owned(),
        TlsFailure::NotTls { protocol } if protocol == "unknown" => {
            td_string!(locale, words.failure.tls_not_tls_unknown).to_owned()
        }
        TlsFailure::NotTls { protocol } => {
            td_string!(locale, words.failure.tls_not_tls, protocol = protocol.as_str())
        }
        TlsFailure::Alert { alert } => td_string!(locale, words.failure.tls_alert, alert = *alert),
        TlsFailure::ClientCertificateRequired => td_string!(locale, words.failure.tls_client_certificate).to_owned(),
        TlsFailure::Misbehaved { detail } => {
            td_string!(locale, words.failure.tls_misbehaved, detail = detail.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use model::tls::Alert;

    use super::*;

    #[test]
    fn a_failure_names_its_step_and_keeps_the_details() {
        let alert = Failure::Tls { reason: TlsFailure::Alert { alert: Alert::HandshakeFailure } };
        assert_eq!(failure(&alert, Locale::en), "TLS handshake: the server sent the alert handshake_failure");
        assert_eq!(failure(&alert, Locale::zh_CN), "TLS 握手\u{ff1a}服务器返回警报 handshake_failure");
    }

    #[test]
    fn tries_are_counted_from_the_second_on() {
        let refused = Failure::Tcp { reason: TcpFailure::Refused };
        assert_eq!(failure_after(&refused, 1, Locale::en), failure(&refused, Locale::en));
        assert_eq!(failure_after(&refused, 3, Locale::en), "connecting: the connection was refused, 3 tries");
        assert!(failure_after(&refused, 3, Locale::zh_CN).ends_with("共尝试 3 次）"));
    }

    #[test]
    fn addresses_that_were_not_tried_are_counted_if_there_are_any() {
        let said = [0, 1, 24].map(|count| left_out(count, Locale::en));
        let one = "1 more address of the name was not tried.";
        let many = "24 more addresses of the name were not tried.";
        assert_eq!(said, [None, Some(one.to_owned()), Some(many.to_owned())]);
    }

    #[test]
    fn an_unrecognised_protocol_is_not_called_unknown() {
        let other = Failure::Tls { reason: TlsFailure::NotTls { protocol: "unknown".to_owned() } };
        assert_eq!(failure(&other, Locale::en), "TLS handshake: the answer is not TLS");
    }
}
